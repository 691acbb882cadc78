"""What a table of ratings says, counted.

A hundred million ratings are counted in a second or two and beside the table no memory to speak
of: they pass by in blocks, and each adds to the cell it belongs to. Whole and half stars add up
exactly, in whatever order they come.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import ArrayLike

from nbhelpers.data.id_index import numbered

BLOCK = 1 << 18  # rows at a time: they stay in the processor's cache from step to step
TIMES = ("month", "year", "weekday", "month of year")


class Lorenz(NamedTuple):
    """How unequally something is shared, beginning with those who have least.

    Parameters
    ----------
    share_of_items, share_of_ratings : numpy.ndarray of float64
        From 0 to 1, one longer than the number of items.
    """

    share_of_items: np.ndarray
    share_of_ratings: np.ndarray


def per(ratings: pd.DataFrame, by: str) -> pd.DataFrame:
    """Count the ratings of each user or movie, with mean and standard deviation.

    Parameters
    ----------
    ratings : DataFrame
        In any order.
    by : str
        "user_id" or "movie_id".

    Returns
    -------
    DataFrame
        Index: the ids, sorted. Columns count int64, mean float64 and std float64, in stars;
        std is divided by count - 1, and NaN for a single rating.

    Raises
    ------
    ValueError
        If a rating is missing.
    """
    table = _sums(ratings, by)
    count = table["count"].astype("float64")
    # Of whole numbers, so that users who vary as much have the same deviation to the last bit.
    spread = (count * table["squares"] - table["sum"] ** 2).clip(lower=0)
    return table[["count", "mean"]].assign(std=np.sqrt(spread / (count * (count - 1))))


def stars(ratings: pd.DataFrame) -> pd.Series:
    """Count how often each number of stars was given.

    Parameters
    ----------
    ratings : DataFrame

    Returns
    -------
    Series of int
        Index: the stars, sorted.
    """
    return ratings["rating"].value_counts(sort=False).sort_index()


def over(ratings: pd.DataFrame, by: str, each: str | None = None) -> pd.DataFrame:
    """Count ratings over time.

    Parameters
    ----------
    ratings : DataFrame
        In any order.
    by : str
        "month" or "year" (all from the first rating to the last, those without ratings too),
        "weekday" (0 is Monday) or "month of year" (1 is January).
    each : str, optional
        "movie_id", to count each movie's ratings by themselves. Or "user_id", but mind that
        users times months are many.

    Returns
    -------
    DataFrame
        Columns count int64 and mean float64 (in stars, NaN without ratings). The index, named
        as `by`, is a PeriodIndex of months, or numbers; with `each` it is both the id and the
        time, and has only pairs with ratings.

    Raises
    ------
    ValueError
        If a rating or its time is missing, or `by` is none of those named.
    """
    if by not in TIMES:
        raise ValueError(f"Count over one of {', '.join(TIMES)}, not {by!r}.")
    day, dates = _days(ratings["timestamp"].to_numpy())
    number, index = _calendar(dates, by)
    index = index.rename(by)

    def moment(rows: slice) -> np.ndarray:
        return number.take(day(rows))

    if each is None:
        return _tally(ratings, moment, index)[["count", "mean"]]
    ids, place = _places(ratings[each].to_numpy())
    pairs = pd.MultiIndex.from_product([ids, index], names=[each, by])
    table = _tally(
        ratings, lambda rows: place(rows).astype(np.int64) * len(index) + moment(rows), pairs
    )
    return table.loc[table["count"] > 0, ["count", "mean"]]


def per_genre(ratings: pd.DataFrame, movies: pd.DataFrame) -> pd.DataFrame:
    """Count the ratings of each genre; a movie counts in all of its genres.

    Parameters
    ----------
    ratings : DataFrame
    movies : DataFrame
        movie_id and genres (lists).

    Returns
    -------
    DataFrame
        Index: the genres that were rated, sorted. Columns count int64 and mean float64.
    """
    genres = movies[["movie_id", "genres"]].explode("genres").dropna(subset="genres")
    # One row for each movie and genre: it is the movies that are repeated, not their ratings.
    table = genres.join(_sums(ratings, "movie_id"), on="movie_id", how="inner")
    table = table.rename(columns={"genres": "genre"}).groupby("genre")[["count", "sum"]].sum()
    return table.assign(mean=table["sum"] / table["count"]).drop(columns="sum")


def lorenz(counts: ArrayLike) -> Lorenz:
    """Return the Lorenz curve of counts, the smallest first.

    Parameters
    ----------
    counts : array-like of float, shape (n,)

    Returns
    -------
    Lorenz
        Shares of n + 1 points, from 0 to 1.

    Raises
    ------
    ValueError
        If there is nothing to share, or less than nothing.
    """
    rising = np.sort(np.asarray(counts, dtype=np.float64))
    if not rising.sum() > 0 or rising[0] < 0:
        raise ValueError("Shares are of counts of 0 and more, not all of them 0.")
    held = np.insert(rising.cumsum() / rising.sum(), 0, 0)
    return Lorenz(np.linspace(0, 1, len(held)), held)


def gini(counts: ArrayLike) -> float:
    """Return the Gini coefficient of counts: 0 if all are equal, near 1 if one has it all.

    It is the area between the Lorenz curve and the diagonal, as a share of that below the
    diagonal.

    Parameters
    ----------
    counts : array-like of float, shape (n,)

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    ValueError
        If there is nothing to share, or less than nothing.
    """
    held = lorenz(counts).share_of_ratings
    return float(1 - np.mean(held[1:] + held[:-1]))  # trapezoids


def distinct(column: ArrayLike) -> int:
    """Return how many different ids a column holds.

    Parameters
    ----------
    column : array-like of int, shape (n,)

    Returns
    -------
    int
        Each id counts once.
    """
    return len(_places(np.asarray(column))[0])


def _sums(ratings: pd.DataFrame, by: str) -> pd.DataFrame:
    ids, place = _places(ratings[by].to_numpy())
    return _tally(ratings, place, pd.Index(ids, name=by))


def _places(ids: np.ndarray) -> tuple[np.ndarray, Callable[[slice], np.ndarray]]:
    """Return the sorted ids, and what finds the positions in them of a slice of rows."""
    if not len(ids):
        return ids, lambda rows: np.empty(0, np.int32)
    known, numbers, (at, lowest) = numbered(ids)
    return known, lambda rows: at[numbers[rows].astype(np.int64) - lowest]


def _tally(
    ratings: pd.DataFrame, place: Callable[[slice], np.ndarray], index: pd.Index
) -> pd.DataFrame:
    """Return count, sum, sum of squares and mean of the ratings at each place in an index."""
    values = ratings["rating"].to_numpy()
    cells = np.zeros((len(index), 3))  # float64 holds every sum of half stars exactly
    for start in range(0, len(values), BLOCK):
        rows = slice(start, start + BLOCK)
        _add(place(rows), values[rows], cells)
    if not np.isfinite(cells).all():
        raise ValueError("A rating is missing.")
    table = pd.DataFrame(cells, index, columns=["count", "sum", "squares"])
    return table.astype({"count": "int64"}).assign(mean=table["sum"] / table["count"])


@njit(cache=True, nogil=True)
def _add(places: np.ndarray, values: np.ndarray, cells: np.ndarray) -> None:
    for row in range(len(places)):
        cell, value = places[row], np.float64(values[row])
        cells[cell, 0] += 1
        cells[cell, 1] += value
        cells[cell, 2] += value * value


def _days(times: np.ndarray) -> tuple[Callable[[slice], np.ndarray], np.ndarray]:
    """Return what finds the days of a slice of rows, from the first on, and the dates of all."""
    # As plain numbers: a division of them takes half as long as NumPy's cast to days.
    ticks = times.view(np.int64)
    a_day = int(np.timedelta64(1, "D") / np.array(1, f"m8[{np.datetime_data(times.dtype)[0]}]"))
    if not len(ticks):
        return lambda rows: ticks[rows], ticks.astype("datetime64[D]")
    first, last = ticks.min() // a_day, ticks.max() // a_day
    if ticks.min() == np.datetime64("NaT", "s").astype(np.int64):
        raise ValueError("A rating has no time.")
    dates = np.arange(first, last + 1).astype("datetime64[D]")
    return lambda rows: ticks[rows] // a_day - first, dates


def _calendar(dates: np.ndarray, by: str) -> tuple[np.ndarray, pd.Index]:
    """Return for each date its position in an index of times, and that index."""
    if by == "weekday":
        return (dates.astype(np.int64) + 3) % 7, pd.RangeIndex(7)  # 1970 began on a Thursday
    if by == "month of year":
        return dates.astype("datetime64[M]").astype(np.int64) % 12, pd.RangeIndex(1, 13)
    unit = {"month": "M", "year": "Y"}[by]
    numbers = dates.astype(f"datetime64[{unit}]").astype(np.int64)  # since 1970
    every = np.arange(numbers[0], numbers[-1] + 1) if len(numbers) else numbers
    months = pd.DatetimeIndex(every.astype("datetime64[M]").astype("datetime64[s]"))
    return numbers - every[:1], months.to_period("M") if unit == "M" else pd.Index(1970 + every)
