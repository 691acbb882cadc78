from copy import deepcopy as clone

import made
import numpy as np
import pandas as pd
import pytest
import surprise
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nbhelpers.errors import DataError
from nbhelpers.models import base
from nbhelpers.models.baselines import Biases, GlobalMean, MovieMean, UserMean
from nbhelpers.models.ease import EASE
from nbhelpers.models.implicit_knn import ItemKNN
from nbhelpers.models.knn import KNN
from nbhelpers.models.popularity import Popularity
from nbhelpers.models.surprise_bridge import Surprise
from nbhelpers.models.svd import SVD
from nbhelpers.models.top_n import Ranker


@given(
    arrays(float, st.tuples(st.integers(1, 4), st.integers(1, 8)), elements=st.integers(0, 4)),
    st.integers(1, 10),
)
def test_best_columns_are_those_of_a_full_stable_sort(scores, n):
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :n]
    assert base.best_columns(scores, n).tolist() == expected.tolist()


@settings(deadline=None)  # a computer may be busy with other tests
@given(made.frames(), st.integers(1, 8))
def test_top_n_against_a_loop(ratings, n):
    fitted = Biases().fit(ratings)
    users = [*ratings["user_id"].unique()[::-1].tolist(), 99]
    rows = []
    for user in users:
        seen = set(ratings.loc[ratings["user_id"] == user, "movie_id"])
        scored = zip(fitted.scores([user])[0], fitted.movie_ids.tolist(), strict=True)
        best = sorted((-score, movie) for score, movie in scored if movie not in seen)[:n]
        rows += [(user, k, movie, -score) for k, (score, movie) in enumerate(best, start=1)]
    columns = ["user_id", "rank", "movie_id", "score"]
    expected = pd.DataFrame(rows, columns=columns)
    pd.testing.assert_frame_equal(fitted.top_n(users, n), expected, check_dtype=False)
    mine = expected.loc[expected["user_id"] == users[0], ["movie_id", "score"]]
    pd.testing.assert_frame_equal(fitted.recommend(users[0], n), mine, check_dtype=False)


def test_top_n_is_the_same_in_small_blocks(monkeypatch):
    fitted = Popularity().fit(made.ratings())
    whole = fitted.top_n(fitted.user_ids, 5)
    monkeypatch.setattr(base, "CELLS", 45)
    pd.testing.assert_frame_equal(fitted.top_n(fitted.user_ids, 5), whole)


def test_ties_go_by_movie_id():
    fitted = UserMean().fit(made.ratings())
    assert fitted.recommend(-1, 5)["movie_id"].tolist() == fitted.movie_ids[:5].tolist()


def test_lists_end_where_movies_do():
    ratings = made.frame_of([1, 1, 2], [1, 2, 3], [5, 4, 3])
    fitted = GlobalMean().fit(ratings)
    assert fitted.recommend(1, 10)["movie_id"].tolist() == [3]
    assert fitted.recommend(2, 10)["movie_id"].tolist() == [1, 2]
    everything = made.frame_of([1, 1], [1, 2], [5, 4])
    assert GlobalMean().fit(everything).recommend(1).empty
    assert fitted.top_n([], 3).empty


def test_one_id_goes_with_many():
    fitted = MovieMean().fit(made.ratings())
    movies = fitted.movie_ids[:4]
    assert fitted.predict(7, movies).tolist() == fitted.predict([7] * 4, movies).tolist()


def test_predictions_and_scores_agree_whatever_the_id_types():
    fitted = Biases().fit(made.ratings())
    users = np.repeat(fitted.user_ids.astype("int64"), len(fitted.movie_ids))
    movies = np.tile(fitted.movie_ids, len(fitted.user_ids)).tolist()
    predicted = fitted.predict(users, movies).reshape(-1, len(fitted.movie_ids))
    assert predicted.dtype == np.float64
    np.testing.assert_array_equal(predicted, fitted.scores(fitted.user_ids))


@pytest.mark.parametrize("call", ["scores", "recommend", "top_n"])
def test_an_unfitted_model_says_so(call):
    with pytest.raises(RuntimeError, match="Biases has not learned anything yet: call fit"):
        getattr(Biases(), call)(1)
    with pytest.raises(RuntimeError, match="call fit"):
        Biases().predict(1, 1)


