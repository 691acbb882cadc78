"""Netflix Prize text to columns: blocks of bytes in bounded memory, each line checked.

`scan` takes the files of one form (ratings, probe, qualifying) to NumPy columns. `_parse` is the
only part that touches every byte; a line that it refuses is read once more by
`netflix_forms.refuse`, which says what is wrong with it. Of large files this is the second
reading: `netflix_workers` does the same in a quarter of the time, but gives no reasons.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nbhelpers.data.formats.netflix_grammar import MOVIES, RATINGS, USERS, Form, refuse
from nbhelpers.data.formats.netflix_packed import (
    DAYS,
    MOVIE_BIT,
    STAR_BITS,
    USER_BIT,
    USER_BITS,
    unpack,
)
from nbhelpers.errors import check_file

_BLOCK = 1 << 20  # bytes read at a time
_BEFORE = 32  # bytes put before a block, so that nothing is looked up outside
_POWERS = 10 ** np.arange(8)
# As eight bytes are in one number, the first the lowest.
_ZEROS, _DATE, _DASHES, _1999, _200X = (
    int.from_bytes(text, "little")
    for text in (b"00000000", b"00-00-00", b"\0\0\xff\0\0\xff\0\0", b",1999", b",200")
)
QUICK = 1 << 25  # bytes from which on it is worth while to load the compiled parser


def scan(
    paths: list[Path],
    form: Form,
    movies: npt.ArrayLike | None = None,
    keep: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Read files of one form.

    Parameters
    ----------
    paths : list of pathlib.Path
    form : Form
    movies : array-like of int, optional
        The movie ids that may occur; 1 to 17,770 when left out.
    keep : array of bool, shape (USERS + 1,), optional
        Which users' rows to keep.

    Returns
    -------
    dict of array, each of shape (n,)
        movie_id, user_id int32; for ratings rating int8; where there are dates timestamp
        datetime64[s]. Sorted by movie_id, then user_id.

    Raises
    ------
    DataError
        At the first line of a file that is not as it should be, or the second of two rows with
        the same movie and user.
    """
    for path in paths:
        check_file(path, f"lines MovieID: and under each {form.text}.")
    listed = np.zeros(100_000, dtype=bool)
    listed[1 : MOVIES + 1 if movies is None else 1] = True
    listed[[] if movies is None else np.asarray(movies)] = True
    size = sum(path.stat().st_size for path in paths)
    rows = _quick_rows(paths, form, listed, keep) if size >= QUICK else None
    if rows is None:
        rows = _checked_rows(paths, form, listed, keep)
    return unpack(rows, form, paths)


def _quick_rows(paths, form, listed, keep) -> np.ndarray | None:
    try:
        from nbhelpers.data.formats import netflix_compiled
    except ImportError:  # numba is not there
        return None
    return netflix_compiled.read_rows(paths, form, listed, keep)


