"""The steps of `SVDpp`: those of Surprise, without going through all of a user's films each time.

At each of a user's ratings, every y of the films that the user has rated moves by the same rule,
y ← (1 - γλ) y + γ e q / √n. A chain of such moves is again one: y ← a y + c, with the same a and c
for all of these films. So a and c are collected while the user's ratings are gone through, and the
y's follow at the end. Their sum is needed at once, and moves by a rule of its own.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from nbhelpers.models.early_stopping import Factors


@dataclass
class Training:
    """Factors ``bu, bi, pu, qi, yj`` in training."""

    order: np.ndarray  # the users, as Surprise meets them
    ratings: tuple[np.ndarray, ...]  # where each user's begin, their movies and stars
    rated: tuple[np.ndarray, ...]  # where each user's rated movies begin, and which they are
    settings: tuple[float, float, float]  # mean rating, learning rate, regularisation
    reached: Factors

    def epoch(self) -> float:
        """Go through all ratings; return the RMSE of what was predicted right before each step."""
        return float(np.sqrt(self._pass(self.settings)))

    def mean_square(self) -> float:
        """Return the mean squared error of all ratings, with the factors as they are."""
        return self._pass((self.settings[0], 0.0, 0.0))

    def _pass(self, settings: tuple[float, float, float]) -> float:
        return float(_epoch(self.order, self.ratings, self.rated, settings, *self.reached))

    def factors(self) -> Factors:
        """Return the factors as they are, not copied."""
        return self.reached

    def put(self, factors: Factors) -> None:
        """Change the factors to others."""
        self.reached = factors


@njit(cache=True, nogil=True)
def _epoch(order, ratings, rated, settings, bu, bi, pu, qi, yj):
    """Take one step per rating; return the mean squared error before the steps."""
    starts, movies, stars = ratings
    rated_starts, rated_movies = rated
    mean, rate, reg = settings
    k = pu.shape[1]
    implicit, moved = np.empty(k), np.empty(k)
    squares = 0.0
    for u in order:
        first, last = rated_starts[u], rated_starts[u + 1]
        root = np.sqrt(last - first)
        implicit[:] = 0
        for place in range(first, last):
            for f in range(k):
                implicit[f] += yj[rated_movies[place], f] / root
        kept, moved[:] = 1.0, 0
        for place in range(starts[u], starts[u + 1]):
            i = movies[place]
            product = 0.0
            for f in range(k):
                product += qi[i, f] * (pu[u, f] + implicit[f])
            error = stars[place] - (mean + bu[u] + bi[i] + product)
            squares += error * error
            bu[u] += rate * (error - reg * bu[u])
            bi[i] += rate * (error - reg * bi[i])
            kept *= 1 - rate * reg
            for f in range(k):
                p, q, y = pu[u, f], qi[i, f], implicit[f]
                pu[u, f] += rate * (error * q - reg * p)
                qi[i, f] += rate * (error * (p + y) - reg * q)
                implicit[f] += rate * (error * q - reg * y)
                moved[f] += rate * (error * q / root - reg * moved[f])
        for place in range(first, last):
            for f in range(k):
                j = rated_movies[place]
                yj[j, f] = kept * yj[j, f] + moved[f]
    return squares / len(stars)
