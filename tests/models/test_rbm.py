import made
import numpy as np
import pandas as pd
import pytest

from nbhelpers.evaluation import metrics, splits
from nbhelpers.models.baselines import GlobalMean
from nbhelpers.models.rbm import RBM

RATINGS = made.ratings(users=12, movies=8)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def in_numpy(model, n_epochs, lr, decay):
    """Contrastive divergence in vectors, with the same draws."""
    rng = np.random.default_rng(model.random_state)
    start = RBM(model.n_hidden, 0, random_state=model.random_state).fit(RATINGS)
    w, b, c = start.weights, start.visible, start.hidden
    rng.normal(0, 0.01, w.shape)
    k = np.arange(len(model.stars))
    for _ in range(n_epochs):
        order = rng.permutation(len(model.user_ids))
        draws = rng.random((len(order), len(c)))
        for u, draw in zip(order, draws, strict=True):
            own = RATINGS[RATINGS["user_id"] == model.user_ids[u]]
            i = np.searchsorted(model.movie_ids, own["movie_id"])
            real = (own["rating"].to_numpy()[:, None] == model.stars[k]).astype(float)
            on = sigmoid(c + np.einsum("ik,ikf->f", real, w[i]))
            drawn = (draw < on).astype(float)
            guess = np.exp(b[i] + w[i] @ drawn)
            guess /= guess.sum(axis=1, keepdims=True)
            again = sigmoid(c + np.einsum("ik,ikf->f", guess, w[i]))
            c += lr * (on - again)
            b[i] += lr * (real - guess)
            step = np.einsum("ik,f->ikf", real, on) - np.einsum("ik,f->ikf", guess, again)
            w[i] += lr * (step - decay * w[i])
    return w, b, c


def test_it_learns_by_contrastive_divergence():
    model = RBM(3, 4, lr=0.05, decay=0.1, random_state=5).fit(RATINGS)
    for mine, other in zip(
        (model.weights, model.visible, model.hidden), in_numpy(model, 4, 0.05, 0.1), strict=True
    ):
        np.testing.assert_allclose(mine, other, atol=1e-10)


def test_predictions_are_the_mean_of_the_stars():
    model = RBM(3, 4, lr=0.05).fit(RATINGS)
    user, movie = model.user_ids[2], model.movie_ids[1]
    own = RATINGS[RATINGS["user_id"] == user]
    on = model.hidden.copy()
    for i, stars in zip(own["movie_id"], own["rating"], strict=True):
        at = np.searchsorted(model.movie_ids, i), np.searchsorted(model.stars, stars)
        on += model.weights[at]
    chance = np.exp(model.visible[1] + model.weights[1] @ sigmoid(on))
    expected = (chance * model.stars).sum() / chance.sum()
    assert model.predict(user, movie)[0] == pytest.approx(expected)
    assert model.predict(user, -1)[0] == pytest.approx(model.global_mean)


def test_a_newcomer_who_rates_like_somebody_gets_the_same():
    model = RBM(3, 4, lr=0.05).fit(RATINGS)
    own = RATINGS[RATINGS["user_id"] == model.user_ids[0]]
    np.testing.assert_allclose(model.fold_in(own), model.scores(model.user_ids[0])[0])
    np.testing.assert_allclose(model.fold_in(own[:0]), model.scores(-1)[0])


def test_it_learns_tastes():
    train, test = splits.random_split(made.ratings(users=200, movies=60))
    pairs = test["user_id"], test["movie_id"]
    errors = [
        metrics.rmse(test["rating"], model.fit(train).predict(*pairs))
        for model in (RBM(20, 30, lr=0.02), GlobalMean())
    ]
    assert errors[0] < 0.8 * errors[1]


def test_each_kind_of_stars_has_a_unit_and_so_there_are_few():
    ratings = pd.DataFrame({"user_id": 1, "movie_id": range(30), "rating": np.arange(30) / 10})
    with pytest.raises(ValueError, match="30 different ratings"):
        RBM().fit(ratings)
