import made
import numpy as np
import pandas as pd
import pytest

from nbhelpers.evaluation import metrics, splits
from nbhelpers.models import bayesian_fm
from nbhelpers.models.baselines import Biases
from nbhelpers.models.bayesian_fm import BayesianFM
from nbhelpers.models.gibbs import draw_factor, draw_weights

RATINGS = made.ratings(users=9, movies=7)
ABOUT = pd.DataFrame({"old": [1.0, 0, 1], "new": [0, 1.0, 0.5]}, index=[1, 3, 5])


def machine(**settings):
    """All that is drawn, before the first sweep, with films described in two more columns."""
    u, m, r = BayesianFM()._index(RATINGS)
    model = BayesianFM(**settings)
    model._index(RATINGS)
    movies = bayesian_fm._known(ABOUT, model.movie_ids)
    rated = model.seen.astype(float)
    blocks = [bayesian_fm._block(u, rated, None), bayesian_fm._block(m, rated.T.tocsr(), movies)]
    return bayesian_fm._Machine(r, blocks, 3, np.random.default_rng(1)), r


def design(m):
    """The features of each rating as one dense row, as they would be without blocks."""
    return np.hstack([b.features.toarray()[b.rows] for b in m.blocks])


def predictions(m):
    """The equation, with a loop over all pairs of features."""
    x, w, v = design(m), np.concatenate(m.weights), np.hstack(m.factors)
    found = m.base + x @ w
    for j in range(x.shape[1]):
        for k in range(j):
            found += x[:, j] * x[:, k] * (v[:, j] @ v[:, k])
    return found


def test_errors_follow_everything_that_is_drawn():
    m, r = machine()
    np.testing.assert_allclose(m.errors, r - predictions(m), atol=1e-10)
    for _ in range(3):
        m.sweep()
    np.testing.assert_allclose(m.errors, r - predictions(m), atol=1e-8)


@pytest.mark.parametrize("b", [0, 1])
def test_a_draw_is_from_the_distribution_of_the_formula(b):
    m, _ = machine()
    m.sweep()
    columns, rows, x = m.columns[b], m.blocks[b].rows, design(m)
    at = 0 if b == 0 else len(m.weights[0])
    n, precision = len(m.weights[b]), 1.7
    prior, noise = (np.linspace(-1, 1, n), np.linspace(1, 3, n)), np.linspace(-2, 2, n)

    def expected(weights, j, h):
        errors = m.errors
        certain = precision * h @ h + prior[1][j]
        mean = (precision * h @ (errors + h * weights[j]) + prior[1][j] * prior[0][j]) / certain
        return mean + noise[j] / np.sqrt(certain)

    weights = m.weights[b]
    first = expected(weights, 0, x[:, at])
    draw_weights(m.errors, rows, columns, weights, prior, precision, noise)
    assert weights[0] == pytest.approx(first)

    v = np.hstack(m.factors)[0]
    h = x[:, at] * (x @ v - v[at] * x[:, at])
    first = expected(m.factors[b][0], 0, h)
    others = m.tastes[1 - b][0][m.blocks[1 - b].rows]
    shared = m.errors, others, rows, columns, m.factors[b][0], m.tastes[b][0]
    draw_factor(*shared, prior, precision, noise)
    assert m.factors[b][0][0] == pytest.approx(first)
    tastes = m.blocks[b].features @ m.factors[b][0]
    np.testing.assert_allclose(m.tastes[b][0], tastes, atol=1e-12)


def test_predictions_are_means_of_the_draws():
    u, m, r = BayesianFM()._index(RATINGS)
    model = BayesianFM(2, 8, by_day=True).fit(RATINGS)
    days = RATINGS["timestamp"].to_numpy().astype("datetime64[D]").astype(int)
    day = np.unique(days, return_inverse=True)[1]
    blocks = [bayesian_fm._block(rows, None, None) for rows in (u, m, day)]
    sampler = bayesian_fm._Machine(r, blocks, 2, np.random.default_rng(42))
    drawn = []
    for sweep in range(8):
        sampler.sweep()
        if sweep >= 2:
            drawn.append(predictions(sampler))
    found = model.predict(RATINGS["user_id"], RATINGS["movie_id"], RATINGS["timestamp"])
    np.testing.assert_allclose(found, np.mean(drawn, axis=0), atol=1e-5)


