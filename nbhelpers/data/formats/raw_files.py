"""Raw data files before they are parsed: found, cut into blocks of sound text, quoted from."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from nbhelpers.data.formats.archives import members, open_raw, reading
from nbhelpers.errors import DataError, is_data

BLOCK = 1 << 23  # bytes read at a time
LONGEST_LINE = 1 << 26
AGAIN = "Get the file again from its source"
MEND = f"{AGAIN}, or mend the line."
C1 = re.compile(rb"[\x80-\x9f]")
_OTHERS = {"cp1252": "Windows-1252", "mac_roman": "Mac Roman", "cp850": "DOS code page 850"}


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that looks most like `name`, if any does."""
    from rapidfuzz import process  # here, so that all but this works where it is missing

    best = process.extractOne(name, list(names), processor=str.lower, score_cutoff=70)
    return str(best[0]) if best else None


def find_file(folder: str | Path, *names: str) -> Path:
    """The file in `folder` that `look_for` finds; a DataError names what is there instead."""
    folder = Path(folder)
    if path := look_for(folder, *names):
        return path
    remedy = f"Put {names[0]} into this folder."
    if not folder.is_dir():
        found = "There is no such folder."
    else:
        held = sorted(path.name for path in folder.iterdir() if path.name[:1] != ".")
        guess = nearest(names[0], held)
        found = f"{names[0]} is missing" + (f"; there is {guess}." if guess else ".")
        rest = f" and {len(held) - 12} more" if len(held) > 12 else ""
        found += f" The folder holds {', '.join(held[:12]) or 'nothing'}{rest}."
        damaged = [p.name for p in folder.glob("*.zip") if not members(p)]
        found += f" {damaged[0]} is damaged or empty." if damaged else ""
        remedy = f"Get {damaged[0]} again." if damaged else remedy
        found += looks_like(held)
    raise DataError(
        found,
        path=folder,
        expected=f"a folder with {' or '.join(names)} in it.",
        remedy=remedy,
    )


def note_name(path: Path, expected: Path, report: Counter[str]) -> None:
    """Count a file that is read under another name than the one it usually has."""
    if path != expected:
        found = path.relative_to(expected.parent).as_posix()
        report[f"{found} taken for {expected.name}"] += 1


def note_folder(place: Path, name: str, report: Counter[str]) -> None:
    """Count a folder that is read although it is not called as its set is."""
    if place.name != name:
        report[f"folder {place.name} taken for {name}"] += 1


def look_for(folder: str | Path, *names: str) -> Path | None:
    """The file in `folder` that has the first of `names`, or one that can only be meant by it.

    A name may differ in capital letters, end in .gz, have .parquet for its ending, or stand in a
    zip archive in the folder. What has the very name comes first, then the others in this order.
    Several that could be meant are refused.
    """
    folder = Path(folder)
    for name in names:
        if is_data(folder / name):
            return folder / name
    if not folder.is_dir():
        return None
    there = [path for path in folder.iterdir() if path.is_file()]
    archives = [path for path in there if path.suffix.lower() == ".zip"]
    packed = [member for archive in archives for member in members(archive)]
    for name in names:
        plain, stem = name.lower(), name.lower().rpartition(".")[0]
        for paths, meant in (
            (there, {plain}),
            (there, {f"{plain}.gz", f"{stem}.parquet"}),
            (packed, {plain, f"{plain}.gz"}),
        ):
            fits = sorted(path for path in paths if path.name.lower() in meant)
            if len(fits) > 1:
                raise DataError(
                    f"{' and '.join(str(p.relative_to(folder)) for p in fits)} are both there.",
                    path=folder,
                    expected=f"one file that can be {name}.",
                    remedy=f"Call the right one {name}, or take the other away.",
                )
            if fits:
                return fits[0]
    return None


