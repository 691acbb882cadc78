"""Metadata tables and The Movies Dataset, from small generated files."""

import csv
import io
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbhelpers.data import metadata
from nbhelpers.data.formats.the_movies_dataset import read_the_movies_dataset
from nbhelpers.data.movies_table import MOVIE_COLUMNS, movies_table
from nbhelpers.errors import DataError

COLUMNS = [
    *("movieId", "title", "tmdb_id", "overview", "poster_url", "genres", "release_year"),
    *("actors", "directors"),
]
MATRIX = [
    *("2", "Matrix, The", "603", 'He said "no",\nthen yes.', "https://example.org/m.jpg"),
    *("Action|Science Fiction", "1999", "Keanu Reeves|Carrie-Anne Moss", "Lana | Lilly"),
]
EMPTY = ["10", "Solaris (1972)", *[""] * 7]


def table(*rows, columns=COLUMNS) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([columns, *rows])
    return out.getvalue().encode()


@pytest.fixture
def file(tmp_path):
    def write(content: bytes):
        path = tmp_path / "movies.csv"
        path.write_bytes(content)
        return path

    return write


def test_metadata_is_read(file):
    movies = metadata.read_metadata(file(table(EMPTY, MATRIX)))
    assert movies.columns.tolist() == MOVIE_COLUMNS
    first = movies.iloc[0]
    assert first["title"] == "The Matrix" and first["overview"] == 'He said "no",\nthen yes.'
    assert first["genres"] == ["Action", "Science Fiction"] and first["year"] == 1999
    assert first["actors"] == ["Keanu Reeves", "Carrie-Anne Moss"]
    assert first["directors"] == ["Lana", "Lilly"] and first["keywords"] == []
    assert first["tmdb_id"] == 603 and first["poster_url"] == "https://example.org/m.jpg"
    second = movies.iloc[1]
    assert second["title"] == "Solaris" and second["year"] == 1972
    assert second["tmdb_id"] is pd.NA and second["genres"] == [] and second["overview"] == ""
    assert not any(movies.attrs["report"].values())


def test_keywords_and_numbers_with_a_point(file):
    row = [*MATRIX[:2], "603.0", *MATRIX[3:6], "1999.0", *MATRIX[7:], "hacker|simulation"]
    movies = metadata.read_metadata(file(table(row, columns=[*COLUMNS, "keywords"])))
    assert movies["keywords"].tolist() == [["hacker", "simulation"]]
    assert movies["tmdb_id"].tolist() == [603] and movies["year"].tolist() == [1999]


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "file:///etc/passwd",
        "//example.org/a.jpg",
        "ftp://example.org/a.jpg",
        "https://",
        "http://[",
        'https://example.org/a.jpg" onerror="x',
        "/poster.jpg",
    ],
)
def test_other_addresses_than_web_ones_are_emptied(file, address):
    row = [*MATRIX[:4], address, *MATRIX[5:]]
    movies = metadata.read_metadata(file(table(row)))
    assert movies["poster_url"].tolist() == [""]
    assert movies.attrs["report"]["poster addresses emptied"] == 1


def test_what_is_counted(file):
    row = ["2", "Matrix (1998)", *MATRIX[2:5], "Action||Drama|", *MATRIX[6:]]
    movies = metadata.read_metadata(file(table(row)))
    assert movies["genres"].tolist() == [["Action", "Drama"]] and movies["year"].tolist() == [1999]
    assert movies.attrs["report"] == {
        "poster addresses emptied": 0,
        "empty entries": 2,
        "years that differ": 1,
    }


def changed(**cells):
    return [cells.get(name, cell) for name, cell in zip(COLUMNS, MATRIX, strict=True)]


