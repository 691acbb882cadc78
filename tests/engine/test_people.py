"""A newcomer's ratings in any of Python's shapes are the same ratings."""

import numpy as np
import pandas as pd
import pytest

from nbhelpers.engine import people
from nbhelpers.errors import DataError

STARS = {3: 5.0, 17: 4.0, 8: 1.0}
TABLE = pd.DataFrame({"movie_id": list(STARS), "rating": list(STARS.values())})


@pytest.mark.parametrize(
    "someone",
    [
        STARS,
        {str(movie): stars for movie, stars in STARS.items()},
        list(STARS.items()),
        STARS.items(),
        (pair for pair in STARS.items()),
        np.array(list(STARS.items())),
        pd.Series(STARS),
        pd.Series(STARS).rename_axis("movie_id"),
        TABLE,
        TABLE.rename(columns={"movie_id": "movieId"}).assign(userId=1),
        TABLE.astype(str),
        TABLE.astype({"movie_id": "Int64"}),
    ],
    ids=lambda shape: type(shape).__name__,
)
def test_shapes_of_ratings(someone):
    own = people.own_ratings(someone)
    assert own["movie_id"].tolist() == list(STARS) and own["rating"].tolist() == [5, 4, 1]
    assert own["movie_id"].dtype.kind == "i" and own["rating"].dtype == np.float64


@pytest.mark.parametrize("nothing", [{}, [], pd.Series(dtype=float), TABLE.iloc[:0]])
def test_no_ratings_are_a_newcomer_too(nothing):
    assert people.own_ratings(nothing).empty


@pytest.mark.parametrize("user", [7, "7", 7.0, np.int32(7), np.array(7)])
def test_users_are_numbers(user):
    assert people.own_ratings(user) is None and people.user_id(user) == 7


def test_users_may_have_labels():
    assert people.user_id("ann", {"ann": 3}) == 3 and people.user_id("7", {"ann": 3}) == 7
    assert people.user_id("7", {"7": 3}) == 3
    with pytest.raises(DataError, match="'bob'"):
        people.user_id("bob", {"ann": 3})


@pytest.mark.parametrize(
    ("someone", "said"),
    [
        ([3, 17], "not pairs"),
        ([(3, 5, 1)], "not pairs"),
        (["ab"], "not pairs"),
        ({"Alien": 5}, "movie's id"),
        ({3: "good"}, "not a number"),
        ({None: 5}, "is missing"),
        (pd.Series([5, 4]), "index only counts from 0"),
        (TABLE.drop(columns="rating"), "no column rating; their columns: movie_id"),
    ],
    ids=repr,
)
def test_what_is_no_ratings_is_said(someone, said):
    with pytest.raises(DataError, match=said):
        people.own_ratings(someone)


@pytest.mark.parametrize("user", [None, "uuid-1", 1.5, True, float("nan"), ""])
def test_what_is_no_user_is_said(engine, user):
    for call in (engine.recommend, engine.history, engine.profile, engine.answering):
        with pytest.raises(DataError, match=r"user's id .*users\(\)"):
            call(user)


def test_the_engine_takes_them_all(engine):
    user = int(engine.users()["user_id"].iloc[3])
    pd.testing.assert_frame_equal(engine.recommend(str(user), 3), engine.recommend(user, 3))
    movies = engine.find("", 4)["movie_id"].tolist()
    own = dict(zip(movies, [5, 4, 1, 3], strict=True))
    table = pd.DataFrame({"movie_id": movies, "rating": [5, 4, 1, 3]})
    for shape in (own, list(own.items()), pd.Series(own)):
        pd.testing.assert_frame_equal(engine.recommend(shape, 3), engine.recommend(table, 3))
        assert engine.profile(shape).n == 4
        assert engine.predict(shape, str(movies[0]))["known"].tolist() == [5]


def test_a_title_leads_to_find(engine):
    for call in (engine.similar, engine.movie, lambda title: engine.predict({}, title)):
        with pytest.raises(DataError, match=r"'Alien', a text.*find"):
            call("Alien")
    movie = int(engine.find("Alien", 1)["movie_id"].iloc[0])
    assert engine.movie(str(movie)) == engine.movie(movie)
    pd.testing.assert_frame_equal(engine.similar(str(movie), 3), engine.similar(movie, 3))


@pytest.mark.parametrize("wrong", [{"n": 2.5}, {"n": "5"}, {"n": True}, {"skip": -1}, {"n": 0}])
def test_parts_of_lists_that_are_none(engine, wrong):
    movie = int(engine.find("", 1)["movie_id"].iloc[0])
    for call in (
        engine.explore,
        lambda **w: engine.similar(movie, **w),
        lambda **w: engine.find("", **w),
    ):
        with pytest.raises(ValueError, match=r"list|skip"):
            call(**wrong)
