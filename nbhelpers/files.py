"""Files written whole or not at all, what is in them, and where caches go."""

import hashlib
import os
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]  # a clone of the project; else where packages are


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """A temporary path that takes the place of `path` when all went well.

    Parameters
    ----------
    path : path-like
        The file to write; its folder is made if missing.

    Yields
    ------
    pathlib.Path
        A path in the same folder with the same suffix. After the block it is renamed onto
        `path`; if the block raises, it is removed and `path` stays as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes files that only their owner may read; `path` is an ordinary file.
        temporary.chmod(0o644)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def sha256(paths: Iterable[str | Path]) -> str:
    """The SHA-256 of files' bytes, one after the other.

    Parameters
    ----------
    paths : iterable of path-like

    Returns
    -------
    str
        In hexadecimal.
    """
    digest = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


@lru_cache
def code_hash(*rooms: str) -> str:
    """The SHA-256 (hex) of the library's own code, for what must not outlive it.

    Parameters
    ----------
    *rooms : str
        Packages of the library, e.g. "data"; this module and `errors` always count, too.

    Returns
    -------
    str
        The same wherever the library lies, and whichever line ends its files have.
    """
    library, digest = Path(__file__).parent, hashlib.sha256()
    paths = [library / "errors.py", library / "files.py"]
    paths += [path for room in rooms for path in (library / room).rglob("*.py")]
    for name, path in sorted((path.relative_to(library).as_posix(), path) for path in paths):
        digest.update(name.encode() + b"\n" + path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def cache_folder() -> Path:
    """Where caches go: `$NBHELPERS_CACHE`, or the platform's cache folder.

    Returns
    -------
    pathlib.Path
        It need not exist.

    Raises
    ------
    NotADirectoryError
        If `$NBHELPERS_CACHE` names a file.
    """
    if place := os.environ.get("NBHELPERS_CACHE", "").strip():
        folder = Path(place).expanduser()
        if folder.exists() and not folder.is_dir():
            raise NotADirectoryError(0, "$NBHELPERS_CACHE names a file, not a folder", place)
        return folder
    with warnings.catch_warnings():  # in a notebook without widgets tqdm, which it imports, warns
        warnings.simplefilter("ignore")
        import pooch  # here, because it takes a while to import

    return Path(pooch.os_cache("nbhelpers"))
