"""Models that know averages only: whatever is cleverer has to beat them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pandas as pd

from nbhelpers.models.base import Model, rows_or_zero

ROWS = 1 << 24  # ratings that are summed up at a time


class Impersonal(Model):
    """A model that says the same to everyone, newcomers included."""

    def _fold_in(self, m: np.ndarray, r: np.ndarray) -> np.ndarray:
        scores: np.ndarray = self.scores_at(np.array([-1]))[0]
        return scores


@dataclass(eq=False)
class GlobalMean(Impersonal):
    """Predict the mean of all ratings, for everyone and everything."""

    def fit(self, ratings: pd.DataFrame) -> Self:
        self._index(ratings)
        return self

    def _estimate(self, u: np.ndarray, m: np.ndarray) -> np.ndarray:
        return np.full(len(u), self.global_mean)


@dataclass(eq=False)
class UserMean(Model):
    """Predict a user's mean rating; the global mean for an unknown user.

    It cannot rank: all movies score the same.

    Attributes
    ----------
    means : numpy.ndarray of float64, shape (n_users,)
        In stars.
    """

    def fit(self, ratings: pd.DataFrame) -> Self:
        u, _, r = self._index(ratings)
        mean = self.global_mean
        self.means = shrunk_mean(u, lambda rows: r[rows] - mean) + mean
        return self

    def _estimate(self, u: np.ndarray, m: np.ndarray) -> np.ndarray:
        return np.where(u >= 0, self.means[u], self.global_mean)

    def _fold_in(self, m: np.ndarray, r: np.ndarray) -> np.ndarray:
        return np.full(len(self.movie_ids), r.mean() if len(r) else self.global_mean)


@dataclass(eq=False)
class BayesianMean(Impersonal):
    """Predict a movie's mean, pulled towards the global mean when it has few ratings.

    .. math:: \\hat r_i = \\frac{w \\mu + \\sum_{u \\in U_i} r_{ui}}{w + |U_i|}

    as if each movie came with `prior_weight` (w) ratings of the global mean already.

    Parameters
    ----------
    prior_weight : float
        Number of such imagined ratings; 0 gives the plain mean.

    Attributes
    ----------
    means : numpy.ndarray of float64, shape (n_movies,)
        In stars.
    """

    prior_weight: float = 25

    def fit(self, ratings: pd.DataFrame) -> Self:
        _, m, r = self._index(ratings)
        mean = self.global_mean
        self.means = shrunk_mean(m, lambda rows: r[rows] - mean, self.prior_weight) + mean
        return self

    def _estimate(self, u: np.ndarray, m: np.ndarray) -> np.ndarray:
        return np.where(m >= 0, self.means[m], self.global_mean)


@dataclass(eq=False)
class MovieMean(BayesianMean):
    """Predict a movie's mean rating; the global mean for an unknown movie."""

    prior_weight: float = field(default=0, init=False, repr=False)


@dataclass(eq=False)
class Biases(Model):
    """Predict global mean + movie bias + user bias, each bias shrunk towards zero.

    .. math::
        b_i = \\frac{\\sum_{u \\in U_i} (r_{ui} - \\mu)}{\\lambda_1 + |U_i|}, \\qquad
        b_u = \\frac{\\sum_{i \\in I_u} (r_{ui} - \\mu - b_i)}{\\lambda_2 + |I_u|}

    Parameters
    ----------
    user_shrinkage, movie_shrinkage : float
        λ₂ and λ₁: the number of ratings at which a bias is halved.

    Attributes
    ----------
    user_bias, movie_bias : numpy.ndarray of float64, shape (n_users,) and (n_movies,)
        In stars.

    References
    ----------
    Koren & Bell (2011), "Advances in Collaborative Filtering", Recommender Systems
    Handbook, chapter 5, section "Baseline predictors".
    """

    user_shrinkage: float = 10
    movie_shrinkage: float = 25

    def fit(self, ratings: pd.DataFrame) -> Self:
        u, m, r = self._index(ratings)
        mean = self.global_mean
        self.movie_bias = shrunk_mean(m, lambda rows: r[rows] - mean, self.movie_shrinkage)
        bias = self.movie_bias
        self.user_bias = shrunk_mean(
            u, lambda rows: r[rows] - mean - bias[m[rows]], self.user_shrinkage
        )
        return self

    def _estimate(self, u: np.ndarray, m: np.ndarray) -> np.ndarray:
        found: np.ndarray = self.global_mean + rows_or_zero(self.user_bias, u)
        found += rows_or_zero(self.movie_bias, m)
        return found

    def _fold_in(self, m: np.ndarray, r: np.ndarray) -> np.ndarray:
        expected: np.ndarray = self.global_mean + self.movie_bias
        weight = self.user_shrinkage + len(r)
        return expected + ((r - expected[m]).sum() / weight if weight else 0)


def shrunk_mean(
    groups: np.ndarray,
    values: np.ndarray | Callable[[slice], np.ndarray],
    shrinkage: float = 0,
) -> np.ndarray:
    """Return each group's sum of values, divided by its size plus `shrinkage`.

    Groups are positions from 0 to the last, all of which occur. Where values are a function, it
    gives those of a slice of rows, so that not all of them are in memory.
    """
    take = values if callable(values) else values.__getitem__
    counts = np.bincount(groups)
    totals = np.zeros(len(counts))
    for first in range(0, len(groups), ROWS):
        rows = slice(first, first + ROWS)
        totals += np.bincount(groups[rows], weights=take(rows), minlength=len(counts))
    return totals / (counts + shrinkage)
