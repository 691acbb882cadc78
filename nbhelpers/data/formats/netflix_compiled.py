"""The quick way through large Netflix Prize text: two workers and a compiled parser.

It says yes or nothing: at whatever is not as it should be, it gives up, and `netflix_lines` reads
the files again to say what is wrong.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from numba import njit, uint32

from nbhelpers.data.formats.netflix_grammar import RATINGS, USERS, Form
from nbhelpers.data.formats.netflix_packed import DAYS, MOVIE_BIT, STAR_BITS, USER_BIT, WORKERS

BLOCK = 1 << 20  # bytes that a worker takes at a time
_LONGEST = 24  # bytes of a line, at most
_RUN = 1 << 16  # rows sorted at a time: they fit a processor's cache


Part = tuple[np.ndarray, np.ndarray, np.ndarray, bool, bool | None]  # see `_read_part`


class _WrongLine(Exception):
    """Something in the files is not as it should be."""


def read_rows(
    paths: list[Path], form: Form, listed: np.ndarray, keep: np.ndarray | None
) -> np.ndarray | None:
    """Packed rows, sorted, as `netflix_lines.scan` needs them; None if anything is wrong."""
    size = sum(path.stat().st_size for path in paths)
    rows = np.empty(size // (form.tail + 2) + 1, np.int64)  # pages not filled take no memory
    keep = np.empty(0, bool) if keep is None else keep
    # More are never in use; memory used again costs less than new.
    buffers = [_Buffers(form) for _ in range(2 * WORKERS + 1)]
    order: dict[int, int] = {}  # movies, with the row at which each begins
    n = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            for path in paths:
                blocks = range(0, path.stat().st_size, BLOCK)
                work = partial(_read_part, path, path.stat().st_size, form, keep)
                own = re.fullmatch(r"mv_(\d{7})\.txt", path.name)
                for packed, movies, at in _in_movies(_ahead(pool, work, blocks, buffers)):
                    for movie, place in zip(movies.tolist(), at.tolist(), strict=True):
                        if not listed[movie] or movie in order or (own and movie != int(own[1])):
                            raise _WrongLine
                        order[movie] = n + place
                    rows[n : n + len(packed)] = packed
                    n += len(packed)
        except _WrongLine:
            return None
        rows = rows[:n]
        _sort(rows, order, pool)
    return rows


def _in_movies(parts: Iterable[Part]) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The parts of a file, with the rows before a part's first movie under that of the part before.

    Without a row under the last movie, the file may have been cut.
    """
    movie, bare = 0, True
    for packed, movies, at, leading, last in parts:
        if leading and not movie:
            raise _WrongLine
        packed[: at[0] if len(at) else len(packed)] |= movie << MOVIE_BIT
        yield packed, movies, at
        movie = int(movies[-1]) if len(movies) else movie
        bare = bare if last is None else last
    if bare:
        raise _WrongLine