def _checked_rows(paths, form, listed, keep) -> np.ndarray:
    """Packed rows, sorted; DataError at the first line that is wrong."""
    reader = _Reader(form, listed)
    # The shortest row bounds their number; pages that are not filled take no memory.
    rows = np.empty(sum(path.stat().st_size for path in paths) // (form.tail + 2) + 1, np.int64)
    n = 0
    for path in paths:
        for packed in reader.rows(path):
            if keep is not None:
                packed = packed[keep[packed >> USER_BIT & (1 << USER_BITS) - 1]]
            rows[n : n + len(packed)] = packed
            n += len(packed)
    rows = rows[:n]
    rows.sort()
    return rows


class _Reader:
    """Where the reading of files of one form stands."""

    def __init__(self, form: Form, listed: np.ndarray):
        self.form, self.listed = form, listed
        self.seen = np.zeros_like(listed)

    def rows(self, path: Path) -> Iterator[np.ndarray]:
        """The packed rows of a file, block by block."""
        self.path, self.line, self.movie, self.bare = path, 1, 0, False
        own = re.fullmatch(r"mv_(\d{7})\.txt", path.name)
        self.own = own and int(own[1])
        for block in _blocks(path, self.form):
            number, header, day, star, whole = _parse(block, self.form)
            if len(number):
                heads = np.flatnonzero(header)
                self._check(number, heads)
                counts = np.diff(heads, prepend=0, append=len(number))
                movies = np.repeat(np.concatenate(([self.movie], number[heads])), counts)
                row = movies << MOVIE_BIT | number << USER_BIT | day << STAR_BITS | star
                yield row[~header]
                self.line += len(number)
                self.movie, self.bare = int(movies[-1]), bool(header[-1])
            if not whole:
                refuse(path, self.line, self.form)
        if self.bare:
            self._refuse(-1, "A movie without a row under it: the file may be cut here.")

    def _check(self, number: np.ndarray, heads: np.ndarray) -> None:
        if not self.movie and (not len(heads) or heads[0] > 0):
            self._refuse(0, "A row before any movie's line.")
        for at in heads:
            movie = number[at]
            if not self.listed[movie]:
                self._refuse(at, f"Movie {movie} is not among the movies that may occur.")
            if self.seen[movie]:
                self._refuse(at, f"Movie {movie} comes a second time.")
            if self.own not in (None, movie):
                self._refuse(at, f"Movie {movie} in the file of movie {self.own}.")
            self.seen[movie] = True

    def _refuse(self, at: int, found: str | None = None):
        refuse(self.path, self.line + int(at), self.form, found)


def _blocks(path: Path, form: Form) -> Iterator[bytes]:
    """Whole lines, about a megabyte at a time, each ended by LF alone."""
    rest, done, crlf = b"", 0, None
    with open(path, "rb") as file:
        while data := file.read(_BLOCK):
            if crlf is None:
                crlf = data.partition(b"\n")[0].endswith(b"\r")
            data = rest + data
            cut = data.rfind(b"\n") + 1
            if not cut and len(data) > 200:
                found = f"A line of more than {len(data):,} bytes."
                refuse(path, _line_at(path, done), form, found)
            rest = data[cut:]
            done += cut
            if cut:
                yield _unix(data[:cut]) if crlf else data[:cut]
    if rest:
        # A date of full length cannot have lost its end; any other last line can.
        if not form.tail:
            found = "The last line has no line end: it may be cut."
            refuse(path, _line_at(path, done), form, found)
        yield rest + b"\n"


def _line_at(path: Path, offset: int) -> int:
    """The number of the line that begins at a byte."""
    line = 1
    with open(path, "rb") as file:
        while data := file.read(min(_BLOCK, offset)):
            line += data.count(b"\n")
            offset -= len(data)
    return line


def _unix(block: bytes) -> bytes:
    # A lone LF comes out as CR LF, which no form has.
    return block.replace(b"\n", b"\r\n").replace(b"\r\r\n", b"\n")


def _parse(block: bytes, form: Form) -> tuple:
    """Number, header or row, day and star of each line up to the first that is not of the form.

    `number` (int64) is a movie's in a header and a user's in a row; `day` counts from the first.
    The last result is whether all lines are of the form.
    """
    text = np.frombuffer(bytes(_BEFORE) + block, np.uint8)
    # Eight bytes from each place on, as one number: its lowest byte is the first.
    eights = np.ndarray(len(text) - 7, "<u8", text, strides=(1,))
    ends = np.flatnonzero(text == ord("\n"))
    header = text[ends - 1] == ord(":")
    stops = np.where(header, ends - 1, ends - form.tail)
    lengths = stops - np.concatenate(([_BEFORE], ends[:-1] + 1))
    number, right = _numbers(eights[stops - 8], lengths)
    right &= np.where(header, lengths <= 5, number <= USERS)
    day = star = np.zeros(len(ends), np.int64)
    if form.tail:
        day = np.where(header, 0, _days(eights[ends - 8], eights[ends - 11]))
        right &= day >= 0
    if form is RATINGS:
        star = np.where(header, 0, text[ends - 12].astype(np.int64) - ord("0"))
        right &= header | ((text[ends - 13] == ord(",")) & (star >= 1) & (star <= 5))
    whole = bool(right.all())
    n = len(ends) if whole else right.argmin()
    return number[:n], header[:n], day[:n], star[:n], whole


def _numbers(eights: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The numbers that eight bytes end with, and which are of 1 to 7 digits, the first no 0."""
    length = lengths.clip(1, 8)
    before = (8 * (8 - length)).astype(np.uint64)
    digits = (eights ^ _ZEROS) >> before << before
    number = _weigh(digits, [0, *_POWERS[6::-1].tolist()])
    right = _are_digits(digits) & (lengths == length) & (length < 8)
    return number, right & (number >= _POWERS[length - 1])


def _days(ends: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The days in YY-MM-DD, with ,YYYY-MM before it; -1 for anything but a date in the span."""
    digits = ends ^ _DATE
    day = DAYS.take(_weigh(digits, [0, 10_000, 0, 1000, 100, 0, 10, 1]), mode="clip")
    nineties = starts & 0xFF_FF_FF_FF_FF == _1999
    noughties = (starts & 0xFF_FF_FF_FF == _200X) & (starts >> 32 & 0xFF != ord("9"))
    right = _are_digits(digits) & (digits & _DASHES == 0) & (nineties | noughties)
    return np.where(right, day, -1)


def _weigh(digits: np.ndarray, weights: list[int]) -> np.ndarray:
    """The sum of eight digits, each times its weight."""
    places = [(8 * place, weight) for place, weight in enumerate(weights) if weight]
    return sum((digits >> place & 15) * weight for place, weight in places).astype(np.int64)


def _are_digits(bytes_: np.ndarray) -> np.ndarray:
    """Which eights consist of bytes from 0 to 9: adding 118 to any other sets its highest bit."""
    return (bytes_ + 0x76_76_76_76_76_76_76_76 | bytes_) & 0x80_80_80_80_80_80_80_80 == 0
