import made
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.sparse import csr_array

from nbhelpers.evaluation import metrics, splits
from nbhelpers.models import als_kernels
from nbhelpers.models.als import ALS
from nbhelpers.models.biases import als_biases
from nbhelpers.models.model_files import load_model, save_model


def left_over(model, ratings):
    """Return positions, and what the biases leave over."""
    u = np.searchsorted(model.user_ids, ratings["user_id"])
    m = np.searchsorted(model.movie_ids, ratings["movie_id"])
    r = ratings["rating"].to_numpy(float) - model.global_mean
    if not model.biased:
        return u, m, r + model.global_mean
    bu, bi = als_biases(csr_array((r, (u, m))))
    return u, m, r - bu[u] - bi[m]


def objective(pu, qi, u, m, left, reg):
    errors = left - (pu[u] * qi[m]).sum(axis=1)
    return (errors**2).sum() + reg * ((pu[u] ** 2).sum() + (qi[m] ** 2).sum())


def test_no_step_could_be_better():
    ratings = made.ratings()
    model = ALS(3, n_epochs=4).fit(ratings)
    u, m, left = left_over(model, ratings)
    shape = model.pu.shape

    def loss(pu):
        return objective(pu.reshape(shape), model.qi, u, m, left, model.reg)

    best = minimize(loss, np.zeros(shape).ravel(), method="L-BFGS-B", options={"ftol": 1e-15})
    assert loss(model.pu.ravel()) <= best.fun
    np.testing.assert_allclose(model.pu.ravel(), best.x, atol=1e-3)


@pytest.mark.parametrize("biased", [True, False])
def test_users_factors_are_those_of_least_squares(biased):
    ratings = made.ratings()
    model = ALS(3, n_epochs=2, reg=0.3, biased=biased).fit(ratings)
    u, m, left = left_over(model, ratings)
    for user in range(len(model.user_ids)):
        known, rest = model.qi[m[u == user]], left[u == user]
        penalty = np.sqrt(model.reg * len(rest)) * np.eye(3)
        wide, long = np.vstack([known, penalty]), np.append(rest, np.zeros(3))
        expected = np.linalg.lstsq(wide, long, rcond=None)[0]
        np.testing.assert_allclose(model.pu[user], expected, atol=1e-10)


def test_every_epoch_lowers_the_objective():
    ratings = made.ratings()
    losses = []
    for n_epochs in range(1, 6):
        model = ALS(3, n_epochs).fit(ratings)
        losses.append(objective(model.pu, model.qi, *left_over(model, ratings), model.reg))
    assert (np.diff(losses) < 0).all()


@pytest.mark.parametrize("biased", [True, False])
def test_folding_in_a_trained_users_ratings_gives_their_scores(biased):
    ratings = made.ratings()
    model = ALS(3, n_epochs=3, biased=biased).fit(ratings)
    for user, own in ratings.groupby("user_id"):
        own = own.sample(frac=1, random_state=1)
        np.testing.assert_allclose(model.fold_in(own), model.scores(user)[0], atol=1e-9)
    np.testing.assert_allclose(model.fold_in(ratings[:0]), model.scores(-1)[0])


def test_ratings_of_more_than_a_block_and_threads_change_nothing():
    ratings = made.ratings(users=2 * als_kernels.BLOCK + 3, movies=3, share=0.99)
    model, threads = (ALS(2, n_epochs=2, n_threads=n).fit(ratings) for n in (1, 3))
    u, m, left = left_over(model, ratings)
    others = ALS(2, n_epochs=1).fit(ratings).pu[u[m == 0]], left[m == 0]
    penalty = np.sqrt(model.reg * len(others[1])) * np.eye(2)
    wide, long = np.vstack([others[0], penalty]), np.append(others[1], np.zeros(2))
    expected = np.linalg.lstsq(wide, long, rcond=None)[0]
    np.testing.assert_allclose(model.qi[0], expected, atol=1e-10)
    np.testing.assert_array_equal(model.pu, threads.pu)


def test_without_biases_the_unknown_are_average():
    ratings = made.ratings()
    model = ALS(3, n_epochs=2, biased=False).fit(ratings)
    movie = model.movie_ids[0]
    assert model.predict([-1, model.user_ids[0]], [movie, -1]).tolist() == [model.global_mean] * 2
    assert (model.scores(-1) == model.global_mean).all()
    np.testing.assert_array_equal(model.fold_in(ratings[:0]), model.scores(-1)[0])
    expected = model.predict(model.user_ids[0], model.movie_ids)
    np.testing.assert_allclose(model.scores(model.user_ids[0])[0], expected)


def test_scores_are_predictions():
    model = ALS(3, n_epochs=2).fit(made.ratings())
    movies = [*model.movie_ids.tolist(), -1]
    for user in [*model.user_ids.tolist(), -1]:
        scores = model.predict(user, movies)
        np.testing.assert_allclose(scores[:-1], model.scores(user)[0], atol=1e-12)
        place = np.flatnonzero(model.user_ids == user)
        bias = model.bu[place[0]] if len(place) else 0
        assert scores[-1] == pytest.approx(model.global_mean + bias)


def test_it_learns_tastes():
    train, test = splits.random_split(made.ratings(users=200, movies=60))
    model = ALS(2, reg=0.1).fit(train, validation=test)
    error = metrics.rmse(test["rating"], model.predict(test["user_id"], test["movie_id"]))
    assert error < 0.7 * test["rating"].std()
    assert model.history["validation"].iloc[-1] == pytest.approx(error)


def test_it_stops_when_others_ratings_get_worse_and_keeps_the_best():
    train, test = splits.random_split(made.ratings(users=200, movies=60))
    model = ALS(4, n_epochs=30, reg=0.05).fit(train, test, patience=2)
    errors = model.history["validation"]
    assert errors.idxmin() == len(errors) - 2 < 28
    predicted = model.predict(test["user_id"], test["movie_id"])
    assert metrics.rmse(test["rating"], predicted) == pytest.approx(errors.min())


def test_a_missing_rating_is_not_a_zero():
    ratings = made.ratings(users=200, movies=60, share=0.2)
    predicted = ALS(2).fit(ratings).scores(ratings["user_id"].unique())
    assert predicted.mean() == pytest.approx(ratings["rating"].mean(), abs=0.15)


def test_it_is_the_same_every_time_and_after_loading(tmp_path):
    ratings = made.ratings()
    model, again = (ALS(3, n_epochs=2).fit(ratings) for _ in range(2))
    save_model(model, tmp_path, "abc")
    loaded = load_model(ALS, tmp_path, "abc")
    users = [*model.user_ids, 0]
    for other in (again, loaded):
        np.testing.assert_array_equal(other.scores(users), model.scores(users))
    pd.testing.assert_frame_equal(loaded.top_n(users, 3), model.top_n(users, 3))
    assert not np.array_equal(ALS(3, 2, random_state=1).fit(ratings).pu, model.pu)
