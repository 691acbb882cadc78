"""Stochastic gradient descent in single precision: the steps of `SVD`, on several threads.

What it takes to be fast: a user's factors stay in one place while the user's ratings are gone
through; rows are filled up with zeros, which stay zeros, to whole registers of the processor; the
movies are gone through in parts that its cache can hold; and each thread works on users and movies
that no other thread works on:

=====  =================== ===================
turn   first thread        second thread
=====  =================== ===================
1      users 1 × movies 1  users 2 × movies 2
2      users 1 × movies 2  users 2 × movies 1
=====  =================== ===================

So the numbers are the same on every run with the same number of threads; on one thread, and with
ratings sorted by movie, the steps are those of the double precision, in the same order.

References
----------
Gemulla, Nijkamp, Haas & Sismanis (2011), "Large-scale matrix factorization with distributed
stochastic gradient descent" (the turns).
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
from numba import njit

from nbhelpers.models.early_stopping import Factors
from nbhelpers.models.ratings_by_user import Grouped, group

WIDTH = 32  # numbers that are worked on together: rows are filled up to a multiple
LINE = 64  # bytes of the processor's cache that are fetched together
CACHE = 1 << 20  # bytes of movies' factors that a processor has close at hand


def grouped_for(ratings: pd.DataFrame, n_factors: int, n_threads: int) -> Grouped:
    """Return ratings grouped so that the movies of a part fit into the cache.

    Parameters
    ----------
    ratings : DataFrame (user_id, movie_id, rating)
        One row per rating.
    n_factors, n_threads : int
        Of the model to be trained, see `SVD`.

    Returns
    -------
    Grouped
        The number of its parts is a multiple of `n_threads`.

    Raises
    ------
    ValueError
        If a column is missing, there are no ratings, or one is missing.
    """
    return group(ratings, n_threads, most=CACHE // (4 * _width(n_factors)))


class Training:
    """Factors ``bu, bi, pu, qi`` in training, laid out for it.

    The table is one of `grouped_for`, and `n_threads` divides the number of its parts. Factors that
    are not `biased` keep their biases as they are.
    """

    def __init__(
        self,
        table: Grouped,
        n_threads: int,
        factors: Factors,
        offset: float,
        rate: float,
        reg: float,
        biased: bool,
    ):
        self.table, self.n_threads = table, n_threads
        # As Surprise goes through them. Those with many ratings tend to be met first, so that
        # the threads get about as much work each.
        self.users = [table.met[0][thread::n_threads].copy() for thread in range(n_threads)]
        single = [offset, rate, reg, rate if biased else 0.0, reg if biased else 0.0]
        self.settings = tuple(np.float32(value) for value in [table.unit, *single])
        self.put(factors)

    def put(self, factors: Factors) -> None:
        """Change the factors to others."""
        bu, bi, pu, qi = factors
        self.n_factors = pu.shape[1]
        self.bu, self.pu = bu, _filled_up(pu)
        # Each part of the movies in memory of its own: threads that write to neighbouring
        # places take turns at them, which would make two slower than one.
        cuts = self.table.edges[1:-1]
        self.bi = [_filled_up(part[None])[0, : len(part)] for part in np.split(bi, cuts)]
        self.qi = [_filled_up(part) for part in np.split(qi, cuts)]

    def epoch(self) -> float:
        """Take one step per rating; return the RMSE of what was predicted right before each."""
        return float(np.sqrt(self._mean_square(_steps)))

    def mean_square(self) -> float:
        """Return the mean squared error of all ratings, with the factors as they are."""
        return self._mean_square(_errors)

    def factors(self) -> Factors:
        """Return ``bu, bi, pu, qi`` of float32; the users' are still those in training."""
        qi = np.concatenate(self.qi)[:, : self.n_factors]
        return self.bu, np.concatenate(self.bi), self.pu[:, : self.n_factors], qi

    def _mean_square(self, kernel) -> float:
        threads = np.arange(self.n_threads)
        squares = 0.0
        with ThreadPoolExecutor(self.n_threads) as pool:
            for turn in threads:
                movies = (threads + turn) % self.n_threads
                work = pool.map(self._work, [kernel] * len(threads), threads, movies)
                squares += sum(work)
        return squares / len(self.table.stars)

    def _work(self, kernel, users: int, movies: int) -> float:
        """Go through a thread's share of the users and a share of the movies, part by part."""
        table, squares = self.table, 0.0
        share = table.parts // self.n_threads
        for part in range(movies * share, (movies + 1) * share):
            ratings = table.starts, table.movies, table.stars, table.parts, part, table.edges[part]
            rows = self.bu, self.bi[part], self.pu, self.qi[part]
            squares += kernel(self.users[users], ratings, self.settings, *rows)
        return squares


def _width(n_factors: int) -> int:
    return max(1, -(-n_factors // WIDTH)) * WIDTH


def _filled_up(rows: np.ndarray) -> np.ndarray:
    """Return a copy with zeros up to the next multiple of `WIDTH`; rows begin a line each."""
    n, k = rows.shape
    width = _width(k)
    room = np.zeros(n * width + LINE // 4, np.float32)
    first = -room.ctypes.data % LINE // 4
    filled = room[first : first + n * width].reshape(n, width)
    filled[:, :k] = rows
    return filled


@njit(cache=True, nogil=True, fastmath=True)
def _steps(users, ratings, settings, bu, bi, pu, qi):
    """Take a step at each rating of some users and a part of the movies.

    Return the sum of squared errors before the steps.
    """
    starts, movies, stars, parts, part, first_movie = ratings
    unit, offset, rate, reg, bias_rate, bias_reg = settings
    one = np.float32(1)
    keep, keep_bias = one - rate * reg, one - bias_rate * bias_reg
    k = pu.shape[1]
    p = np.empty(k, np.float32)
    squares = 0.0
    for u in users:
        for f in range(k):
            p[f] = pu[u, f]
        bias = bu[u]
        for place in range(starts[u * parts + part], starts[u * parts + part + 1]):
            i = movies[place] - first_movie
            product = np.float32(0)
            for f in range(k):
                product += p[f] * qi[i, f]
            error = unit * stars[place] - (offset + bias + bi[i] + product)
            squares += error * error
            bias = keep_bias * bias + bias_rate * error
            bi[i] = keep_bias * bi[i] + bias_rate * error
            step = rate * error
            for f in range(k):
                mine, its = p[f], qi[i, f]
                p[f] = keep * mine + step * its
                qi[i, f] = keep * its + step * mine
        for f in range(k):
            pu[u, f] = p[f]
        bu[u] = bias
    return squares


@njit(cache=True, nogil=True, fastmath=True)
def _errors(users, ratings, settings, bu, bi, pu, qi):
    """Return the sum of squared errors of some users and a part of the movies."""
    starts, movies, stars, parts, part, first_movie = ratings
    unit, offset = settings[0], settings[1]
    squares = 0.0
    for u in users:
        for place in range(starts[u * parts + part], starts[u * parts + part + 1]):
            i = movies[place] - first_movie
            product = np.float32(0)
            for f in range(pu.shape[1]):
                product += pu[u, f] * qi[i, f]
            error = unit * stars[place] - (offset + bu[u] + bi[i] + product)
            squares += error * error
    return squares
