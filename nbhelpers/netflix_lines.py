"""Netflix Prize text to columns: blocks of bytes in bounded memory, each line checked.

`scan` takes the files of one form (ratings, probe, qualifying) to NumPy columns. `_parse` is the
only part that touches every byte; a line that it refuses is read once more by `_refuse`, which
says what is wrong with it.
"""

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from nbhelpers.errors import DataError, check_file, odd_bytes

MOVIES = 17_770
USERS = 2_649_429  # the highest customer number; 480,189 of them occur
FIRST_DAY, LAST_DAY = datetime.date(1999, 11, 11), datetime.date(2005, 12, 31)

_BLOCK = 1 << 20  # bytes read at a time, and rows unpacked at a time
_AGAIN = "Take the file anew from the original archive; if it was edited, mend this line."
_STAR, _DAY, _USER = 3, 14, 22  # bits of a packed row, below the movie's


@dataclass(frozen=True, eq=False)
class Form:
    """What the lines under a movie's line look like."""

    text: str  # for people
    row: bytes  # for the machine
    tail: int  # bytes after the customer number

    @cached_property
    def grammar(self) -> re.Pattern:
        # `*+` remembers nothing to go back to, so memory stays flat over a block.
        return re.compile(rb"(?:(?:%b|[1-9]\d{0,4}:)\n)*+" % self.row)


_DATE = rb",(?:1999|200[0-5])-\d\d-\d\d"
RATINGS = Form("CustomerID,Rating,YYYY-MM-DD", rb"[1-9]\d{0,6},[1-5]" + _DATE, tail=13)
QUALIFYING = Form("CustomerID,YYYY-MM-DD", rb"[1-9]\d{0,6}" + _DATE, tail=11)
PROBE = Form("CustomerID", rb"[1-9]\d{0,6}", tail=0)


