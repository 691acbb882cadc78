"""A visitor's ratings in a CSV file."""

from types import SimpleNamespace

import pandas as pd
import pytest

from nbhelpers import DataError
from nbhelpers.app import ratings_files

MOVIES = pd.DataFrame(
    {
        "movie_id": pd.array([3, 7, 9], dtype="int32"),
        "title": ["Heat", 'Say "Anything", …', "Amélie"],
        "year": pd.array([1995, None, 2001], dtype="Int16"),
    }
)
DATA = SimpleNamespace(movies=MOVIES, scale=(0.5, 5.0), step=0.5, label="A small set")
OWN = pd.DataFrame({"movie_id": [9, 3, 7], "rating": [4.5, 1.0, 0.5]})


def test_a_file_that_was_downloaded_is_read():
    file = ratings_files.write(OWN, MOVIES)
    assert file.decode("utf-8-sig").splitlines()[:2] == [
        "title,year,movie_id,rating",
        "Amélie,2001,9,4.5",
    ]
    assert ratings_files.read(file, DATA) == ({9: 4.5, 3: 1.0, 7: 0.5}, 0)


def test_films_of_another_set_are_left_out_and_counted():
    file = b"title,movie_id,rating\nHeat,3,4\nAnother film,9,5\nThird,77,2\n"
    assert ratings_files.read(file, DATA) == ({3: 4.0}, 2)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"", "not a table in CSV. Expected a table in CSV with the columns"),
        (b"\x89PNG\r\n\x1a\n\x00\xff\xfe", "Expected a table in CSV with the columns"),
        (b"name,stars\nHeat,5\n", "has the columns name, stars. Expected"),
        (b"movie_id,rating\n3,5\n7,many\n", "Row 2 has the rating “many”. Expected a number."),
        (b"movie_id,rating\n3,4\n7,4.3\n", "Row 2 has the rating 4.3. Expected 0.5 to 5 stars"),
        (b"movie_id,rating\n3,6\n", "Row 1 has the rating 6"),
        (b"movie_id,rating\n4,5\n8,5\n", "None of the 2 films in this file is in this data set"),
    ],
)
def test_a_wrong_file_is_said_with_what_was_expected(file, said):
    with pytest.raises(DataError) as error:
        ratings_files.read(file, DATA)
    assert said in str(error.value)