class _Buffers:
    """Memory for a block: its text, its rows, its movies and where they begin."""

    def __init__(self, form: Form):
        self.text = np.empty(BLOCK + 4 * _LONGEST, np.uint8)
        self.rows = np.empty(BLOCK // (form.tail + 2) + 1, np.int64)
        self.movies, self.at = np.empty((2, BLOCK // 3 + 1), np.int64)


def _ahead(
    pool: ThreadPoolExecutor,
    work: Callable[..., Part],
    tasks: Iterable[int],
    buffers: list[_Buffers],
) -> Iterator[Part]:
    """What `pool.map` gives, but no more tasks ahead of what is taken than there are buffers.

    What is given lies in a buffer, so it must be used before the next is asked for.
    """
    waiting: deque[tuple[Future[Part], _Buffers]] = deque()
    free = list(buffers)
    for task in tasks:
        if not free:
            result, buffer = waiting.popleft()
            yield result.result()
            free.append(buffer)
        buffer = free.pop()
        waiting.append((pool.submit(work, task, buffer), buffer))
    for result, _ in waiting:
        yield result.result()


def _sort(rows: np.ndarray, order: dict[int, int], pool: ThreadPoolExecutor) -> None:
    if list(order) != sorted(order):
        rows.sort()
        return
    starts = np.fromiter(order.values(), np.int64, len(order))
    edges = starts[np.diff(starts // _RUN, prepend=-1) > 0].tolist()
    list(pool.map(lambda a, b: rows[a:b].sort(), edges, [*edges[1:], len(rows)]))


def _read_part(
    path: Path, end: int, form: Form, keep: np.ndarray, start: int, buffers: _Buffers
) -> Part:
    """The lines that begin in a block of a file: ``packed, movies, at, leading, last``.

    Rows are packed into int64; those before the block's first movie have no movie yet. `movies`
    begin in the block, each `at` a row. `leading` says whether there are lines before the first
    movie, be they kept or not; `last` whether the last line is a movie's, None if no line begins
    here.
    """
    before = min(start, 1)  # where the line before ends shows where ours begins
    stop = before + min(BLOCK, end - start)
    text = buffers.text
    with open(path, "rb") as file:
        crlf = file.read(_LONGEST).partition(b"\n")[0].endswith(b"\r")
        file.seek(start - before)
        size = file.readinto(text.data[: stop + _LONGEST])
    text[size : size + _LONGEST] = 0
    if start + size - before >= end and text[size - 1] != ord("\n"):
        if not form.tail:  # a number without its end may be cut, a date cannot
            raise _WrongLine
        text[size : size + 1 + crlf] = list(b"\r\n" if crlf else b"\n")
    first = before and bytes(text[: _LONGEST + 1]).find(b"\n") + 1
    if before and not first:
        raise _WrongLine
    rows, movies, at = buffers.rows, buffers.movies, buffers.at
    what = (form is RATINGS, form.tail > 0, crlf)
    n, m, leading, last = _pack(text, first, stop, *what, keep, DAYS, rows, movies, at)
    if n < 0:
        raise _WrongLine
    return rows[:n], movies[:m], at[:m], leading, last if first < stop else None


# An index that cannot be negative spares the compiler half of its work.
@njit(nogil=True, cache=True, locals={"at": uint32, "first": uint32})
def _pack(text, at, stop, has_star, has_date, crlf, keep, days, rows, movies, starts):
    """Parse the lines that begin before `stop`; the first result is -1 if one is wrong.

    Whoever calls sees to it that there are bytes after `stop` for a whole line, and more.
    """
    n = m = movie = star = day = 0
    leading = last = False
    wrong = -1, 0, False, False
    while at < stop:
        number, first = 0, at
        while text[at] >= 48 and text[at] <= 57 and at - first < 8:
            number = 10 * number + text[at] - 48
            at += 1
        if at == first or text[first] == 48:
            return wrong
        if text[at] == 58:  # a colon
            if at - first > 5:
                return wrong
            movie, last = number, True
            movies[m], starts[m] = movie, n
            m += 1
            at += 1
        else:
            if number > USERS:
                return wrong
            if has_star:
                star = text[at + 1] - 48
                if text[at] != 44 or star < 1 or star > 5:
                    return wrong
                at += 2
            if has_date:
                day = _day(text, at, days)
                if day < 0:
                    return wrong
                at += 11
            leading, last = leading or m == 0, False
            if len(keep) == 0 or keep[number]:
                rows[n] = movie << MOVIE_BIT | number << USER_BIT | day << STAR_BITS | star
                n += 1
        if crlf:
            if text[at] != 13:
                return wrong
            at += 1
        if text[at] != 10:
            return wrong
        at += 1
    return n, m, leading, last


@njit(nogil=True, cache=True)
def _day(text, at, days):
    """The number of the day in a comma and YYYY-MM-DD, -1 if it is not one that may occur."""
    if text[at] != 44 or text[at + 5] != 45 or text[at + 8] != 45:
        return -1
    for place in (4, 6, 7, 9, 10):
        if text[at + place] < 48 or text[at + place] > 57:
            return -1
    if text[at + 1] == 50:
        if text[at + 2] != 48 or text[at + 3] != 48 or text[at + 4] > 53:
            return -1
    elif text[at + 1] != 49 or text[at + 2] != 57 or text[at + 3] != 57 or text[at + 4] != 57:
        return -1
    month = 10 * text[at + 6] + text[at + 7] - 528
    return days[
        (text[at + 4] - 48) * 10_000 + month * 100 + 10 * text[at + 9] + text[at + 10] - 528
    ]
