import platform

import made
import numpy as np
import pandas as pd
import pytest
import surprise

from nbhelpers.evaluation import metrics, splits
from nbhelpers.models.surprise_bridge import Surprise
from nbhelpers.models.svd import SVD

# Elsewhere, compilers fuse products and sums, which changes the last bits.
EXACT = platform.machine() in ("x86_64", "AMD64")
SETTINGS = [
    {},
    {"biased": False, "random_state": 7},
    {"n_factors": 3, "lr_all": 0.02, "reg_all": 0.1, "init_mean": 0.2, "init_std_dev": 0.3},
]


def assert_same(mine, theirs):
    if EXACT:
        np.testing.assert_array_equal(mine, theirs)
    else:
        np.testing.assert_allclose(mine, theirs, rtol=1e-9)


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("shuffled", [False, True])
def test_factors_are_those_of_surprise_to_the_last_bit(settings, shuffled):
    ratings = made.ratings(users=40, movies=25)
    if shuffled:
        ratings = ratings.sample(frac=1, random_state=3, ignore_index=True)
    settings = {"n_factors": 12, "n_epochs": 5, "random_state": 42} | settings
    mine = SVD(**settings).fit(ratings)
    adapter = Surprise(surprise.SVD(**settings)).fit(ratings)
    theirs = adapter.algo
    assert mine.global_mean == theirs.trainset.global_mean
    users = [theirs.trainset.to_inner_uid(i) for i in mine.user_ids.tolist()]
    movies = [theirs.trainset.to_inner_iid(i) for i in mine.movie_ids.tolist()]
    assert_same(mine.bu, theirs.bu[users])
    assert_same(mine.bi, theirs.bi[movies])
    assert_same(mine.pu, theirs.pu[users])
    assert_same(mine.qi, theirs.qi[movies])
    pairs = [(u, m) for u in [*mine.user_ids.tolist(), -1] for m in [*mine.movie_ids.tolist(), -1]]
    users, movies = zip(*pairs, strict=True)
    difference = mine.predict(users, movies) - adapter.predict(users, movies)
    assert np.abs(difference).max() < 1e-12


@pytest.mark.parametrize("biased", [True, False])
def test_scores_are_predictions(biased):
    model = SVD(n_factors=4, n_epochs=3, biased=biased).fit(made.ratings())
    users = [*model.user_ids.tolist(), -1]
    for user, row in zip(users, model.scores(users), strict=True):
        np.testing.assert_allclose(row, model.predict(user, model.movie_ids), atol=1e-12)


def test_history_tells_the_errors_after_each_epoch():
    train, test = splits.random_split(made.ratings(users=60, movies=40))
    watched = SVD(n_factors=4, n_epochs=3).fit(train, validation=test)
    for epoch, errors in watched.history.iterrows():
        stopped = SVD(n_factors=4, n_epochs=epoch).fit(train)
        assert stopped.history.columns.tolist() == ["train"]
        for name, part in (("train", train), ("validation", test)):
            predicted = stopped.predict(part["user_id"], part["movie_id"])
            assert errors[name] == pytest.approx(metrics.rmse(part["rating"], predicted), abs=1e-9)


def test_watching_changes_nothing():
    train, test = splits.random_split(made.ratings())
    np.testing.assert_array_equal(
        SVD(n_epochs=2).fit(train).pu, SVD(n_epochs=2).fit(train, validation=test).pu
    )


def test_it_learns_tastes():
    train, test = splits.random_split(made.ratings(users=200, movies=60))
    model = SVD(n_factors=2, n_epochs=100, lr_all=0.02).fit(train)
    error = metrics.rmse(test["rating"], model.predict(test["user_id"], test["movie_id"]))
    assert error < 0.75 * test["rating"].std()


@pytest.mark.parametrize("biased", [True, False])
@pytest.mark.parametrize("n_factors", [3, 50])  # 50: more factors than users
def test_a_newcomer_gets_the_most_probable_taste(biased, n_factors):
    ratings = made.ratings()
    model = SVD(n_factors, n_epochs=5, biased=biased).fit(ratings)
    own = pd.DataFrame({"movie_id": [9, 1, 5, 999], "rating": [5, 1, 4, 2]})
    # Independently: expectation of a joint normal distribution, given some of its values.
    users = np.column_stack([model.bu, model.pu])
    mean, spread = users.mean(axis=0), np.cov(users.T, ddof=0)
    noise = model.history["train"].iloc[-1] ** 2
    seen = np.column_stack([np.ones(3), model.qi[[4, 0, 2]]])
    offset = model.global_mean if biased else 0
    unexpected = np.array([5, 1, 4]) - offset - model.bi[[4, 0, 2]] - seen @ mean
    of_ratings = seen @ spread @ seen.T + noise * np.eye(3)
    taste = mean + spread @ seen.T @ np.linalg.inv(of_ratings) @ unexpected
    expected = offset + taste[0] + model.bi + model.qi @ taste[1:]
    np.testing.assert_allclose(model.fold_in(own), expected, rtol=1e-9)


def test_few_ratings_move_little_and_many_much():
    ratings = made.ratings(users=200, movies=60)
    newcomers = ratings["user_id"].unique()[:20]
    model = SVD(2, n_epochs=100, lr_all=0.02).fit(ratings[~ratings["user_id"].isin(newcomers)])
    nothing = model.fold_in(ratings[:0])
    np.testing.assert_allclose(nothing, model.scores(model.user_ids).mean(axis=0))
    shuffled = ratings.sample(frac=1, random_state=0)
    moved = [
        [
            np.abs(model.fold_in(shuffled[shuffled["user_id"] == user][:n]) - nothing).mean()
            for user in newcomers
        ]
        for n in (1, 3, 20)
    ]
    few, some, many = np.mean(moved, axis=1)
    assert 0 < few < some < many


def test_a_newcomer_is_served_nearly_as_well_as_a_trained_user():
    ratings = made.ratings(users=200, movies=60)
    newcomers = ratings["user_id"].isin(ratings["user_id"].unique()[:40])
    given, hidden = splits.random_split(ratings[newcomers], test=0.3)
    settings = {"n_factors": 2, "n_epochs": 100, "lr_all": 0.02}
    model = SVD(**settings).fit(ratings[~newcomers])
    trained = SVD(**settings).fit(pd.concat([ratings[~newcomers], given]))
    predicted = pd.concat(
        pd.Series(model.fold_in(given[given["user_id"] == user]), model.movie_ids)[rows["movie_id"]]
        for user, rows in hidden.groupby("user_id")
    )
    stars = hidden.sort_values("user_id", kind="stable")
    folded = metrics.rmse(stars["rating"], predicted)
    best = metrics.rmse(stars["rating"], trained.predict(stars["user_id"], stars["movie_id"]))
    assert folded < 1.05 * best < 0.75 * stars["rating"].std()
