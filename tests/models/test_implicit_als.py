import numpy as np
import pytest
from liked import SHAPES, table
from scipy.linalg import solve

from nbhelpers.models import list_model
from nbhelpers.models.implicit_als import IALS


def fitted(x, fixed, model):
    """Return the factors of the rows of a dense X, one after the other."""
    rows = []
    for row in x:
        known = np.flatnonzero(row)
        squares = sum(np.outer(fixed[i], fixed[i]) for i in known) + model.alpha * sum(
            np.outer(factors, factors) for factors in fixed
        )
        frequency = len(known) + model.alpha * len(fixed)
        squares = squares + model.reg * frequency**model.reg_exponent * np.eye(fixed.shape[1])
        products = sum((row[i] * fixed[i] for i in known), np.zeros(fixed.shape[1]))
        rows.append(solve(squares, products, assume_a="pos"))
    return np.array(rows)


def loss(x, model):
    products = model.pu @ model.qi.T
    penalty = 0
    for factors, rows, others in ((model.pu, x, len(model.qi)), (model.qi, x.T, len(model.pu))):
        frequency = (rows != 0).sum(axis=1) + model.alpha * others
        penalty += (frequency**model.reg_exponent * (factors**2).sum(axis=1)).sum()
    errors = ((x - products)[x != 0] ** 2).sum() + model.alpha * (products**2).sum()
    return errors + model.reg * penalty


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "settings", [{}, {"alpha": 1, "reg_exponent": 0.5}, {"reg_exponent": 0, "weight_other": 0.4}]
)
def test_it_is_what_scipy_solves_row_by_row(shape, settings):
    ratings = SHAPES[shape]
    model = IALS(3, 3, reg=0.05, **settings).fit(ratings)
    x = table(ratings, model.weight_other)
    rng = np.random.default_rng(model.random_state)
    pu = rng.normal(0, 0.1 / np.sqrt(3), (len(x), 3))
    for _ in range(3):
        qi = fitted(x.T, pu, model)
        pu = fitted(x, qi, model)
    np.testing.assert_allclose(model.pu, pu, rtol=0, atol=1e-9)
    np.testing.assert_allclose(model.qi, qi, rtol=0, atol=1e-9)


def test_every_epoch_lowers_the_loss():
    ratings = SHAPES["more users"]
    x = table(ratings)
    losses = [loss(x, IALS(3, n).fit(ratings)) for n in range(1, 7)]
    assert (np.diff(losses) < 0).all()


def test_another_seed_starts_elsewhere():
    ratings = SHAPES["more users"]
    first, second = (IALS(3, 1, random_state=seed).fit(ratings) for seed in (1, 2))
    assert not np.allclose(first.pu, second.pu)


def test_settings_without_an_answer_are_refused():
    for settings in ({"alpha": 0}, {"reg": 0}):
        with pytest.raises(ValueError, match="more than 0"):
            IALS(**settings)


def test_single_precision_is_close(monkeypatch):
    ratings = SHAPES["more users"]
    exact = IALS(3, 3).fit(ratings)
    monkeypatch.setattr(list_model, "FULL_PRECISION", 3)
    model = IALS(3, 3).fit(ratings)
    assert model.pu.dtype == model.qi.dtype == np.float32
    np.testing.assert_allclose(model.qi, exact.qi, rtol=0, atol=1e-4)
