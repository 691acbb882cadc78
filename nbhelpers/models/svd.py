"""Matrix factorisation by stochastic gradient descent, as it won the Netflix Prize."""

from copy import copy
from functools import partial
from typing import Self

import numpy as np
import pandas as pd

from nbhelpers.models import newcomer, sgd_exact, sgd_threads
from nbhelpers.models.axes import principal_axes
from nbhelpers.models.base import Model, rows_or_zero
from nbhelpers.models.early_stopping import Training, learn

__all__ = ["SVD", "principal_axes"]

DRAWN = 1 << 17  # rows of factors drawn at a time, in double precision


class SVD(Model):
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

    def __init__(
        self,
        n_factors: int = 100,
        n_epochs: int = 20,
        biased: bool = True,
        init_mean: float = 0,
        init_std_dev: float = 0.1,
        lr_all: float = 0.005,
        reg_all: float = 0.02,
        random_state: int = 42,
        dtype: str = "float64",
        n_threads: int = 1,
    ):
        if dtype not in ("float64", "float32"):
            raise ValueError(f'Factors are "float64" or "float32", not {dtype!r}.')
        if n_threads != 1 and (dtype == "float64" or n_threads < 1):
            raise ValueError(f'{n_threads} threads: one, or more with dtype="float32".')
        self.n_factors = n_factors
        self.n_epochs = n_epochs
        self.biased = biased
        self.init_mean = init_mean
        self.init_std_dev = init_std_dev
        self.lr_all = lr_all
        self.reg_all = reg_all
        self.random_state = random_state
        self.dtype = dtype
        self.n_threads = n_threads

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
        validation : DataFrame, optional
            More of them; the model never learns from these, they are only watched.
        patience : int, optional
            Stop when the error in `validation` has not become smaller for so many epochs, and
            keep the best epoch's factors; `history` tells of all epochs.
        progress : bool
            Show a bar, with the RMSE so far.
        """
        training = self._training(ratings)
        self.history = pd.DataFrame()
        return self._learn(training, self.n_epochs, validation, patience, progress)

    def fit_more(
        self,
        ratings: pd.DataFrame,
        n_epochs: int,
        validation: pd.DataFrame | None = None,
        *,
        patience: int | None = None,
        progress: bool = False,
    ) -> Self:
        """Go on where `fit` has stopped, as if it had not; a model from disk does so as well.

        Raises
        ------
        ValueError
            If the ratings are not those that the model has learned from.
        """
        self._check_fitted()
        training = copy(self)._training(ratings, self)
        return self._learn(training, n_epochs, validation, patience, progress)

    def _training(self, ratings: pd.DataFrame, known: Self | None = None) -> Training:
        """Learn who and what is there; return the training, from the start or as `known`."""
        if self.dtype == "float32":
            table = sgd_threads.grouped_for(ratings, self.n_factors, self.n_threads)
            self.user_ids, self.movie_ids = table.user_ids, table.movie_ids
            self._seen, self.global_mean = table.seen(), table.mean()
            factors = self._start(*table.met)
            kind = partial(sgd_threads.Training, table, self.n_threads)
        else:
            u, m, r = self._index(ratings)
            user_turn, users = pd.factorize(u)  # in order of first appearance, as Surprise has it
            order = np.argsort(user_turn, kind="stable")
            factors = self._start(users, self._appearance(m))
            u, m, r = u[order], m[order], r[order]
            self.global_mean = float(r.mean())  # summed in Surprise's order, to its last bit
            kind = partial(sgd_exact.Training, u, m, r)
        if known is not None:
            _check_same(known, self)
            factors = tuple(array.copy() for array in known._factors)
        return kind(factors, self._offset, self.lr_all, self.reg_all, self.biased)

    def _learn(
        self, training: Training, n_epochs: int, validation: pd.DataFrame | None, *how
    ) -> Self:
        watch = None
        if validation is not None:
            u = pd.Index(self.user_ids).get_indexer(validation["user_id"])
            m = pd.Index(self.movie_ids).get_indexer(validation["movie_id"])
            stars = validation["rating"].to_numpy()

            def watch(factors: tuple[np.ndarray, ...]) -> float:
                self.bu, self.bi, self.pu, self.qi = factors
                return _rmse(stars, self._estimate(u, m))

        errors = learn(training, n_epochs, watch, *how)
        self.bu, self.bi, self.pu, self.qi = map(np.ascontiguousarray, training.factors())
        self._prior = newcomer.prior(self.bu, self.pu, training.mean_square())
        errors = self.history.to_dict("records") + errors
        epochs = pd.RangeIndex(1, len(errors) + 1, name="epoch")
        self.history = pd.DataFrame(errors, index=epochs)
        return self

    @property
    def _offset(self) -> float:
        return self.global_mean if self.biased else 0.0

    @property
    def _factors(self) -> tuple[np.ndarray, ...]:
        return self.bu, self.bi, self.pu, self.qi

    def _start(self, users: np.ndarray, movies: np.ndarray) -> tuple[np.ndarray, ...]:
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

    def _appearance(self, positions: np.ndarray) -> np.ndarray:
        return pd.factorize(positions)[1]

    def _estimate(self, u: np.ndarray, m: np.ndarray) -> np.ndarray:
        estimates = sgd_exact.estimates(u, m, self._offset, *self._factors)
        if not self.biased:
            estimates[(u < 0) | (m < 0)] = self.global_mean
        return estimates

    def _fold_in(self, m: np.ndarray, r: np.ndarray) -> np.ndarray:
        known = np.column_stack([np.ones(len(m)), self.qi[m]])
        bias, *taste = newcomer.most_probable(self._prior, known, r - self._offset - self.bi[m])
        return self._offset + bias + self.bi + self.qi @ taste

    def _score(self, u: np.ndarray) -> np.ndarray:
        scores = rows_or_zero(self.pu, u) @ self.qi.T
        scores += self._offset + rows_or_zero(self.bu, u)[:, None] + self.bi
        if not self.biased:
            scores[u < 0] = self.global_mean
        return scores


def _check_same(known: SVD, found: SVD) -> None:
    found, known = (
        (model.user_ids, model.movie_ids, model._seen.indptr, model.global_mean)
        for model in (found, known)
    )
    if not all(map(np.array_equal, found, known)):
        raise ValueError("To go on, the ratings have to be those that the model has learned from.")


def _rmse(actual: np.ndarray, predicted: np.ndarray) -> float:
    return float(np.sqrt(np.mean((predicted - actual) ** 2)))
