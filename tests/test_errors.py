"""The error that says where, what, what was expected and what to do."""

import pickle
from pathlib import Path

import pytest

from nbhelpers.errors import DataError, check_file, explain

PAGES = {
    "empty": b"",
    "HTML": b"\n<!DOCTYPE html><html><body>Not found</body></html>",
    "LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
    "BOM": b"\xef\xbb\xbf1:\n10,3,2005-01-01\n",
    "UTF-16": "1:\n10,3,2005-01-01\n".encode("utf-16"),
    "zip": b"PK\x03\x04....",
    "gzip": b"\x1f\x8b....",
}


def test_message_says_where_what_expected_and_what_to_do(tmp_path):
    error = DataError("Found B.", path=tmp_path, line=3, expected="A.", remedy="Mend it.")
    assert str(error) == f"{tmp_path}:3: Found B. Expected A. What to do: Mend it."
    assert str(DataError("Found B.")) == "Found B."
    assert isinstance(error, ValueError)


def test_error_crosses_processes_whole():
    error = DataError("Found B.", path="x", line=3, expected="A.", remedy="Mend it.")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.line, again.path) == (str(error), 3, error.path)


@pytest.mark.parametrize("what", PAGES)
def test_what_is_no_data_file_is_named(what, tmp_path):
    path = tmp_path / "ratings.txt"
    path.write_bytes(PAGES[what])
    with pytest.raises(DataError, match=what):
        check_file(path, "ratings.")


def test_missing_file_and_folder_in_its_place_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"no such file.*Expected ratings"):
        check_file(tmp_path / "ratings.txt", "ratings.")
    with pytest.raises(DataError, match="folder, not a file"):
        check_file(tmp_path, "ratings.")


def test_whatever_reading_raises_is_explained():
    place = Path("engine")
    for error in (KeyError("share"), OSError("no"), RecursionError()):
        with pytest.raises(DataError) as caught, explain("It is damaged.", place, "build it."):
            raise error
        assert str(caught.value) == "engine: It is damaged. What to do: build it."
        assert caught.value.__cause__ is error


def test_an_explanation_keeps_what_is_known():
    known = DataError("Cut.", path="a.npz", expected="all of it.", remedy="fit it.")
    with pytest.raises(DataError) as caught, explain("Damaged.", Path("engine"), "build it."):
        raise known
    assert str(caught.value) == "a.npz: Cut. Expected all of it. What to do: build it."
