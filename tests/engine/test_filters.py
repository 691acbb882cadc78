import dataclasses

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbhelpers.data import datasets
from nbhelpers.data.movies_table import movies_table
from nbhelpers.engine import filters


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
        ({"tag": "love"}, []),
        ({"tag": ".*"}, []),
        ({"tag": "creepy"}, [3]),
        ({"tag": "Scary"}, [3]),  # a mood: horror, but no comedy
        ({"tag": "feel-good"}, [1]),
        ({"tag": "feel-good", "years": (1995, None)}, []),
    ],
)
def test_chosen(asked, expected):
    assert FILMS["movie_id"][filters.chosen(FILMS, TAGS, **asked)].tolist() == expected


@given(st.text(max_size=20))
def test_any_text_is_a_tag(tag):
    assert filters.chosen(FILMS, None, tag=tag).shape == (4,)


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
