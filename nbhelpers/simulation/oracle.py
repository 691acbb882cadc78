"""The truth behind the simulated sample: the rating that each user is expected to give.

Only a simulation has such a thing. It tells how far a model is from the truth, where held-out
ratings only tell how far it is from the truth and the noise together.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtr

from nbhelpers.data.formats import netflix_grammar
from nbhelpers.errors import DataError

FIRST_DAY = np.datetime64(netflix_grammar.FIRST_DAY)
LAST_DAY = np.datetime64(netflix_grammar.LAST_DAY)
FILE = "oracle.npz"


@dataclass(frozen=True, eq=False)
class Oracle:
    """Everything that decides the simulated ratings, but for the noise that was drawn.

    User `u` likes movie `i` on day `t` with the strength

    .. math::
        l = b_u + s(t) + a_u \\sin(2 \\pi (t / d_u + f_u)) + c_u (q_i + g_i y(t) + p_u \\cdot v_i)

    and gives one star more than the number of thresholds below :math:`l + c_u \\sigma e`, with
    standard normal noise :math:`e`. The expected rating follows from the probability of passing
    each threshold (an ordered probit model).

    Parameters
    ----------
    user_ids, movie_ids : ndarray of int32, sorted
        Ids, in the order of the other arrays (n_users and n_movies long).
    user_bias : ndarray, :math:`b_u`
        How generous the user is, in stars.
    user_spread : ndarray, :math:`c_u`
        How much of the scale the user uses; 1 is usual.
    user_tastes : ndarray (n_users, n_axes), :math:`p`
        What the user likes, on named axes.
    swing, swing_days, swing_phase : ndarray, :math:`a_u, d_u, f_u`
        The slow wave of the user's generosity: stars, days of one wave, share of a wave.
    movie_quality : ndarray, :math:`q_i`
        How well liked the movie is by everybody, in stars.
    movie_ageing : ndarray, :math:`g_i`
        Stars that the movie gains in a year; `y(t)` counts years from the middle of the data.
    movie_tastes : ndarray (n_movies, n_axes), :math:`v`
        What the movie has to offer, on the same axes.
    site_days, site_level : ndarray, :math:`s(t)`
        Level of all ratings, linear between these days (days since 1999-11-11, stars).
    thresholds : ndarray (4,)
        Where two stars, three, four and five begin.
    noise : ndarray (), :math:`\\sigma`
        Standard deviation of the noise, in stars.
    axes : ndarray of str (n_axes,)
        Names of the taste axes.
    """

    user_ids: np.ndarray
    movie_ids: np.ndarray
    user_bias: np.ndarray
    user_spread: np.ndarray
    user_tastes: np.ndarray
    swing: np.ndarray
    swing_days: np.ndarray
    swing_phase: np.ndarray
    movie_quality: np.ndarray
    movie_ageing: np.ndarray
    movie_tastes: np.ndarray
    site_days: np.ndarray
    site_level: np.ndarray
    thresholds: np.ndarray
    noise: np.ndarray
    axes: np.ndarray

    @classmethod
    def load(cls, folder: str | Path) -> Oracle:
        """Read the oracle that lies beside the simulated ratings in the sample's folder.

        A DataError says that the file is missing or is not an oracle. Real data has none.
        """
        path = Path(folder) / FILE
        remedy = "use the shipped sample: only simulated ratings have a known truth"
        if not path.is_file():
            raise DataError("no oracle.", path=path, expected="the file", remedy=remedy)
        names = [field.name for field in fields(cls)]
        try:
            with np.load(path, allow_pickle=False) as arrays:
                return cls(**{name: arrays[name] for name in names})
        except (ValueError, KeyError, OSError, EOFError, BadZipFile) as error:
            expected = "the arrays " + ", ".join(names)
            raise DataError(f"{error}.", path=path, expected=expected, remedy=remedy) from error

    @classmethod
    def find(cls, folder: str | Path) -> Oracle | None:
        """Return the oracle that lies beside the ratings in a folder, None if there is none.

        A file of that name that is not an oracle is a DataError.
        """
        return cls.load(folder) if (Path(folder) / FILE).is_file() else None

    def save(self, folder: str | Path) -> None:
        """Write ``oracle.npz``.

        Parameters
        ----------
        folder : path-like
        """
        np.savez(Path(folder) / FILE, **asdict(self))

    def predict(
        self, users: ArrayLike, movies: ArrayLike, timestamps: ArrayLike | None = None
    ) -> np.ndarray:
        """Return the expected rating of each (user, movie) pair.

        Parameters
        ----------
        users, movies : array_like of int, shape (n,)
            Ids.
        timestamps : array_like of datetime64, shape (n,), optional
            When the ratings are given; the last day of the data when left out.

        Returns
        -------
        ndarray of float64, shape (n,)
            Stars, between 1 and 5.

        Raises
        ------
        DataError
            If a user or movie is not in the simulation.
        """
        expected: np.ndarray = 1 + self._reached(users, movies, timestamps).sum(axis=1)
        return expected

    def chance(
        self,
        users: ArrayLike,
        movies: ArrayLike,
        timestamps: ArrayLike | None = None,
        stars: int = 4,
    ) -> np.ndarray:
        """Return the chance that each (user, movie) pair is rated with so many stars or more.

        Parameters
        ----------
        users, movies, timestamps
            See `predict`.
        stars : int
            From 2 to 5.

        Returns
        -------
        ndarray of float64, shape (n,)
            In [0, 1].

        Raises
        ------
        DataError
            If a user or movie is not in the simulation.
        """
        chance: np.ndarray = self._reached(users, movies, timestamps)[:, stars - 2]
        return chance

    def _reached(
        self, users: ArrayLike, movies: ArrayLike, timestamps: ArrayLike | None
    ) -> np.ndarray:
        """Return the chances of at least 2, 3, 4 and 5 stars, a row for each pair."""
        u = _positions(self.user_ids, users, "user")
        i = _positions(self.movie_ids, movies, "movie")
        times = LAST_DAY if timestamps is None else timestamps
        # never without dimension: NumPy 1 would do the sums in float32
        days = (np.atleast_1d(times).astype("datetime64[D]") - FIRST_DAY).astype(float)
        above = self.liking(u, i, days)[:, None] - self.thresholds
        scale = self.noise * self.user_spread[u].astype(float)
        reached: np.ndarray = ndtr(above / scale[:, None])
        return reached

    def liking(self, u: np.ndarray, i: np.ndarray, days: np.ndarray | float) -> np.ndarray:
        """Return the strength :math:`l` of likings.

        Parameters
        ----------
        u, i : ndarray of int, shape (n,)
            Positions of users and movies, not ids.
        days : ndarray of float, shape (n,), or float
            Since the first day of the data.

        Returns
        -------
        ndarray of float64, shape (n,)
            Stars.
        """
        swing = self.swing[u] * np.sin(
            2 * np.pi * (days / self.swing_days[u] + self.swing_phase[u])
        )
        years = days / 365.25 - 3
        taste = np.einsum("nk,nk->n", self.user_tastes[u], self.movie_tastes[i], dtype=float)
        movie = self.movie_quality[i] + self.movie_ageing[i] * years + taste
        site = np.interp(days, self.site_days, self.site_level)
        liking: np.ndarray = self.user_bias[u] + site + swing + self.user_spread[u] * movie
        return liking


def _positions(known: np.ndarray, ids: ArrayLike, what: str) -> np.ndarray:
    ids = np.atleast_1d(np.asarray(ids))
    at = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    strangers = np.unique(ids[known[at] != ids])
    if len(strangers):
        raise DataError(
            f"{what} {strangers[0]} ({len(strangers)} such ids).",
            expected=f"one of the {len(known):,} {what}s of the simulation",
            remedy="ask only for ids of the sample",
        )
    return at


def true_stars(
    folder: str | Path, users: ArrayLike, movies: ArrayLike, timestamps: ArrayLike | None = None
) -> pd.Series:
    """Return the expected rating of each (user, movie) pair, as far as anybody knows it.

    Parameters
    ----------
    folder : path
        Folder of the ratings, e.g. ``Dataset.folder``.
    users, movies, timestamps
        See `Oracle.predict`.

    Returns
    -------
    Series of float
        In stars; NaN throughout where the ratings are real, and have no oracle.
    """
    oracle = Oracle.find(folder)
    stars = oracle.predict(users, movies, timestamps) if oracle else np.nan
    return pd.Series(stars, index=range(len(np.asarray(users))), dtype=float)
