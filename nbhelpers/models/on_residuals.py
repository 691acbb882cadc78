"""One model on top of another: the second learns what the first leaves over."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from nbhelpers.models.base import Model


@dataclass(eq=False)
class OnResiduals(Model):
    """Predict by one model, and correct it by another that has learned its errors.

    .. math:: \\hat r_{ui} = \\hat r^{(1)}_{ui} + \\hat e_{ui}, \\qquad
        e_{ui} = r_{ui} - \\hat r^{(1)}_{ui}

    With a `KNN` on top of an `SVD`, factors explain what runs through all ratings, and neighbours
    what a few films have in common.

    Parameters
    ----------
    first, second : Model
        Fitted in this order, with ratings by any user of any movie.

    Attributes
    ----------
    first, second : Model
        Fitted. To save them, save each on its own.

    References
    ----------
    Bell & Koren (2007), "Scalable collaborative filtering with jointly derived neighborhood
    interpolation weights", section 3 (removing effects one after the other).
    """

    first: Model
    second: Model

    def fit(self, ratings: pd.DataFrame) -> Self:
        u, m, r = self._index(ratings)
        self.first.fit(ratings)
        self.second.fit(ratings.assign(rating=r - self.first.estimates_at(u, m)))
        return self

    def _estimate(self, u: np.ndarray, m: np.ndarray) -> np.ndarray:
        found: np.ndarray = self.first.estimates_at(u, m) + self.second.estimates_at(u, m)
        return found

    def scores_at(self, u: np.ndarray) -> np.ndarray:
        scores: np.ndarray = self.first.scores_at(u) + self.second.scores_at(u)
        return scores
