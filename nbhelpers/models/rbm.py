"""A restricted Boltzmann machine: switches that ratings turn on, and that explain ratings."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from nbhelpers.models.base import Model

MOST_LEVELS = 20


@dataclass(eq=False)
class RBM(Model):
    """Predict a rating by hidden switches h, which a user's ratings turn on or off.

    A film has a softmax unit: one of its K kinds of stars is on. With V(u) the ratings of u,
    and k(j) the kind of stars that j got,

    .. math::
        P(h_f = 1 \\mid V(u)) = \\sigma\\Big(c_f + \\sum_{j \\in V(u)} W_{j k(j) f}\\Big), \\qquad
        P(v_i = k \\mid h) \\propto \\exp\\Big(b_{ik} + \\sum_f h_f W_{ikf}\\Big)

    and the prediction is the mean of the stars under the second, with the probabilities of the
    first as h. It is learned by contrastive divergence, a user at a time: with h⁺ given the
    ratings, v⁻ guessed from a draw of h⁺, and h⁻ given v⁻,

    .. math:: W_{ikf} \\leftarrow W_{ikf} + \\gamma \\big([k = k(i)] h^+_f - v^-_{ik} h^-_f
        - \\lambda W_{ikf}\\big)

    and the biases alike, without λ. Of more than 20 kinds of stars, `fit`
    raises a ValueError.

    Parameters
    ----------
    n_hidden, n_epochs : int
    lr, decay : float
        γ and λ.
    random_state : int
        Seed of the weights' start, the order of the users, and the draws.

    Attributes
    ----------
    weights : numpy.ndarray of float64, shape (n_movies, K, n_hidden)
    visible : numpy.ndarray of float64, shape (n_movies, K)
        b; it starts from the logarithm of each film's shares of stars.
    hidden : numpy.ndarray of float64, shape (n_hidden,)
        c.
    stars : numpy.ndarray of float64, shape (K,)
        The kinds of stars in the ratings.
    losses : numpy.ndarray of float64, shape (n_epochs,)
        Mean of -log P of the ratings in training, guessed from the draws.

    References
    ----------
    Salakhutdinov, Mnih & Hinton (2007), "Restricted Boltzmann machines for collaborative
    filtering", equations 1, 2 and 6.
    """

    n_hidden: int = 50
    n_epochs: int = 30
    lr: float = 0.005
    decay: float = 0.01
    random_state: int = 42

    def fit(self, ratings: pd.DataFrame) -> Self:
        from nbhelpers.models.rbm_kernels import epoch  # numba: only where it is needed

        u, m, r = self._index(ratings)
        self.stars, level = np.unique(r, return_inverse=True)
        if len(self.stars) > MOST_LEVELS:
            raise ValueError(
                f"There are {len(self.stars)} different ratings, and a unit for each: an RBM "
                f"learns from at most {MOST_LEVELS} kinds of stars."
            )
        by_user = np.argsort(u, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(u))])
        self.by_user = starts, m[by_user], level[by_user].astype(np.int64)
        self.visible = self._log_shares(m, level)
        rng = np.random.default_rng(self.random_state)
        self.weights = rng.normal(0, 0.01, (*self.visible.shape, self.n_hidden))
        self.hidden = np.zeros(self.n_hidden)
        learned = self.weights, self.visible, self.hidden
        self.losses = np.empty(self.n_epochs)
        for n in range(self.n_epochs):
            order = rng.permutation(len(self.user_ids))
            draws = rng.random((len(order), self.n_hidden))
            self.losses[n] = epoch(self.by_user, order, draws, *learned, self.lr, self.decay)
        return self

    def _log_shares(self, m: np.ndarray, level: np.ndarray) -> np.ndarray:
        """Return the logarithm of how often each movie got each kind of stars."""
        shape = len(self.movie_ids), len(self.stars)
        counts = np.bincount(m * shape[1] + level, minlength=shape[0] * shape[1]).reshape(shape)
        overall = counts.sum(axis=0) / counts.sum()
        shares = (counts + 5 * overall) / (counts.sum(axis=1, keepdims=True) + 5)
        log: np.ndarray = np.log(shares)
        return log

    def _estimate(self, u: np.ndarray, m: np.ndarray) -> np.ndarray:
        return self._expected(u, m, self.by_user)

    def _fold_in(self, m: np.ndarray, r: np.ndarray) -> np.ndarray:
        level = np.abs(r[:, None] - self.stars).argmin(axis=1)
        own = np.array([0, len(m)]), m.astype(np.int64), level.astype(np.int64)
        movies = np.arange(len(self.movie_ids))
        return self._expected(np.zeros_like(movies), movies, own)

    def _expected(
        self, u: np.ndarray, m: np.ndarray, by_user: tuple[np.ndarray, ...]
    ) -> np.ndarray:
        from nbhelpers.models.rbm_kernels import expected

        learned = self.weights, self.visible, self.hidden, self.stars
        found: np.ndarray = expected(u, m, by_user, *learned)
        found[m < 0] = self.global_mean
        return found
