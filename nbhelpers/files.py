"""Files written whole or not at all, what is in them, and where caches go."""

import errno
import hashlib
import os
import platform
import re
import secrets
import shutil
import tempfile
import warnings
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from nbhelpers.errors import DataError, SettingError

PROJECT = Path(__file__).resolve().parents[1]  # a clone of the project; else where packages are


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """A temporary path that takes the place of `path` when all went well.

    It is in the same folder, which is made if missing, and has the same suffix. After the block it
    is renamed onto `path`; if the block raises, it is removed and `path` stays as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = beside(path)
    temporary.touch(exist_ok=False)
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def beside(path: Path) -> Path:
    """A hidden name beside `path` that no other process has, for what is not complete yet.

    It has the same suffix. Parts that processes left there which are gone, killed or crashed, are
    removed.
    """
    for part in abandoned(path.parent):
        remove(part)
    return path.with_name(f".{path.stem}-{owner()}{path.suffix}")


def owner() -> str:
    """An end for a name, by which `abandoned` knows whose it is; each call gives another."""
    return f"{_machine()}-{os.getpid()}-{secrets.token_hex(4)}"


def abandoned(folder: Path, start: str = ".") -> list[Path]:
    """What is in a folder, named by `owner` after `start`, of processes here that are gone."""
    form = re.compile(rf"{re.escape(start)}(?:.*-)?{_machine()}-(\d+)-[0-9a-f]{{8}}(\..*)?")
    named = [(path, match) for path in folder.iterdir() if (match := form.fullmatch(path.name))]
    if not named:
        return []
    import psutil  # here, because it is hardly ever needed

    return [path for path, match in named if not psutil.pid_exists(int(match[1]))]


def remove(path: Path) -> None:
    """Remove a file, or a folder and all in it, as far as that can be done."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


@lru_cache
def _machine() -> str:
    """Where the number of a process means that process: this computer, or this container of it."""
    with suppress(OSError):
        space = os.readlink("/proc/self/ns/pid")
        return f"{zlib.crc32(f'{platform.node()} {space}'.encode()):08x}"
    return f"{zlib.crc32(platform.node().encode()):08x}"


@contextmanager
def disk_for(what: str, folder: Path, needs: int = 0) -> Iterator[None]:
    """Write to a disk: whether there is room is asked before; what goes wrong is said in words.

    `what` is written, as in "There is no room for the downloaded set.", to a folder that need not
    be there yet; `needs` are bytes, if it is known how many.
    """
    check_disk(what, folder, needs)
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise _no_room(what, folder, needs) from error
        raise DataError(
            f"No place for {what}: {error.strerror or error}.",
            path=error.filename or folder,
            expected="a folder that can be written.",
            remedy="Choose another folder, or mend this one (who may write to it?).",
        ) from error


def check_disk(what: str, folder: Path, needs: int) -> None:
    """Raise `DataError` if a disk has fewer bytes free than are needed; see `disk_for`."""
    if needs > free(folder):
        raise _no_room(what, folder, needs)


def ready(folder: Path, needs: int = 0) -> Path:
    """Make a folder, and see that files can be written to it and that so many bytes are free.

    A SettingError says that it cannot be made, or not be written to; a DataError that there is no
    room.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SettingError(
            f"This cannot be a folder to write to: {error.strerror}.",
            path=folder,
            remedy="choose another, or mend its permissions.",
        ) from None
    check_disk("what goes there", folder, needs)
    return folder


def is_full(error: BaseException) -> bool:
    """Whether an error means that a disk, or one's share of it, is full."""
    if not isinstance(error, OSError):
        return False
    # NumPy says only how many numbers it has written.
    written = error.errno is None and re.search(r"requested and \d+ written", str(error))
    return bool(written) or error.errno in (errno.ENOSPC, errno.EDQUOT)


def _no_room(what: str, folder: Path, needs: int) -> DataError:
    return DataError(
        f"There is no room for {what}: the disk has {free(folder) / 1e6:,.0f} MB free.",
        path=folder,
        expected=f"about {max(needs / 1e6, 1):,.0f} MB." if needs else "more.",
        remedy="Make room on that disk, or choose a folder on another.",
    )


def free(folder: Path) -> int:
    """Bytes free on the disk of a folder, which need not be there yet."""
    there = next(place for place in (folder, *folder.absolute().parents) if os.path.isdir(place))
    return shutil.disk_usage(there).free


def sha256(paths: Iterable[str | Path]) -> str:
    """The SHA-256 (hex) of files' bytes, one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


@lru_cache
def code_hash(*rooms: str) -> str:
    """The SHA-256 (hex) of the library's own code in some rooms, for what must not outlive it.

    This module and `errors` always count, too. It is the same wherever the library lies, and
    whichever line ends its files have.
    """
    library, digest = Path(__file__).parent, hashlib.sha256()
    paths = [library / "errors.py", library / "files.py"]
    paths += [path for room in rooms for path in (library / room).rglob("*.py")]
    for name, path in sorted((path.relative_to(library).as_posix(), path) for path in paths):
        digest.update(name.encode() + b"\n" + path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def cache_folder() -> Path:
    """Where caches go: `$NBHELPERS_CACHE`, or the platform's cache folder.

    It need not exist; a file in its place is a NotADirectoryError.
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
