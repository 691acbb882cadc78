"""Ways to hold out ratings. Every row lands in exactly one part, in its original order."""

from collections.abc import Callable, Iterator
from functools import partial
from numbers import Real
from typing import NamedTuple

import numpy as np
import pandas as pd

from nbhelpers.data.datasets import Dataset
from nbhelpers.data.formats.movielens_files import read_ratings
from nbhelpers.data.formats.movielens_layouts import LAYOUTS
from nbhelpers.data.formats.raw_files import find_file
from nbhelpers.data.ids import whole
from nbhelpers.data.timestamps import moments
from nbhelpers.errors import DataError

PUBLISHED = ("u1", "u2", "u3", "u4", "u5", "ua", "ub")
ROWS = 1 << 24  # ratings that are looked up at a time


class Split(NamedTuple):
    """Ratings to learn from and ratings to be judged by: with a RangeIndex, and not empty."""

    train: pd.DataFrame
    test: pd.DataFrame

    @property
    def cutoff(self) -> pd.Timestamp:
        """Day of the earliest test rating; after `time_split` all of train is before it."""
        earliest: pd.Timestamp = self.test["timestamp"].min()
        return earliest.normalize()


class Parts(NamedTuple):
    """Ratings to learn from, to choose by, to be judged by: with a RangeIndex, and not empty."""

    train: pd.DataFrame
    validation: pd.DataFrame
    test: pd.DataFrame

    @property
    def before_test(self) -> pd.DataFrame:
        """Train and validation together, by movie and user: what a chosen model learns from."""
        both = pd.concat([self.train, self.validation])
        return both.sort_values(["movie_id", "user_id"], kind="stable", ignore_index=True)


def random_split(ratings: pd.DataFrame, test: float = 0.2, seed: int = 42) -> Split:
    """Hold out a share of all ratings, drawn at random.

    Parameters
    ----------
    ratings : pandas.DataFrame
        One row per rating.
    test : float
        Share of rows to hold out, in (0, 1).
    seed : int
        The same seed gives the same split.

    Returns
    -------
    Split
        Its test part has ``round(test * len(ratings))`` rows.

    Raises
    ------
    ValueError
        If `test` is not in (0, 1), or a part would be empty.
    """
    _check_share(test)
    n_rows = len(ratings)
    held_out = np.zeros(n_rows, bool)
    chosen = np.random.default_rng(seed).choice(n_rows, round(test * n_rows), replace=False)
    held_out[chosen] = True
    return _divide(ratings, held_out)


def published_split(dataset: Dataset, name: str = "random", seed: int = 42) -> Split:
    """Hold out the ratings that the makers of a set have held out, so that results compare.

    Parameters
    ----------
    dataset : Dataset
        Of `load`.
    name : str
        "random" is `random_split` with a fifth held out. Otherwise ml-100k's "u1" to "u5", "ua" or
        "ub": the files ``u1.base`` and ``u1.test`` beside its ``u.data``.
    seed : int
        Of the random split.

    Returns
    -------
    Split

    Raises
    ------
    DataError
        If the set has no such split, or a file is missing or not as described, or its two parts
        have a rating in common.
    """
    if name == "random":
        return random_split(dataset.ratings, seed=seed)
    if dataset.name != "ml-100k" or name not in PUBLISHED:
        raise DataError(
            f"There is no split {name!r} of {dataset.name}.",
            expected=f'"random", or one of {", ".join(PUBLISHED)} of ml-100k',
        )
    layout = LAYOUTS["ml-100k"]
    base, test = (
        read_ratings(find_file(dataset.folder, f"{name}.{part}"), layout.style, layout.stars)
        for part in ("base", "test")
    )
    pair = ["user_id", "movie_id"]
    if len(both := base[pair].merge(test[pair])):
        raise DataError(
            f"user {both['user_id'][0]} and movie {both['movie_id'][0]} are in both parts.",
            path=dataset.folder / f"{name}.test",
            expected=f"no rating of {name}.base",
            remedy="fetch the set again",
        )
    return Split(base, test)


