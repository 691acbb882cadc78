import made
import numpy as np
import pandas as pd
import pytest
import surprise

from nbhelpers.evaluation import metrics, splits
from nbhelpers.models.surprise_bridge import Surprise
from nbhelpers.models.svdpp import SVDpp

RATINGS = made.ratings()


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize(
    "settings", [{}, {"n_factors": 3, "lr_all": 0.02, "reg_all": 0.1, "init_mean": 0.2}]
)
def test_factors_are_those_of_surprise(settings, shuffled):
    ratings = made.ratings(users=40, movies=25)
    if shuffled:
        ratings = ratings.sample(frac=1, random_state=3, ignore_index=True)
    settings = {"n_factors": 6, "n_epochs": 4, "random_state": 42} | settings
    mine = SVDpp(**settings).fit(ratings)
    adapter = Surprise(surprise.SVDpp(**settings)).fit(ratings)
    theirs = adapter.algo
    users = [theirs.trainset.to_inner_uid(i) for i in mine.user_ids.tolist()]
    movies = [theirs.trainset.to_inner_iid(i) for i in mine.movie_ids.tolist()]
    for name, rows in [("bu", users), ("bi", movies), ("qi", movies), ("yj", movies)]:
        np.testing.assert_allclose(getattr(mine, name), getattr(theirs, name)[rows], atol=1e-10)
    np.testing.assert_allclose(mine.own, theirs.pu[users], atol=1e-10)
    pairs = [(u, m) for u in [*mine.user_ids.tolist(), -1] for m in [*mine.movie_ids.tolist(), -1]]
    users, movies = zip(*pairs, strict=True)
    np.testing.assert_allclose(
        mine.predict(users, movies), adapter.predict(users, movies), atol=1e-10
    )


def test_scores_are_predictions():
    model = SVDpp(n_factors=4, n_epochs=3).fit(RATINGS)
    users = [*model.user_ids.tolist(), -1]
    for user, row in zip(users, model.scores(users), strict=True):
        np.testing.assert_allclose(row, model.predict(user, model.movie_ids), atol=1e-12)


def test_history_is_of_the_errors_met():
    # With a single rating a user, the error after the first epoch is that before the second.
    one_each = RATINGS.drop_duplicates("user_id").drop_duplicates("movie_id")
    model = SVDpp(n_factors=2, n_epochs=3).fit(one_each, validation=one_each)
    np.testing.assert_allclose(model.history["validation"][:2], model.history["train"][1:])


def test_the_best_epoch_is_kept():
    train, test = splits.random_split(made.ratings(users=60, movies=40))
    model = SVDpp(4, 60, lr_all=0.05, reg_all=0).fit(train, validation=test, patience=3)
    error = metrics.rmse(test["rating"], model.predict(test["user_id"], test["movie_id"]))
    assert error == pytest.approx(model.history["validation"].min(), abs=1e-9)
    assert len(model.history) < 60


def test_pairs_without_stars_move_predictions_but_not_strangers():
    user, movie = RATINGS["user_id"].iloc[0], RATINGS["movie_id"].iloc[-1]
    further = pd.DataFrame({"user_id": [user, 999], "movie_id": [movie, movie]})
    plain = SVDpp(3, 5).fit(RATINGS)
    told = SVDpp(3, 5).fit(RATINGS, also_rated=further)
    assert np.abs(told.predict(user, told.movie_ids) - plain.predict(user, plain.movie_ids)).max()
    known = RATINGS[["user_id", "movie_id"]]
    again = SVDpp(3, 5).fit(RATINGS, also_rated=known)  # nothing new
    np.testing.assert_array_equal(again.pu, plain.pu)
    assert not {"_further", "_rated"} & set(vars(told))


def test_a_newcomer_with_everybody_elses_taste():
    model = SVDpp(2, 60, lr_all=0.02).fit(made.ratings(users=200, movies=60))
    nothing = model.fold_in(RATINGS[:0])
    expected = model.global_mean + model.bi + model.bu.mean() + model.qi @ model.own.mean(axis=0)
    np.testing.assert_allclose(nothing, expected)
    own = pd.DataFrame({"movie_id": model.movie_ids[:3], "rating": [5.0, 1.0, 4.0]})
    moved = model.fold_in(own)[:3] - nothing[:3]
    assert (
        np.abs(own["rating"] - nothing[:3] - moved).sum()
        < np.abs(own["rating"] - nothing[:3]).sum()
    )