_LOOKS = {  # what a set's folder holds, in lower case
    "u.data": "MovieLens 100K (ml-100k)",
    "ratings.dat": "MovieLens 1M or 10M (ml-1m, ml-10m)",
    "combined_data_1.txt": "the Netflix Prize as Kaggle has it (netflix)",
    "training_set": "the Netflix Prize's own archive (netflix)",
    "nf_prize_dataset.tar.gz": "the Netflix Prize's own archive, packed (netflix; unpack it)",
    "netflix_dataset_rating.csv": "Kaggle's part of the Netflix Prize as CSV (netflix)",
    "movies_metadata.csv": "Kaggle's The Movies Dataset (the-movies-dataset)",
    "user_ratedmovies.dat": "HetRec 2011 (hetrec2011-movielens-2k)",
    "user_ratedmovies-timestamps.dat": "HetRec 2011 (hetrec2011-movielens-2k)",
    "rating.csv": "Kaggle's MovieLens 20M (ml-20m)",
    "genome-scores.csv": "MovieLens 20M, 25M or latest (ml-20m, ml-25m, ml-latest)",
    "ratings.csv": "a MovieLens set with CSV files (such as ml-latest-small, ml-32m)",
}


def looks_like(names: Iterable[str]) -> str:
    """A sentence on the data set that files of these names are from; empty if none is known."""
    held = {name.lower() for name in names}
    known = next((what for name, what in _LOOKS.items() if name in held), None)
    return f" That looks like {known}." if known else ""


def blocks(path: str | Path, size: int = BLOCK) -> Iterator[tuple[int, int, bytes]]:
    """Read a file in blocks that end at line ends, each with its first line's number and offset.

    If the last line has no end, or a line is longer than 64 MiB, that is the last block.
    """
    line, offset, rest = 1, 0, b""
    with reading(path), open_raw(path) as file:
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
    """Read a text file strictly, in blocks of UTF-8, each with its first line's number.

    The encoding is "utf-8" or "latin-1". Latin-1 gives a meaning to every byte, so an accented line
    that is valid UTF-8 is refused there: in latin-1 it would be gibberish. Refused are also a NUL
    byte, the wrong encoding, with the byte offset, and a last line without line end, which may have
    been cut.
    """
    for line, offset, block in blocks(path):
        if wrong := unsound(block, encoding):
            start, found, expected, remedy = wrong
            line += block.count(b"\n", 0, start)
            raise bad_line(path, line, at_byte(found, offset + start), f"{expected}.", f"{remedy}.")
        yield line, block if block.isascii() else block.decode(encoding).encode()


def unsound(block: bytes, encoding: str) -> tuple[int, str, str, str] | None:
    """Where a block is not sound text, what is there, what should be and what to do."""
    if (nul := block.find(b"\0")) >= 0:
        return nul, "there is a NUL byte", "text", f"{AGAIN}: it was damaged on the way"
    if not block.endswith(b"\n"):
        start = block.rfind(b"\n") + 1
        found = f"the last line, {shorten(block[start:])}, has no end: the file may have been cut"
        expected = "a line end after every line, the last included"
        return start, found, expected, f"{AGAIN}; if it is certainly whole, add a line end"
    start, found = -1, ""
    if encoding == "latin-1":
        if odd := _utf8_line(block):
            start, found = block.index(odd), "this line is in UTF-8, not latin-1"
        elif control := C1.search(block):
            start, found = control.start(), control_byte(block, control.start())
    elif not block.isascii():
        try:
            block.decode(encoding)
        except UnicodeDecodeError as error:
            start = error.start
            found = f"a letter is not in {encoding.upper()}: byte {block[start]:02X}"
    if not found:
        return None
    original = "Save it as UTF-8, or get the original file"
    return start, found, f"text in {encoding.upper()}", original


def at_byte(found: str, place: int) -> str:
    """Make a sentence of what is wrong at a byte of a file."""
    return f"{found[:1].upper()}{found[1:]} (byte {place:,} of the file)."


def control_byte(raw: bytes, at: int) -> str:
    """What a byte from 80 to 9F is, where latin-1 has no letters but other encodings do."""
    meant = [
        f"{char} in {name}"
        for encoding, name in _OTHERS.items()
        if (char := raw[at : at + 1].decode(encoding, "replace")).isprintable() and char != "\ufffd"
    ]
    if raw[at - 1 : at].islower():  # inside a word: a small letter, or an apostrophe
        meant.sort(key=lambda text: not (text[0].islower() or text[0] in "’'"))
    else:
        meant.sort(key=lambda text: text[0].isalpha())
    return f"byte {raw[at]:02X} is not a letter in latin-1; it is {', or '.join(meant)}"


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
