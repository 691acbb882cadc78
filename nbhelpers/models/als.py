"""Matrix factorisation by alternating ridge regressions."""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, Self

import numpy as np
import pandas as pd
from numba import njit
from threadpoolctl import threadpool_limits

from nbhelpers.evaluation.metrics import rmse
from nbhelpers.models import sgd_exact
from nbhelpers.models.base import Model, rows_or_zero
from nbhelpers.models.biases import REG_U, als_biases

BLOCK = 1024  # ratings whose factors are multiplied at a time
PIECES = 16  # of the rows that a thread takes one after the other


class ALS(Model):
    """Fit users' factors to the movies', then the movies' to the users', and so on.

    .. math:: \\hat r_{ui} = b_{ui} + q_i^\\top p_u, \\qquad b_{ui} = \\mu + b_u + b_i

    Only ratings that were given count: a missing one is unknown, not 0. With the q fixed, the
    best p of a user with ratings R is found by a ridge regression on what the biases leave over,

    .. math::
        p_u = \\Big(\\sum_{i \\in R} q_i q_i^\\top + \\lambda |R| I\\Big)^{-1}
        \\sum_{i \\in R} (r_{ui} - b_{ui}) \\, q_i

    and likewise a movie's q with the p fixed. Each step lowers the sum of squared errors plus
    λ times the factors' squared sizes, each counted once per rating. Unlike `SVD` there is no
    learning rate to choose, and the users' step is the exact answer to a newcomer.

    Parameters
    ----------
    n_factors, n_epochs : int
        An epoch is one step of the movies and one of the users.
    reg : float
        λ above, more than 0.
    random_state : int
        Seed of the users' factors to start from.
    biased : bool
        If not, b is 0, as in Spark's ALS, and an unknown user or movie gets μ.
    n_threads : int
        How many rows are fitted at the same time; the numbers do not depend on it.

    Attributes
    ----------
    pu, qi : numpy.ndarray of float64, shape (n_users, n_factors) and (n_movies, n_factors)
        Rows as in `user_ids` and `movie_ids`.
    bu, bi : numpy.ndarray of float64, shape (n_users,) and (n_movies,)
        In stars, see `als_biases`; zeros if not `biased`.
    history : pandas.DataFrame
        RMSE, unclipped, after each epoch (from 1): ``train`` and, if `fit` was given some,
        ``validation``.

    References
    ----------
    Zhou, Wilkinson, Schreiber & Pan (2008), "Large-scale parallel collaborative filtering for
    the Netflix Prize", section 3 (λ weighted by the number of ratings).
    """

    def __init__(
        self,
        n_factors: int = 20,
        n_epochs: int = 10,
        reg: float = 0.15,
        random_state: int = 42,
        biased: bool = True,
        n_threads: int = 1,
    ):
        self.n_factors = n_factors
        self.n_epochs = n_epochs
        self.reg = reg
        self.random_state = random_state
        self.biased = biased
        self.n_threads = n_threads

    def fit(self, ratings: pd.DataFrame, validation: pd.DataFrame | None = None) -> Self:
        """Learn from ratings; the model never learns from `validation`, it is only watched."""
        u, m, r = self._index(ratings)
        self.bu, self.bi = np.zeros(len(self.user_ids)), np.zeros(len(self.movie_ids))
        if self.biased:
            self.bu, self.bi = als_biases(u, m, r - self.global_mean)
        left = r - self._offset - self.bu[u] - self.bi[m]
        by_movie = _sorted(m, u, left, len(self.movie_ids))
        by_user = _sorted(u, m, left, len(self.user_ids))
        del left
        rng = np.random.default_rng(self.random_state)
        self.pu = rng.normal(0, 0.1, (len(self.user_ids), self.n_factors))
        if not self.biased:  # whole ratings are to be fitted; Spark, too, starts on the unit sphere
            self.pu /= np.linalg.norm(self.pu, axis=1, keepdims=True)
        history = []
        for _ in range(self.n_epochs):
            self.qi = self._ridges(self.pu, by_movie)
            self.pu = self._ridges(self.qi, by_user)
            history.append({"train": rmse(r, self._estimate(u, m))})
            if validation is not None:
                predicted = self.predict(validation["user_id"], validation["movie_id"])
                history[-1]["validation"] = rmse(validation["rating"], predicted)
        epochs = pd.RangeIndex(1, self.n_epochs + 1, name="epoch")
        self.history = pd.DataFrame(history, index=epochs)
        return self

    @property
    def _offset(self) -> float:
        return self.global_mean if self.biased else 0.0

    def _ridges(self, fixed: np.ndarray, side: "_Side") -> np.ndarray:
        """Return the factors of one side, with those of the other side fixed."""
        factors = np.empty((len(side.starts) - 1, self.n_factors))
        wanted = np.linspace(0, len(side.left), PIECES * self.n_threads + 1)
        edges = np.searchsorted(side.starts, wanted)
        edges[-1] = len(factors)

        def fit(piece: int) -> None:
            _ridges(fixed, *side, self.reg, factors, edges[piece], edges[piece + 1])

        # Products this small take far longer where a library's own threads divide them, too.
        with threadpool_limits(1, "blas"), ThreadPoolExecutor(self.n_threads) as pool:
            list(pool.map(fit, range(len(edges) - 1)))
        return factors

    def _fold_in(self, m: np.ndarray, r: np.ndarray) -> np.ndarray:
        expected = self._offset + self.bi
        if not len(m):
            return expected if self.biased else np.full(len(self.bi), self.global_mean)
        left = r - expected[m]
        bias = left.sum() / (REG_U + len(r)) if self.biased else 0.0
        side = _Side(np.array([0, len(m)]), m.astype(np.int32), left - bias)
        return expected + bias + self.qi @ self._ridges(self.qi, side)[0]

    def _estimate(self, u: np.ndarray, m: np.ndarray) -> np.ndarray:
        estimates = sgd_exact.estimates(u, m, self._offset, self.bu, self.bi, self.pu, self.qi)
        if not self.biased:
            estimates[(u < 0) | (m < 0)] = self.global_mean
        return estimates

    def _score(self, u: np.ndarray) -> np.ndarray:
        biases = self._offset + rows_or_zero(self.bu, u)[:, None] + self.bi
        scores = biases + rows_or_zero(self.pu, u) @ self.qi.T
        if not self.biased:
            scores[u < 0] = self.global_mean
        return scores


