"""Biases that move: films age, people change, and everybody has good and bad days."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from nbhelpers.models.base import Model, rows_or_zero

DAY = 86_400  # seconds


@dataclass(eq=False)
class TimeBiases(Model):
    """Predict a rating by biases of user and movie that depend on the day t.

    .. math:: \\hat r_{ui}(t) = \\mu + b_u + \\alpha_u \\operatorname{dev}_u(t) + b_{u,t}
        + b_i + b_{i,\\operatorname{bin}(t)}, \\qquad
        \\operatorname{dev}_u(t) = \\operatorname{sign}(t - t_u) |t - t_u|^{0.4}

    where t_u is the mean day of the user's ratings; the bins have equally many ratings. All
    of them minimise the squared error plus λ times the squares of the parameters,

    .. math:: \\sum (r_{ui} - \\hat r_{ui}(t))^2 + \\lambda (b_u^2 + b_i^2)
        + \\lambda_m (b_{i,bin}^2) + \\lambda_d \\, b_{u,t}^2 + \\lambda_s \\, \\alpha_u^2

    and are fitted in turns: given the others, each is a mean of what they leave over, shrunk.

    It learns from ratings with a ``timestamp``; without one, `fit` raises a ValueError. To predict
    without a day, the parts that need one are left out. The days are those of the ratings that were
    learned from: on a day on which a user has not rated there, :math:`b_{u,t}` is 0.

    Parameters
    ----------
    reg, reg_bin, reg_day, reg_slope : float
        λ, λ_m, λ_d and λ_s above.
    n_bins : int
        Pieces of time in which a film's bias may differ.
    n_epochs : int
        Turns.

    Attributes
    ----------
    bu, bi, slope : numpy.ndarray of float64, shape (n_users,) or (n_movies,)
        :math:`b_u, b_i` in stars, and :math:`\\alpha_u` in stars per day to the power of 0.4.
    bins : numpy.ndarray of float64, shape (n_movies, n_bins)
        In stars.
    edges : numpy.ndarray of float64, shape (n_bins - 1,)
        Days since 1970 at which one bin ends and the next one begins.
    mean_day : numpy.ndarray of float64, shape (n_users,)
        :math:`t_u`, days since 1970.
    user_days : numpy.ndarray of int64
        User's position × 2²⁰ + day since 1970 for each day on which somebody has rated, sorted.
    day_bias : numpy.ndarray of float64, shape (len(user_days),)
        In stars.

    References
    ----------
    Koren (2009), "Collaborative filtering with temporal dynamics", equations 9 and 10.
    """

    reg: float = 5
    reg_bin: float = 20
    reg_day: float = 10
    reg_slope: float = 200
    n_bins: int = 30
    n_epochs: int = 20

    def fit(self, ratings: pd.DataFrame) -> Self:
        if "timestamp" not in ratings:
            raise ValueError("Biases that move over time need the column timestamp in the ratings.")
        u, m, r = self._index(ratings)
        day = days_since_1970(ratings["timestamp"])
        self.mean_day = np.bincount(u, day) / np.bincount(u)
        self.edges = np.quantile(day, np.arange(1, self.n_bins) / self.n_bins)
        self.user_days, at = np.unique(_on(u, day), return_inverse=True)
        cell = m * self.n_bins + self._bin(day)
        dev = self._dev(u, day)
        n_users, n_movies = self.seen.shape
        ones = np.ones(len(r))
        turns = [  # which parameter belongs to each rating, how it counts, how it is shrunk
            (m, ones, self.reg, n_movies),
            (u, ones, self.reg, n_users),
            (cell, ones, self.reg_bin, n_movies * self.n_bins),
            (u, dev, self.reg_slope, n_users),
            (at, ones, self.reg_day, len(self.user_days)),
        ]
        found = in_turns(r - self.global_mean, turns, self.n_epochs)
        self.bi, self.bu, bins, self.slope, self.day_bias = found
        self.bins = bins.reshape(n_movies, self.n_bins)
        return self

    def predict(
        self, users: ArrayLike, movies: ArrayLike, timestamps: ArrayLike | None = None
    ) -> np.ndarray:
        """Predict the rating of each (user, movie) pair, maybe at a known time.

        Parameters
        ----------
        users, movies : array_like
            Ids, see `Model.predict`.
        timestamps : array_like of datetime64, optional
            When the ratings are given.

        Returns
        -------
        numpy.ndarray of float64, shape (n,)
            In stars, not clipped.
        """
        found = super().predict(users, movies)
        if timestamps is None:
            return found
        u, m = np.broadcast_arrays(*self._positions(np.atleast_1d(users), np.atleast_1d(movies)))
        day = days_since_1970(timestamps)
        place = np.searchsorted(self.user_days, _on(u, day)).clip(max=len(self.user_days) - 1)
        there = (self.user_days[place] == _on(u, day)) & (u >= 0)
        found += np.where(there, self.day_bias[place], 0)
        found += np.where(u >= 0, self.slope[u] * self._dev(u, day), 0)
        return found + np.where(m >= 0, self.bins[m, self._bin(day)], 0)

    def _estimate(self, u: np.ndarray, m: np.ndarray) -> np.ndarray:
        found: np.ndarray = self.global_mean + rows_or_zero(self.bu, u) + rows_or_zero(self.bi, m)
        return found

    def _bin(self, day: np.ndarray) -> np.ndarray:
        return np.searchsorted(self.edges, day, side="right")

    def _dev(self, u: np.ndarray, day: np.ndarray) -> np.ndarray:
        since = day - self.mean_day[u]
        dev: np.ndarray = np.sign(since) * np.abs(since) ** 0.4
        return dev


def in_turns(
    left: np.ndarray, turns: list[tuple[np.ndarray, np.ndarray, float, int]], n_epochs: int
) -> list[np.ndarray]:
    """Fit parameters in turns, each to what all others leave over: a ridge regression.

    For each kind of parameter, `turns` say rating by rating which of them applies and what it is
    multiplied by; λ; and how many there are.
    """
    left = left.copy()
    found = [np.zeros(size) for *_, size in turns]
    weights = [np.bincount(which, x * x, size) + reg for which, x, reg, size in turns]
    for _ in range(n_epochs):
        for kind, (which, x, _reg, size) in enumerate(turns):
            left += found[kind][which] * x
            sums = np.bincount(which, left * x, size)
            found[kind] = np.divide(
                sums, weights[kind], out=np.zeros(size), where=weights[kind] > 0
            )
            left -= found[kind][which] * x
    return found


def days_since_1970(timestamps: ArrayLike | pd.Series) -> np.ndarray:
    days: np.ndarray = np.asarray(timestamps, "datetime64[s]").astype(np.int64) // DAY
    return days


def _on(u: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Return one number for a user and a day."""
    on: np.ndarray = (u.astype(np.int64) << 20) + day
    return on
