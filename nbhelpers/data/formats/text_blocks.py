"""Finding raw data files, and cutting them into blocks of sound text, before they are parsed."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from nbhelpers.errors import DataError

BLOCK = 1 << 23  # bytes read at a time
LONGEST_LINE = 1 << 26
AGAIN = "get the file again from its source"
MEND = f"{AGAIN}, or mend the line."


def nearest(name: str, names) -> str | None:
    """The one of `names` that looks most like `name`, if any does."""
    from rapidfuzz import process  # here, so that all but this works where it is missing

    best = process.extractOne(name, list(names), processor=str.lower, score_cutoff=70)
    return best and best[0]


def find_file(folder, *names: str) -> Path:
    """The first of `names` that is a file in `folder`.

    Raises
    ------
    DataError
        If none is there; it names what looks most like it.
    """
    folder = Path(folder)
    for name in names:
        if (folder / name).is_file():
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
        remedy="put the file there under that name.",
    )


def blocks(path, size: int = BLOCK) -> Iterator[tuple[int, int, bytes]]:
    """Read a text file in blocks that end at line ends.

    Parameters
    ----------
    path : path-like
        A file, its lines not longer than 64 MiB.
    size : int
        Bytes to read at a time.

    Yields
    ------
    tuple of int, int, bytes
        The number of the block's first line (from 1), its byte offset, and the block.

    Raises
    ------
    DataError
        For a NUL byte and for a last line without line end, which may have been cut.
    """
    line, offset, rest = 1, 0, b""
    with open(path, "rb") as file:
        while chunk := file.read(size):
            cut = chunk.rfind(b"\n") + 1
            if not cut:
                rest += chunk
                if len(rest) > LONGEST_LINE:
                    break
                continue
            block, rest = rest + chunk[:cut], chunk[cut:]
            if (nul := block.find(b"\0")) >= 0:
                raise _nul(path, line + block.count(b"\n", 0, nul), offset + nul)
            yield line, offset, block
            line, offset = line + block.count(b"\n"), offset + len(block)
    if rest:
        if (nul := rest.find(b"\0")) >= 0:
            raise _nul(path, line, offset + nul)
        raise DataError(
            f"The line {shorten(rest)} has no end: the file may have been cut there.",
            path=path,
            line=line,
            expected="a line end after every line, the last included.",
            remedy=f"{AGAIN}; if it is certainly whole, add a line end.",
        )


def decode(block: bytes, encoding: str, path, line: int = 1, offset: int = 0) -> str:
    """Decode a block strictly; `line` and `offset` say where in the file it begins.

    Latin-1 gives a meaning to every byte, so an accented line that is valid UTF-8 is refused
    there: in latin-1 it would be gibberish.

    Raises
    ------
    DataError
        For the wrong encoding, with the byte offset.
    """
    try:
        text = block.decode(encoding)
    except UnicodeDecodeError as error:
        start, found = error.start, f"byte {block[error.start]:02X} is not {encoding.upper()}"
    else:
        odd = _utf8_line(block) if encoding == "latin-1" else None
        if odd is None:
            return text
        start, found = block.index(odd), "begins a line in UTF-8, not latin-1"
    raise DataError(
        f"At byte offset {offset + start:,} {found}.",
        path=path,
        line=line + block.count(b"\n", 0, start),
        expected=f"text in {encoding.upper()}.",
        remedy="get the original file, not one that was saved again by another program.",
    )


def shorten(cell: bytes | str, length: int = 60) -> str:
    """What was found, in quotation marks, fit for a message."""
    text = cell.decode("utf-8", "backslashreplace") if isinstance(cell, bytes) else cell
    return repr(text if len(text) <= length else text[:length] + "…")


def _utf8_line(block: bytes) -> bytes | None:
    for line in block.split(b"\n"):
        with suppress(UnicodeDecodeError):
            line.decode("utf-8")
            if not line.isascii():
                return line
    return None


def _nul(path, line: int, offset: int) -> DataError:
    return DataError(
        f"There is a NUL byte at byte offset {offset:,}.",
        path=path,
        line=line,
        expected="text.",
        remedy=f"{AGAIN}: it was damaged on the way.",
    )
