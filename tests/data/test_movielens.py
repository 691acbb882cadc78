"""Every MovieLens format: what is read, what is refused, and that nothing is read wrongly."""

import functools
import time
from collections import Counter
from contextlib import suppress

import movielens_sets as sets
import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from movielens_dialects import FILES, PIECES, changed, fast_rows, outcome, variants

from nbhelpers.data import movielens
from nbhelpers.data.formats import raw_files
from nbhelpers.errors import DataError

NAMES = list(movielens.SHA256)
# Written otherwise, but as the plain form has it too: no difference to report.
SAME = ("plain", "times", "ISO times", "floats", "quoted header")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A folder per set, for tests that put back what they change."""
    base = tmp_path_factory.mktemp("sets")
    return {name: sets.write(base / name, name) for name in NAMES}


@pytest.fixture
def refused(tmp_path):
    """Write a small set with one file changed; return the error it is refused with."""

    def refuse(name, file, content):
        folder = sets.write(tmp_path / name, name)
        (folder / file).write_bytes(content)
        with pytest.raises(DataError) as caught:
            fast_rows(folder / file, name)
        assert caught.value.path == folder / file
        return caught.value

    return refuse


@pytest.mark.parametrize("name", NAMES)
def test_ratings(folders, name):
    ratings = movielens.read(folders[name], name)["ratings"]
    order = sorted(range(5), key=lambda i: (sets.RATINGS[i][1], sets.RATINGS[i][0]))
    minus = 0 if name in ("ml-100k", "ml-1m") else 0.5
    assert ratings["user_id"].tolist() == [sets.RATINGS[i][0] for i in order]
    assert ratings["movie_id"].tolist() == [sets.RATINGS[i][1] for i in order]
    assert ratings["rating"].tolist() == [sets.RATINGS[i][2] - minus for i in order]
    seconds = ratings["timestamp"].astype("int64").tolist()
    assert seconds == [sets.TIMES[i] for i in order]
    stars = "float32" if minus else "int8"
    assert ratings.dtypes.astype(str).tolist() == ["int32", "int32", stars, "datetime64[s]"]
    assert isinstance(ratings.index, pd.RangeIndex)


@pytest.mark.parametrize("name", NAMES)
def test_movies(folders, name):
    movies = movielens.read(folders[name], name)["movies"]
    assert movies["movie_id"].tolist() == [2, 3, 10, 11]
    assert movies["title"].tolist() == [
        "The Matrix",
        "The American President",
        "La Cité des enfants perdus",
        "Babylon 5",
    ]
    assert movies["year"].tolist() == [1999, 1995, 1995, pd.NA]
    assert movies["genres"].tolist() == [["Action", "Sci-Fi"], ["Comedy", "Drama"], ["Fantasy"], []]
    linked = name not in ("ml-100k", "ml-1m", "ml-10m")
    assert movies["tmdb_id"].tolist() == ([603, 9087, 902, pd.NA] if linked else [pd.NA] * 4)
    assert movies["year"].dtype == "Int16" and movies["tmdb_id"].dtype == "Int64"


@pytest.mark.parametrize("name", NAMES)
def test_tags_and_genome(folders, name):
    data = movielens.read(folders[name], name)
    if name in ("ml-100k", "ml-1m"):
        assert data["tags"] is None
    else:
        assert data["tags"]["tag"].tolist() == [row[2] for row in sets.TAG_LINES]
        assert data["tags"]["timestamp"].dtype == "datetime64[s]"
        assert data["report"]["empty tags"] == 1
    if name in ("ml-20m", "ml-25m"):
        assert data["genome"]["tag"].tolist() == ["007", "based on a book", "007"]
        np.testing.assert_allclose(data["genome"]["relevance"], [0.02875, 0.00025, 1], rtol=1e-6)
    else:
        assert data["genome"] is None


def test_what_is_counted(tmp_path):
    folder = sets.write(tmp_path / "set", "ml-25m")
    movies = sets.files("ml-25m")["movies.csv"].split(b"\r\n")
    (folder / "movies.csv").write_bytes(b"\r\n".join(movies[:3] + movies[4:]))  # without movie 10
    (folder / "genome-scores.csv").unlink()
    data = movielens.read(folder, "ml-25m")
    assert data["report"] == {
        "ratings of unlisted movies": 2,
        "movies without a year": 1,
        "movies without a genre": 1,
        "optional files missing": 1,
        "tags of unlisted movies": 1,
        "empty tags": 1,
        "links of unlisted movies": 1,
    }
    assert 10 in set(data["ratings"]["movie_id"])
    assert data["genome"] is None


def test_folders_that_are_found(tmp_path):
    for place in ("a/ml-10m", "b/ml-10m/ml-10M100K", "c/ml-10M100K"):
        sets.write(tmp_path / place, "ml-10m")
    for asked in ("a/ml-10m", "a", "b/ml-10m", "c/ml-10M100K", "c", "c/ml-10m"):
        assert len(movielens.read(tmp_path / asked, "ml-10m")["ratings"]) == 5


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(DataError, match=r"no such folder\. Expected a folder with ratings\.csv"):
        movielens.read(tmp_path / "nowhere", "ml-32m")
    folder = sets.write(tmp_path / "set", "ml-32m")
    (folder / "ratings.csv").rename(folder / "my_ratings.csv")
    found = r"ratings\.csv is missing; there is my_ratings\.csv\. The folder holds links\.csv, m"
    with pytest.raises(DataError, match=found):
        movielens.read(folder, "ml-32m")
    with pytest.raises(DataError, match="no MovieLens set 'ml-20'; there is ml-20m"):
        movielens.read(folder, "ml-20")
    folder = sets.write(tmp_path / "genome", "ml-25m")
    (folder / "genome-tags.csv").unlink()
    data = movielens.read(folder, "ml-25m")
    assert data["genome"] is None and data["report"]["optional files missing"] == 1


HEAD = b"userId,movieId,rating,timestamp\n"
GOOD = b"1,2,3.5,964982703\n1,3,3.0,964982703\n"


@pytest.mark.parametrize(
    ("content", "line", "found"),
    [
        (b"", None, "empty"),
        (HEAD, None, "no ratings"),
        (b"\n\n", 1, "userId, movieId, rating, timestamp are missing"),
        (GOOD, 1, "There is no header"),
        (HEAD.replace(b"rating", b"ratingg") + GOOD, 1, "rating is missing; there is ratingg"),
        (HEAD.replace(b",timestamp", b"") + GOOD, 2, "4 fields"),
        (b"movieId,user,userId,userId,rating,timestamp\n" + GOOD, 1, "can be userId or"),
        (b"userId,movieId,rating,timestamp,x\n" + GOOD, 2, "4 fields"),
        (HEAD.replace(b",", b";") + GOOD, 2, "semicolons between the fields"),
        (HEAD + GOOD.replace(b",", b"\t"), 2, "1 fields"),
        (HEAD + GOOD + b"1,4,3.0\n", 4, "3 fields"),
        (HEAD + GOOD + b"1,4,3.0,964982703,7\n", 4, "5 fields"),
        (HEAD + GOOD + b"1,4,3,0,964982703\n", 4, "5 fields"),  # decimal comma
        (HEAD + GOOD + b'1,4,"3,0",964982703\n', 4, "rating is '3,0'"),
        (HEAD + GOOD + b"1,4,3.0,9649827", 4, "has no end"),
        (HEAD + GOOD + b"\n" + GOOD, 4, "blank"),
        (HEAD + GOOD + b"\n" + GOOD + b"\n", 4, "blank"),
        (HEAD + b"1,2,3.7,964982703\n", 2, "rating is '3.7'"),
        (HEAD + b"1,2,0.0,964982703\n", 2, "rating is '0.0'"),
        (HEAD + b"1,2,5.5,964982703\n", 2, "rating is '5.5'"),
        (HEAD + b"1,2,NaN,964982703\n", 2, "rating is 'NaN'"),
        (HEAD + b"1,2,,964982703\n", 2, "rating is ''"),
        (HEAD + b"1,2,3.55,964982703\n", 2, "rating is '3.55'"),
        (HEAD + b"1,2, 3.5,964982703\n", 2, "rating is ' 3.5'"),
        (HEAD + b"1,2,3.5,0\n", 2, "timestamp is '0'"),
        (HEAD + b"1,2,3.5,788918399\n", 2, "1994-12-31"),
        (HEAD + b"1,2,3.5,9999999999\n", 2, "2286-11-20"),
        (HEAD + b"1,2,3.5,964982703000\n", 2, "timestamp is"),
        (HEAD + b"1,2,3.5,30/07/2000\n", 2, "timestamp is"),
        (HEAD + b"1,2,3.5,2001-02-29\n", 2, "timestamp is"),
        (HEAD + b"1,0,3.5,964982703\n", 2, "movieId is '0'"),
        (HEAD + b"-1,2,3.5,964982703\n", 2, "userId is '-1'"),
        (HEAD + b"U01,2,3.5,964982703\n", 2, r"userId is 'U01'.*`nbhelpers adopt"),
        (HEAD + b"01,2,3.5,964982703\n", 2, "userId is '01'"),
        (HEAD + b"+1,2,3.5,964982703\n", 2, r"userId is '\+1'"),
        (HEAD + b"1e3,2,3.5,964982703\n", 2, "userId is '1e3'"),
        (HEAD + b"1.5,2,3.5,964982703\n", 2, "userId is '1.5'"),
        (HEAD + b"1,10000000,3.5,964982703\n", 2, "movieId is '10000000'"),
        (HEAD + b'"1"1,2,3.5,964982703\n', 2, "The line is|do not pair"),
        (HEAD + b'"1,2,3.5,964982703\n', 2, "do not pair"),
        (HEAD + "１,2,3.5,964982703\n".encode(), 2, "userId is"),
        (HEAD + GOOD + b"1,2,4.0,964982704\n", 4, "rated movie 2 in line 2 already"),
        (HEAD + GOOD + GOOD[:18], 4, "in line 2 already"),
        (b"\xef\xbb\xbf" + HEAD + b"U1,2,3.5,30/07/2000\n", 2, "U1.*timestamp is.*byte order mark"),
        ((HEAD + GOOD).decode().encode("utf-16"), 1, "UTF-16"),
        (HEAD + GOOD.replace(b"\n", b"\r\n"), 2, "ends differently"),
        ((HEAD + GOOD).replace(b"\n", b"\r\n") + b"1,4,3.0,964982703\n", 4, "ends differently"),
        ((HEAD + GOOD).replace(b"\n", b"\r"), 1, "has no end"),
        (HEAD + GOOD + b"1,4,3.0,964\0982703\n", 4, r"There is a NUL byte \(byte 79 "),
        (HEAD + GOOD + b"\0" * 50, 4, "NUL byte"),
        (HEAD + GOOD + b"1,4,\xff,964982703\n", 4, r"A letter is not in UTF-8: byte FF \(byte 72 "),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 9\n", 1, "LFS"),
        (b"<!DOCTYPE html>\n<html></html>\n", 1, "HTML"),
        (b"PK\x03\x04\x14\x00\x00\x00", 1, "zip"),
    ],
)
@pytest.mark.parametrize("size", [16, raw_files.BLOCK])
def test_refused_ratings(refused, monkeypatch, content, line, found, size):
    monkeypatch.setattr(raw_files, "blocks", functools.partial(raw_files.blocks, size=size))
    error = refused("ml-32m", "ratings.csv", content)
    assert error.line == line
    with pytest.raises(DataError, match=found):
        raise error


@pytest.mark.parametrize(
    ("name", "file", "old", "new", "line", "found"),
    [
        ("ml-100k", "u.data", b"\t4\t", b"\t3.5\t", 1, "rating is '3.5'"),
        ("ml-100k", "u.data", b"\t", b" ", 1, "1 fields"),
        ("ml-1m", "ratings.dat", b"1::2::4::", b"1::2::0::", 1, "rating is '0'"),
        ("ml-1m", "ratings.dat", b"1::2::4::", b"1:2::4::", 1, "3 fields"),
        ("ml-10m", "ratings.dat", b"::3.5::", b"::3,6::", 1, "rating is '3,6'"),
        (
            "ml-1m",
            "movies.dat",
            "é".encode("latin-1") + b" des enfants",
            "éà".encode() + b" des \xe9nfants",
            3,
            "read as Windows-1252 and saved again",
        ),
        (
            "ml-10m",
            "movies.dat",
            "é".encode(),
            "é".encode("latin-1"),
            3,
            "A letter is not in UTF-8: byte E9",
        ),
        ("ml-10m", "movies.dat", b"Action|", b"Actoin|", 1, "'Actoin' is no genre; is it Action"),
        ("ml-25m", "movies.csv", b"Action|Sci-Fi", b"", 2, "'' is no genre"),
        ("ml-25m", "movies.csv", b"Action|", b"Action||", 2, "'' is no genre"),
        ("ml-25m", "movies.csv", b"\r\n3,", b"\r\n2,", 3, "movie_id 2 is there a second time"),
        ("ml-25m", "movies.csv", b"(1999)", b"(9199)", 2, "names the year 9199"),
        ("ml-25m", "movies.csv", b'"American', b"American", 3, "The line is|4 fields"),
        ("ml-25m", "movies.csv", b'(1995)",C', b"(1995),C", 3, "do not pair"),
        ("ml-25m", "movies.csv", b"Babylon 5", b" ", 5, "title is empty"),
        ("ml-25m", "tags.csv", b'funny""', b'funny"', 3, "do not pair"),
        ("ml-25m", "tags.csv", b"userId", b"userx", 1, "userId is missing; there is userx"),
        ("ml-25m", "links.csv", b"0133093", b"nm133093", 2, "imdbId is 'nm133093'"),
        ("ml-25m", "links.csv", b",603", b",603.5", 2, "tmdbId is '603.5'"),
        ("ml-25m", "links.csv", b"\r\n3,", b"\r\n2,", 3, "second time"),
        ("ml-25m", "genome-scores.csv", b"2,2,", b"2,9,", 3, "Tag 9 is not in genome-tags"),
        ("ml-25m", "genome-scores.csv", b"2,2,", b"2,1,", 3, "second time"),
        ("ml-25m", "genome-scores.csv", b"1.0", b"1.1", 4, "relevance is 1.1"),
        ("ml-25m", "genome-tags.csv", b"\r\n2,", b"\r\n1,", 3, "second time"),
    ],
)
def test_refused_files(refused, name, file, old, new, line, found):
    content = sets.files(name)[file]
    assert old in content
    count = -1 if old == b"\t" else 1
    error = refused(name, file, content.replace(old, new, count))
    assert error.line == line
    with pytest.raises(DataError, match=found):
        raise error


def test_both_line_ends_mean_the_same(tmp_path):
    folder = sets.write(tmp_path / "set", "ml-32m")
    first = movielens.read(folder, "ml-32m")
    for file, content in sets.files("ml-32m").items():
        other = content.replace(b"\r\n", b"\n")
        if other == content:
            other = content.replace(b"\n", b"\r\n")
        (folder / file).write_bytes(other)
    second = movielens.read(folder, "ml-32m")
    for table in ("ratings", "movies", "tags"):
        pd.testing.assert_frame_equal(first[table], second[table])


@settings(deadline=None)
@given(st.binary(max_size=60).map(lambda b: b.replace(b"\0", b"\n")), st.integers(1, 12))
def test_blocks_are_whole_lines(tmp_path_factory, content, size):
    path = tmp_path_factory.getbasetemp() / "blocks"
    content = content + b"\n"
    path.write_bytes(content)
    found = list(raw_files.blocks(path, size))
    assert b"".join(block for _, _, block in found) == content
    for line, offset, block in found:
        assert content[offset:].startswith(block) and block.endswith(b"\n")
        assert line == content[:offset].count(b"\n") + 1


EXAMPLES = 150  # for each of the 13 files

CHANGES = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 999), st.integers(0, 99), st.sampled_from(PIECES)),
    min_size=1,
    max_size=3,
)


@pytest.mark.parametrize(("name", "file"), FILES)
def test_nothing_is_read_wrongly(folders, name, file):
    path, contents = folders[name] / file, list(variants(name, file).values())
    outcomes = {"refused": 0, "read": 0}

    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
    @given(st.sampled_from(contents), CHANGES, st.sampled_from([48, raw_files.BLOCK]))
    @example(contents[0], [], 48)
    def compare(content, changes, size):
        found = outcome(path, name, changed(content, changes), size)
        assert found in outcomes, found
        outcomes[found] += 1

    try:
        compare()
    finally:
        path.write_bytes(contents[0])
    assert min(outcomes.values()) > EXAMPLES / 20, outcomes


@pytest.mark.parametrize(("name", "file"), FILES)
def test_every_dialect_means_the_same(folders, name, file):
    path, contents = folders[name] / file, variants(name, file)
    plain = fast_rows(path, name)
    for label, content in contents.items():
        path.write_bytes(content)
        report = Counter()
        assert fast_rows(path, name, report) == plain, label
        told = [key for key in report if key.startswith(f"{file}: ")]
        assert told or label in SAME or content == contents["plain"], label
        assert not told or label != "plain"
    path.write_bytes(contents["plain"])


@pytest.mark.parametrize(("name", "file"), FILES)
def test_what_was_cut_is_never_read_as_something_else(folders, name, file):
    """Cut anywhere, a file is refused, or some of its rows are read as they were."""
    path, contents = folders[name] / file, variants(name, file)
    whole = fast_rows(path, name)
    for content in contents.values():
        for size in range(max(len(content) - 20, 0), len(content)):
            path.write_bytes(content[:size])
            with suppress(DataError):
                rows = fast_rows(path, name)
                assert all(row in whole for row in rows), content[:size]
    path.write_bytes(contents["plain"])


def test_the_future_is_refused(tmp_path):
    folder = sets.write(tmp_path / "set", "ml-32m")
    soon = int(time.time()) + 2 * 86_400
    (folder / "ratings.csv").write_bytes(HEAD + f"1,2,3.5,{soon}\n".encode())
    with pytest.raises(DataError, match="from 1995 to now"):
        movielens.read(folder, "ml-32m")


def test_the_real_small_set(real_data):
    data = movielens.read(real_data / "ml-latest-small", "ml-latest-small")
    ratings, movies = data["ratings"], data["movies"]
    assert len(ratings) == 100_836 and ratings["user_id"].nunique() == 610
    assert len(movies) == 9_742 and ratings["movie_id"].nunique() == 9_724
    assert len(data["tags"]) == 3_683
    assert data["report"]["movies without a year"] == 12
    assert data["report"]["movies without a genre"] == 34
    assert data["report"]["ratings of unlisted movies"] == 0
    assert movies["tmdb_id"].isna().sum() == 8
    assert not movies["title"].str.contains(r", (?:The|An?|Les?|La)$").any()
    raw = pd.read_csv(real_data / "ml-latest-small" / "ratings.csv")
    raw = raw.sort_values(["movieId", "userId"], ignore_index=True)
    np.testing.assert_array_equal(ratings["rating"], raw["rating"])
    np.testing.assert_array_equal(ratings["user_id"], raw["userId"])
    np.testing.assert_array_equal(ratings["timestamp"].astype("int64"), raw["timestamp"])
