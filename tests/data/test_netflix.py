"""The Netflix Prize's formats, written, read, and refused when they are not what they were."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from netflix_sets import (
    FILES,
    PROBE,
    QUALIFYING,
    RATINGS,
    TITLES,
    WRONG_RATINGS,
    changes,
    ratings_frame,
    read_rows,
    read_title_rows,
    reference,
    reference_titles,
    single_changes,
    write_training_set,
)

from nbhelpers.data import netflix
from nbhelpers.data.formats import netflix_lines
from nbhelpers.errors import DataError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One folder for many small cases: each writes over the file of the one before."""
    return tmp_path_factory.mktemp("netflix")


# Reference: one line after the other, with nothing in common with the reader but the rules.


def agree(path, data: bytes) -> None:
    """Both refuse, or both give the same rows; and nothing but a DataError is ever raised."""
    path.unlink(missing_ok=True)  # quicker than to write over it
    path.write_bytes(data)
    titles = path.name == "movie_titles.csv"
    try:
        expected = reference_titles(data) if titles else reference(data, path.name)
    except ValueError:
        with pytest.raises(DataError):
            read_title_rows(path) if titles else read_rows(path)
    else:
        assert (read_title_rows(path) if titles else read_rows(path)) == expected


@pytest.mark.parametrize("name", FILES)
def test_no_single_slip_is_read_silently(name, folder):
    agree(folder / name, FILES[name])
    for data in single_changes(FILES[name]):
        agree(folder / name, data)


@settings(max_examples=2000, deadline=None)
@given(data=st.data())
def test_no_slips_are_read_silently(data, folder):
    name = data.draw(st.sampled_from(list(FILES)))
    agree(folder / name, data.draw(changes(FILES[name])))


# The message names the line and says what is wrong with it.


@pytest.mark.parametrize("block", [40, 1 << 20])
@pytest.mark.parametrize(("old", "new", "line", "what"), WRONG_RATINGS)
def test_wrong_line_is_named_and_explained(old, new, line, what, block, folder, monkeypatch):
    monkeypatch.setattr(netflix_lines, "BLOCK", block)
    (folder / "combined_data_1.txt").write_bytes(RATINGS.replace(old, new, 1))
    with pytest.raises(DataError, match=what) as caught:
        netflix.read_ratings(folder)
    assert caught.value.line == line
    assert caught.value.path == folder / "combined_data_1.txt"
    assert caught.value.expected and caught.value.remedy


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        (b"2003", b"2006", 1, "Year 2006"),
        (b"2,NULL", b"1,NULL", 2, "a second time"),
        (b"17770", b"17771", 3, "1 to 17,770"),
        (b"Isle", "Isl\xc3\xa9 and".encode("latin-1"), 1, "UTF-8 text at byte 10"),
        (b"\xe9", b"\x8e", 2, "8E is not a letter in latin-1; it is é in Mac Roman"),
        (b"Isle, of Man", b"Isle, of Man,", 1, "spreadsheet"),
        (b"Isle", b"Is\0le", 1, "NUL byte at byte 9"),
        (b"1,2003,Isle, of Man", b"1;2003;Isle", 1, "not of that form"),
        (b"1888,A\n", b"1888,A", 3, "may be cut"),
    ],
)
def test_wrong_title_is_named_and_explained(old, new, line, what, folder):
    path = folder / "movie_titles.csv"
    path.write_bytes(TITLES.replace(old, new, 1))
    with pytest.raises(DataError, match=what) as caught:
        netflix.read_titles(path)
    assert caught.value.line == line


def test_probe_without_last_line_end_is_refused_but_not_a_whole_date(folder):
    (folder / "probe.txt").write_bytes(PROBE[:-1])
    with pytest.raises(DataError, match="may be cut") as caught:
        netflix.read_probe(folder / "probe.txt")
    assert caught.value.line == PROBE.count(b"\n")
    (folder / "qualifying.txt").write_bytes(QUALIFYING[:-1])
    assert len(netflix.read_qualifying(folder / "qualifying.txt")) == 3


@pytest.mark.parametrize("block", [100, 1000, 1 << 20])
def test_endless_line_is_named(block, folder, monkeypatch):
    monkeypatch.setattr(netflix_lines, "BLOCK", block)
    rows = b"".join(b"%d,3,2005-09-06\n" % user for user in range(1, 101))
    (folder / "combined_data_1.txt").write_bytes(b"1:\n" + rows + b"7" * (1 << 21))
    with pytest.raises(DataError, match=r"(?s):102: .*(more than|7777777)"):
        netflix.read_ratings(folder)


def test_unlisted_movie_is_refused_where_the_movies_are_given(folder):
    (folder / "combined_data_1.txt").write_bytes(RATINGS)
    assert len(netflix.read_ratings(folder, movies=[1, 2, 3])) == 3
    with pytest.raises(DataError, match=r":4: Movie 2 is not among the movies"):
        netflix.read_ratings(folder, movies=[1, 3])


# What is written is read again, in either form and in any blocks.


