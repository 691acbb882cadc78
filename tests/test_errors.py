"""The error that says where, what, what was expected and what to do."""

import os
import pickle
import re
import socket
import warnings
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from nbhelpers.errors import DataError, check_file, explain, is_data, not_text, readable, warn
from nbhelpers.tools import running

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


def test_a_notebook_shows_the_line_of_the_cell_and_the_message(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    shell = InteractiveShell()
    cell = "from nbhelpers.errors import check_file\n\ncheck_file('none.csv', 'ratings.')"
    error = shell.run_cell(cell).error_in_exec
    shown = capsys.readouterr().out.strip().splitlines()
    assert shown == ["Cell, line 3: check_file('none.csv', 'ratings.')", f"DataError: {error}"]
    assert running._failing_line(cell, shown) == ", line 3: `check_file('none.csv', 'ratings.')`"


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


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in this system's folders")
def test_what_only_has_the_name_of_a_file_is_refused_and_never_waited_for(tmp_path):
    odd = {name: tmp_path / name for name in ("link", "circle", "pipe", "folder", "socket")}
    odd["link"].symlink_to(tmp_path / "nothing")
    odd["circle"].symlink_to(odd["circle"])
    os.mkfifo(odd["pipe"])
    odd["folder"].mkdir()
    with socket.socket(socket.AF_UNIX) as place:
        here = Path.cwd()
        os.chdir(tmp_path)  # the name of a socket has to be short
        place.bind("socket")
        os.chdir(here)
        said = {
            "link": f"a link to {tmp_path / 'nothing'}, which is not there",
            "circle": "cannot be read",
            "pipe": "This is a pipe, not a file",
            "folder": "This is a folder, not a file",
            "socket": "This is a socket, not a file",
        }
        for name, path in odd.items():
            for look in (is_data, lambda path: check_file(path, "lines.")):
                with pytest.raises(DataError, match=re.escape(said[name])) as caught:
                    look(path)
                assert caught.value.path == path and caught.value.remedy
    with pytest.raises(DataError, match="This is a device"):
        is_data("/dev/null")
    assert not is_data(tmp_path / "nothing") and is_data(__file__)


def test_what_may_not_be_read_is_said_with_its_name(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("x")
    with pytest.raises(DataError, match=r"denied.*chmod") as caught, readable(tmp_path):
        raise PermissionError(13, "Permission denied", str(path))
    assert caught.value.path == path
    with pytest.raises(DataError, match="Input/output error") as caught, readable(tmp_path):
        raise OSError(5, "Input/output error")
    assert caught.value.path == tmp_path

    def refuse(*_):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(DataError, match="Permission denied"):
        check_file(path, "lines.")


def test_a_warning_is_at_the_line_that_led_to_it(tmp_path):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn("Look here.")
    assert caught[0].filename == __file__


def test_what_is_certainly_no_table_is_named():
    assert not_text(b"%PDF-1.7") == "a PDF"
    assert not_text(b"Rar!\x1a") == "a RAR archive"
    assert not_text(b"user,item\n1,2\n") is None
