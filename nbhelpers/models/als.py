"""Matrix factorisation by alternating ridge regressions."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nbhelpers.models.biases import als_biases, bias_of
from nbhelpers.models.early_stopping import Training
from nbhelpers.models.factors import FactorModel


@dataclass(eq=False)
class ALS(FactorModel):
    """Fit users' factors to the movies', then the movies' to the users', and so on.

    .. math:: \\hat r_{ui} = b_{ui} + q_i^\\top p_u, \\qquad b_{ui} = \\mu + b_u + b_i

    Only ratings that were given count: a missing one is unknown, not 0. With the q fixed, the
    best p of a user with ratings R is found by a ridge regression on what the biases leave over,

    .. math::
        p_u = \\left(\\sum_{i \\in R} q_i q_i^\\top + \\lambda |R| I\\right)^{-1}
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
    biased : bool
        If not, b is 0, as in Spark's ALS, and an unknown user or movie gets μ.
    n_threads : int
        How many rows are fitted at the same time; the numbers do not depend on it.

    Attributes
    ----------
    pu, qi : numpy.ndarray of float64, shape (n_users, n_factors) and (n_movies, n_factors)
        Rows as in `user_ids` and `movie_ids`.
    bu, bi : numpy.ndarray of float64, shape (n_users,) and (n_movies,)
        In stars, see `als_biases`; zeros if not `biased`.
    history : pandas.DataFrame
        RMSE, unclipped, after each epoch (from 1): ``train`` and, if `fit` was given some,
        ``validation``.

    References
    ----------
    Zhou, Wilkinson, Schreiber & Pan (2008), "Large-scale parallel collaborative filtering for
    the Netflix Prize", section 3 (λ weighted by the number of ratings).
    """

    n_factors: int = 20
    n_epochs: int = 10
    reg: float = 0.15
    random_state: int = 42
    biased: bool = True
    n_threads: int = 1

    def training(self, ratings: pd.DataFrame) -> Training:
        from scipy.sparse import csr_array

        from nbhelpers.models import als_kernels, sgd_exact  # numba: only where needed

        u, m, r = self._index(ratings)
        bu, bi = np.zeros(len(self.user_ids)), np.zeros(len(self.movie_ids))
        if self.biased:
            bu, bi = als_biases(csr_array((r - self.global_mean, (u, m))))
        rng = np.random.default_rng(self.random_state)
        pu = rng.normal(0, 0.1, (len(bu), self.n_factors))
        if not self.biased:  # whole ratings are to be fitted; Spark, too, starts on the unit sphere
            pu /= np.linalg.norm(pu, axis=1, keepdims=True)
        left = r - self._offset - bu[u] - bi[m]
        step = als_kernels.steps(u, m, left, self.reg, self.n_threads)
        factors = bu, bi, pu, np.zeros((len(bi), self.n_factors))
        return sgd_exact.Training(u, m, r, factors, self._offset, step)

    def _fold_in(self, m: np.ndarray, r: np.ndarray) -> np.ndarray:
        from nbhelpers.models.als_kernels import Side, ridges

        expected = self._offset + self.bi
        if not len(m):
            return expected if self.biased else np.full(len(self.bi), self.global_mean)
        left = r - expected[m]
        bias = bias_of(left) if self.biased else 0.0
        side = Side(np.array([0, len(m)]), m.astype(np.int32), left - bias)
        (taste,) = ridges(self.qi, side, self.reg * side.counts, self.n_threads)
        scores: np.ndarray = expected + bias + self.qi @ taste
        return scores
