"""Popularity: films by how many people rated or liked them, ever or lately."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from nbhelpers.data.timestamps import moments
from nbhelpers.features.summaries import LIKE_FROM
from nbhelpers.models.base import rows_or_zero
from nbhelpers.models.baselines import Impersonal


@dataclass(eq=False)
class Popularity(Impersonal):
    """Score a movie by its number of ratings, or of likes.

    Its predictions are such numbers too, not stars: it ranks, nothing else.

    Parameters
    ----------
    like_from : float, optional
        Stars from which a rating counts: ``Popularity()`` is "most rated", ``Popularity(4)`` is
        "most liked".

    Attributes
    ----------
    counts : numpy.ndarray of int64, shape (n_movies,)
    """

    like_from: float | None = None

    def fit(self, ratings: pd.DataFrame) -> Self:
        _, m, r = self._index(ratings)
        counted = m if self.like_from is None else m[r >= self.like_from]
        self.counts = np.bincount(counted, minlength=len(self.movie_ids))
        return self

    def _estimate(self, u: np.ndarray, m: np.ndarray) -> np.ndarray:
        return rows_or_zero(self.counts, m).astype(float)


@dataclass(eq=False)
class RecentPopularity(Impersonal):
    """Score a movie by its number of likes in the last days of the ratings.

    .. math::
        s_i = |\\{u: r_{ui} \\geq l,\\ t_{ui} > T - \\mathrm{days}\\}|
        + \\frac{|\\{u: r_{ui} \\geq l\\}|}{1 + \\max_j |\\{u: r_{uj} \\geq l\\}|}

    with T the time of the latest rating: the fraction, less than 1, breaks ties by the likes of
    all times. Scores are numbers of likes, not stars. Where a rating
    has no ``timestamp``, `fit` raises a ValueError.

    Parameters
    ----------
    days : float
        How far back "lately" goes.
    like_from : float
        l, the stars from which a rating is a like.

    Attributes
    ----------
    recent, counts : numpy.ndarray of int64, shape (n_movies,)
        Likes in the last days, and ever.

    References
    ----------
    Ji, Sun, Zhang & Li (2020), "A re-visit of the popularity baseline in recommender systems".
    """

    days: float = 30
    like_from: float = LIKE_FROM

    def fit(self, ratings: pd.DataFrame) -> Self:
        if "timestamp" not in ratings or ratings["timestamp"].isna().any():
            raise ValueError(
                "What is popular lately takes the time of each rating, in a column timestamp: "
                "without it, use Popularity."
            )
        _, m, r = self._index(ratings)
        times, liked = pd.Series(moments(ratings)), r >= self.like_from
        late = (times > times.max() - pd.Timedelta(days=self.days)).to_numpy()
        size = len(self.movie_ids)
        self.counts = np.bincount(m[liked], minlength=size)
        self.recent = np.bincount(m[liked & late], minlength=size)
        return self

    def _estimate(self, u: np.ndarray, m: np.ndarray) -> np.ndarray:
        return rows_or_zero(self.recent + self.counts / (1 + self.counts.max()), m)