@pytest.mark.parametrize(
    ("content", "line", "found"),
    [
        (b"", None, "empty"),
        (table(columns=[*COLUMNS[:-1], "director"]), 1, "directors is missing; there is director"),
        (table(MATRIX, columns=[*COLUMNS[:-1], "title"]), 1, "directors is missing"),
        (table([*MATRIX, ""], columns=[*COLUMNS, "title"]), 1, "twice"),
        (table(MATRIX).replace(b",", b"/"), 1, "movieId, title, .* are missing"),
        (table(changed(genres="['Action', 'War']")), 2, "Join the entries with"),
        (table(changed(actors="['Ann A']")), 2, "Join the entries with"),
        (table(changed(genres="Action, War")), 2, r"genres is 'Action, War'"),
        (table(EMPTY, changed(actors="Ann A, Bo B")), 3, "nowhere is there a |"),
        (table(EMPTY, MATRIX[:-1]), 3, "8 fields"),
        (table(EMPTY, [*MATRIX, "x"]), 3, "10 fields"),
        (table(MATRIX, EMPTY, MATRIX), 5, "Movie 2 is in line 2 already"),
        (table(changed(movieId="")), 2, "movieId is empty"),
        (table(changed(movieId="-2")), 2, "movieId is '-2'"),
        (table(changed(movieId="2.5")), 2, r"movieId is '2\.5'"),
        (table(changed(movieId="0")), 2, "movieId is '0'"),
        (table(changed(title=" ")), 2, "title is empty"),
        (table(changed(tmdb_id="abc")), 2, "tmdb_id is 'abc'"),
        (table(changed(release_year="199")), 2, "release_year is '199'"),
        (table(changed(release_year="9199")), 2, "release_year is '9199'"),
        (table(EMPTY, MATRIX)[:-1], 4, "has no end"),
        (table(MATRIX).replace(b'then yes."', b"then yes."), 3, "do not pair"),
        (table(MATRIX) + b"\n" + table(EMPTY), 4, "0 fields"),
        (table(MATRIX) + b"\xff\n", 4, "A letter is not in UTF-8: byte FF"),
        (table(MATRIX).replace(b"no", b"n\0"), 2, "NUL"),
        (b"<html></html>\n", 1, "HTML"),
    ],
)
def test_refused_metadata(file, content, line, found):
    with pytest.raises(DataError, match=found) as caught:
        metadata.read_metadata(file(content))
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xef\xbb\xbf" + table(MATRIX), "byte order mark"),
        (table(MATRIX) + b"\n\n", "blank lines at the end"),
        (table(MATRIX, columns=[name.title() for name in COLUMNS]), "other names of columns"),
        (table(MATRIX, columns=["Movie ID", *COLUMNS[1:]]), "other names of columns"),
    ],
)
def test_dialects_of_metadata(file, content, told):
    plain = metadata.read_metadata(file(table(MATRIX)))
    movies = metadata.read_metadata(file(content))
    pd.testing.assert_frame_equal(movies, plain)
    assert movies.attrs["report"][f"movies.csv: {told}"]


def test_cells_with_nothing_in_them(file):
    for nothing in ("nan", "None", "[]"):
        row = changed(
            overview=nothing,
            actors=nothing,
            directors=nothing,
            tmdb_id=nothing,
            release_year=nothing,
        )
        movies = metadata.read_metadata(file(table(row)))
        first = movies.iloc[0]
        assert first["overview"] == "" and first["actors"] == [] == first["directors"]
        assert first["tmdb_id"] is pd.NA
        assert movies.attrs["report"]["cells such as nan or None, taken as empty"] == 5


def test_names_with_a_comma_are_counted(file):
    row = changed(movieId="3", actors="Sammy D, Jr.")
    movies = metadata.read_metadata(file(table(MATRIX, row)))
    assert movies["actors"].iloc[1] == ["Sammy D, Jr."]
    assert movies.attrs["report"]["cells with a comma in actors"] == 1


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        metadata.read_metadata(tmp_path / "nowhere.csv")


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).filter(
    lambda text: text.strip().lower() not in {"null", "nan", "none", "[]", "<na>"}  # nothing
)
# Names as they are: a comma or a bracket can be a list's, and then the file is refused.
NAME = TEXT.map(lambda t: re.sub(r"[|,\[({]", " ", t).strip()).filter(bool)
LIST = st.lists(NAME, max_size=3)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(TEXT.filter(str.strip), TEXT, LIST, LIST), max_size=4),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_is_written_comes_back(tmp_path_factory, rows, end):
    path = tmp_path_factory.getbasetemp() / "written.csv"
    with open(path, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator=end)
        writer.writerow(COLUMNS)
        for number, (title, overview, genres, actors) in enumerate(rows, 1):
            cells = [title, "", overview, "", "|".join(genres), "2001", "|".join(actors), ""]
            writer.writerow([number, *cells])
    movies = metadata.read_metadata(path)
    assert movies["overview"].tolist() == [row[1] for row in rows]
    assert movies["genres"].tolist() == [row[2] for row in rows]
    assert movies["actors"].tolist() == [row[3] for row in rows]


