"""Models of biases and factors: what `SVD` and `ALS` share, and the axes of taste in them."""

from collections.abc import Callable
from typing import Self

import numpy as np
import pandas as pd

from nbhelpers.models.base import Model, rows_or_zero
from nbhelpers.models.early_stopping import Factors, Training, learn


class FactorModel(Model):
    """A model that predicts by biases and the product of a user's and a movie's factors.

    .. math:: \\hat r_{ui} = \\mu + b_u + b_i + q_i^\\top p_u

    A model of one's own defines `training`, which says how they are learned. If it is not
    `biased`, the prediction is the product alone, and of an unknown user or movie it is μ.
    """

    n_epochs: int
    biased: bool
    bu: np.ndarray
    bi: np.ndarray
    pu: np.ndarray
    qi: np.ndarray
    history: pd.DataFrame

    def fit(
        self,
        ratings: pd.DataFrame,
        validation: pd.DataFrame | None = None,
        *,
        patience: int | None = None,
        progress: bool = False,
    ) -> Self:
        """Learn from ratings.

        Parameters
        ----------
        ratings : DataFrame (user_id, movie_id, rating)
            One row per rating.
        validation : DataFrame, optional
            More of them; the model never learns from these, they are only watched.
        patience : int, optional
            Stop when the error in `validation` has not become smaller for so many epochs, and
            keep the best epoch's factors; `history` tells of all epochs.
        progress : bool
            Show a bar, with the RMSE so far.

        Returns
        -------
        FactorModel
            The model itself.

        Raises
        ------
        ValueError
            If there are no ratings, or one is missing, or there is patience without a
            validation part.
        """
        training = self.training(ratings)
        watch = None if validation is None else self._error_on(validation)
        errors = learn(training, self.n_epochs, watch, patience, progress)
        self.keep(training)
        epochs = pd.RangeIndex(1, len(errors) + 1, name="epoch")
        self.history = pd.DataFrame(errors, index=epochs)
        return self

    def training(self, ratings: pd.DataFrame) -> Training:
        """Learn who and what is there; the training is not yet begun, see `early_stopping`."""
        raise NotImplementedError

    def keep(self, training: Training) -> None:
        """Predict from now on with the factors that a training has reached."""
        self._set(tuple(map(np.ascontiguousarray, training.factors())))

    def _error_on(self, ratings: pd.DataFrame) -> Callable[[Factors], float]:
        """Return a function that tells the RMSE of factors."""
        u, m = self._positions(ratings["user_id"], ratings["movie_id"])
        stars = ratings["rating"].to_numpy()

        def error(factors: Factors) -> float:
            self._set(factors)
            return float(np.sqrt(np.mean((self._estimate(u, m) - stars) ** 2)))

        return error

    def _set(self, factors: Factors) -> None:
        self.bu, self.bi, self.pu, self.qi = factors

    @property
    def _offset(self) -> float:
        return self.global_mean if self.biased else 0.0

    def _estimate(self, u: np.ndarray, m: np.ndarray) -> np.ndarray:
        from nbhelpers.models.sgd_exact import estimates  # numba: only where it is needed

        found: np.ndarray = estimates(u, m, self._offset, self.bu, self.bi, self.pu, self.qi)
        if not self.biased:
            found[(u < 0) | (m < 0)] = self.global_mean
        return found

    def scores_at(self, u: np.ndarray) -> np.ndarray:
        scores: np.ndarray = rows_or_zero(self.pu, u) @ self.qi.T
        scores += self._offset + rows_or_zero(self.bu, u)[:, None] + self.bi
        if not self.biased:
            scores[u < 0] = self.global_mean
        return scores


def principal_axes(model: FactorModel) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Turn the factors so that taste moves the predictions most along the first axis.

    The axes are those of the singular value decomposition of ``pu @ qi.T``, a table that is
    never built: it has the singular values of the product of two small triangles.

    Parameters
    ----------
    model : SVD or ALS
        Fitted.

    Returns
    -------
    users, movies : numpy.ndarray of float64, shape (n_users, k) and (n_movies, k)
        With ``users @ movies.T`` equal to ``pu @ qi.T``, and k the number of factors or, if
        there are fewer, of users or movies. On each axis the movie farthest out is positive.
    share : numpy.ndarray of float64, shape (k,)
        Of the table's sum of squares; the largest first.
    """
    user_basis, user_rest = np.linalg.qr(model.pu)
    movie_basis, movie_rest = np.linalg.qr(model.qi)
    left, size, right = np.linalg.svd(user_rest @ movie_rest.T, full_matrices=False)
    users, movies = user_basis @ left * np.sqrt(size), movie_basis @ right.T * np.sqrt(size)
    farthest = np.abs(movies).argmax(axis=0)
    sign = np.where(movies[farthest, np.arange(len(size))] < 0, -1, 1)
    return users * sign, movies * sign, size**2 / (size**2).sum()
