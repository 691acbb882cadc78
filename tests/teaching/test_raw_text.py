"""The raw text of a data set is what lies on the disk."""

import zipfile
from types import SimpleNamespace

import pytest

from nbhelpers import load
from nbhelpers.teaching import raw_text


def dataset(name, folder):
    return SimpleNamespace(name=name, folder=folder)


def test_the_sample_is_written_as_netflix_wrote():
    data = load("sample")
    ratings, titles = raw_text.in_netflix_format(data, 3), raw_text.titles(data)
    assert ratings.lines[0] == b"1:" and len(ratings.lines) == 3
    assert all(line.count(b",") == ratings.fields - 1 for line in ratings.lines[1:])
    assert [int(line.split(b",")[0]) for line in titles.lines] == data.movies["movie_id"].tolist()
    assert titles.fields == 3


@pytest.mark.parametrize(
    ("files", "own"),
    [
        (("combined_data_1.txt", "movie_titles.csv"), (True, True)),
        (("netflix/combined_data_1.txt", "netflix/movie_titles.csv"), (True, True)),
        (("training_set/mv_0000001.txt", "movie_titles.txt"), (True, True)),
        (("Netflix_Dataset_Rating.csv", "Netflix_Dataset_Movie.csv"), (False, False)),
    ],
)
def test_netflix_s_files_wherever_they_lie_and_the_sample_s_for_tables(tmp_path, files, own):
    rows = (b"1:\n9,4,2005-09-06\n", b"1,2003,Dinosaur Planet\n")
    if not any(own):
        rows = (
            b"User_ID,Rating,Movie_ID\n9,4,1\n",
            b"Movie_ID,Year,Name\n1,2003,Dinosaur Planet\n",
        )
    for file, row in zip(files, rows, strict=True):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_bytes(row)
    data = SimpleNamespace(name="netflix", folder=tmp_path, simulated=False)
    ratings = raw_text.in_netflix_format(data, 2)
    assert (ratings.path == tmp_path / files[0]) == own[0] and ratings.lines[0] == b"1:"
    assert bool(raw_text.titles(data)) == own[1]
    titles = raw_text.titles(raw_text.example(data))
    assert titles.lines[0].split(b",")[0] == b"1"


def test_netflix_s_titles_in_an_archive_are_not_shown(tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("movie_titles.csv", "1,2003,Dinosaur Planet\n")
    assert raw_text.titles(dataset("netflix", tmp_path)) is None


@pytest.mark.parametrize(
    ("name", "file", "separator"),
    [
        ("ml-latest-small", "movies.csv", ","),
        ("ml-1m", "movies.dat", "::"),
        ("ml-10m", "ml-10M100K/movies.dat", "::"),
    ],
)
def test_titles_of_movielens(tmp_path, name, file, separator):
    header = b"a line of column names\r\n" if separator == "," else b""
    row = separator.join(("1", "Am\xe9lie", "Drama")).encode()
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(header + (row + b"\r\n") * 5)
    (path.parent / ("ratings" + path.suffix)).write_bytes(b"")
    titles = raw_text.titles(dataset(name, tmp_path))
    assert titles.lines == [row] * 5
    assert (titles.separator, titles.fields) == (separator, 3)


@pytest.mark.parametrize("file", ["movie.csv", "movies.csv.gz", "movies.parquet", "all.zip"])
def test_titles_in_another_form_are_not_shown_as_the_published_file(tmp_path, file):
    (tmp_path / file).write_bytes(b"x")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("movies.csv", "movieId,title,genres\n1,Heat (1995),Crime\n")
    assert raw_text.titles(dataset("ml-20m", tmp_path)) is None


def test_the_movies_dataset_has_no_file_of_titles_alone(tmp_path):
    assert raw_text.titles(dataset("the-movies-dataset", tmp_path)) is None


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