def test_merging_keeps_what_is_canonical():
    movies = movies_table(
        {
            "movie_id": [1, 2, 3],
            "title": ["One", "Two", "Three"],
            "year": [1999, None, None],
            "genres": [["Drama"], [], ["War"]],
            "overview": ["mine", "", ""],
            "directors": [["Me"], [], []],
        }
    )
    other = movies_table(
        {
            "movie_id": [2, 1, 9],
            "title": ["Zwei", "Eins", "Neun"],
            "year": [2002, 2001, 2009],
            "genres": [["Komödie"], ["Dram"], ["X"]],
            "overview": ["two", "theirs", "nine"],
            "directors": [["You"], ["Them"], []],
            "tmdb_id": [22, 11, 99],
            "poster_url": ["https://b/2", "https://b/1", "https://b/9"],
        }
    )
    merged = metadata.merge_metadata(movies, other)
    assert merged["title"].tolist() == ["One", "Two", "Three"]
    assert merged["genres"].tolist() == [["Drama"], [], ["War"]]
    assert merged["genres_meta"].tolist() == [["Dram"], ["Komödie"], []]
    assert merged["year"].tolist() == [1999, 2002, pd.NA]
    assert merged["overview"].tolist() == ["mine", "two", ""]
    assert merged["directors"].tolist() == [["Me"], ["You"], []]
    assert merged["tmdb_id"].tolist() == [11, 22, pd.NA]
    assert merged["poster_url"].tolist() == ["https://b/1", "https://b/2", ""]
    assert (merged.dtypes == movies.dtypes).all() and merged.columns.tolist() == MOVIE_COLUMNS
    assert movies["overview"].tolist() == ["mine", "", ""]  # left alone


def test_a_set_without_genres_takes_those_of_the_metadata():
    movies = movies_table({"movie_id": [1, 2], "title": ["One", "Two"]})
    other = movies_table({"movie_id": [2], "title": ["Zwei"], "genres": [["Drama"]]})
    merged = metadata.merge_metadata(movies, other)
    assert merged["genres"].tolist() == [[], ["Drama"]]
    assert merged["genres_meta"].tolist() == [[], []]


# The Movies Dataset

META = ["adult", "genres", "id", "overview", "poster_path", "release_date", "title"]
ANIMATION = "[{'id': 16, 'name': 'Animation'}, {'id': 35, 'name': \"Children's\"}]"
CAST = str([{"order": n, "name": f"Actor {n}", "profile_path": None} for n in range(12)])
CREW = "[{'job': 'Writer', 'name': 'W'}, {'job': 'Director', 'name': 'D'}]"


@pytest.fixture
def kaggle(tmp_path):
    """Write a small copy of The Movies Dataset, some files replaced."""

    def write(**changed):
        files = {
            "movies_metadata.csv": table(
                ["False", ANIMATION, "862", "Toys,\nalive.", "/toy.jpg", "1995-10-30", "Toy Story"],
                ["False", "[]", "9", "twice", "", "", "First"],
                ["False", "[]", "9", "again", "", "", "Second"],
                ["False", "[]", "82663", " torn"],
                [" - Written by somebody", "1", "1997-08-20"],
                ["False", "[]", "1997-08-20", "", "", "1", ""],
                ["False", "not needed", "777", "", "", "", "Not linked"],
                ["False", "[]", "10", "", "no path", "", ""],
                columns=META,
            ),
            "credits.csv": table([CAST, CREW, "862"], columns=["cast", "crew", "id"]),
            "keywords.csv": table(
                ["862", "[{'id': 931, 'name': 'jealousy'}]"],
                ["862", "[]"],
                columns=["id", "keywords"],
            ),
            "links.csv": b"movieId,imdbId,tmdbId\n"
            b"1,0114709,862\n2,0113497,9\n3,0113228,\n4,0114885,10\n",
            "ratings.csv": b"userId,movieId,rating,timestamp\n"
            b"1,1,4.5,964982703\n1,3,4.0,964982703\n",
        }
        for name, content in files.items():
            (tmp_path / name).write_bytes(changed.get(name.split(".")[0], content))
        return tmp_path

    return write


