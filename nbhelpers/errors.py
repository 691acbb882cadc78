"""The one error a reader meets when data is not what it should be."""

import os
import stat
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DataError(ValueError):
    """Data that is missing or wrong: where, what was found, what was expected, what to do.

    Parameters
    ----------
    found : str
        What was found, a full sentence.
    path : path-like, optional
        The file or folder.
    line : int, optional
        The line in it, counted from 1.
    expected : str, optional
        What should have been there.
    remedy : str, optional
        What the reader can do.
    """

    def __init__(
        self,
        found: str,
        *,
        path: str | Path | None = None,
        line: int | None = None,
        expected: str | None = None,
        remedy: str | None = None,
    ):
        self.found = found
        self.path = None if path is None else Path(path)
        self.line = line
        self.expected = expected
        self.remedy = remedy
        super().__init__(found)

    def __str__(self) -> str:
        where = "" if self.path is None else str(self.path)
        where += "" if self.line is None else f":{self.line}"
        text = f"{where}: {self.found}" if where else self.found
        text += f" Expected {self.expected}" if self.expected else ""
        return text + (f" What to do: {self.remedy}" if self.remedy else "")

    def _render_traceback_(self) -> list[str]:
        """Say what a notebook shows (IPython asks): the line of the cell, and no inner workings."""
        steps = traceback.extract_tb(self.__traceback__)
        cell = [step for step in steps if step.line and not os.path.exists(step.filename)]
        where = [f"Cell, line {step.lineno}: {step.line}" for step in cell[:1]]
        cause = self.__cause__  # what `explain` put into words
        told = cause is None or isinstance(cause, DataError)
        why = [] if told else [f"Because of {type(cause).__name__}: {cause}"]
        return [*where, f"{type(self).__name__}: {self}", *why]


class SettingError(DataError):
    """An option or a setting that cannot be followed; see `DataError`. It is never passed over."""


_NOT_TEXT = {
    b"version https://git-lfs": "a Git LFS pointer, not the file it points to",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an old Excel workbook or another Office document (.xls)",
    b"%PDF": "a PDF",
    b"{\\rtf": "a rich text document (RTF)",
    b"SQLite format 3": "an SQLite database",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"\xfd7zXZ": "an xz archive",
}
_NOT_DATA = {
    **_NOT_TEXT,
    b"\xef\xbb\xbf": "a byte order mark (BOM) before the first line",
    b"\xff\xfe": "UTF-16 text (its byte order mark)",
    b"\xfe\xff": "UTF-16 text (its byte order mark)",
    b"PK\x03\x04": "a zip archive",
    b"\x1f\x8b": "a gzip archive",
    b"<": "an HTML or XML page (a saved error or log-in page?)",
}


def not_text(head: bytes) -> str | None:
    """What a file is that is certainly no table in text, by its first bytes; None if it may be.

    Parameters
    ----------
    head : bytes

    Returns
    -------
    str or None
        As in "Found a PDF."
    """
    begins = head.lstrip().lower()
    kinds = (what for start, what in _NOT_TEXT.items() if begins.startswith(start.lower()))
    return next(kinds, None)


def warn(said: str) -> None:
    """Warn at the line outside this library that led here: nobody can mend one inside it.

    Parameters
    ----------
    said : str
    """
    frame, level = sys._getframe(1), 2  # Python 3.12 has skip_file_prefixes
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("nbhelpers"):
        frame, level = frame.f_back, level + 1
    warnings.warn(said, stacklevel=level)


def check_file(path: str | Path, expected: str) -> None:
    """Refuse what is not even a data file, by a look at its first bytes.

    `expected` is what it should hold, for the message. The file must not be missing, a folder,
    unreadable or empty, or begin like a Git LFS pointer, a web page, an archive or text with a byte
    order mark.
    """
    path = Path(path)
    if not is_data(path):
        raise DataError(
            "There is no such file.",
            path=path,
            expected=expected,
            remedy="Put it there, or mend the path.",
        )
    with readable(path), open(path, "rb") as file:
        head = file.read(512)
    again = "Get the file again from its source, unpacked and unedited."
    if not head:
        raise DataError("The file is empty.", path=path, expected=expected, remedy=again)
    for start, what in _NOT_DATA.items():
        if head.lstrip().lower().startswith(start.lower()):
            raise DataError(f"Found {what}.", path=path, line=1, expected=expected, remedy=again)


_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def is_data(path: str | Path) -> bool:
    """Whether there is a file; what only has its name is refused, before it is opened.

    That is a folder, a pipe, a device, a link to nothing, or what nobody may look at. To open a
    pipe would wait for ever, and a dangling link is not nothing: somebody meant it.
    """
    try:
        kind = stat.S_IFMT(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        if not os.path.islink(path):
            return False
        raise DataError(
            f"This is a link to {os.readlink(path)}, which is not there.",
            path=path,
            expected="a file, or a link to one.",
            remedy="Put the file there that it leads to, or the file itself in its place.",
        ) from None
    except OSError as error:
        raise unreadable(error, path) from error
    if kind == stat.S_IFREG:
        return True
    raise DataError(
        f"This is {_KINDS.get(kind, 'something else')}, not a file.",
        path=path,
        expected="a file.",
        remedy="Put the file there, unpacked.",
    )


@contextmanager
def readable(path: str | Path) -> Iterator[None]:
    """Say in words what a disk refuses while something is read: any `OSError` of the block.

    `path` is what is read, where the disk does not name it.
    """
    try:
        yield
    except OSError as error:
        raise unreadable(error, path) from error


def unreadable(error: OSError, path: str | Path) -> DataError:
    """The error for what cannot be read, and why not; `path`, if the system does not name it."""
    mine = isinstance(error, PermissionError)
    return DataError(
        f"This cannot be read: {error.strerror or error}.",
        path=os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else path,
        expected="what you may read." if mine else "a file that can be read to its end.",
        remedy="Give yourself the right to read it (chmod u+r), and to enter its folders."
        if mine
        else "Look after the disk, or get the file again from its source.",
    )


def odd_bytes(raw: bytes, offset: int, ascii_only: bool = True) -> str | None:
    """What is wrong with the bytes of a line before its fields are looked at, or None.

    The line is given without its end, and where in the file it begins, in bytes.
    """
    for at, byte in enumerate(raw):
        where = f"at byte {offset + at} of the file"
        if byte == 0:
            return f"A NUL byte {where}."
        if byte == 13:
            return f"A carriage return {where}: line ends of two kinds."
        if (byte < 32 and byte != 9) or byte == 127:
            return f"A control character (0x{byte:02x}) {where}."
        if byte > 127 and ascii_only:
            return f"A byte that is not ASCII (0x{byte:02x}) {where}: a wrong encoding?"
    return None


@contextmanager
def explain(problem: str, path: Path, remedy: str) -> Iterator[None]:
    """Turn whatever reading a file raises into a `DataError` that says what to do.

    `problem`, a full sentence, is what to say of an error that says nothing to people. Of a
    `DataError`, only the remedy is replaced.
    """
    try:
        yield
    except DataError as error:
        found, path, expected = error.found, error.path or path, error.expected
        raise DataError(found, path=path, expected=expected, remedy=remedy) from error
    except Exception as error:  # there is no end to what a damaged file makes a reader raise
        raise DataError(problem, path=path, remedy=remedy) from error
