"""The steps of `SVDpp`: those of Surprise, without going through all of a user's films each time.

At each of a user's ratings, every y of the films that the user has rated moves by the same rule,
y ← (1 - γλ) y + γ e q / √n. A chain of such moves is again one: y ← a y + c, with the same a and c
for all of these films. So a and c are collected while the user's ratings are gone through, and the
y's follow at the end. Their sum is needed at once, and moves by a rule of its own.
"""

import numpy as np
from numba import njit

from nbhelpers.models.early_stopping import Factors


class Training:
    """Factors in training.

    Parameters
    ----------
    ratings : tuple of numpy.ndarray
        Where each user's ratings start, their movies and stars; users as Surprise meets them.
    rated : tuple of numpy.ndarray
        Where each user's rated movies start, and which they are: with stars or without.
    factors : tuple of numpy.ndarray of float64
        ``bu, bi, pu, qi, yj`` to start from.
    settings : tuple of float
        Mean rating, learning rate, regularisation.
    order : numpy.ndarray of int
        The users, as they are gone through.
    """

    def __init__(
        self,
        ratings: tuple[np.ndarray, ...],
        rated: tuple[np.ndarray, ...],
        factors: Factors,
        settings: tuple[float, float, float],
        order: np.ndarray,
    ):
        self._data = order, ratings, rated
        self._factors, self._settings = factors, settings

    def epoch(self) -> float:
        """Go through all ratings; return the RMSE of what was predicted right before each step."""
        return float(np.sqrt(_epoch(*self._data, self._settings, *self._factors)))

    def mean_square(self) -> float:
        """Return the mean squared error of all ratings, with the factors as they are."""
        still = self._settings[0], 0.0, 0.0
        return float(_epoch(*self._data, still, *self._factors))

    def factors(self) -> Factors:
        """Return ``bu, bi, pu, qi, yj`` as they are, not copied."""
        return self._factors

    def put(self, factors: Factors) -> None:
        """Change the factors to others."""
        self._factors = factors


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
