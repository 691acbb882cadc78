"""Files written whole or not at all, and what is in them."""

from pathlib import Path

import numpy as np
import pytest
from processes import of_the_dead

from nbhelpers import files
from nbhelpers.errors import DataError
from nbhelpers.files import atomic_path, code_hash, owner, sha256


def test_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with atomic_path(path) as temporary:
        assert temporary.parent == path.parent and temporary.suffix == ".txt"
        temporary.write_text("first")
        assert not path.exists()
    with pytest.raises(RuntimeError), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "first"
    assert list(path.parent.iterdir()) == [path]


def test_what_killed_processes_left_is_removed_but_nothing_else(tmp_path):
    left, folder = tmp_path / f".a-{of_the_dead()}.txt", tmp_path / f".b.c-{of_the_dead()}"
    kept = [tmp_path / f".a-{owner()}.txt", tmp_path / ".a-12-3.txt", tmp_path / "b.txt"]
    kept += [tmp_path / f".a-{of_the_dead().replace('-', '_')}", tmp_path / f"a-{of_the_dead()}"]
    for path in (left, *kept):
        path.write_text("x")
    folder.mkdir()
    (folder / "x").write_text("x")
    (tmp_path / f".link-{of_the_dead()}").symlink_to(tmp_path / "b.txt")
    with atomic_path(tmp_path / "a.txt") as path:
        path.write_text("whole")
    assert sorted(tmp_path.iterdir()) == sorted([*kept, tmp_path / "a.txt"])


def test_another_machine_or_container_has_other_names(tmp_path, monkeypatch):
    (tmp_path / f".a-{of_the_dead()}").write_text("x")
    monkeypatch.setattr("platform.node", lambda: "elsewhere")
    files._machine.cache_clear()
    assert files.abandoned(tmp_path) == []
    files._machine.cache_clear()


def test_room_on_the_disk_is_asked_for_where_the_folder_is_not_there_yet(tmp_path):
    with files.disk_for("the set", tmp_path / "a" / "b", 1000):
        pass
    with (
        pytest.raises(DataError, match=r"no room for the set: the disk has [\d,]+ MB free.*about"),
        files.disk_for("the set", tmp_path / "a" / "b", 10**18),
    ):
        pytest.fail("begun without room")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
def test_a_full_disk_is_known_however_it_is_said(tmp_path):
    def by_python():
        with open("/dev/full", "wb") as file:
            file.write(bytes(1 << 20))

    def by_numpy():
        with open("/dev/full", "wb") as file:
            np.zeros(1 << 20).tofile(file)

    for write in (by_python, by_numpy):
        with pytest.raises(DataError, match="There is no room"), files.disk_for("it", tmp_path):
            write()
    assert not files.is_full(ValueError("1 requested and 0 written"))


def test_sha256_runs_over_all_files(tmp_path):
    (tmp_path / "a").write_bytes(b"ab")
    (tmp_path / "b").write_bytes(b"c")
    # The published example for "abc", FIPS 180-2, appendix B.1.
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256([tmp_path / "a", tmp_path / "b"]) == expected


@pytest.mark.parametrize(
    ("module", "changed"),
    [
        ("data/netflix.py", True),
        ("data/formats/__init__.py", True),
        ("files.py", True),
        ("errors.py", True),
        ("models/svd.py", False),
        ("cli.py", False),
        ("data/__init__.pyi", False),
        ("data/__pycache__/netflix.pyc", False),
    ],
)
def test_a_hash_of_code_changes_with_the_modules_it_is_of(edit_library, module, changed):
    before = code_hash("data")
    (Path(files.__file__).parent / module).parent.mkdir(exist_ok=True)
    edit_library(module)
    assert (code_hash("data") != before) == changed


def test_a_hash_of_code_is_the_same_everywhere(edit_library):
    before = code_hash("data", "features")
    for path in Path(files.__file__).parent.rglob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    code_hash.cache_clear()
    assert code_hash("features", "data") == before


def test_a_module_that_is_renamed_or_moved_is_other_code(edit_library):
    library, seen = Path(files.__file__).parent, {code_hash("data")}
    for new in ("data/netflix_text.py", "data/formats/netflix_text.py"):
        next(library.glob("data/netflix*.py")).rename(library / new)
        code_hash.cache_clear()
        seen.add(code_hash("data"))
    assert len(seen) == 3