def test_scores_are_predictions_and_strangers_get_something():
    model = BayesianFM(2, 8, implicit=True).fit(RATINGS, movies=ABOUT)
    for user in [int(model.user_ids[0]), -1]:
        predicted = model.predict(user, model.movie_ids)
        np.testing.assert_allclose(model.scores(user)[0], predicted, atol=1e-5)
    assert model.predict(-1, -1)[0] == pytest.approx(model.base)


def test_a_day_without_ratings_borrows_the_nearest():
    nearest = bayesian_fm._nearest(np.array([10, 20, 40]), np.array([1, 14, 16, 31, 99]))
    assert nearest.tolist() == [0, 0, 1, 2, 2]
    assert bayesian_fm._nearest(np.array([10]), np.array([1, 10, 99])).tolist() == [0, 0, 0]


def test_it_learns_tastes():
    train, test = splits.random_split(made.ratings(users=150, movies=50))
    pairs = test["user_id"], test["movie_id"]
    errors = [
        metrics.rmse(test["rating"], model.fit(train).predict(*pairs))
        for model in (BayesianFM(2, 60), Biases())
    ]
    assert errors[0] < 0.8 * errors[1]


def test_it_samples_as_myfm_does():
    myfm = pytest.importorskip("myfm")
    from scipy.sparse import csr_matrix, hstack, identity

    train, test = splits.random_split(made.ratings(users=150, movies=50))
    model = BayesianFM(2, 100).fit(train)

    def rows(part):
        u, m = model._positions(part["user_id"], part["movie_id"])
        users, movies = identity(len(model.user_ids)), identity(len(model.movie_ids))
        return csr_matrix(hstack([users.tocsr()[u], movies.tocsr()[m]]))

    theirs = myfm.MyFMRegressor(rank=2, random_seed=1)
    shapes = [len(model.user_ids), len(model.movie_ids)]
    theirs.fit(rows(train), train["rating"], n_iter=100, n_kept_samples=75, group_shapes=shapes)
    mine = model.predict(test["user_id"], test["movie_id"])
    errors = [metrics.rmse(test["rating"], p) for p in (mine, theirs.predict(rows(test)))]
    assert errors[0] == pytest.approx(errors[1], abs=0.02)


def test_steps_of_different_width_are_learned_as_steps():
    ratings = made.ratings(users=150, movies=50)
    uneven = np.array([1, 1.1, 4.5, 4.6, 5])[ratings["rating"].astype(int) - 1]
    train, test = splits.random_split(ratings.assign(rating=uneven))
    pairs = test["user_id"], test["movie_id"]
    steps, numbers = (BayesianFM(2, 60, ordinal=o).fit(train) for o in (True, False))
    errors = [metrics.rmse(test["rating"], model.predict(*pairs)) for model in (steps, numbers)]
    assert errors[0] < 0.95 * errors[1]
    found = steps.scores(steps.user_ids[:1])[0]
    assert found.min() >= 1 and found.max() <= 5
    np.testing.assert_allclose(found, steps.predict(steps.user_ids[0], steps.movie_ids), atol=1e-5)


def test_hidden_numbers_lie_on_their_steps():
    u, m, r = BayesianFM()._index(RATINGS)
    blocks = [bayesian_fm._block(rows, None, None) for rows in (u, m)]
    machine = bayesian_fm._Steps(r, blocks, 2, np.random.default_rng(1))
    for _ in range(5):
        machine.sweep()
        np.testing.assert_array_equal(np.searchsorted(machine.cuts, machine.hidden), machine.step)
    np.testing.assert_allclose(machine.hidden - machine.errors, predictions(machine), atol=1e-8)
