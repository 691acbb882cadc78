"""Comparisons with their uncertainty: how far could chance alone have moved a number?

Intervals come from the bootstrap: the users are drawn again and again, with replacement,
and the number is computed anew. Users are drawn rather than ratings, because the ratings
of one user hang together; models are compared on the same draws, which is what makes
small differences visible.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

WEIGHTS = 4_000_000  # held in memory at a time: draws times values
FEWEST = 20  # groups: an interval from fewer is too narrow to lean on

Statistic = Callable[[np.ndarray], np.ndarray]  # of how often each group counts, a row per draw


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
        What is averaged.
    groups : array_like, shape (k,), optional
        What each value belongs to, usually a user; groups are drawn as a whole. Left out,
        each value is a group of its own.
    n : int
        Number of draws.
    seed : int
        The same seed gives the same draws.
    level : float
        Share of draws inside the interval.

    Returns
    -------
    Interval
        The mean of the values as they are, and the interval's ends.

    Raises
    ------
    ValueError
        If there are no values, or one is not finite.

    References
    ----------
    Efron & Tibshirani (1993), "An introduction to the bootstrap", chapter 13.
    """
    means = drawn_means(np.asarray(values, float)[:, None], groups, n, seed)[:, 0]
    return interval(means, level)


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

    Returns
    -------
    Interval
        In stars.

    Raises
    ------
    ValueError
        If there are no errors, or one is not finite.
    """
    squares = np.column_stack([errors_a, errors_b]).astype(float) ** 2
    rmse = np.sqrt(drawn_means(squares, groups, n, seed))
    return interval(rmse[:, 0] - rmse[:, 1], level)


def verdict(difference: Interval, users: ArrayLike) -> str:
    """Return in words whether a difference is more than luck.

    Parameters
    ----------
    difference : Interval
        Such as `paired_difference` returns.
    users : array_like
        Whose values were compared, each user once or more often.

    Returns
    -------
    str
        "more than luck" if the interval leaves out zero, or else "which luck could explain";
        "too few users to tell", whatever the interval says, if there are fewer than `FEWEST`.

    Examples
    --------
    >>> verdict(Interval(0.02, 0.01, 0.03), range(100))
    'more than luck'
    """
    if len(np.unique(np.asarray(users))) < FEWEST:
        return "too few users to tell"
    sure = difference.low > 0 or difference.high < 0
    return "more than luck" if sure else "which luck could explain"


def judge(low: float, high: float) -> str:
    """Say what the interval of a difference in error allows us to say of the first model.

    Parameters
    ----------
    low, high : float
        Ends of the interval: of `paired_difference`, or of a row of a leaderboard.

    Returns
    -------
    str
        "better than" where the whole interval is below zero, "worse than" where it is above,
        else "not clearly different from".
    """
    return "better than" if high < 0 else "worse than" if low > 0 else "not clearly different from"


def drawn_means(values: np.ndarray, groups: ArrayLike | None, n: int, seed: int) -> np.ndarray:
    """Return the means of the columns, as they are and then in `n` draws of groups."""
    if not len(values) or not np.isfinite(values).all():
        raise ValueError("A bootstrap needs at least one value, and finite ones only.")
    group = np.arange(len(values)) if groups is None else numbered(groups)
    columns = [np.bincount(group, weights=column) for column in [*values.T, np.ones(len(values))]]
    sums = np.column_stack(columns)

    def means(weights: np.ndarray) -> np.ndarray:
        totals = weights @ sums
        return totals[:, :-1] / totals[:, -1:]

    return draws(means, group, n, seed)


def draws(statistic: Statistic, group: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Return a statistic, in its first row as it is and then in `n` draws of groups.

    Parameters
    ----------
    statistic : callable
        Takes how often each group counts, an array of int of shape (draws, number of groups);
        returns an array with a row, or a number, for each draw.
    group : numpy.ndarray of int, shape (k,)
        The group of each value; all groups from 0 to the last occur.
    n, seed
        See `bootstrap`.

    Returns
    -------
    numpy.ndarray, shape (n + 1, …)
    """
    size = int(group.max()) + 1
    rng, chances = np.random.default_rng(seed), np.full(size, 1 / size)
    block = max(1, WEIGHTS // len(group))
    found = [statistic(np.ones((1, size), int))]
    for start in range(0, n, block):
        found.append(statistic(rng.multinomial(size, chances, size=min(block, n - start))))
    return np.concatenate(found)


def interval(statistics: np.ndarray, level: float) -> Interval:
    """Return what `draws` found as an interval; draws without a statistic (NaN) do not count.

    With a column per model, its parts are arrays of shape (columns,).
    """
    ends = np.nanquantile(statistics[1:], [(1 - level) / 2, (1 + level) / 2], axis=0)
    return Interval(*np.array([statistics[0], *ends]).tolist())


def numbered(groups: ArrayLike) -> np.ndarray:
    """Return the groups as numbers 0, 1, …, in the order in which they occur first."""
    return pd.factorize(np.asarray(groups))[0]
