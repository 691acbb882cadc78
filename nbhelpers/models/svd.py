"""Matrix factorisation by stochastic gradient descent, as it won the Netflix Prize."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nbhelpers.models import newcomer
from nbhelpers.models.early_stopping import Factors, Training
from nbhelpers.models.factors import FactorModel

DRAWN = 1 << 17  # rows of factors drawn at a time, in double precision


@dataclass(eq=False)
class SVD(FactorModel):
    """Predict a rating by biases and the product of a user's and a movie's factors.

    .. math:: \\hat r_{ui} = \\mu + b_u + b_i + q_i^\\top p_u

    learned by going through the ratings `n_epochs` times and stepping, at each one, against
    the gradient of its squared error plus `reg_all` (λ) times the squared size of what was
    used; with the error e and the learning rate `lr_all` (γ):

    .. math::
        b_u &\\leftarrow b_u + \\gamma (e - \\lambda b_u), \\quad
        b_i \\leftarrow b_i + \\gamma (e - \\lambda b_i) \\\\
        p_u &\\leftarrow p_u + \\gamma (e q_i - \\lambda p_u), \\quad
        q_i \\leftarrow q_i + \\gamma (e p_u - \\lambda q_i)

    `fold_in` gives a newcomer the bias and factors x = (b, p) that are most probable after
    their ratings r, with movies as they are and the trained users' x, of mean m and covariance
    Σ, as the prior; σ² is the mean squared error in training:

    .. math::
        \\min_x \\sum_i (r_i - \\mu - b_i - b - q_i^\\top p)^2 / \\sigma^2
        + (x - m)^\\top \\Sigma^{-1} (x - m)

    With float64 the factors are, bit for bit, those of ``surprise.SVD`` with the same
    parameters (on processors for which the compiler of Surprise does not fuse products and sums).

    Parameters
    ----------
    n_factors, n_epochs : int
    biased : bool
        Without, the prediction is the product alone.
    init_mean, init_std_dev : float
        Of the normal distribution that the factors start from.
    lr_all, reg_all : float
        Learning rate and regularisation.
    random_state : int
        Seed of the factors' start.
    dtype : {"float64", "float32"}
        Surprise's numbers, or as good ones many times faster and in half the memory.
    n_threads : int
        More than one if float32. Another number of threads takes the ratings in another order,
        which changes the factors a little; the same number gives the same ones.

    Attributes
    ----------
    pu, qi : numpy.ndarray of `dtype`, shape (n_users, n_factors) and (n_movies, n_factors)
        Rows as in `user_ids` and `movie_ids`.
    bu, bi : numpy.ndarray of `dtype`, shape (n_users,) and (n_movies,)
        In stars; zeros if not `biased`.
    history : pandas.DataFrame
        RMSE, unclipped, after each epoch (from 1): ``train`` and, if `fit` was given some,
        ``validation``. With float32, ``train`` is of the errors met during the epoch, each
        before the step that it caused, and so a little higher.

    References
    ----------
    Funk (2006), https://sifter.org/~simon/journal/20061211.html;
    Koren, Bell & Volinsky (2009), "Matrix factorization techniques for recommender
    systems", equations 4 and 5; Bishop (2006), "Pattern Recognition and Machine Learning",
    equations 3.49 to 3.51 (the newcomer's ridge regression).
    """

    n_factors: int = 100
    n_epochs: int = 20
    biased: bool = True
    init_mean: float = 0
    init_std_dev: float = 0.1
    lr_all: float = 0.005
    reg_all: float = 0.02
    random_state: int = 42
    dtype: str = "float64"
    n_threads: int = 1

    def __post_init__(self) -> None:
        if self.dtype not in ("float64", "float32"):
            raise ValueError(f'Factors are "float64" or "float32", not {self.dtype!r}.')
        if self.n_threads != 1 and (self.dtype == "float64" or self.n_threads < 1):
            raise ValueError(
                f'n_threads is {self.n_threads}, but several threads need dtype="float32".'
            )

    def training(self, ratings: pd.DataFrame) -> Training:
        # What is compiled is imported where something is learned: numba takes half a second.
        if self.dtype == "float32":
            from nbhelpers.models import sgd_threads

            table = sgd_threads.grouped_for(ratings, self.n_factors, self.n_threads)
            self.user_ids, self.movie_ids = table.user_ids, table.movie_ids
            self.seen, self.global_mean = table.seen(), table.mean()
            factors = self._start(*table.met)
            return sgd_threads.Training(table, self.n_threads, factors, *self._settings)
        from nbhelpers.models import sgd_exact

        u, m, r = self._index(ratings)
        user_turn, users = pd.factorize(u)  # in order of first appearance, as Surprise has it
        order = np.argsort(user_turn, kind="stable")
        factors = self._start(users, pd.unique(m))
        u, m, r = u[order], m[order], r[order]
        self.global_mean = float(r.mean())  # summed in Surprise's order, to its last bit
        step = sgd_exact.steps(u, m, r, *self._settings)
        return sgd_exact.Training(u, m, r, factors, self._offset, step)

    def keep(self, training: Training) -> None:
        super().keep(training)
        self._prior = newcomer.prior(self.bu, self.pu, training.mean_square())

    @property
    def _settings(self) -> tuple[float, float, float, bool]:
        return self._offset, self.lr_all, self.reg_all, self.biased

    def _start(self, users: np.ndarray, movies: np.ndarray) -> Factors:
        """Return ``bu, bi, pu, qi`` to start from, drawn for these places one after the other."""
        rng = np.random.RandomState(self.random_state)  # Surprise's generator
        drawn = []
        for places in (users, movies):
            factors = np.empty((len(places), self.n_factors), self.dtype)
            for first in range(0, len(places), DRAWN):
                block = places[first : first + DRAWN]
                size = len(block), self.n_factors
                factors[block] = rng.normal(self.init_mean, self.init_std_dev, size)
            drawn.append(factors)
        return np.zeros(len(users), self.dtype), np.zeros(len(movies), self.dtype), *drawn

    def _fold_in(self, m: np.ndarray, r: np.ndarray) -> np.ndarray:
        known = np.column_stack([np.ones(len(m)), self.qi[m]])
        bias, *taste = newcomer.most_probable(self._prior, known, r - self._offset - self.bi[m])
        scores: np.ndarray = self._offset + bias + self.bi + self.qi @ taste
        return scores
