"""Netflix Prize text to columns, each line checked: begin here.

`scan` takes the files of one form of `netflix_grammar` (ratings, probe or qualifying pairs) to
NumPy columns. Large files go to `netflix_compiled`, which is quick but gives no reasons. What is
small, or was refused there, is read here, a block of lines at a time: a regular expression finds
how far the lines are of the form, and `netflix_grammar.refuse` says what is wrong with the next.
Both readers pass on their rows as `netflix_packed` has them, which makes the columns.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nbhelpers.data.formats.netflix_grammar import MOVIES, RATINGS, USERS, Form, refuse
from nbhelpers.data.formats.netflix_packed import DAYS, USER_BIT, USER_BITS, pack, unpack
from nbhelpers.data.formats.raw_files import blocks, reach
from nbhelpers.errors import check_file

BLOCK = 1 << 20  # bytes read at a time
QUICK = 1 << 24  # bytes from which on it is worth while to load the compiled parser
_SPACES = bytes.maketrans(b",", b" ")


def scan(
    paths: list[Path],
    form: Form,
    movies: npt.ArrayLike | None = None,
    keep: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Read files of one form, sorted by movie_id, then user_id; refuse the first wrong line.

    There may be 17,770 movies, or those given; of the users, those are kept whom `keep`, of shape
    (USERS + 1,), says. Arrays by name are movie_id, user_id int32; for ratings rating int8; where
    there are dates timestamp datetime64[s]. Of two rows with the same movie and user, the second is
    wrong.
    """
    for path in paths:
        check_file(path, f"lines MovieID: and under each {form.text}.")
    listed = np.zeros(100_000, dtype=bool)  # a number of up to five digits
    listed[1 : MOVIES + 1 if movies is None else 1] = True
    listed[[] if movies is None else np.asarray(movies)] = True
    size = sum(path.stat().st_size for path in paths)
    rows = _quick_rows(paths, form, listed, keep) if size >= QUICK else None
    if rows is None:
        rows = _checked_rows(paths, form, listed, keep)
    return unpack(rows, form, paths)


def _quick_rows(
    paths: list[Path], form: Form, listed: np.ndarray, keep: np.ndarray | None
) -> np.ndarray | None:
    try:
        from nbhelpers.data.formats import netflix_compiled
    except ImportError:  # numba is not there
        return None
    return netflix_compiled.read_rows(paths, form, listed, keep)


def _checked_rows(
    paths: list[Path], form: Form, listed: np.ndarray, keep: np.ndarray | None
) -> np.ndarray:
    """Packed rows, sorted; DataError at the first line that is wrong."""
    # The shortest row bounds their number; pages that are not filled take no memory.
    rows = np.empty(sum(path.stat().st_size for path in paths) // (form.tail + 2) + 1, np.int64)
    seen = np.zeros_like(listed)
    n = 0
    for path in paths:
        for packed in _file_rows(path, form, listed, seen):
            if keep is not None:
                packed = packed[keep[packed >> USER_BIT & (1 << USER_BITS) - 1]]
            rows[n : n + len(packed)] = packed
            n += len(packed)
    rows = rows[:n]
    rows.sort()
    return rows


def _file_rows(
    path: Path, form: Form, listed: np.ndarray, seen: np.ndarray
) -> Iterator[np.ndarray]:
    """The packed rows of a file, block by block; its movies are marked as seen."""
    name = re.fullmatch(r"mv_(\d{7})\.txt", path.name)
    own = name and int(name[1])
    movie, last, bare, end = 0, 0, False, b"\n"
    for line, _, block in blocks(path, BLOCK):
        if line == 1:
            end = b"\r\n" if block.partition(b"\n")[0].endswith(b"\r") else b"\n"
        if form.tail and not block.endswith(b"\n"):
            block += end  # a date of full length cannot have lost its end
        number, header, day, star = _right_lines(block, form, end)
        if len(number):
            heads = np.flatnonzero(header)
            if not movie and not header[0]:
                refuse(path, line, form, "A row before any movie's line.")
            for at in heads:
                if wrong := _wrong_movie(int(number[at]), own, listed, seen):
                    refuse(path, line + int(at), form, wrong)
            counts = np.diff(heads, prepend=0, append=len(number))
            movies = np.repeat(np.concatenate(([movie], number[heads])), counts)
            yield pack(movies, number, day, star)[~header]
            movie, bare, last = int(movies[-1]), bool(header[-1]), line + len(number) - 1
        if len(number) < block.count(b"\n") + (not block.endswith(b"\n")):
            refuse(path, line + len(number), form)
    if bare:
        refuse(path, last, form, "A movie without a row under it: the file may be cut here.")


def _wrong_movie(movie: int, own: int | None, listed: np.ndarray, seen: np.ndarray) -> str | None:
    """What is wrong with a movie's line, if anything; the movie is marked as seen."""
    if not listed[movie]:
        return f"Movie {movie} is not among the movies that may occur."
    if seen[movie]:
        return f"Movie {movie} comes a second time."
    if own not in (None, movie):
        return f"Movie {movie} in the file of movie {own}."
    seen[movie] = True
    return None


def _right_lines(block: bytes, form: Form, end: bytes) -> tuple[np.ndarray, ...]:
    """Number, whether it is a movie's, day and star of each line up to the first that is wrong.

    `number` (int64) is a movie's or a user's; `day` counts from the first.
    """
    block = block[: reach(form.lines(end), block)]
    text = np.frombuffer(block, np.uint8)
    header = text[np.flatnonzero(text == ord("\n")) - len(end)] == ord(":")
    cells = block.replace(b":", form.example).translate(_SPACES, b"-")
    table = np.fromstring(cells, np.int32, sep=" ").reshape(len(header), form.text.count(",") + 1)
    number = table[:, 0].astype(np.int64)
    day = star = np.zeros_like(number)
    if form.tail:
        date = table[:, -1]  # such as 20050906
        day = np.where((date > 1999_00_00) & (date < 2006_00_00), DAYS[date % 100_000], -1).astype(
            np.int64
        )
    if form is RATINGS:
        star = table[:, 1].astype(np.int64)
    wrong = (day < 0) | (~header & (number > USERS))
    n = wrong.argmax() if wrong.any() else len(wrong)
    return number[:n], header[:n], day[:n], star[:n]