def test_ratings_are_checked():
    ratings = made.ratings()
    with pytest.raises(ValueError, match="no column movie_id; their columns: user_id"):
        GlobalMean().fit(ratings.drop(columns="movie_id"))
    with pytest.raises(ValueError, match="at least one rating"):
        GlobalMean().fit(ratings.iloc[:0])
    with pytest.raises(ValueError, match="none may be missing or infinite"):
        GlobalMean().fit(ratings.assign(rating=np.nan))
    with pytest.raises(ValueError, match="at least 1"):
        GlobalMean().fit(ratings).recommend(7, n=0)
    with pytest.raises(ValueError, match="has to be a whole number of at least 1, but is 'ten'"):
        GlobalMean().fit(ratings).recommend(7, n="ten")
    with pytest.raises(ValueError, match=r"Ratings have to be numbers: .*'good'"):
        GlobalMean().fit(ratings.assign(rating="good"))
    with pytest.raises(ValueError, match="numbers, but these are times"):
        GlobalMean().fit(ratings.assign(rating=pd.Timestamp("2005-01-01")))


@pytest.mark.parametrize("other", [None, [(1, 1, 3)], np.ones((2, 3))])
def test_only_a_table_is_learned_from(other):
    with pytest.raises(TypeError, match=f"DataFrame.*this is a {type(other).__name__}"):
        Biases().fit(other)


def test_newcomers_rate_each_movie_once():
    fitted = Biases().fit(made.ratings())
    with pytest.raises(ValueError, match="each movie once"):
        fitted.fold_in(made.frame_of([1, 1], [3, 3], [5, 4]))
    with pytest.raises(ValueError, match="no rating may be missing"):
        fitted.fold_in(made.frame_of([1], [3], [np.nan]))
    with pytest.raises(RuntimeError, match="call fit"):
        Biases().fold_in(made.frame_of([1], [3], [5]))


def test_a_model_that_cannot_serve_newcomers_says_so():
    adapter = Surprise(surprise.BaselineOnly(verbose=False)).fit(made.ratings())
    with pytest.raises(NotImplementedError, match="Surprise cannot serve newcomers"):
        adapter.fold_in(made.frame_of([1], [3], [5]))


KINDS = [Biases(), GlobalMean(), SVD(n_factors=2, n_epochs=2), KNN(), ItemKNN(), EASE()]


def named(model) -> str:
    return type(model).__name__


@pytest.mark.parametrize("model", KINDS, ids=named)
def test_ids_as_text_are_the_same_people_and_movies(model):
    ratings = made.ratings()
    as_text = ratings.astype({"user_id": str, "movie_id": "object"})
    fitted, again = clone(model).fit(ratings), clone(model).fit(as_text)
    users, movies = fitted.user_ids[:5], fitted.movie_ids[:5]
    words = [str(user) for user in users]
    for one, other in ((fitted, fitted), (fitted, again)):
        expected = one.predict(users, movies)
        np.testing.assert_array_equal(other.predict(words, list(map(str, movies))), expected)
        np.testing.assert_array_equal(other.scores(words), one.scores(users))
        pd.testing.assert_frame_equal(other.top_n(words, 3), one.top_n(users, 3), check_dtype=False)
    own = pd.DataFrame({"movie_id": movies.astype(float), "rating": [5.0, 4, 3, 2, 1]})
    if model is not KINDS[3]:
        named_in_words = own.assign(movie_id=list(map(str, movies)))
        np.testing.assert_array_equal(fitted.fold_in(named_in_words), fitted.fold_in(own))


@pytest.mark.parametrize("model", KINDS, ids=named)
@pytest.mark.parametrize("wrong", [None, np.nan, 1.5, "x7"])
def test_wrong_ids_are_nobodys(model, wrong):
    ratings = made.ratings()
    broken = ratings.astype({"user_id": object})
    broken.loc[3, "user_id"] = wrong
    with pytest.raises(DataError, match=r"user's id at place 3"):
        clone(model).fit(broken)
    fitted = clone(model).fit(ratings)
    for call in (
        lambda: fitted.predict(wrong, 1),
        lambda: fitted.scores([wrong]),
        lambda: fitted.recommend(wrong),
        lambda: Ranker(fitted).best(wrong),
    ):
        with pytest.raises(DataError, match="user's id"):
            call()
    with pytest.raises(DataError, match="movie's id"):
        fitted.predict(7, wrong)


@pytest.mark.parametrize("model", KINDS, ids=named)
@pytest.mark.parametrize("at", [0, -1])
def test_nobody_rates_a_movie_twice(model, at):
    ratings = made.ratings()
    twice = pd.concat([ratings, ratings.iloc[[at]].assign(rating=1)], ignore_index=True)
    with pytest.raises(DataError, match=r"rated movie \d+ twice.*drop_duplicates"):
        clone(model).fit(twice)
