"""What all models share that are made for lists; their formulas are tested one by one."""

import made
import numpy as np
import pandas as pd
import pytest
from liked import SHAPES, table

from nbhelpers.models import list_model
from nbhelpers.models.ease import EASE
from nbhelpers.models.implicit_als import IALS
from nbhelpers.models.implicit_knn import ItemKNN, UserKNN
from nbhelpers.models.pure_svd import PureSVD
from nbhelpers.models.rp3beta import RP3beta

MODELS = {
    "EASE": lambda **more: EASE(5, **more),
    "IALS": lambda **more: IALS(3, 4, **more),
    "ItemKNN": lambda **more: ItemKNN(4, **more),
    "PureSVD": lambda **more: PureSVD(3, **more),
    "RP3beta": lambda **more: RP3beta(4, **more),
    "UserKNN": lambda **more: UserKNN(4, **more),
}
# A newcomer to UserKNN who likes what a user likes has that user as a neighbour.
FOLDED = {name: make for name, make in MODELS.items() if name != "UserKNN"}
every_model = pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
both_shapes = pytest.mark.parametrize("ratings", SHAPES.values(), ids=SHAPES)


@pytest.mark.parametrize("weight_other", [0, 0.25, -0.5])
def test_likes_are_a_matrix(weight_other):
    ratings = made.ratings().sample(frac=1, random_state=1)
    model = EASE(weight_other=weight_other).fit(ratings)
    x = table(ratings, weight_other)
    np.testing.assert_array_equal(model.likes.toarray(), x)
    np.testing.assert_allclose(model.popularity, x.mean(axis=0), atol=1e-12)
    assert (model.seen.toarray() != 0).sum() == len(ratings)
    assert model.global_mean == pytest.approx(ratings["rating"].mean())


@pytest.mark.parametrize("unit", [1, 0.5, 0.37])
def test_a_like_is_a_like_in_every_unit(unit):
    ratings = made.ratings()
    ratings["rating"] = ratings["rating"].astype(float) * unit
    model = ItemKNN(like_from=4 * unit).fit(ratings)
    assert model.likes.sum() == (made.ratings()["rating"] >= 4).sum()
    own = ratings[ratings["user_id"] == 7]
    np.testing.assert_allclose(model.fold_in(own), model.scores(7)[0], atol=1e-12)


@both_shapes
@pytest.mark.parametrize("make", FOLDED.values(), ids=FOLDED)
@pytest.mark.parametrize("weight_other", [0, 0.3])
def test_folding_in_a_trained_users_ratings_gives_their_scores(make, ratings, weight_other):
    model = make(weight_other=weight_other).fit(ratings)
    for user, own in ratings.groupby("user_id"):
        own = own.sample(frac=1, random_state=1)
        np.testing.assert_allclose(model.fold_in(own), model.scores(user)[0], atol=1e-9)


@both_shapes
@every_model
def test_scores_are_predictions(make, ratings):
    model = make().fit(ratings)
    movies = [*model.movie_ids.tolist(), -1]
    for user in [*model.user_ids.tolist(), -1]:
        predicted = model.predict(user, movies)
        np.testing.assert_allclose(predicted[:-1], model.scores(user)[0], atol=1e-12)
        assert predicted[-1] == 0


@every_model
def test_predictions_are_the_same_in_small_blocks(make, monkeypatch):
    ratings = made.ratings()
    model = make().fit(ratings)
    pairs = ratings["user_id"], ratings["movie_id"]
    whole = model.predict(*pairs)
    monkeypatch.setattr(list_model, "CELLS", 45)
    np.testing.assert_allclose(model.predict(*pairs), whole, atol=1e-12)


@both_shapes
@every_model
def test_lists_hold_nothing_rated_and_ties_go_by_movie_id(make, ratings):
    model = make().fit(ratings)
    lists = model.top_n(model.user_ids, 100)
    assert not len(lists.merge(ratings, on=["user_id", "movie_id"]))
    users, movies = len(model.user_ids), len(model.movie_ids)
    assert len(lists) == users * movies - len(ratings)
    for _, own in lists.groupby("user_id"):
        assert own.equals(own.sort_values(["score", "movie_id"], ascending=[False, True]))


@both_shapes
@every_model
def test_without_likes_films_are_as_good_as_they_are_popular(make, ratings):
    stranger = made.frame_of([1, 1], ratings["movie_id"].unique()[:2], [1, 3])
    model = make().fit(pd.concat([ratings, stranger]))
    assert model.popularity.max() > 0
    for user in (1, -1):  # who likes nothing, and who is unknown
        np.testing.assert_array_equal(model.scores(user)[0], model.popularity)
    np.testing.assert_array_equal(model.fold_in(stranger), model.popularity)
    np.testing.assert_array_equal(model.fold_in(stranger[:0]), model.popularity)


@every_model
def test_films_that_the_model_does_not_know_are_ignored(make):
    model = make().fit(made.ratings())
    own = made.frame_of([1, 1, 1], [1, 3, 999], [5, 4, 5])
    np.testing.assert_array_equal(model.fold_in(own), model.fold_in(own[:2]))


@every_model
def test_it_is_the_same_every_time_and_on_two_threads(make):
    ratings = made.ratings(users=60, movies=50)
    first, again, threads = (make(**more).fit(ratings) for more in ({}, {}, {"n_threads": 2}))
    users = first.user_ids
    for other in (again, threads):
        np.testing.assert_array_equal(other.scores(users), first.scores(users))


@every_model
def test_refitted_on_other_ratings_it_is_as_if_new(make):
    few, many = SHAPES.values()
    model = make().fit(few).fit(many)
    fresh = make().fit(many)
    np.testing.assert_array_equal(model.scores(model.user_ids), fresh.scores(fresh.user_ids))
    assert vars(model).keys() == vars(fresh).keys()


@every_model
def test_single_precision_is_as_good_for_large_sets(make, monkeypatch):
    ratings = made.ratings()
    exact = make().fit(ratings)
    monkeypatch.setattr(list_model, "FULL_PRECISION", 5)
    model = make().fit(ratings)
    assert model.likes.dtype == np.float32
    scores = model.scores(model.user_ids)
    np.testing.assert_allclose(scores, exact.scores(model.user_ids), atol=1e-4)
    own = ratings[ratings["user_id"] == 7]
    assert model.fold_in(own).dtype == np.float64


@every_model
def test_no_likes_are_an_error(make):
    with pytest.raises(ValueError, match=r"No rating reaches 4 stars"):
        make().fit(made.ratings().assign(rating=3))


@every_model
def test_one_like_is_enough(make):
    model = make().fit(made.frame_of([1, 1, 2], [1, 2, 3], [5, 1, 2]))
    assert np.isfinite(model.scores([1, 2, -1])).all()
    assert len(model.recommend(2, 5)) == 2
