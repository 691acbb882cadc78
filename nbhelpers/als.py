"""Matrix factorisation by alternating ridge regressions, in nothing but NumPy."""

from typing import Self

import numpy as np
import pandas as pd

from nbhelpers.knn import REG_U, als_biases
from nbhelpers.metrics import rmse
from nbhelpers.model import Model, rows_or_zero

BLOCK = 100_000  # pairs whose factors are held in memory at a time


class ALS(Model):
    """Fit users' factors to the movies', then the movies' to the users', and so on.

    .. math:: \\hat r_{ui} = b_{ui} + q_i^\\top p_u, \\qquad b_{ui} = \\mu + b_u + b_i

    Only ratings that were given count: a missing one is unknown, not 0. With the q fixed, the
    best p of a user with ratings R is found by a ridge regression on what the biases leave over,

    .. math::
        p_u = \\Big(\\sum_{i \\in R} q_i q_i^\\top + \\lambda |R| I\\Big)^{-1}
        \\sum_{i \\in R} (r_{ui} - b_{ui}) \\, q_i

    and likewise a movie's q with the p fixed. Each step lowers the sum of squared errors plus
    λ times the factors' squared sizes, each counted once per rating. Unlike `SVD` there is no
    learning rate to choose, and the users' step is the exact answer to a newcomer.

    Parameters
    ----------
    n_factors, n_epochs : int
        An epoch is one step of the movies and one of the users.
    reg : float
        λ above, more than 0.
    random_state : int
        Seed of the users' factors to start from.

    Attributes
    ----------
    pu, qi : numpy.ndarray of float64, shape (n_users, n_factors) and (n_movies, n_factors)
        Rows as in `user_ids` and `movie_ids`.
    bu, bi : numpy.ndarray of float64, shape (n_users,) and (n_movies,)
        In stars, see `als_biases`.
    history : pandas.DataFrame
        RMSE, unclipped, after each epoch (from 1): ``train`` and, if `fit` was given some,
        ``validation``.

    References
    ----------
    Zhou, Wilkinson, Schreiber & Pan (2008), "Large-scale parallel collaborative filtering for
    the Netflix Prize", section 3 (λ weighted by the number of ratings).
    """

    def __init__(
        self, n_factors: int = 20, n_epochs: int = 10, reg: float = 0.15, random_state: int = 42
    ):
        self.n_factors = n_factors
        self.n_epochs = n_epochs
        self.reg = reg
        self.random_state = random_state

    def fit(self, ratings: pd.DataFrame, validation: pd.DataFrame | None = None) -> Self:
        """Learn from ratings; the model never learns from `validation`, it is only watched."""
        u, m, r = self._index(ratings)
        self.bu, self.bi = als_biases(u, m, r - self.global_mean)
        left = r - self.global_mean - self.bu[u] - self.bi[m]
        rng = np.random.default_rng(self.random_state)
        self.pu = rng.normal(0, 0.1, (len(self.user_ids), self.n_factors))
        history = []
        for _ in range(self.n_epochs):
            self.qi = self._step(self.pu, m, u, left)
            self.pu = self._step(self.qi, u, m, left)
            history.append({"train": rmse(r, self._estimate(u, m))})
            if validation is not None:
                predicted = self.predict(validation["user_id"], validation["movie_id"])
                history[-1]["validation"] = rmse(validation["rating"], predicted)
        epochs = pd.RangeIndex(1, self.n_epochs + 1, name="epoch")
        self.history = pd.DataFrame(history, index=epochs)
        return self

    def _step(
        self, fixed: np.ndarray, of: np.ndarray, other: np.ndarray, left: np.ndarray
    ) -> np.ndarray:
        """Return the factors of one side, with those of the other side fixed."""
        order = np.argsort(of, kind="stable")
        ends = np.cumsum(np.bincount(of))[:-1]
        mine = zip(np.split(other[order], ends), np.split(left[order], ends), strict=True)
        return np.array([self._ridge(fixed[others], rest) for others, rest in mine])

    def _ridge(self, known: np.ndarray, left: np.ndarray) -> np.ndarray:
        penalty = self.reg * len(left) * np.eye(self.n_factors)
        return np.linalg.solve(known.T @ known + penalty, known.T @ left)

    def _fold_in(self, m: np.ndarray, r: np.ndarray) -> np.ndarray:
        expected = self.global_mean + self.bi
        if not len(m):
            return expected
        bias = (r - expected[m]).sum() / (REG_U + len(r))
        return expected + bias + self.qi @ self._ridge(self.qi[m], r - expected[m] - bias)

    def _estimate(self, u: np.ndarray, m: np.ndarray) -> np.ndarray:
        estimates = self.global_mean + rows_or_zero(self.bu, u) + rows_or_zero(self.bi, m)
        for start in range(0, len(u), BLOCK):
            block = slice(start, start + BLOCK)
            users, movies = rows_or_zero(self.pu, u[block]), rows_or_zero(self.qi, m[block])
            estimates[block] += np.einsum("nf,nf->n", users, movies)
        return estimates

    def _score(self, u: np.ndarray) -> np.ndarray:
        biases = self.global_mean + rows_or_zero(self.bu, u)[:, None] + self.bi
        return biases + rows_or_zero(self.pu, u) @ self.qi.T