def test_the_movies_dataset(kaggle):
    data = read_the_movies_dataset(kaggle())
    movies = data["movies"]
    assert movies["movie_id"].tolist() == [1, 2] and movies["tmdb_id"].tolist() == [862, 9]
    toys = movies.iloc[0]
    assert toys["title"] == "Toy Story" and toys["year"] == 1995
    assert toys["genres"] == ["Animation", "Children's"] and toys["overview"] == "Toys,\nalive."
    assert toys["actors"] == [f"Actor {n}" for n in range(10)] and toys["directors"] == ["D"]
    assert toys["keywords"] == ["jealousy"]
    assert toys["poster_url"] == "https://image.tmdb.org/t/p/w500/toy.jpg"
    bare = movies.iloc[1]
    assert bare["title"] == "First" and bare["year"] is pd.NA
    assert bare["actors"] == [] and bare["poster_url"] == ""
    assert data["ratings"]["rating"].tolist() == [4.5, 4.0]
    assert data["report"] == {
        "links without a TMDB id": 1,
        "torn rows in movies_metadata.csv": 3,
        "rows without a title in movies_metadata.csv": 1,
        "repeated ids in movies_metadata.csv": 1,
        "repeated ids in credits.csv": 0,
        "repeated ids in keywords.csv": 1,
        "links without metadata": 1,
        "movies without a year": 1,
        "ratings of unlisted movies": 1,
    }


def test_the_small_ratings_will_do(kaggle):
    folder = kaggle()
    (folder / "ratings.csv").rename(folder / "ratings_small.csv")
    assert len(read_the_movies_dataset(folder)["ratings"]) == 2
    (folder / "ratings_small.csv").unlink()
    with pytest.raises(DataError, match=r"Expected a folder with ratings\.csv or ratings_small"):
        read_the_movies_dataset(folder)


def test_json_and_pairs_of_halves_of_letters(kaggle):
    cast = '[{"name": "Ann", "profile_path": null}, {"name": "\\ud83d\\ude00"}]'
    python = "[{'name': '\\ud83d\\ude00'}]"
    for cell, names in ((cast, ["Ann", "\U0001f600"]), (python, ["\U0001f600"])):
        folder = kaggle(credits=table([cell, "[]", "862"], columns=["cast", "crew", "id"]))
        data = read_the_movies_dataset(folder)
        assert data["movies"]["actors"].iloc[0] == names
        assert data["report"].get("credits.csv: cells in JSON", 0) == ("null" in cell)


def test_the_small_half_alone(kaggle):
    folder = kaggle(
        links=b"movieId,imdbId,tmdbId\n1,114709,862.0\n2,tt0113497,9.0\n3,113228,\n",
        ratings=b"userId,movieId,rating\n1,1,4.5\n1,3,4.0\n",
    )
    (folder / "links.csv").rename(folder / "links_small.csv")
    (folder / "ratings.csv").rename(folder / "ratings_small.csv")
    data = read_the_movies_dataset(folder)
    assert data["movies"]["tmdb_id"].tolist() == [862, 9]
    assert data["ratings"]["timestamp"].isna().all()
    assert data["report"]["ratings_small.csv: no timestamp"] == 1
    assert data["report"]["links_small.csv taken for links.csv"] == 1


def one_movie(**cells):
    row = dict(zip(META, ["False", "[]", "862", "", "", "", "Toy Story"], strict=True)) | cells
    return table([row[name] for name in META], columns=META)


