import dataclasses
import json

import made
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from nbhelpers.data import datasets
from nbhelpers.data.movies_table import movies_table
from nbhelpers.engine import profiles
from nbhelpers.engine.profiles import Averages, profile
from nbhelpers.features.builder import FeatureBuilder

MOVIES = movies_table(
    {
        "movie_id": [1, 2, 3, 4, 5, 6],
        "title": ["One", "Two", "Three", "Four", "Five", "Six"],
        "year": [1950, 1990, 2000, 2010, None, 1980],
        "genres": [["Drama"], ["Comedy"], ["Comedy", "Drama"], ["Drama"], [], ["Horror"]],
        "directors": [["Ann"], ["Ann"], ["Bob"], ["Bob"], ["Ann"], []],
        "actors": [["Zoe", "Yan"], ["Zoe"], [], ["Yan"], ["Zoe"], []],
    }
)


@pytest.fixture(scope="module")
def data():
    return datasets.load("sample")


@pytest.fixture(scope="module")
def everyone(data):
    return Averages.of(data)


def averages(data, ratings):
    return Averages.of(dataclasses.replace(data, ratings=ratings, movies=MOVIES))


def given_ratings(stars, when=None):
    frame = pd.DataFrame({"movie_id": list(stars), "rating": list(stars.values())})
    return frame if when is None else frame.assign(timestamp=pd.to_datetime(when))


def test_averages_are_the_shares_of_ratings(data, everyone):
    """Computed a second way: over the joined table, rating by rating."""
    listed = data.movies.set_index("movie_id")
    for kind in profiles.NAMED:
        names = data.ratings["movie_id"].map(listed[kind]).explode().value_counts()
        found = everyone.shares[kind]
        assert (found > 0).sum() == len(names)
        for name, count in names.items():
            assert found[name] == pytest.approx(count / len(data.ratings))


def test_numbers_are_those_of_the_features(data, everyone):
    """A person of the data has the strictness and the years that the models are told."""
    features = FeatureBuilder(n_text=0).fit(data.ratings, data.movies).user_features
    for user, own in list(data.ratings.groupby("user_id"))[:40]:
        found, expected = profile(own, data.movies, everyone), features.loc[user]
        assert found.n == expected["user_count"]
        assert found.strictness == pytest.approx(expected["user_strictness"], abs=1e-4)
        assert found.modern == pytest.approx(expected["user_newer"], abs=1e-3)


def test_a_profile_by_hand(data):
    others = made.frame_of([1, 2, 3, 1, 2], [1, 1, 1, 2, 6], [5, 4, 3, 2, 1])
    everyone = averages(data, others)
    assert everyone.mean == 3
    np.testing.assert_allclose(everyone.of_movies([1, 2, 99]), [4, 2, 3])
    own = given_ratings({1: 5, 2: 4, 3: 4, 4: 3, 5: 1, 99: 1})
    found = profile(own, MOVIES, everyone)
    assert (found.n, found.mean, found.like_share) == (6, 3, 0.5)
    means = [4, 2, 3, 3, 3, 3]
    assert found.strictness == pytest.approx((sum(means) - 18) / 11)
    mean_year = (1950 + 1990 + 2000 + 2010) / 4
    assert found.modern == pytest.approx((1950 + 1990 + 2000 - 3 * mean_year) / 8)
    genres = found.genres.set_index("name")
    assert genres.loc["Drama", ["count", "mean"]].tolist() == [3, 4]
    assert genres.loc["Drama", "lift"] == pytest.approx((3 + 5) / (6 * 3 / 5 + 5))
    assert genres.loc["Comedy", "lift"] == pytest.approx((2 + 5) / (6 * 1 / 5 + 5))
    assert found.directors["name"].tolist() == ["Bob"]  # Ann is rated lower than usual
    assert found.favourites["title"].tolist() == ["One", "Two", "Three", "Four", "Five"]


def test_one_rating_tells_little():
    assert profiles.lift(np.array([1]), np.array([0.001]))[0] < profiles.NOTABLE
    assert profiles.lift(np.array([30]), np.array([10.0]))[0] > 2
    assert profiles.lift(np.array([7]), np.array([7.0]))[0] == 1


def test_what_occurs_once_is_left_out_when_there_is_more(data):
    everyone = averages(data, made.frame_of([1], [6], [3]))
    few = given_ratings({1: 5, 6: 5})
    assert "Horror" in set(profile(few, MOVIES, everyone).genres["name"])
    more = given_ratings({1: 5, 2: 5, 3: 5, 4: 5, 5: 5, 6: 5})
    assert "Horror" not in set(profile(more, MOVIES, everyone).genres["name"])


def test_what_is_rated_low_is_no_favourite(data):
    everyone = averages(data, made.frame_of([1], [6], [3]))
    own = given_ratings({1: 5, 2: 5, 3: 1, 4: 1})
    assert profile(own, MOVIES, everyone).directors["name"].tolist() == ["Ann"]


@pytest.mark.parametrize("columns", [["movie_id", "rating"], ["movie_id", "rating", "timestamp"]])
def test_nobody(data, everyone, columns):
    found = profile(data.ratings[columns].head(0), data.movies, everyone)
    assert found.n == 0
    assert found.strictness == found.modern == 0
    assert found.sentences() == ["No ratings yet."]
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False))["mean"] is None


def test_a_newcomer_with_one_rating(data, everyone):
    found = profile(given_ratings({1: 4}), data.movies, everyone)
    assert "1 rating, 4.0★" in found.sentences()[0]
    assert found.timeline.empty
    assert found.genres["lift"].between(0.5, 1.5).all()


def test_timeline_by_month_has_the_months_between():
    when = ["2004-01-31", "2004-04-01", "2004-04-30"]
    table = profiles.timeline(given_ratings({1: 4, 2: 5, 3: 2}, when))
    assert table["when"].dt.strftime("%m").tolist() == ["01", "02", "03", "04"]
    assert table["count"].tolist() == [1, 0, 0, 2]
    np.testing.assert_array_equal(table["mean"], [4, np.nan, np.nan, 3.5])


def test_a_long_timeline_is_by_year():
    table = profiles.timeline(given_ratings({1: 4, 2: 5}, ["1999-12-31", "2004-01-01"]))
    assert table["when"].dt.year.tolist() == [1999, 2000, 2001, 2002, 2003, 2004]


@settings(max_examples=30, deadline=None)
@given(ratings=made.frames())
def test_any_ratings_have_a_profile(data, ratings):
    everyone = averages(data, ratings)
    own = ratings.drop_duplicates("movie_id").reset_index(drop=True)
    found = profile(own, MOVIES, everyone)
    assert found.timeline["count"].sum() == found.n == len(own)
    assert all(found.sentences())
    again = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert len(again["favourites"]) == len(own)
    for kind in profiles.NAMED:
        table = getattr(found, kind)
        assert table["lift"].is_monotonic_decreasing
        assert table["count"].max() <= len(own) or table.empty


def test_sentences_say_what_the_numbers_say(data, everyone):
    counts = data.ratings["user_id"].value_counts()
    own = data.ratings[data.ratings["user_id"] == counts.index[0]]
    found = profile(own, data.movies, everyone)
    said = " ".join(found.sentences())
    assert f"{len(own)} ratings, {own['rating'].mean():.1f}★" in said
    word = "Stricter" if found.strictness > 0 else "More generous"
    assert f"{word} than others with the same films, by {abs(found.strictness):.1f}★" in said
    assert found.genres["name"][0] in said
