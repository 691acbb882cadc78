"""Alternating ridge regressions: the steps of `ALS` and `IALS`, compiled, on several threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numba import njit
from threadpoolctl import threadpool_limits

from nbhelpers.models.early_stopping import Factors

BLOCK = 1024  # ratings whose factors are multiplied at a time
PIECES = 16  # of the rows that a thread takes one after the other


class Side(NamedTuple):
    """Ratings by user (or by movie): where each begins, of which movies, what is to be fitted."""

    starts: np.ndarray
    others: np.ndarray
    left: np.ndarray

    @property
    def counts(self) -> np.ndarray:
        """How many ratings each row has."""
        return np.diff(self.starts)


def steps(
    u: np.ndarray, m: np.ndarray, left: np.ndarray, reg: float, n_threads: int
) -> Callable[[Factors], Factors]:
    """Return a function that fits the movies' factors, then the users'; biases stay as they are.

    Positions `u` and `m` name every user and every movie; `left` are the ratings, less what the
    factors are not to explain.
    """
    by_user, by_movie = _sorted(u, m, left), _sorted(m, u, left)

    def step(factors: Factors) -> Factors:
        bu, bi, pu, _ = factors
        qi = ridges(pu, by_movie, reg * by_movie.counts, n_threads)
        return bu, bi, ridges(qi, by_user, reg * by_user.counts, n_threads), qi

    return step


def ridges(
    fixed: np.ndarray,
    side: Side,
    penalties: np.ndarray,
    n_threads: int,
    common: np.ndarray | None = None,
) -> np.ndarray:
    """Return the factors of one side, with those of the other side fixed: in their precision.

    `penalties` are what each row's squared factors cost. `common`, a square matrix, is added to the
    squares of each row, as by pairs that all rows have. Threads fit rows at the same time.
    """
    kind, n_factors = fixed.dtype, fixed.shape[1]
    factors = np.empty((len(side.starts) - 1, n_factors), kind)
    common = np.zeros((n_factors, n_factors), kind) if common is None else common
    side = side._replace(left=side.left.astype(kind, copy=False))
    edges = np.searchsorted(side.starts, np.linspace(0, len(side.left), PIECES * n_threads + 1))
    edges[-1] = len(factors)

    def fit(piece: int) -> None:
        _solve(fixed, *side, penalties, common, factors, edges[piece], edges[piece + 1])

    # Products this small take far longer where a library's own threads divide them, too.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(fit, range(len(edges) - 1)))
    return factors


def _sorted(of: np.ndarray, others: np.ndarray, left: np.ndarray) -> Side:
    starts = np.concatenate([[0], np.cumsum(np.bincount(of))])
    return Side(starts, *_place(starts[:-1].copy(), of, others, left))


@njit(cache=True, nogil=True)
def _place(free, of, others, left):
    """Sort by counting: each rating goes to the first free place of its row."""
    placed, rest = np.empty(len(of), np.int32), np.empty(len(of))
    for at in range(len(of)):
        place = free[of[at]]
        free[of[at]] += 1
        placed[place], rest[place] = others[at], left[at]
    return placed, rest


@njit(cache=True, nogil=True)
def _solve(fixed, starts, others, left, penalties, common, factors, first, last):
    """Solve each row's ridge regression; products of many ratings at a time are the fastest."""
    n_factors = fixed.shape[1]
    known = np.empty((BLOCK, n_factors), fixed.dtype)
    for row in range(first, last):
        if starts[row] == starts[row + 1]:
            factors[row] = 0
            continue
        squares, products = common.copy(), np.zeros(n_factors, fixed.dtype)
        for begin in range(starts[row], starts[row + 1], BLOCK):
            end = min(begin + BLOCK, starts[row + 1])
            for at in range(begin, end):
                known[at - begin] = fixed[others[at]]
            block = known[: end - begin]
            squares += block.T @ block
            products += block.T @ left[begin:end]
        for f in range(n_factors):
            squares[f, f] += penalties[row]
        factors[row] = np.linalg.solve(squares, products)