class _Side(NamedTuple):
    """Ratings by user (or by movie): where each begins, of which movies, what is to be fitted."""

    starts: np.ndarray
    others: np.ndarray
    left: np.ndarray


@njit(cache=True)
def _count(of, n):
    starts = np.zeros(n + 1, np.int64)
    for one in of:
        starts[one + 1] += 1
    return np.cumsum(starts)


def _sorted(of: np.ndarray, others: np.ndarray, left: np.ndarray, n: int) -> _Side:
    starts = _count(of, n)
    return _Side(starts, *_place(starts[:-1].copy(), of, others, left))


@njit(cache=True)
def _place(free, of, others, left):
    """Sort by counting: each rating goes to the first free place of its row."""
    placed, rest = np.empty(len(of), np.int32), np.empty(len(of))
    for at in range(len(of)):
        place = free[of[at]]
        free[of[at]] += 1
        placed[place], rest[place] = others[at], left[at]
    return placed, rest


@njit(cache=True, nogil=True)
def _ridges(fixed, starts, others, left, reg, factors, first, last):
    """Solve each row's ridge regression; products of many ratings at a time are the fastest."""
    n_factors = fixed.shape[1]
    known = np.empty((BLOCK, n_factors))
    for row in range(first, last):
        squares, products = np.zeros((n_factors, n_factors)), np.zeros(n_factors)
        for begin in range(starts[row], starts[row + 1], BLOCK):
            end = min(begin + BLOCK, starts[row + 1])
            for at in range(begin, end):
                known[at - begin] = fixed[others[at]]
            block = known[: end - begin]
            squares += block.T @ block
            products += block.T @ left[begin:end]
        for f in range(n_factors):
            squares[f, f] += reg * (starts[row + 1] - starts[row])
        factors[row] = np.linalg.solve(squares, products)