@pytest.mark.parametrize(
    ("file", "content", "line", "found"),
    [
        ("movies_metadata", one_movie(genres="[{'id': 16"), 2, "genres is"),
        ("movies_metadata", one_movie(genres="__import__('os').getcwd()"), 2, "genres is"),
        ("movies_metadata", one_movie(genres="[1, 2]"), 2, "genres is"),
        ("movies_metadata", one_movie(genres="[{'id': 1}]"), 2, "genres is"),
        ("movies_metadata", one_movie(genres="[{'name': 1}]"), 2, "genres is"),
        ("movies_metadata", one_movie(genres="{'name': 'x'}"), 2, "genres is"),
        ("movies_metadata", one_movie(genres="[" * 5000), 2, "genres is"),
        ("movies_metadata", one_movie(genres=""), 2, "genres is"),
        ("movies_metadata", one_movie(id="tt1"), 2, "id is 'tt1'"),
        ("movies_metadata", one_movie(release_date="30.10.1995"), 2, "release_date is"),
        ("movies_metadata", one_movie(release_date="1795-10-30"), 2, "release_date is"),
        ("movies_metadata", one_movie() + b"a,b\n" * 7, 9, "2 fields"),
        ("movies_metadata", one_movie().replace(b"title", b"Titel"), 1, "title is missing"),
        ("credits", table(["[]", "[", "862"], columns=["cast", "crew", "id"]), 2, "crew is"),
        ("credits", table(["[]", "862"], columns=["cast", "id"]), 1, "crew is missing"),
        ("credits", b"cast,crew,id\na,b\n", 2, "2 fields"),
        ("keywords", table(["862", "x"], columns=["id", "keywords"]), 2, "keywords is"),
        ("keywords", table(["1997-08-20", "[]"], columns=["id", "keywords"]), 2, "id is"),
        ("links", b"movieId,imdbId,tmdbId\n1,0114709,862.5\n", 2, "tmdbId is"),
        (
            "credits",
            table(["[]", r"[{'name': '\ud800'}]", "862"], columns=["cast", "crew", "id"]),
            2,
            "crew is",
        ),
        ("ratings", b"userId,movieId,rating,timestamp\n1,1,9.0,964982703\n", 2, "rating is"),
    ],
)
def test_refused_movies_datasets(kaggle, file, content, line, found):
    folder = kaggle(**{file: content})
    with pytest.raises(DataError, match=found) as caught:
        read_the_movies_dataset(folder)
    assert caught.value.path == folder / f"{file}.csv" and caught.value.line == line


@pytest.mark.parametrize("missing", ["movies_metadata", "credits", "keywords", "links"])
def test_a_missing_file_of_the_movies_dataset(kaggle, missing):
    folder = kaggle()
    (folder / f"{missing}.csv").unlink()
    with pytest.raises(DataError, match=rf"{missing}\.csv is missing"):
        read_the_movies_dataset(folder)


PIECES = [b",", b'"', b"\n", b"\r", b"[", b"'", b"0", b"1995", b"\xff", b"\0", b" ", b"id"]


@settings(deadline=None, max_examples=100, derandomize=True, database=None)
@given(st.integers(0, 4), st.integers(0, 999), st.integers(0, 20), st.sampled_from(PIECES))
def test_broken_files_are_read_or_refused(tmp_path_factory, which, place, length, piece):
    """Whatever happens to the files, there is a table or a `DataError`, nothing else."""
    folder = tmp_path_factory.getbasetemp() / "broken"
    folder.mkdir(exist_ok=True)
    ids = table(["862", "[{'id': 931, 'name': 'jealousy'}]"], columns=["id", "keywords"])
    files = {
        "movies_metadata.csv": one_movie(genres=ANIMATION, release_date="1995-10-30"),
        "credits.csv": table([CAST, CREW, "862"], columns=["cast", "crew", "id"]),
        "keywords.csv": ids,
        "links.csv": b"movieId,imdbId,tmdbId\n1,0114709,862\n",
        "ratings.csv": b"userId,movieId,rating,timestamp\n1,1,4.5,964982703\n",
    }
    name = list(files)[which]
    at = place % len(files[name])
    files[name] = files[name][:at] + piece + files[name][at + length :]
    for file, content in files.items():
        (folder / file).write_bytes(content)
    try:
        data = read_the_movies_dataset(folder)
    except DataError as error:
        assert error.path.name == name and "What to do" in str(error)
        return
    assert data["movies"].columns.tolist() == MOVIE_COLUMNS
    assert len(data["movies"]) <= 1 and len(data["ratings"]) == 1
    assert np.isin(data["ratings"]["rating"], np.arange(0.5, 5.5, 0.5)).all()
