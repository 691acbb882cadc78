"""Raw data files before they are parsed: found, cut into blocks of sound text, quoted from."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from nbhelpers.errors import DataError, is_data

BLOCK = 1 << 23  # bytes read at a time
LONGEST_LINE = 1 << 26
AGAIN = "Get the file again from its source"
MEND = f"{AGAIN}, or mend the line."


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that looks most like `name`, if any does."""
    from rapidfuzz import process  # here, so that all but this works where it is missing

    best = process.extractOne(name, list(names), processor=str.lower, score_cutoff=70)
    return str(best[0]) if best else None


def find_file(folder: str | Path, *names: str) -> Path:
    """The first of `names` that is a file in `folder`.

    Raises
    ------
    DataError
        If none is there, naming what looks most like it; or it is not a file, see `is_data`.
    """
    folder = Path(folder)
    for name in names:
        if is_data(folder / name):
            return folder / name
    if not folder.is_dir():
        found = "There is no such folder."
    else:
        guess = nearest(names[0], sorted(path.name for path in folder.iterdir()))
        found = f"{names[0]} is missing" + (f"; there is {guess}." if guess else ".")
    raise DataError(
        found,
        path=folder,
        expected=f"a folder with {' or '.join(names)} in it.",
        remedy="Put the file there under that name.",
    )


def blocks(path: str | Path, size: int = BLOCK) -> Iterator[tuple[int, int, bytes]]:
    """Read a file in blocks that end at line ends.

    Parameters
    ----------
    path : path-like
    size : int
        Bytes to read at a time.

    Yields
    ------
    tuple of int, int, bytes
        The number of the block's first line (from 1), its byte offset, and the block. If the last
        line has no end, or a line is longer than 64 MiB, that is the last block.
    """
    line, offset, rest = 1, 0, b""
    with open(path, "rb") as file:
        while (chunk := file.read(size)) and len(rest) <= LONGEST_LINE:
            cut = chunk.rfind(b"\n") + 1
            if not cut:
                rest += chunk
                continue
            block, rest = rest + chunk[:cut], chunk[cut:]
            yield line, offset, block
            line, offset = line + block.count(b"\n"), offset + len(block)
    if rest:
        yield line, offset, rest


def texts(path: str | Path, encoding: str = "utf-8") -> Iterator[tuple[int, bytes]]:
    """Read a text file strictly, in blocks that end at line ends.

    Latin-1 gives a meaning to every byte, so an accented line that is valid UTF-8 is refused
    there: in latin-1 it would be gibberish.

    Parameters
    ----------
    path : path-like
    encoding : str
        "utf-8" or "latin-1".

    Yields
    ------
    tuple of int, bytes
        The number of the block's first line (from 1), and the block in UTF-8.

    Raises
    ------
    DataError
        For a NUL byte, for the wrong encoding, with the byte offset, and for a last line without
        line end, which may have been cut.
    """
    for line, offset, block in blocks(path):
        if wrong := _unsound(block, encoding):
            start, found, expected, remedy = wrong
            found, line = (
                f"At byte offset {offset + start:,} {found}.",
                line + block.count(b"\n", 0, start),
            )
            raise bad_line(path, line, found, f"{expected}.", f"{remedy}.")
        yield line, block if block.isascii() else block.decode(encoding).encode()


def _unsound(block: bytes, encoding: str) -> tuple[int, str, str, str] | None:
    """Where a block is not sound text, what is there, what should be and what to do."""
    if (nul := block.find(b"\0")) >= 0:
        return nul, "there is a NUL byte", "text", f"{AGAIN}: it was damaged on the way"
    if not block.endswith(b"\n"):
        start = block.rfind(b"\n") + 1
        found = f"the line {shorten(block[start:])} has no end: the file may have been cut there"
        expected = "a line end after every line, the last included"
        return start, found, expected, f"{AGAIN}; if it is certainly whole, add a line end"
    start, found = -1, ""
    if encoding == "latin-1":
        if odd := _utf8_line(block):
            start, found = block.index(odd), "begins a line in UTF-8, not latin-1"
    elif not block.isascii():
        try:
            block.decode(encoding)
        except UnicodeDecodeError as error:
            start = error.start
            found = f"byte {block[start]:02X} is not {encoding.upper()}"
    if not found:
        return None
    original = "Get the original file, not one that was saved again by another program"
    return start, found, f"text in {encoding.upper()}", original


def bad_line(
    path: str | Path, line: int, found: str, expected: str, remedy: str = MEND
) -> DataError:
    """The error for a line: what was found there, what was expected, what to do."""
    return DataError(found, path=path, line=line, expected=expected, remedy=remedy)


def reach(lines: re.Pattern[bytes], block: bytes) -> int:
    """How many bytes of a block, from its start, are lines of a form."""
    match = lines.match(block)
    return match.end() if match else 0


def shorten(cell: bytes | str, length: int = 60) -> str:
    """What was found, in quotation marks, fit for a message."""
    text = cell.decode("utf-8", "backslashreplace") if isinstance(cell, bytes) else cell
    return repr(text if len(text) <= length else text[:length] + "…")


def _utf8_line(block: bytes) -> bytes | None:
    """The first line with letters that are not ASCII which is UTF-8; in latin-1, gibberish."""
    for line in [] if block.isascii() else block.split(b"\n"):
        with suppress(UnicodeDecodeError):
            line.decode("utf-8")
            if not line.isascii():
                return line
    return None
