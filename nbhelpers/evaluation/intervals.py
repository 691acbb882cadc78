"""Comparisons with their uncertainty: how far could chance alone have moved a number?

Intervals come from the bootstrap: the users are drawn again and again, with replacement,
and the number is computed anew. Users are drawn rather than ratings, because the ratings
of one user hang together; models are compared on the same draws, which is what makes
small differences visible.
"""

from collections.abc import Callable, Sequence
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
        If there are no errors, one is not finite, or a and b differ in shape.
    """
    if np.shape(errors_a) != np.shape(errors_b):
        raise ValueError(
            f"The errors of a and b have the shapes {np.shape(errors_a)} and {np.shape(errors_b)}: "
            "a pair is two errors on the same rating."
        )
    squares = np.column_stack([errors_a, errors_b]).astype(float) ** 2
    rmse = np.sqrt(drawn_means(squares, groups, n, seed))
    return interval(rmse[:, 0] - rmse[:, 1], level)


def percent_change(
    values: pd.Series,
    reference: pd.Series,
    root: bool = False,
    n: int = 1000,
    seed: int = 42,
    level: float = 0.95,
) -> Interval:
    """Return by how many per cent the mean of values is above that of others, with its interval.

    Both are indexed by what each value belongs to, usually a user. They may come from different
    rows, and even from different users; users are drawn as a whole, for both at once, as in
    `bootstrap`.

    .. math:: 100 \\left( \\bar v / \\bar r - 1 \\right), \\qquad
        \\text{or } 100 \\left( \\sqrt{\\bar v / \\bar r} - 1 \\right) \\text{ with } root

    which compares RMSE, if the values are squared errors. Draws in which all of the reference is 0
    do not count. A ValueError refuses missing values, and a reference whose mean is not more than
    0.
    """
    for side in (values, reference):
        if not len(side) or not np.isfinite(side.to_numpy(float)).all():
            raise ValueError("A change takes at least one value on either side, all finite.")
    if reference.mean() <= 0:
        raise ValueError("A change in per cent takes a reference of more than 0.")
    parts = [side.groupby(level=0).agg(["sum", "size"]) for side in (values, reference)]
    sums = pd.concat(parts, axis=1, sort=True).fillna(0).to_numpy(float)

    def change(weights: np.ndarray) -> np.ndarray:
        total, count, total_reference, count_reference = (weights @ sums).T
        below = total_reference / count_reference
        ratio = (total / count) / np.where(below > 0, below, np.nan)
        percent: np.ndarray = 100 * ((np.sqrt(ratio) if root else ratio) - 1)
        return percent

    with np.errstate(divide="ignore", invalid="ignore"):  # a draw may leave out all of one side
        return interval(draws(change, np.arange(len(sums)), n, seed), level)


def verdict(
    difference: Sequence[float], users: ArrayLike | None = None, better: str | None = None
) -> str:
    """Return in words what the interval of a difference allows us to say.

    Parameters
    ----------
    difference : sequence of float
        An `Interval`, such as `paired_difference` returns, or the two ends of one.
    users : array_like, optional
        Whose values were compared, each user once or more often.
    better : str, optional
        "lower" for errors, "higher" for what should be high: the words then name the better side.

    Returns
    -------
    str
        "more than luck" if the interval leaves out zero, else "which luck could explain". With
        `better`, what the first is compared with the second: "better than", "worse than", or
        "not clearly different from". "too few users to tell", whatever the interval says, if
        there are fewer than `FEWEST`.

    Raises
    ------
    ValueError
        If `better` is not as above.

    Examples
    --------
    >>> verdict(Interval(0.02, 0.01, 0.03), range(100))
    'more than luck'
    >>> verdict((0.01, 0.03), better="lower")
    'worse than'
    """
    if better not in (None, "lower", "higher"):
        raise ValueError(f'What is better is "lower" or "higher", but not {better!r}.')
    if users is not None and len(np.unique(np.asarray(users))) < FEWEST:
        return "too few users to tell"
    *_, low, high = difference
    if not (low > 0 or high < 0):
        return "which luck could explain" if better is None else "not clearly different from"
    if better is None:
        return "more than luck"
    return "better than" if (low > 0) == (better == "higher") else "worse than"


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


def crossed_means(
    totals: np.ndarray,
    weights: np.ndarray,
    users: ArrayLike,
    films: ArrayLike,
    n: int,
    seed: int,
) -> np.ndarray:
    """Return weighted means of columns, as they are and then in `n` draws of users and films.

    Both are drawn with replacement, each on its own, and a pair counts as often as its user was
    drawn, times as often as its film was: the pigeonhole bootstrap (Owen 2007).

    `totals` are values times weights, a row per pair of user and film and a column per mean; so are
    the answer's n + 1 rows, NaN in a draw without any pair.
    """
    sides = [numbered(side) for side in (users, films)]
    sizes = [int(side.max()) + 1 for side in sides]
    lots = np.random.default_rng(seed).spawn(2)  # one each, so that blocks make no difference
    columns = np.column_stack([totals, weights])
    block = max(1, WEIGHTS // len(columns))
    sums = [columns.sum(axis=0)[None]]
    for start in range(0, n, block):
        times = np.ones((1, 1))
        for side, size, lot in zip(sides, sizes, lots, strict=True):
            drawn = lot.multinomial(size, np.full(size, 1 / size), size=min(block, n - start))
            times = times * drawn[:, side]
        sums.append(times @ columns)
    found = np.concatenate(sums)
    with np.errstate(invalid="ignore"):
        means: np.ndarray = found[:, :-1] / found[:, -1:]
    return means


def draws(statistic: Statistic, group: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Return a statistic, in its first row as it is and then in `n` draws of groups.

    It takes how often each group counts, an array of int of shape (draws, number of groups), and
    returns an array with a row, or a number, for each draw. `group` holds the group of each value;
    all from 0 to the last occur.
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
