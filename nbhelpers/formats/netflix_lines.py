"""Netflix Prize text to columns: blocks of bytes in bounded memory, each line checked.

`scan` takes the files of one form (ratings, probe, qualifying) to NumPy columns. `_parse` is the
only part that touches every byte; a line that it refuses is read once more by
`netflix_forms.refuse`, which says what is wrong with it. Of large files this is the second
reading: `netflix_workers` does the same in a sixth of the time, but gives no reasons.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nbhelpers.errors import check_file
from nbhelpers.formats.netflix_forms import MOVIES, RATINGS, USERS, Form, refuse
from nbhelpers.formats.netflix_rows import DAYS, MOVIE_BIT, STAR_BITS, USER_BIT, USER_BITS, unpack

_BLOCK = 1 << 20  # bytes read at a time
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
        from nbhelpers.formats import netflix_workers
    except ImportError:  # numba is not there
        return None
    return netflix_workers.read_rows(paths, form, listed, keep)


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
            number, header, day, star = _parse(block, self.form)
            if len(number):
                self._check(number, header, day)
                source = np.maximum.accumulate(np.where(header, np.arange(len(number)), -1))
                movies = np.where(source < 0, self.movie, number[source])
                row = movies << MOVIE_BIT | number << USER_BIT | day << STAR_BITS | star
                yield row[~header]
                self.line += len(number)
                self.movie, self.bare = int(movies[-1]), bool(header[-1])
            if len(number) < block.count(b"\n"):
                refuse(path, self.line, self.form)
        if self.bare:
            self._refuse(-1, "A movie without a row under it: the file may be cut here.")

    def _check(self, number: np.ndarray, header: np.ndarray, day: np.ndarray) -> None:
        if not self.movie and not header[0]:
            self._refuse(0, "A row before any movie's line.")
        wrong = ~header & ((number > USERS) | (day < 0))
        if wrong.any():
            self._refuse(wrong.argmax())
        for at in np.flatnonzero(header):
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
    rest, line, crlf = b"", 1, None
    with open(path, "rb") as file:
        while data := file.read(_BLOCK):
            if crlf is None:
                crlf = data.partition(b"\n")[0].endswith(b"\r")
            data = rest + data
            cut = data.rfind(b"\n") + 1
            if not cut and len(data) > 200:
                refuse(path, line, form, f"A line of more than {len(data):,} bytes.")
            rest = data[cut:]
            if cut:
                line += data.count(b"\n")
                yield _unix(data[:cut]) if crlf else data[:cut]
    if rest:
        # A date of full length cannot have lost its end; any other last line can.
        if not form.tail:
            refuse(path, line, form, "The last line has no line end: it may be cut.")
        yield rest + b"\n"


def _unix(block: bytes) -> bytes:
    # A lone LF comes out as CR LF, which the grammar refuses.
    return block.replace(b"\n", b"\r\n").replace(b"\r\r\n", b"\n")


def _parse(block: bytes, form: Form) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Number, header or row, day and star of each line up to the first that breaks the grammar.

    `number` (int64) is a movie's in a header and a user's in a row; `day` counts from the first
    day and is -1 for a date that does not exist or lies outside the span.
    """
    text = np.frombuffer(block, np.uint8, form.grammar.match(block).end())
    ends = np.flatnonzero(text == ord("\n"))
    starts = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else ends
    header = text[ends - 1] == ord(":")
    number = _digits(text, starts, np.where(header, ends - 1, ends - form.tail), 7)
    day = star = np.zeros(len(ends), np.int64)
    if form.tail:
        month_day = _digits(text, ends - 5, ends - 3, 2) * 100 + _digits(text, ends - 2, ends, 2)
        date = _digit(text, ends - 7) * 10_000 + month_day
        day = np.where(header, 0, DAYS.take(date, mode="clip")).astype(np.int64)
    if form is RATINGS:
        star = np.where(header, 0, _digit(text, ends - 12))
    return number, header, day, star


def _digits(text: np.ndarray, starts: np.ndarray, stops: np.ndarray, most: int) -> np.ndarray:
    """The decimal numbers in text[start:stop], of at most so many digits."""
    value = np.zeros(len(starts), np.int64)
    for place in range(most):
        at = stops - 1 - place
        value += np.where(at >= starts, _digit(text, at), 0) * 10**place
    return value


def _digit(text: np.ndarray, at: np.ndarray) -> np.ndarray:
    # What is read for a header's missing fields may lie outside; it is not used.
    return text.take(at, mode="clip").astype(np.int64) - ord("0")
