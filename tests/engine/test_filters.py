import dataclasses

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbhelpers.data import datasets
from nbhelpers.data.movies_table import movies_table
from nbhelpers.engine import filters
from nbhelpers.engine.filters import WrongFilter


@pytest.fixture(scope="module")
def data():
    return datasets.load("sample")


FILMS = movies_table(
    {
        "movie_id": [1, 2, 3, 4],
        "title": list("abcd"),
        "year": [1990, 2000, 2010, None],
        "genres": [["Comedy", "Romance"], ["Comedy", "Horror"], ["Horror"], []],
        "keywords": [["Love (story)"], [], [], []],
    }
)
TAGS = pd.DataFrame({"user_id": [1, 1], "movie_id": [3, 9], "tag": ["CREEPY", "creepy"]})


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [1, 2, 3, 4]),
        ({"genres": ["Comedy"]}, [1, 2]),
        ({"genres": ["Comedy", "Horror"]}, [2]),
        ({"years": (2000, None)}, [2, 3]),
        ({"years": (None, 2000)}, [1, 2]),
        ({"years": (1990, 1990)}, [1]),
        ({"years": (None, None)}, [1, 2, 3, 4]),
        ({"tag": " love (STORY)"}, [1]),
        ({"tag": "creepy"}, [3]),
        ({"tag": "Scary"}, [3]),  # a mood: horror, but no comedy
        ({"tag": "feel-good"}, [1]),
        ({"tag": "feel-good", "years": (1995, None)}, []),
    ],
)
def test_chosen(asked, expected):
    assert FILMS["movie_id"][filters.chosen(FILMS, TAGS, **asked)].tolist() == expected


def test_a_screen_is_no_genre_and_what_was_read_stays(data):
    kinds = [[*names, "IMAX"] if row % 2 else names for row, names in enumerate(FILMS["genres"])]
    films = FILMS.assign(genres=kinds)
    read = dataclasses.replace(data, movies=films, ratings=data.ratings[:0])
    seen = filters.listed(read)
    assert seen.movies["genres"].tolist() == FILMS["genres"].tolist()
    assert read.movies["genres"].tolist() == kinds
    assert seen.content_hash == read.content_hash
    assert filters.listed(seen) is seen


@given(st.text(max_size=20))
def test_any_text_is_a_tag_or_refused(tag):
    try:
        assert filters.chosen(FILMS, None, tag=tag).shape == (4,)
    except WrongFilter as error:
        assert error.found and error.remedy


@pytest.mark.parametrize("tag", ["love", ".*"])
def test_a_tag_is_whole(tag):
    with pytest.raises(WrongFilter, match="Nothing here has the tag"):
        filters.chosen(FILMS, TAGS, tag=tag)


def test_every_mood_has_films(data):
    sizes = {mood: filters.chosen(data.movies, data.tags, tag=mood).sum() for mood in filters.MOODS}
    assert 8 <= len(sizes) <= 12
    assert min(sizes.values()) >= 20
    assert max(sizes.values()) < len(data.movies) / 3
    assert list(sizes) == [mood.casefold() for mood in sizes]


def test_tags_of(data):
    tags = pd.DataFrame(
        {"user_id": [1, 2, 1, 1], "movie_id": [1, 1, 2, 3], "tag": ["Fun", "fun", "FUN", "dvd"]}
    )
    films = movies_table({"movie_id": [1, 2, 3], "title": list("abc")})
    found = filters.tags_of(dataclasses.replace(data, movies=films, tags=tags))
    assert found == [("fun", 2)]
    of_each = data.movies["keywords"].map(set).explode().value_counts()
    assert ("small town", of_each["small town"]) in filters.tags_of(data)


def test_genres_are_found_in_any_case_and_one_text_is_one(engine):
    same = engine.explore(5, genres=["Comedy", "Drama"])
    pd.testing.assert_frame_equal(engine.explore(5, genres=("comedy", " DRAMA ")), same)
    pd.testing.assert_frame_equal(
        engine.explore(5, genres="Comedy"), engine.explore(5, genres=["Comedy"])
    )


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"genres": ["Comdy"]}, "did you mean 'Comedy'"),
        ({"genres": "Science Fiction"}, "did you mean 'Sci-Fi'"),
        ({"genres": "Comedy,Drama"}, "did you mean 'Comedy'"),
        ({"genres": ["Drama", ""]}, "Nothing here has the genre ''"),
        ({"tag": "feelgood"}, "did you mean 'feel-good'"),
        ({"tag": "no such tag at all"}, "Nothing here has the tag or mood"),
        ({"years": (2000, 1990)}, r"years=\(1990, 2000\)"),
        ({"years": (1990,)}, "from, to"),
        ({"years": "nineties"}, "from, to"),
        ({"years": (1990.5, None)}, "from, to"),
    ],
)
def test_filters_that_no_film_can_meet_are_slips(engine, filters, said):
    with pytest.raises(WrongFilter, match=said):
        engine.explore(5, **filters)


def test_filters_that_a_set_without_years_and_genres_can_never_meet_are_slips():
    movies = movies_table({"movie_id": [1, 2], "title": ["Alpha", "Beta"]})
    assert filters.chosen(movies, None, years=(None, None)).all()
    for asked, said in (({"years": 1990}, "No year"), ({"tag": "funny"}, "suits the mood")):
        with pytest.raises(WrongFilter, match=said):
            filters.chosen(movies, None, **asked)


def test_years_may_be_one_and_unknown_filters_are_refused(engine):
    for one in (1994, "1994", (1994, 1994), ["1994", 1994.0]):
        assert set(engine.explore(20, years=one)["year"]) == {1994}
    with pytest.raises(TypeError, match="no filter 'genre'"):
        engine.explore(5, genre=())
