"""Comparisons with their uncertainty: how far could chance alone have moved a number?

Intervals come from the bootstrap: the users are drawn again and again, with replacement,
and the number is computed anew. Users are drawn rather than ratings, because the ratings
of one user hang together; models are compared on the same draws, which is what makes
small differences visible.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

_WEIGHTS = 10_000_000  # drawn at a time


class Interval(NamedTuple):
    """An estimate and the interval around it."""

    estimate: float
    low: float
    high: float


def bootstrap(
    values: ArrayLike,
    groups: ArrayLike | None = None,
    n: int = 1000,
    seed: int = 42,
    level: float = 0.95,
) -> Interval:
    """Return the mean of values with its percentile bootstrap interval.

    Parameters
    ----------
    values : array_like of float, shape (k,)
    groups : array_like, shape (k,), optional
        What each value belongs to, usually a user; groups are drawn as a whole. Left out,
        each value is a group of its own.
    n : int
        Number of draws.
    seed : int
    level : float
        Share of draws inside the interval.

    Raises
    ------
    ValueError
        If there are no values, or one is not finite.

    References
    ----------
    Efron & Tibshirani (1993), "An introduction to the bootstrap", chapter 13.
    """
    means = draws(np.asarray(values, float)[:, None], groups, n, seed)[:, 0]
    return Interval(*interval(means, level).tolist())


def paired_difference(
    errors_a: ArrayLike,
    errors_b: ArrayLike,
    groups: ArrayLike | None = None,
    n: int = 1000,
    seed: int = 42,
    level: float = 0.95,
) -> Interval:
    """Return RMSE of a minus RMSE of b, on the same ratings: negative if a is better.

    Parameters
    ----------
    errors_a, errors_b : array_like of float, shape (k,)
        Errors in stars, rating by rating.
    groups, n, seed, level
        See `bootstrap`.
    """
    squares = np.column_stack([errors_a, errors_b]).astype(float) ** 2
    rmse = np.sqrt(draws(squares, groups, n, seed))
    return Interval(*interval(rmse[:, 0] - rmse[:, 1], level).tolist())


def draws(values: np.ndarray, groups: ArrayLike | None, n: int, seed: int) -> np.ndarray:
    """Return the means of the columns, as they are and then in `n` draws of groups."""
    if not len(values) or not np.isfinite(values).all():
        raise ValueError("A bootstrap needs at least one value, and finite ones only.")
    group = np.arange(len(values)) if groups is None else pd.factorize(np.asarray(groups))[0]
    columns = [np.bincount(group, weights=column) for column in [*values.T, np.ones(len(values))]]
    sums = np.column_stack(columns)
    rng = np.random.default_rng(seed)
    chances = np.full(len(sums), 1 / len(sums))
    drawn = [sums.sum(axis=0, keepdims=True)]
    block = max(1, _WEIGHTS // len(sums))
    for start in range(0, n, block):
        weights = rng.multinomial(len(sums), chances, size=min(block, n - start))
        drawn.append(weights @ sums)
    totals = np.concatenate(drawn)
    return totals[:, :-1] / totals[:, -1:]


def interval(statistics: np.ndarray, level: float) -> np.ndarray:
    """Return estimate (the first row), low and high from the draws below it."""
    low, high = np.quantile(statistics[1:], [(1 - level) / 2, (1 + level) / 2], axis=0)
    return np.array([statistics[0], low, high])