def scan(
    paths: list[Path],
    form: Form,
    movies: Iterable[int] | None = None,
    keep: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Read files of one form.

    Parameters
    ----------
    paths : list of pathlib.Path
    form : Form
    movies : iterable of int, optional
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
    listed = np.zeros(100_000, dtype=bool)
    listed[np.arange(1, MOVIES + 1) if movies is None else np.fromiter(movies, dtype=np.intp)] = (
        True
    )
    for path in paths:
        check_file(path, f"lines MovieID: and under each {form.text}.")
    # The shortest row bounds their number; pages that are not filled take no memory.
    rows = np.empty(sum(path.stat().st_size for path in paths) // (form.tail + 2) + 1, np.int64)
    n, seen = 0, np.zeros_like(listed)
    for path in paths:
        for packed in _rows(path, form, listed, seen):
            if keep is not None:
                packed = packed[keep[packed >> (_STAR + _DAY) & (1 << _USER) - 1]]
            rows[n : n + len(packed)] = packed
            n += len(packed)
    rows = rows[:n]
    rows.sort()
    return _unpack(rows, form, paths)


def _rows(path: Path, form: Form, listed: np.ndarray, seen: np.ndarray) -> Iterator[np.ndarray]:
    """The packed rows of a file, block by block."""
    line, movie, was_header = 1, 0, False
    for block in _blocks(path, form):
        number, header, day, star = _parse(block, form)
        _check_lines(path, line, form, listed, number, header, day)
        _check_headers(path, line, form, seen, number, header, movie, was_header)
        if len(number):
            source = np.maximum.accumulate(np.where(header, np.arange(len(number)), -1))
            movies = np.where(source < 0, movie, number[source])
            movie, was_header = int(movies[-1]), bool(header[-1])
            row = ((movies << _USER | number) << _DAY | day) << _STAR | star
            yield row[~header]
        line += len(number)
        if len(number) < block.count(b"\n"):
            _refuse(path, line, form)
    if was_header:
        _refuse(path, line - 1, form, "A movie without a row under it: the file may be cut here.")


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
                _refuse(path, line, form)
            rest = data[cut:]
            if cut:
                line += data.count(b"\n")
                yield _unix(data[:cut]) if crlf else data[:cut]
    if rest:
        # A date of full length cannot have lost its end; any other last line can.
        if not form.tail:
            _refuse(
                path, line, form, f"The last line, {_show(rest)}, has no line end: it may be cut."
            )
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
        day = _DAYS[_digits(text, ends - 7, ends - 6, 1) * 10_000 + month_day].astype(np.int64)
        day[header] = 0
    if form is RATINGS:
        star = np.where(header, 0, text[ends - 12].astype(np.int64) - ord("0"))
    return number, header, day, star


def _digits(text: np.ndarray, starts: np.ndarray, stops: np.ndarray, most: int) -> np.ndarray:
    """The decimal numbers in text[start:stop], of at most so many digits."""
    value = np.zeros(len(starts), np.int64)
    for place in range(most):
        at = stops - 1 - place
        value += np.where(at >= starts, text[at].astype(np.int64) - ord("0"), 0) * 10**place
    return value


def _day_table() -> np.ndarray:
    table = np.full(100_000, -1, np.int16)  # by last digit of the year, month and day
    for day in range((LAST_DAY - FIRST_DAY).days + 1):
        date = FIRST_DAY + datetime.timedelta(day)
        table[date.year % 10 * 10_000 + date.month * 100 + date.day] = day
    return table


_DAYS = _day_table()


def _check_lines(path, line, form, listed, number, header, day) -> None:
    bad = np.where(header, ~listed[np.minimum(number, 99_999)], (number > USERS) | (day < 0))
    if bad.any():
        at = int(bad.argmax())
        not_listed = header[at] and number[at] <= MOVIES
        found = f"Movie {number[at]} is not among the listed movies." if not_listed else None
        _refuse(path, line + at, form, found)


def _check_headers(path, line, form, seen, number, header, movie, was_header) -> None:
    if not movie and len(header) and not header[0]:
        _refuse(path, line, form, "A row before any movie's line.")
    after = np.flatnonzero(header & np.concatenate(([was_header], header[:-1]))[: len(header)])
    if len(after):
        _refuse(path, line + int(after[0]), form, "A movie's line right after another's.")
    for at in np.flatnonzero(header):
        if seen[number[at]]:
            _refuse(path, line + int(at), form, f"Movie {number[at]} comes a second time.")
        seen[number[at]] = True


def _unpack(rows: np.ndarray, form: Form, paths: list[Path]) -> dict[str, np.ndarray]:
    """Columns from sorted packed rows, a block at a time: no temporary is as long as they are."""
    n = len(rows)
    columns = {"movie_id": np.empty(n, np.int32), "user_id": np.empty(n, np.int32)}
    if form.tail:
        columns["timestamp"] = np.empty(n, "datetime64[s]")
    if form is RATINGS:
        columns["rating"] = np.empty(n, np.int8)
    for start in range(0, n, _BLOCK):
        part = slice(start, start + _BLOCK)
        pairs = rows[max(start - 1, 0) : start + _BLOCK] >> (_STAR + _DAY)
        twice = np.flatnonzero(pairs[1:] == pairs[:-1])
        if len(twice):
            movie, user = divmod(int(pairs[twice[0]]), 1 << _USER)
            _refuse_twice(paths, form, movie, user)
        columns["movie_id"][part] = rows[part] >> (_STAR + _DAY + _USER)
        columns["user_id"][part] = rows[part] >> (_STAR + _DAY) & (1 << _USER) - 1
        if "timestamp" in columns:
            days = rows[part] >> _STAR & (1 << _DAY) - 1
            columns["timestamp"][part] = np.datetime64(FIRST_DAY) + days.astype("timedelta64[D]")
        if "rating" in columns:
            columns["rating"][part] = rows[part] & (1 << _STAR) - 1
    return columns


# What follows runs only when something is wrong, so it may take its time.


def _refuse(path: Path, line: int, form: Form, found: str | None = None):
    """Raise the error for a line; what is wrong is found out unless it is given."""
    raw, offset, crlf = _line(path, line)
    expected = f"MovieID: (1 to {MOVIES:,}) or {form.text}."
    if found is None:
        bare = raw[: -1 - crlf] if raw.endswith(b"\r\n" if crlf else b"\n") else raw
        found = odd_bytes(bare, offset) or _wrong_field(bare.decode("ascii"), form)
        if not raw.endswith(b"\n"):
            found = f"The last line has no line end and looks cut. {found}"
    raise DataError(found, path=path, line=line, expected=expected, remedy=_AGAIN)


def _line(path: Path, line: int) -> tuple[bytes, int, bool]:
    """A line with its end, its offset in bytes, and whether the file's first line ends in CRLF."""
    offset = 0
    with open(path, "rb") as file:
        for number in range(1, line + 1):
            raw = file.readline(1 << 16)
            if number == 1:
                crlf = raw.endswith(b"\r\n")
            if number < line:
                offset += len(raw)
    return raw, offset, crlf


def _wrong_field(text: str, form: Form) -> str:
    show = _show(text)
    if not text:
        return "An empty line."
    if text != text.strip() or "\t" in text or " " in text:
        return f"Blanks in the line {show}."
    if text.endswith(":"):
        return f"{show} is not a movie's line: its number is not from 1 to {MOVIES:,}."
    fields = text.split(",")
    wanted = form.text.split(",")
    if len(fields) != len(wanted):
        if len(fields) == 1 and (other := re.search(r"[;|:\s]", text)):
            return f"The line {show} is parted by {other[0]!r}, not by a comma."
        hint = ": a decimal comma?" if len(fields) == len(wanted) + 1 else "."
        return f"{len(fields)} fields in the line {show}, where {len(wanted)} belong{hint}"
    if not re.fullmatch(r"[1-9]\d{0,6}", fields[0]) or int(fields[0]) > USERS:
        return f"Customer {_show(fields[0])} is not a number from 1 to {USERS:,}."
    if form is RATINGS and not re.fullmatch("[1-5]", fields[1]):
        return f"Rating {_show(fields[1])} is not a whole number from 1 to 5."
    try:
        date = datetime.date.fromisoformat(fields[-1])
    except ValueError:
        return f"Date {_show(fields[-1])} does not exist."
    if len(fields[-1]) != 10:
        return f"Date {_show(fields[-1])} is not written YYYY-MM-DD."
    return f"Date {date} is not from {FIRST_DAY} to {LAST_DAY}."


def _show(text) -> str:
    return repr(text[:60])


def _refuse_twice(paths: list[Path], form: Form, movie: int, user: int):
    """Raise for the second row of a user under a movie."""
    start, seen = f"{user},".encode() if form.tail else str(user).encode(), False
    for path in paths:
        inside = False
        with open(path, "rb") as file:
            for line, raw in enumerate(file, start=1):
                if raw.rstrip().endswith(b":"):
                    inside = raw.rstrip() == b"%d:" % movie
                elif inside and (raw.startswith(start) if form.tail else raw.rstrip() == start):
                    if seen:
                        _refuse(path, line, form, f"User {user} has movie {movie} a second time.")
                    seen = True