PAIRS = st.sets(
    st.tuples(st.integers(1, 17_770), st.sampled_from([1, 9, 10, 99_999, 2_649_429])),
    min_size=1,
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(PAIRS, st.integers(0, 99), st.integers(1, 5), st.integers(8, 300))
def test_ratings_come_back_as_they_were_written(tmp_path_factory, pairs, seed, files, block):
    ratings, folder = ratings_frame(pairs, seed), tmp_path_factory.mktemp("written")
    netflix.write_ratings(ratings.sample(frac=1, random_state=seed), folder, files)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(netflix_lines, "BLOCK", block)
        again = netflix.read_ratings(folder)
    pd.testing.assert_frame_equal(again, ratings)
    assert len(list(folder.iterdir())) == min(files, ratings["movie_id"].nunique())


@pytest.fixture
def ratings() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    return ratings_frame({(m, u) for m in range(1, 9) for u in rng.integers(1, 2_649_430, 60)}, 7)


def test_training_set_gives_the_same_table(ratings, tmp_path):
    netflix.write_ratings(ratings, tmp_path / "combined")
    write_training_set(ratings, tmp_path / "old" / "training_set")
    for share in (None, 0.4):
        tables = [
            netflix.read_ratings(tmp_path / name, users=share)
            for name in ("combined", "old", "old/training_set")
        ]
        pd.testing.assert_frame_equal(tables[0], tables[1])
        pd.testing.assert_frame_equal(tables[0], tables[2])


def test_file_of_a_movie_holds_that_movie(ratings, tmp_path):
    write_training_set(ratings, tmp_path)
    first, second = tmp_path / "mv_0000001.txt", tmp_path / "mv_0000002.txt"
    swap = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(swap)
    with pytest.raises(DataError, match="Movie 2 in the file of movie 1"):
        netflix.read_ratings(tmp_path)


@pytest.mark.parametrize("name", ["combined_data_2.txt", "training_set/mv_0000003.txt"])
def test_gap_in_the_numbering_is_refused(name, ratings, tmp_path):
    netflix.write_ratings(ratings, tmp_path)
    if name.startswith("training"):
        for path in tmp_path.iterdir():
            path.unlink()
        write_training_set(ratings, tmp_path / "training_set")
    (tmp_path / name).unlink()
    with pytest.raises(DataError, match=r"no number [23]"):
        netflix.read_ratings(tmp_path)


def test_missing_folder_and_missing_files_name_what_belongs_there(tmp_path):
    with pytest.raises(DataError, match=r"no such folder.*combined_data_1\.txt"):
        netflix.read_ratings(tmp_path / "none")
    (tmp_path / "notes.md").write_text("x")
    with pytest.raises(DataError, match=r"holds notes\.md.*combined_data_1\.txt.*training_set"):
        netflix.read_ratings(tmp_path)
    (tmp_path / "combined_data_1.txt").mkdir()
    with pytest.raises(DataError, match="folder, not a file"):
        netflix.read_ratings(tmp_path)


def test_share_of_users_keeps_all_their_ratings_whatever_the_order(ratings, tmp_path):
    netflix.write_ratings(ratings, tmp_path / "a")
    # The same movies in another order and spread over other files.
    backwards = ratings.assign(movie_id=9 - ratings["movie_id"])
    netflix.write_ratings(backwards, tmp_path / "b", files=3)
    one, other = (netflix.read_ratings(tmp_path / name, users=0.3, seed=5) for name in "ab")
    assert set(one["user_id"]) == set(other["user_id"])
    kept = ratings[ratings["user_id"].isin(one["user_id"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(one, kept)
    assert 0.2 < len(one) / len(ratings) < 0.4
    with pytest.raises(DataError, match="Nobody is left"):
        netflix.read_ratings(tmp_path / "a", users=1e-9)


def test_titles_come_back_as_they_were_written(tmp_path):
    titles = pd.DataFrame(
        {
            "movie_id": np.array([1, 2, 30], dtype="int32"),
            "title": ["Judy, Frank and Dean", "Café", 'Say "Yes"'],
            "year": pd.array([1962, None, 2005], dtype="Int16"),
        }
    )
    netflix.write_titles(titles, tmp_path / "movie_titles.csv")
    pd.testing.assert_frame_equal(netflix.read_titles(tmp_path / "movie_titles.csv"), titles)


def test_probe_comes_back_as_it_was_written(tmp_path):
    pairs = pd.DataFrame({"movie_id": [10, 1, 10], "user_id": [5, 7, 3]}, dtype="int32")
    netflix.write_probe(pairs, tmp_path / "probe.txt")
    again = netflix.read_probe(tmp_path / "probe.txt")
    pd.testing.assert_frame_equal(again, pairs.sort_values([*pairs], ignore_index=True))


def test_memory_is_a_few_columns_and_some_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(netflix_lines, "BLOCK", 1 << 14)
    users = np.arange(1, 30_001)
    ratings = ratings_frame({(m, u) for m in (1, 2, 3) for u in users}, 0)
    netflix.write_ratings(ratings, tmp_path, files=1)
    tracemalloc.start()
    netflix.read_ratings(tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # 17 bytes a row in the table, 8 packed (reserved for the shortest rows), some blocks.
    assert peak < 40 * len(ratings) + 1_000_000
