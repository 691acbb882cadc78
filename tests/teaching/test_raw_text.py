"""The raw text of a data set is what lies on the disk."""

from types import SimpleNamespace

import pytest

from nbhelpers import load
from nbhelpers.teaching import raw_text


def dataset(name, folder):
    return SimpleNamespace(name=name, folder=folder)


def test_the_sample_is_written_as_netflix_wrote():
    data = load("sample")
    ratings, titles = raw_text.ratings(data, 3), raw_text.titles(data)
    assert ratings.by_movie and ratings.lines[0] == b"1:" and len(ratings.lines) == 3
    assert all(line.count(b",") == ratings.fields - 1 for line in ratings.lines[1:])
    assert [int(line.split(b",")[0]) for line in titles.lines] == data.movies["movie_id"].tolist()
    assert not titles.by_movie and titles.fields == 3


@pytest.mark.parametrize(
    ("name", "files", "separator"),
    [
        ("ml-latest-small", ("ratings.csv", "movies.csv"), ","),
        ("ml-1m", ("ratings.dat", "movies.dat"), "::"),
        ("ml-10m", ("ml-10M100K/ratings.dat", "ml-10M100K/movies.dat"), "::"),
    ],
)
def test_movielens_formats(tmp_path, name, files, separator):
    header = b"a line of column names\r\n" if separator == "," else b""
    rows = [separator.join(fields).encode() for fields in ("1234", ("1", "Am\xe9lie", "Drama"))]
    for file, row in zip(files, rows, strict=True):
        path = tmp_path / file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(header + (row + b"\r\n") * 5)
    ratings, titles = (
        read(dataset(name, tmp_path)) for read in (raw_text.ratings, raw_text.titles)
    )
    assert ratings.lines == [rows[0]] * 5 and titles.lines == [rows[1]] * 5
    assert ratings.separator == titles.separator == separator
    assert (ratings.fields, titles.fields) == (4, 3) and not ratings.by_movie
    assert raw_text.ratings(dataset(name, tmp_path), 2).lines == [rows[0]] * 2


def test_the_movies_dataset_has_no_file_of_titles_alone(tmp_path):
    (tmp_path / "ratings_small.csv").write_bytes(b"userId,movieId,rating,timestamp\n1,2,3.5,9\n")
    data = dataset("the-movies-dataset", tmp_path)
    assert raw_text.ratings(data).lines == [b"1,2,3.5,9"]
    assert raw_text.titles(data) is None


def test_metadata_is_shown_as_its_file_has_it():
    table = raw_text.metadata(load("sample"))
    assert table["movieId"].dtype == "int32" and {"title", "genres"} <= set(table)
    assert all(isinstance(cell, str) for cell in table["genres"])


def test_no_metadata_is_a_table_without_rows(tmp_path):
    table = raw_text.metadata(dataset("ml-1m", tmp_path))
    assert len(table) == 0 and table["movieId"].dtype == "int32" and "title" in table


def test_sets_without_titles_of_their_own_are_shown_by_the_sample(tmp_path):
    made_up = SimpleNamespace(name="netflix", folder=tmp_path, simulated=True)
    assert raw_text.example(made_up).name == "sample"
    assert raw_text.in_netflix_format(made_up_movielens(tmp_path), 1).lines == [b"1:"]


def made_up_movielens(folder):
    return SimpleNamespace(name="ml-latest-small", folder=folder, simulated=False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1:\n100,4,2005-09-06\n", "reads 1 rows"),
        ("100,4,2005-09-06\n", "line 1: A row before any movie's line."),
    ],
)
def test_what_the_reader_makes_of_a_text(text, said):
    assert raw_text.outcome(raw_text.read_netflix, text) == said


def test_a_text_of_ones_own_is_loaded():
    own = "reader;book;points\nann;Dune (1965);9,5\nbob;Dune (1965);10\n"
    assert raw_text.load_text(own).ratings["rating"].tolist() == [4.75, 5.0]
