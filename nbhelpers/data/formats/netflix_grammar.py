"""The forms of the Netflix Prize's lines, and what is wrong with a line of another form."""

import datetime
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from nbhelpers.data.formats.raw_files import bad_line, shorten
from nbhelpers.errors import DataError, odd_bytes

MOVIES = 17_770
USERS = 2_649_429  # the highest customer number; 480,189 of them occur
FIRST_DAY, LAST_DAY = datetime.date(1999, 11, 11), datetime.date(2005, 12, 31)

_LONGEST = 1 << 16  # bytes of a line that are looked at
_DATE = rb",\d\d\d\d-\d\d-\d\d"


@dataclass(frozen=True, eq=False)
class Form:
    """What the lines under a movie's line look like."""

    text: str  # for people
    after: bytes = b""  # the pattern of what comes after the customer number
    example: bytes = b""  # of that, and right

    @property
    def tail(self) -> int:
        """How many bytes come after the customer number."""
        return len(self.example)

    def lines(self, end: bytes) -> re.Pattern[bytes]:
        """The pattern of any number of lines: customers, and movies with their customers."""
        rows = rb"(?:[1-9]\d{0,6}+%b%b)*+" % (self.after, end)
        return re.compile(rb"%b(?:[1-9]\d{0,4}:%b%b)*+" % (rows, end, rows))


RATINGS = Form("CustomerID,Rating,YYYY-MM-DD", rb",[1-5]" + _DATE, b",1,1999-11-11")
QUALIFYING = Form("CustomerID,YYYY-MM-DD", _DATE, b",1999-11-11")
PROBE = Form("CustomerID")


def refuse(path: Path, line: int, form: Form, found: str | None = None) -> NoReturn:
    """Raise the error for a line, read once more to find out what is wrong unless that is given."""
    raw, offset, crlf = _line(path, line)
    expected = f"MovieID: (1 to {MOVIES:,}) or {form.text}."
    whole = raw.endswith(b"\n")
    if found is None and len(raw) == _LONGEST:
        found = f"A line of more than {_LONGEST:,} bytes."
    if found is None and not (whole or form.tail):  # a date of full length has lost nothing
        found = "The last line has no line end: it may be cut."
    if found is None and crlf and whole and not raw.endswith(b"\r\n"):
        found = "The line ends in LF, the file's first line in CR LF."
    if found is None:
        bare = raw.removesuffix(b"\r\n" if crlf else b"\n")
        found = odd_bytes(bare, offset) or _wrong_field(bare.decode("ascii"), form)
        found = found if whole else f"The last line has no line end and looks cut. {found}"
    raise bad_line(path, line, found, expected)


def _line(path: Path, line: int) -> tuple[bytes, int, bool]:
    """A line with its end, its offset in bytes, and whether the file's first line ends in CRLF."""
    offset = 0
    with open(path, "rb") as file:
        for number in range(1, line + 1):
            raw = file.readline(_LONGEST)
            if number == 1:
                crlf = raw.endswith(b"\r\n")
            if number < line:
                offset += len(raw)
    return raw, offset, crlf


def _wrong_field(text: str, form: Form) -> str:
    show = shorten(text)
    if not text:
        return "An empty line."
    if "," not in text and (other := re.search(r"[;|\t]", text)):
        return f"The line {show} is parted by {other[0]!r}, not by commas."
    if re.search(r"\s", text):
        return f"Blanks in the line {show}."
    if text.endswith(":"):
        return f"{show} is not a movie's line: its number is not from 1 to {MOVIES:,}."
    fields = text.split(",")
    wanted = form.text.split(",")
    if len(fields) != len(wanted):
        hint = ": a decimal comma?" if form is RATINGS and len(fields) == 4 else "."
        return f"The line {show} has {len(fields)} of {len(wanted)} fields{hint}"
    if not re.fullmatch(r"[1-9]\d{0,6}", fields[0]) or int(fields[0]) > USERS:
        return f"Customer {shorten(fields[0])} is not a number from 1 to {USERS:,}."
    if form is RATINGS and not re.fullmatch("[1-5]", fields[1]):
        return f"Rating {shorten(fields[1])} is not a whole number from 1 to 5."
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", fields[-1]):
        return f"Date {shorten(fields[-1])} is not written YYYY-MM-DD."
    try:
        date = datetime.date.fromisoformat(fields[-1])
    except ValueError:
        return f"Date {fields[-1]} does not exist."
    return f"Date {date} is not from {FIRST_DAY} to {LAST_DAY}."


def refuse_twice(paths: list[Path], form: Form, movie: int, user: int) -> NoReturn:
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
                        refuse(path, line, form, f"User {user} has movie {movie} a second time.")
                    seen = True
    raise DataError(f"User {user} has movie {movie} a second time.", path=paths[0])
