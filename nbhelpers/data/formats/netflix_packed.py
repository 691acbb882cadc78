"""Rows of Netflix Prize text as whole numbers: movie, user, day and star in 64 bits.

Sorted as numbers they are sorted by movie, then user.
"""

import datetime
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from nbhelpers.data.formats.netflix_grammar import FIRST_DAY, LAST_DAY, RATINGS, Form, refuse_twice

WORKERS = min(2, os.cpu_count() or 1)  # more would wait for memory
STAR_BITS, _DAY_BITS, USER_BITS = 3, 14, 22  # of a packed row, below the movie's
USER_BIT = STAR_BITS + _DAY_BITS  # the lowest of the user's
MOVIE_BIT = USER_BIT + USER_BITS
_ROWS = 1 << 16  # rows unpacked at a time: they fit a processor's cache


def _day_table() -> np.ndarray:
    table = np.full(100_000, -1, np.int16)  # by last digit of the year, month and day
    for day in range((LAST_DAY - FIRST_DAY).days + 1):
        date = FIRST_DAY + datetime.timedelta(day)
        table[date.year % 10 * 10_000 + date.month * 100 + date.day] = day
    return table


DAYS = _day_table()
_EPOCH = (FIRST_DAY - datetime.date(1970, 1, 1)).days


def pack(movie: np.ndarray, user: np.ndarray, day: np.ndarray, star: np.ndarray) -> np.ndarray:
    """Rows from columns of int64, of which `day` counts from the Prize's first."""
    packed: np.ndarray = movie << MOVIE_BIT | user << USER_BIT | day << STAR_BITS | star
    return packed


def unpack(rows: np.ndarray, form: Form, paths: list[Path]) -> dict[str, np.ndarray]:
    """The columns that `netflix_lines.scan` returns, from sorted rows, whose memory becomes one."""
    n = len(rows)
    _check_twice(rows, form, paths)
    columns = {"movie_id": np.empty(n, np.int32), "user_id": np.empty(n, np.int32)}
    if form is RATINGS:
        columns["rating"] = np.empty(n, np.int8)
    if form.tail:
        columns["timestamp"] = rows.view("datetime64[s]")

    def fill(start: int) -> None:
        part = slice(start, start + _ROWS)
        packed = rows[part]
        columns["movie_id"][part] = packed >> MOVIE_BIT
        columns["user_id"][part] = packed >> USER_BIT & (1 << USER_BITS) - 1
        if "rating" in columns:
            columns["rating"][part] = packed & (1 << STAR_BITS) - 1
        packed >>= STAR_BITS
        packed &= (1 << _DAY_BITS) - 1
        packed += _EPOCH
        packed *= 86_400

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(fill, range(0, n, _ROWS)))
    return columns


def _check_twice(rows: np.ndarray, form: Form, paths: list[Path]) -> None:
    """Refuse a second row of a user under a movie."""
    for start in range(0, len(rows), _ROWS):
        pairs = rows[start : start + _ROWS + 1] >> USER_BIT
        twice = pairs[1:] == pairs[:-1]
        if twice.any():
            movie, user = divmod(int(pairs[twice.argmax()]), 1 << USER_BITS)
            refuse_twice(paths, form, movie, user)
