"""Ratings grouped by user in five bytes each, which is what training on millions reads."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from numba import njit
from scipy.sparse import csr_array

from nbhelpers.data.id_index import numbered
from nbhelpers.data.ids import refuse_twice, whole
from nbhelpers.models.base import stars_of


class Grouped(NamedTuple):
    """Ratings by user and, within a user, by part of the movies; otherwise as they came.

    Part p holds the movies at positions ``edges[p]`` to ``edges[p + 1]``; the parts have about as
    many ratings each. User u's ratings of part p are those from ``starts[u * parts + p]`` to the
    next start.
    """

    user_ids: np.ndarray  # sorted
    movie_ids: np.ndarray  # sorted
    edges: list[int]
    starts: np.ndarray
    movies: np.ndarray  # positions in movie_ids, int32
    stars: np.ndarray  # int8 and never 0, else float32 or what was asked for
    unit: float  # 1 or 0.5: a rating in stars is unit * stars
    met: tuple[np.ndarray, np.ndarray]  # users and movies in the order of their first ratings

    @property
    def parts(self) -> int:
        return len(self.edges) - 1

    def mean(self) -> float:
        """Return the mean rating, in stars."""
        return self.unit * float(self.stars.mean(dtype=np.float64))

    def seen(self) -> csr_array:
        """Return who has rated what, without copying it."""
        there = self.stars if self.stars.dtype == np.int8 else np.ones(len(self.stars), np.int8)
        shape = len(self.user_ids), len(self.movie_ids)
        # Of two types of integers SciPy would take the larger for both, and copy the movies.
        kind = np.int32 if len(self.movies) < 2**31 else np.int64
        starts = self.starts[:: self.parts].astype(kind)
        return csr_array((there, self.movies, starts), shape=shape)


def group(
    ratings: pd.DataFrame, groups: int = 1, most: int | None = None, odd: type = np.float32
) -> Grouped:
    """Group ratings (columns ``user_id, movie_id, rating``) by a counting sort.

    The number of parts is a multiple of `groups`, with at most `most` movies in a part on average;
    `odd` is the type of ratings that are not all whole or half stars. A ValueError says that a
    column is missing, there is no rating, one is missing, an id is no whole number, or somebody
    rated a movie twice.
    """
    values = stars_of(ratings)
    ids = [whole(ratings[f"{of}_id"], of) for of in ("user", "movie")]
    with ThreadPoolExecutor(groups) as pool:
        sides = pool.map(numbered, ids)
        (user_ids, user_rows, user_table), (movie_ids, movie_rows, movie_table) = sides
        users, movies = (user_rows, user_table), (movie_rows, movie_table)
        met = pool.map(_met, (users, movies), (len(user_ids), len(movie_ids)))
        unit, kind = _coding(values, odd)
        parts = groups * (1 if most is None else -(-len(movie_ids) // (groups * most)))
        edges = shares(_count(movies, len(movie_ids)), parts)
        met_users, met_movies = met
        part_of = np.repeat(np.arange(parts), np.diff(edges))
        # Part by part, as the ratings mostly come: what is counted now lies close together.
        cells = np.zeros((parts, len(user_ids)), np.int32 if len(values) < 2**31 else np.int64)
        cuts = np.linspace(0, len(user_ids), groups + 1).astype(np.int64)
        cuts = np.searchsorted(user_table[0], cuts).tolist()  # of users' numbers in their table
        shared = users, movies, part_of
        # Each thread looks at all ratings, and takes those of its users.
        list(pool.map(partial(_count_cells, *shared, cells), cuts[:-1], cuts[1:]))
        starts = np.zeros(cells.size + 1, np.int64)
        np.cumsum(cells.T.ravel(), out=starts[1:])
        cells[:] = starts[:-1].reshape(len(user_ids), parts).T
        places = np.empty(len(values), np.int32)
        stars: np.ndarray = np.empty(len(values), kind)
        fill = partial(_sort, *shared, cells, values, 1 / unit, places, stars)
        list(pool.map(fill, cuts[:-1], cuts[1:]))
    if _any_twice(starts[::parts], places, len(movie_ids)):
        refuse_twice(ratings)
    return Grouped(user_ids, movie_ids, edges, starts, places, stars, unit, (met_users, met_movies))


def shares(counts: np.ndarray, parts: int) -> list[int]:
    """Return the edges that cut positions into parts of about the same total count."""
    ends = np.cumsum(counts)
    inner = np.searchsorted(ends, ends[-1] * np.arange(1, parts) / parts)
    return [0, *inner.tolist(), len(counts)]


def _coding(values: np.ndarray, odd: type) -> tuple[float, type]:
    """Return the unit in which the ratings are small numbers other than 0, if there is one."""
    for unit in (1.0, 0.5):
        if _whole(values, 1 / unit):
            return unit, np.int8
    return 1.0, odd


@njit(cache=True, nogil=True)
def _whole(values, scale):
    for value in values:
        scaled = value * scale
        if not 1 <= scaled <= 127 or scaled != np.int64(scaled):
            return False
    return True


@njit(cache=True, nogil=True)
def _count(side, size):
    numbers, (table, lowest) = side
    counts = np.zeros(size, np.int64)
    for number in numbers:
        counts[table[np.int64(number) - lowest]] += 1
    return counts


@njit(cache=True, nogil=True)
def _met(side, size):
    numbers, (table, lowest) = side
    order, known, count = np.empty(size, np.int32), np.zeros(size, np.bool_), 0
    for number in numbers:
        position = table[np.int64(number) - lowest]
        if not known[position]:
            known[position], order[count] = True, position
            count += 1
            if count == size:
                break
    return order


@njit(cache=True, nogil=True)
def _count_cells(users, movies, part_of, counts, low, high):
    """Count the ratings of each part by the users whose numbers are from `low` to `high`."""
    (users, (user_table, lowest_user)), (movies, (movie_table, lowest_movie)) = users, movies
    for row in range(len(users)):
        number = np.int64(users[row]) - lowest_user
        if low <= number < high:
            part = part_of[movie_table[np.int64(movies[row]) - lowest_movie]]
            counts[part, user_table[number]] += 1


@njit(cache=True, nogil=True)
def _sort(users, movies, part_of, free, values, scale, places, stars, low, high):
    """Put each rating of such users into the next free place of its cell."""
    (users, (user_table, lowest_user)), (movies, (movie_table, lowest_movie)) = users, movies
    for row in range(len(users)):
        number = np.int64(users[row]) - lowest_user
        if low <= number < high:
            user = user_table[number]
            movie = movie_table[np.int64(movies[row]) - lowest_movie]
            part = part_of[movie]
            place = free[part, user]
            free[part, user] = place + 1
            places[place] = movie
            stars[place] = values[row] * scale


@njit(cache=True, nogil=True)
def _any_twice(starts, movies, size):
    """Return whether a user has a movie twice."""
    by = np.full(size, -1, np.int32)
    for user in range(len(starts) - 1):
        for movie in movies[starts[user] : starts[user + 1]]:
            if by[movie] == user:
                return True
            by[movie] = user
    return False