def last_per_user(ratings: pd.DataFrame, test: float = 0.2) -> Split:
    """Hold out the latest share of every user's ratings.

    A user with n ratings gives ``round(test * n)`` of them, and always keeps at least one;
    of ratings at the same moment, the first rows are held out first. One user's future may
    be another's past, so this is no picture of a live system: see `time_split`.

    Parameters
    ----------
    ratings : pandas.DataFrame
        One row per rating, with a ``timestamp``.
    test : float
        Share of each user's rows to hold out, in (0, 1).

    Returns
    -------
    Split
        Every user of `test` is also in `train`.

    Raises
    ------
    ValueError
        If `test` is not in (0, 1), or a part would be empty.
    """
    _check_share(test)
    times = pd.Series(moments(ratings), ratings.index)
    by_user = times.groupby(whole(ratings["user_id"], "user"))
    place = by_user.rank(method="first", ascending=False)
    count = by_user.transform("size")
    held_out = place <= np.minimum((test * count).round(), count - 1)
    return _divide(ratings, held_out.to_numpy())


def time_split(ratings: pd.DataFrame, test: float = 0.2) -> Split:
    """Train before a day, test from that day on - the same day for everyone.

    Parameters
    ----------
    ratings : pandas.DataFrame
        One row per rating, with a ``timestamp``.
    test : float
        Share of rows to hold out, in (0, 1). All ratings of the first test day go to the
        test part, which can thus be a little larger.

    Returns
    -------
    Split
        The day is its ``cutoff``.

    Raises
    ------
    ValueError
        If `test` is not in (0, 1), a part would be empty, or a rating has no date
        (`moments`).

    References
    ----------
    Ji, Sun, Zhang & Li (2020), "A critical study on data leakage in recommender system
    offline evaluation", https://arxiv.org/abs/2010.11060
    """
    _check_share(test)
    times = moments(ratings)
    first = min(len(times) - round(test * len(times)), len(times) - 1)
    numbers = np.partition(times.view(np.int64), first)  # far faster than on dates
    cutoff = numbers[first].view(times.dtype).astype("datetime64[D]")
    return _divide(ratings, times >= cutoff)


def three_way(
    ratings: pd.DataFrame,
    how: str = "random",
    validation: float = 0.1,
    test: float = 0.2,
    seed: int = 42,
) -> Parts:
    """Hold out two parts: one to choose among models, one to judge the chosen.

    Parameters
    ----------
    ratings : pandas.DataFrame
        One row per rating.
    how : str
        "random", or "time": the validation part lies between the two others. The test part is
        that of `random_split` or `time_split`.
    validation, test : float
        Shares of rows, each in (0, 1), together less than 1.
    seed : int
        Of a random split.

    Returns
    -------
    Parts
        Each row is in one of them.

    Raises
    ------
    ValueError
        If `how` or a share is not as above, or a part would be empty.
    """
    splitters: dict[str, Callable[[pd.DataFrame, float], Split]] = {
        "random": partial(random_split, seed=seed),
        "time": time_split,
    }
    if how not in splitters:
        raise ValueError(f"Ratings are split by {' or '.join(splitters)}, not by {how!r}.")
    _check_share(test)
    rest, tested = splitters[how](ratings, test)
    train, validated = splitters[how](rest, validation / (1 - test))
    return Parts(train, validated, tested)


def probe_split(ratings: pd.DataFrame, probe: pd.DataFrame) -> Split:
    """Hold out the (user, movie) pairs of a probe file, as the Netflix Prize did.

    Pairs without a rating are passed over: the probe names all users, the ratings may be a share of
    them. A ValueError says that none, or all, of the ratings are in the probe.
    """
    wanted = np.unique(_pairs(probe))
    held_out = np.zeros(len(ratings), bool)
    for first in range(0, len(ratings) if len(wanted) else 0, ROWS):
        rows = slice(first, first + ROWS)
        pairs = _pairs(ratings[rows])
        at = np.searchsorted(wanted, pairs)
        held_out[rows] = wanted[np.minimum(at, len(wanted) - 1)] == pairs
    return _divide(ratings, held_out)


