import made
import numpy as np
import psutil
import pytest
from liked import SHAPES, table
from sklearn.metrics import roc_auc_score

from nbhelpers.evaluation.splits import random_split
from nbhelpers.models import ease
from nbhelpers.models.ease import EASE

given_weights = pytest.mark.parametrize("weight_other", [0, 0.3])


def plain(x, reg):
    """Return X B by an inverse as the paper has it (Steck 2019, equation 8)."""
    inverse = np.linalg.inv(x.T @ x + reg * np.eye(x.shape[1]))
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return weights, x @ weights


@given_weights
@pytest.mark.parametrize("reg", [0.5, 20, 500])
@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_a_plain_inverse(shape, reg, weight_other):
    ratings = SHAPES[shape]
    model = EASE(reg, weight_other=weight_other).fit(ratings)
    weights, expected = plain(table(ratings, weight_other), reg)
    np.testing.assert_allclose(model.scores(model.user_ids), expected, rtol=0, atol=1e-9)
    assert hasattr(model, "weights") == (shape == "more users")
    if shape == "more users":
        np.testing.assert_allclose(model.weights, weights, rtol=0, atol=1e-9)


def test_each_film_is_predicted_by_a_ridge_regression_on_the_others():
    ratings, reg, film = SHAPES["more users"], 20, 3
    x = table(ratings, 0)
    others = np.delete(x, film, axis=1)
    penalised = others.T @ others + reg * np.eye(others.shape[1])
    ordinary = np.linalg.solve(penalised, others.T @ x[:, film])
    weights = EASE(reg).fit(ratings).weights[:, film]
    np.testing.assert_allclose(weights, np.insert(ordinary, film, 0), rtol=0, atol=1e-9)


@given_weights
@pytest.mark.parametrize("shape", SHAPES)
def test_both_forms_are_equal(shape, weight_other):
    likes = EASE(weight_other=weight_other).fit(SHAPES[shape]).likes
    solved, diagonal = ease.dual(likes, reg=7)
    expected = likes @ ease.primal(likes, reg=7)
    np.testing.assert_allclose(likes - solved / diagonal, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_does_not_fit_says_so_before_it_starts(shape, monkeypatch):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: type("Memory", (), {"available": 100}))
    what = "weights between" if shape == "more users" else "scores of 40 films for 15 users"
    with pytest.raises(MemoryError, match=rf"{what}.* GB, and 0 GB are free: .*ItemKNN"):
        EASE().fit(SHAPES[shape])


def test_no_regularisation_is_refused():
    with pytest.raises(ValueError, match="more than 0"):
        EASE(reg=0)


def test_it_finds_tastes():
    """Of films that are not in the training part, it scores those higher that are liked."""
    train, test = random_split(made.ratings(users=300, movies=40), seed=1)
    model = EASE(20).fit(train)
    scores = model.predict(test["user_id"], test["movie_id"])
    assert roc_auc_score(test["rating"] >= 4, scores) > 0.7
