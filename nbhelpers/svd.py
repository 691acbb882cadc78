"""Matrix factorisation by stochastic gradient descent, as it won the Netflix Prize."""

from typing import Self

import numpy as np
import pandas as pd
from numba import njit

from nbhelpers.model import Model, rows_or_zero


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

    The factors are, bit for bit, those of ``surprise.SVD`` with the same parameters (on
    processors for which the compiler of Surprise does not fuse products and sums).

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

    Attributes
    ----------
    pu, qi : numpy.ndarray of float64, shape (n_users, n_factors) and (n_movies, n_factors)
        Rows as in `user_ids` and `movie_ids`.
    bu, bi : numpy.ndarray of float64, shape (n_users,) and (n_movies,)
        In stars; zeros if not `biased`.
    history : pandas.DataFrame
        RMSE, unclipped, after each epoch (from 1): ``train`` and, if `fit` was given some,
        ``validation``.

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
    ):
        self.n_factors = n_factors
        self.n_epochs = n_epochs
        self.biased = biased
        self.init_mean = init_mean
        self.init_std_dev = init_std_dev
        self.lr_all = lr_all
        self.reg_all = reg_all
        self.random_state = random_state

    def fit(self, ratings: pd.DataFrame, validation: pd.DataFrame | None = None) -> Self:
        """Learn from ratings; the model never learns from `validation`, it is only watched."""
        u, m, r = self._index(ratings)
        user_turn, users = pd.factorize(u)  # in order of first appearance, as Surprise has it
        _, movies = pd.factorize(m)
        rng = np.random.RandomState(self.random_state)  # Surprise's generator
        self.pu, self.qi = self._start(rng, users), self._start(rng, movies)
        self.bu, self.bi = np.zeros(len(users)), np.zeros(len(movies))
        order = np.argsort(user_turn, kind="stable")
        u, m, r = u[order], m[order], r[order]
        self.global_mean = float(r.mean())  # summed in Surprise's order, to its last bit
        history = []
        for _ in range(self.n_epochs):
            _epoch(u, m, r, self._offset, *self._factors, self.biased, self.lr_all, self.reg_all)
            history.append({"train": _rmse(r, self._estimate(u, m))})
            if validation is not None:
                predicted = self.predict(validation["user_id"], validation["movie_id"])
                history[-1]["validation"] = _rmse(validation["rating"].to_numpy(), predicted)
        self._prior = self._tastes(noise=np.mean((self._estimate(u, m) - r) ** 2))
        epochs = pd.RangeIndex(1, self.n_epochs + 1, name="epoch")
        self.history = pd.DataFrame(history, index=epochs)
        return self

    def _tastes(self, noise: float) -> tuple[np.ndarray, np.ndarray, float]:
        """Return mean and a square root of the covariance of the users' (bu, pu), and the noise."""
        users = np.column_stack([self.bu, self.pu])
        mean = users.mean(axis=0)
        root = np.linalg.qr(users - mean, mode="r").T / np.sqrt(len(users))
        return mean, root, max(float(noise), 1e-6)  # a table learnt by heart leaves none

    @property
    def _offset(self) -> float:
        return self.global_mean if self.biased else 0.0

    @property
    def _factors(self) -> tuple[np.ndarray, ...]:
        return self.bu, self.bi, self.pu, self.qi

    def _start(self, rng: np.random.RandomState, places: np.ndarray) -> np.ndarray:
        factors = np.empty((len(places), self.n_factors))
        factors[places] = rng.normal(self.init_mean, self.init_std_dev, size=factors.shape)
        return factors

    def _estimate(self, u: np.ndarray, m: np.ndarray) -> np.ndarray:
        estimates = _estimates(u, m, self._offset, *self._factors)
        if not self.biased:
            estimates[(u < 0) | (m < 0)] = self.global_mean
        return estimates

    def _fold_in(self, m: np.ndarray, r: np.ndarray) -> np.ndarray:
        mean, root, noise = self._prior
        known = np.column_stack([np.ones(len(m)), self.qi[m]])
        rest = r - self._offset - self.bi[m] - known @ mean
        shift = known @ root  # in units of the prior's spread, where it is a plain ridge
        step = np.linalg.solve(shift.T @ shift + noise * np.eye(shift.shape[1]), shift.T @ rest)
        bias, *taste = mean + root @ step
        return self._offset + bias + self.bi + self.qi @ taste

    def _score(self, u: np.ndarray) -> np.ndarray:
        biases = self._offset + rows_or_zero(self.bu, u)[:, None] + self.bi
        scores = biases + rows_or_zero(self.pu, u) @ self.qi.T
        if not self.biased:
            scores[u < 0] = self.global_mean
        return scores


def principal_axes(model: SVD) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Turn the factors so that taste moves the predictions most along the first axis.

    The axes are those of the singular value decomposition of ``pu @ qi.T``, a table that is
    never built: it has the singular values of the product of two small triangles.

    Parameters
    ----------
    model : SVD
        Fitted.

    Returns
    -------
    users, movies : numpy.ndarray of float64, shape (n_users, k) and (n_movies, k)
        With ``users @ movies.T`` equal to ``pu @ qi.T``, and k the number of factors or, if
        there are fewer, of users or movies. On each axis the movie farthest out is positive.
    share : numpy.ndarray of float64, shape (k,)
        Of the table's sum of squares; the largest first.
    """
    (user_basis, user_rest), (movie_basis, movie_rest) = (
        np.linalg.qr(model.pu),
        np.linalg.qr(model.qi),
    )
    left, size, right = np.linalg.svd(user_rest @ movie_rest.T, full_matrices=False)
    users, movies = user_basis @ left * np.sqrt(size), movie_basis @ right.T * np.sqrt(size)
    farthest = np.abs(movies).argmax(axis=0)
    sign = np.where(movies[farthest, np.arange(len(size))] < 0, -1, 1)
    return users * sign, movies * sign, size**2 / (size**2).sum()


def _rmse(actual: np.ndarray, predicted: np.ndarray) -> float:
    return float(np.sqrt(np.mean((predicted - actual) ** 2)))


@njit(cache=True)
def _epoch(users, movies, ratings, offset, bu, bi, pu, qi, biased, lr, reg):
    """Take one step per rating, in order."""
    n_factors = pu.shape[1]
    for place in range(len(ratings)):
        u, i = users[place], movies[place]
        product = 0.0
        for f in range(n_factors):
            product += qi[i, f] * pu[u, f]
        error = ratings[place] - (offset + bu[u] + bi[i] + product)
        if biased:
            bu[u] += lr * (error - reg * bu[u])
            bi[i] += lr * (error - reg * bi[i])
        for f in range(n_factors):
            p, q = pu[u, f], qi[i, f]
            pu[u, f] += lr * (error * q - reg * p)
            qi[i, f] += lr * (error * p - reg * q)


@njit(cache=True, fastmath=True)
def _estimates(users, movies, offset, bu, bi, pu, qi):
    """Predict pairs of positions, where -1 adds nothing."""
    estimates = np.full(len(users), offset)
    for place in range(len(users)):
        u, i = users[place], movies[place]
        if u >= 0:
            estimates[place] += bu[u]
        if i >= 0:
            estimates[place] += bi[i]
        if u >= 0 and i >= 0:
            product = 0.0
            for f in range(pu.shape[1]):
                product += pu[u, f] * qi[i, f]
            estimates[place] += product
    return estimates