def probe_or_latest(dataset: Dataset, test: float = 0.1) -> Split:
    """Hold out the probe that a set brings along; without one, the latest of each user's ratings.

    Parameters
    ----------
    dataset : Dataset
        Of `load`.
    test : float
        Without a probe, the share of each user's ratings, see `last_per_user`.

    Returns
    -------
    Split
        Without the dates, which are half of a table's bytes.
    """
    columns = ["user_id", "movie_id", "rating"]
    if dataset.probe is not None and len(dataset.probe):
        return probe_split(dataset.ratings[columns], dataset.probe)
    split = last_per_user(dataset.ratings, test)
    return Split(split.train[columns], split.test[columns])


def folds(ratings: pd.DataFrame, n: int = 5, seed: int = 42) -> Iterator[Split]:
    """Return an iterator of `n` splits; each rating is tested in exactly one of them.

    Parameters
    ----------
    ratings : pandas.DataFrame
        One row per rating.
    n : int
        Number of folds.
    seed : int
        The same seed gives the same folds.

    Returns
    -------
    iterator of Split

    Raises
    ------
    ValueError
        If `n` is less than 2 or more than the number of ratings.
    """
    if not 2 <= n <= len(ratings):
        raise ValueError(f"The number of folds has to be in 2..{len(ratings)}, but is {n}.")
    fold = np.random.default_rng(seed).permutation(len(ratings)) % n
    return (_divide(ratings, fold == k) for k in range(n))


def cold(split: Split) -> pd.Series:
    """Return the share of test rows whose user, movie, or either has no rating in train.

    Parameters
    ----------
    split : Split
        Of any of the ways above.

    Returns
    -------
    pandas.Series
        Shares in [0, 1] under ``user``, ``movie`` and ``either``.
    """
    user, movie = (_unknown(split, of) for of in ("user", "movie"))
    return pd.Series(
        {"user": user.mean(), "movie": movie.mean(), "either": (user | movie).mean()}, name="cold"
    )


def _unknown(split: Split, of: str) -> pd.Series:
    """Return which test rows have a user, or a movie, without a rating in train."""
    train, test = (pd.Series(whole(part[f"{of}_id"], of)) for part in split)
    return ~test.isin(train.unique())


def _divide(ratings: pd.DataFrame, held_out: np.ndarray) -> Split:
    if held_out.all() or not held_out.any():
        part = "train" if held_out.all() else "test"
        raise DataError(
            f"These {len(ratings):,} ratings leave nothing for the {part} part.",
            expected="enough ratings for both parts, and more than one time for a split by time.",
            remedy="take more ratings, or another share or split.",
        )
    return Split(_taken(ratings, ~held_out), _taken(ratings, held_out))


def _taken(ratings: pd.DataFrame, rows: np.ndarray) -> pd.DataFrame:
    """Return some rows, numbered anew; column by column, which needs half of pandas' memory."""
    columns = {name: column.array[rows] for name, column in ratings.items()}
    return pd.DataFrame(columns, index=pd.RangeIndex(rows.sum()), copy=False)


def _pairs(frame: pd.DataFrame) -> np.ndarray:
    """Return a number for each pair, in the order of the ratings: by movie, then user."""
    movies, users = (whole(frame[f"{of}_id"], of).astype(np.int64) for of in ("movie", "user"))
    pairs: np.ndarray = movies << 32 | users
    return pairs


def _check_share(share: float) -> None:
    if not isinstance(share, Real) or not 0 < share < 1:
        raise ValueError(
            f"The test share has to be a number between 0 and 1, such as 0.2, but is {share!r}."
        )
