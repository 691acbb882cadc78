import dataclasses
import itertools
import json

import made
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from scipy import stats

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
    assert found.favourites["title"].tolist() == ["One", "Two", "Three"]


@pytest.mark.parametrize("star", [1, 2, 3, 3.5])
def test_no_favourite_is_a_film_that_was_not_liked(data, star):
    """Nor one that everyone rates as well: the heading says "above what others give"."""
    everyone = averages(data, made.frame_of([1, 1, 1], [1, 2, 3], [1, 5, 4]))
    own = given_ratings({1: star, 2: 5, 3: 4.5})
    assert profile(own, MOVIES, everyone).favourites["title"].tolist() == ["Three"]
    assert profile(given_ratings({1: star}), MOVIES, everyone).favourites.empty


def test_one_rating_tells_little():
    assert profiles.lift(np.array([1]), np.array([0.001]))[0] < profiles.NOTABLE
    assert profiles.lift(np.array([30]), np.array([10.0]))[0] > 2
    assert profiles.lift(np.array([7]), np.array([7.0]))[0] == 1


@pytest.mark.parametrize(("count", "expected"), [(0, 0.0), (1, 0.001), (7, 7.0), (30, 10.0)])
def test_the_interval_of_a_lift_is_what_bayes_rule_gives(count, expected):
    """Computed a second way: prior times likelihood on a grid, summed up."""
    lifts = np.linspace(0, 12, 120_001)[1:]
    k = profiles.SHRINKAGE
    weight = stats.gamma.pdf(lifts, k, scale=1 / k) * stats.poisson.pmf(count, lifts * expected)
    below = np.cumsum(weight) / weight.sum()
    ends = lifts[np.searchsorted(below, [0.025, 0.975])]
    found = profiles.lift_interval(np.array([count]), np.array([expected]))
    np.testing.assert_allclose(np.ravel(found), ends, atol=2e-3)


@pytest.mark.parametrize("stars", [[5, 1, 1, 4, 2], [5, 5, 5, 1, 5], [1, 1, 1, 1, 1]])
def test_years_that_do_not_matter_stay_within_their_margin(data, stars):
    """Computed a second way: from every choice of as many of the films."""
    films, years = [1, 2, 3, 4, 6], np.array([1950, 1990, 2000, 2010, 1980])
    everyone = averages(data, made.frame_of([1], [6], [3]))
    found = profile(given_ratings(dict(zip(films, stars, strict=True))), MOVIES, everyone)
    likes = sum(star >= 4 for star in stars)
    sums = [sum(few) for few in itertools.combinations(years - years.mean(), likes)]
    off = np.std(sums) / (likes + profiles.SHRINKAGE)
    assert found.modern_margin == pytest.approx(profiles.WITHIN * off)


def test_little_is_said_of_few_ratings(data, everyone):
    """Whatever they are: a single western, or a single one star, makes no lover and no critic."""
    rng, found = np.random.default_rng(0), {}
    for n in (1, 3, 60):
        mixed = [
            given_ratings(dict.fromkeys(rng.choice(data.movies["movie_id"], n, False), star))
            for star in (1, 5)
            for _ in range(4)
        ]
        said = [profile(own, data.movies, everyone).sentences() for own in mixed]
        found[n] = np.mean([len(sentences) for sentences in said])
    assert found[1] == 1
    assert found[1] < found[3] < found[60]


def test_what_is_notable_is_surely_above_one(data):
    everyone = averages(data, made.frame_of(range(9), [1] * 5 + [6] * 4, [3] * 9))
    one = profile(given_ratings({2: 5}), MOVIES, everyone)
    assert one.genres["lift"].max() > 1 and one.notable("genres").empty
    many = pd.concat([given_ratings({2: 5})] * 12, ignore_index=True)  # as if of twelve films
    sure = profile(many, MOVIES, everyone)
    assert sure.notable("genres")["name"].tolist() == ["Comedy"]
    assert any("Comedy" in sentence for sentence in sure.sentences())


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
    assert found.sentences() == ["1 rating, 4.0★."]
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
    assert sum(own["rating"] >= 4) >= len(again["favourites"])
    for kind in profiles.NAMED:
        table = getattr(found, kind)
        assert table["lift"].is_monotonic_decreasing
        assert ((table["low"] < table["lift"]) & (table["lift"] < table["high"])).all()
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
