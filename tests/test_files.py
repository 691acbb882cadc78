"""Files written whole or not at all, and what is in them."""

from pathlib import Path

import pytest

from nbhelpers import files
from nbhelpers.files import atomic_path, code_hash, sha256


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
