"""SVD++: matrix factorisation that also learns from which films somebody has rated at all."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from nbhelpers.models import newcomer
from nbhelpers.models.early_stopping import Factors, Training
from nbhelpers.models.factors import FactorModel


@dataclass(eq=False)
class SVDpp(FactorModel):
    """Predict a rating by biases, factors, and what the user has rated, whatever the stars.

    .. math:: \\hat r_{ui} = \\mu + b_u + b_i
        + q_i^\\top \\Big( p_u + |N(u)|^{-1/2} \\sum_{j \\in N(u)} y_j \\Big)

    where N(u) are the films that u has rated. It is learned by stochastic gradient descent as in
    `SVD`; with the sum in brackets as z, and at each rating for all j in N(u):

    .. math::
        p_u &\\leftarrow p_u + \\gamma (e q_i - \\lambda p_u), \\quad
        q_i \\leftarrow q_i + \\gamma (e z_u - \\lambda q_i) \\\\
        y_j &\\leftarrow y_j + \\gamma (e |N(u)|^{-1/2} q_i - \\lambda y_j)

    The steps are those of ``surprise.SVDpp`` with the same parameters, up to rounding. Surprise
    touches all of N(u) at each rating; here it is done once a user (see `svdpp_kernels`), which is
    the same and takes a time that no longer grows with the square of a user's ratings.

    `fold_in` does for a newcomer what `SVD.fold_in` does; the films they rated give the y's.

    Parameters
    ----------
    n_factors, n_epochs : int
    init_mean, init_std_dev : float
        Of the normal distribution that the factors start from.
    lr_all, reg_all : float
        Learning rate and regularisation.
    random_state : int
        Seed of the factors' start.

    Attributes
    ----------
    pu : numpy.ndarray of float64, shape (n_users, n_factors)
        The z of each user, all of what `qi` is multiplied with.
    qi, yj : numpy.ndarray of float64, shape (n_movies, n_factors)
    own : numpy.ndarray of float64, shape (n_users, n_factors)
        The p of each user.
    bu, bi : numpy.ndarray of float64, shape (n_users,) and (n_movies,)
        In stars.
    history : pandas.DataFrame
        RMSE, unclipped, after each epoch (from 1): ``train``, of the errors met during the epoch,
        each before the step that it caused, and maybe ``validation``.

    References
    ----------
    Koren (2008), "Factorization meets the neighborhood", equation 15.
    """

    biased = True

    n_factors: int = 20
    n_epochs: int = 20
    init_mean: float = 0
    init_std_dev: float = 0.1
    lr_all: float = 0.007
    reg_all: float = 0.02
    random_state: int = 42

    def fit(
        self,
        ratings: pd.DataFrame,
        validation: pd.DataFrame | None = None,
        *,
        patience: int | None = None,
        progress: bool = False,
        also_rated: pd.DataFrame | None = None,
    ) -> Self:
        """Learn from ratings.

        Parameters
        ----------
        ratings : DataFrame (user_id, movie_id, rating)
            One row per rating.
        validation, patience, progress
            See `SVD.fit`.
        also_rated : DataFrame (user_id, movie_id), optional
            Further pairs known to have been rated, but not with how many stars, such as those
            of the Netflix Prize's qualifying set. Users and movies without ratings are ignored.

        Returns
        -------
        SVDpp
            The model itself.

        Raises
        ------
        ValueError
            As for `SVD.fit`.
        """
        self._further = also_rated
        try:
            return super().fit(ratings, validation, patience=patience, progress=progress)
        finally:
            del self._further, self._rated

    def training(self, ratings: pd.DataFrame) -> Training:
        from nbhelpers.models.svdpp_kernels import Training as Steps  # numba: only where needed

        u, m, r = self._index(ratings)
        order = pd.unique(u)  # Surprise goes through users, and their films, as they come
        by_user = np.argsort(u, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(u))])
        self.global_mean = float(r.mean())
        self._rated = self._all_rated(u, m)
        rated = self._rated.indptr.astype(np.int64), self._rated.indices.astype(np.int64)
        settings = self.global_mean, self.lr_all, self.reg_all
        start = self._start(order, pd.unique(m))
        return Steps(order, (starts, m[by_user], r[by_user]), rated, settings, start)

    def keep(self, training: Training) -> None:
        super().keep(training)
        self._prior = newcomer.prior(self.bu, self.own, training.mean_square())

    def _all_rated(self, u: np.ndarray, m: np.ndarray) -> csr_array:
        """Return 1 / √n where a user has rated one of n films, with known stars or not."""
        if self._further is not None:
            more_u, more_m = self._positions(self._further["user_id"], self._further["movie_id"])
            known = (more_u >= 0) & (more_m >= 0)
            u, m = np.concatenate([u, more_u[known]]), np.concatenate([m, more_m[known]])
        rated = csr_array((np.ones(len(u)), (u, m)), shape=self.seen.shape)
        rated.sum_duplicates()
        counts = np.diff(rated.indptr)
        rated.data = np.repeat(1 / np.sqrt(np.maximum(counts, 1)), counts)
        return rated

    def _start(self, users: np.ndarray, movies: np.ndarray) -> Factors:
        """Return ``bu, bi, pu, qi, yj`` to start from, as Surprise draws them."""
        rng = np.random.RandomState(self.random_state)
        drawn = []
        for places in (users, movies, movies):
            factors = np.empty((len(places), self.n_factors))
            factors[places] = rng.normal(self.init_mean, self.init_std_dev, factors.shape)
            drawn.append(factors)
        return np.zeros(len(users)), np.zeros(len(movies)), *drawn

    def _set(self, factors: Factors) -> None:
        self.bu, self.bi, self.own, self.qi, self.yj = factors
        self.pu = self.own + self._rated @ self.yj

    def _fold_in(self, m: np.ndarray, r: np.ndarray) -> np.ndarray:
        implicit = self.yj[m].sum(axis=0) / np.sqrt(max(1, len(m)))
        offsets = self.global_mean + self.bi + self.qi @ implicit
        known = np.column_stack([np.ones(len(m)), self.qi[m]])
        bias, *taste = newcomer.most_probable(self._prior, known, r - offsets[m])
        scores: np.ndarray = offsets + bias + self.qi @ taste
        return scores
