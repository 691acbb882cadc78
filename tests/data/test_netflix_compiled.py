"""The quick parser gives what the slow one of `netflix_sets` gives, or nothing; never a crash."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from netflix_sets import (
    BYTES,
    FILES,
    WRONG_RATINGS,
    changes,
    ratings_frame,
    read_rows,
    reference,
    single_changes,
    write_training_set,
)

from nbhelpers.data import netflix
from nbhelpers.data.formats import netflix_compiled, netflix_lines
from nbhelpers.errors import DataError

NAMES = ["combined_data_1.txt", "probe.txt", "qualifying.txt"]
BLOCKS = [3, 17, 40, 1 << 20]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("netflix")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(netflix_lines, "QUICK", 0)


def agree(path, data: bytes, block: int, monkeypatch) -> bool:
    """Whether the reference accepts the data; then the quick parser reads it without help."""
    path.unlink(missing_ok=True)  # quicker than to write over it
    path.write_bytes(data)
    with monkeypatch.context() as patch:
        patch.setattr(netflix_compiled, "BLOCK", block)
        try:
            expected = reference(data, path.name)
        except ValueError:
            with pytest.raises(DataError):
                read_rows(path)
            return False
        patch.setattr(netflix_lines, "_checked_rows", None)
        assert read_rows(path) == expected
        return True


@pytest.mark.parametrize("name", NAMES)
def test_no_single_slip_is_read_silently(name, folder, monkeypatch):
    for block in BLOCKS:
        assert agree(folder / name, FILES[name], block, monkeypatch)
    for number, data in enumerate(single_changes(FILES[name])):
        agree(folder / name, data, BLOCKS[number % len(BLOCKS)], monkeypatch)


@settings(max_examples=1000, deadline=None)
@given(data=st.data())
def test_no_slips_are_read_silently(data, folder):
    name = data.draw(st.sampled_from(NAMES))
    changed = data.draw(changes(FILES[name]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(netflix_lines, "QUICK", 0)
        agree(folder / name, changed, data.draw(st.sampled_from(BLOCKS)), patch)


def random_file(rng: np.random.Generator, n: int) -> bytes:
    """A file of about `n` ratings with numbers of all lengths; some movies have none."""
    movies = rng.permutation(17_770)[: rng.integers(1, 30)] + 1
    lines = []
    for movie in np.sort(movies) if rng.random() < 0.8 else movies:
        lines.append(f"{movie}:")
        size = 0 if rng.random() < 0.2 else n // len(movies) + 1
        users = np.unique((10 ** rng.uniform(0, 6.42, size)).astype(int))
        days = np.datetime64("1999-11-11") + rng.integers(0, 2243, len(users))
        stars = rng.integers(1, 6, len(users))
        rows = zip(rng.permutation(users), stars, days, strict=True)
        lines += [f"{user},{star},{day}" for user, star, day in rows]
    end = "\r\n" if rng.random() < 0.3 else "\n"
    return (end.join(lines) + end * (rng.random() < 0.7)).encode()


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    at, to = rng.integers(0, len(data), 2)
    byte = BYTES[rng.integers(len(BYTES))].to_bytes()
    starts = [data.rfind(b"\n", 0, place) + 1 for place in (at, to)]
    line = data[starts[0] : data.find(b"\n", starts[0]) + 1]
    return [
        data[:at] + byte + data[at:],
        data[:at] + byte + data[at + 1 :],
        data[:at] + data[at + 1 :],
        data[:at],
        data[: starts[1]] + line + data[starts[1] :],
        data.replace(line, b"", 1),
    ][rng.integers(6)]


def fuzz(path, n_files: int, n: int, monkeypatch) -> tuple[int, int]:
    """How many of so many files were read, and how many refused."""
    rng = np.random.default_rng(n_files)
    read = 0
    for _ in range(n_files):
        data = random_file(rng, n)
        if rng.random() < 0.6:
            data = mutated(data, rng)
        read += agree(path, data, int(2 ** rng.uniform(5, 16)), monkeypatch)
    return read, n_files - read


def test_random_files_are_read_the_same(folder, monkeypatch):
    read, refused = fuzz(folder / NAMES[0], 100, 60, monkeypatch)
    assert read > 10 and refused > 10


@pytest.mark.slow
def test_millions_of_lines_are_read_the_same(folder, monkeypatch):
    read, refused = fuzz(folder / NAMES[0], 500, 1_500, monkeypatch)
    assert read > 100 and refused > 100


@pytest.mark.parametrize(("old", "new", "line", "what"), WRONG_RATINGS)
def test_error_is_that_of_the_slow_path(old, new, line, what, folder, monkeypatch):
    (folder / NAMES[0]).write_bytes(FILES[NAMES[0]].replace(old, new, 1))
    messages = []
    for size in (0, 1 << 60):
        monkeypatch.setattr(netflix_lines, "QUICK", size)
        with pytest.raises(DataError, match=what) as caught:
            netflix.read_ratings(folder)
        messages.append(str(caught.value))
    assert messages[0] == messages[1] and caught.value.line == line


@pytest.mark.parametrize("text", [b"", b"\n", b"7", b"1:\n" + b"1" * 200, b"\x00" * 100, b"1:\r\n"])
def test_what_is_no_such_file_at_all_is_refused(text, folder, monkeypatch):
    for block in BLOCKS:
        assert not agree(folder / NAMES[0], text, block, monkeypatch)


@pytest.mark.parametrize("block", [64, 1 << 20])
def test_share_of_users_and_single_movie_files(block, tmp_path, monkeypatch):
    monkeypatch.setattr(netflix_compiled, "BLOCK", block)
    monkeypatch.setattr(netflix_lines, "_checked_rows", None)
    rng = np.random.default_rng(1)
    pairs = {(m, u) for m in range(1, 9) for u in rng.integers(1, 2_649_430, 60)}
    ratings = ratings_frame(pairs, 7)
    netflix.write_ratings(ratings.sample(frac=1, random_state=1), tmp_path)
    write_training_set(ratings, tmp_path / "old")
    for folder in (tmp_path, tmp_path / "old"):
        whole, part = netflix.read_ratings(folder), netflix.read_ratings(folder, users=0.4)
        assert whole.equals(ratings)
        kept = ratings[ratings["user_id"].isin(part["user_id"])]
        assert part.equals(kept.reset_index(drop=True)) and 0.2 < len(part) / len(whole) < 0.6


def test_file_of_a_movie_holds_that_movie(tmp_path):
    (tmp_path / "mv_0000001.txt").write_bytes(b"1:\n5,3,2005-01-01\n")
    (tmp_path / "mv_0000002.txt").write_bytes(b"3:\n5,3,2005-01-01\n")
    with pytest.raises(DataError, match="Movie 3 in the file of movie 2"):
        netflix.read_ratings(tmp_path)


def test_without_numba_the_other_path_reads(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "nbhelpers.data.formats.netflix_compiled", None)
    (folder / NAMES[0]).write_bytes(FILES[NAMES[0]])
    assert read_rows(folder / NAMES[0]) == reference(FILES[NAMES[0]], NAMES[0])
