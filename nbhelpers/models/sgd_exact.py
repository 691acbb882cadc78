"""Training in double precision: SGD step by step as Surprise takes it, and a frame for ALS."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit

from nbhelpers.models.early_stopping import Factors


@dataclass
class Training:
    """Factors ``bu, bi, pu, qi`` in training, in double precision."""

    u: np.ndarray
    m: np.ndarray
    r: np.ndarray
    reached: Factors
    offset: float  # mean rating, or 0
    step: Callable[[Factors], Factors]  # through an epoch: see `steps`, and `als_kernels.steps`

    def epoch(self) -> float:
        """Go through all ratings; return the RMSE afterwards."""
        self.reached = self.step(self.reached)
        return float(np.sqrt(self.mean_square()))

    def mean_square(self) -> float:
        """Return the mean squared error of all ratings."""
        found = estimates(self.u, self.m, self.offset, *self.reached)
        return float(np.mean((found - self.r) ** 2))

    def factors(self) -> Factors:
        """Return the factors as they are, not copied."""
        return self.reached

    def put(self, factors: Factors) -> None:
        """Change the factors to others."""
        self.reached = factors


def steps(
    u: np.ndarray,
    m: np.ndarray,
    r: np.ndarray,
    offset: float,
    rate: float,
    reg: float,
    biased: bool,
) -> Callable[[Factors], Factors]:
    """Return a function that changes factors in place, by one step per rating, in their order."""

    def step(factors: Factors) -> Factors:
        bu, bi, pu, qi = factors
        _epoch(u, m, r, offset, bu, bi, pu, qi, biased, rate, reg)
        return factors

    return step


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True, fastmath=True)
def estimates(users, movies, offset, bu, bi, pu, qi):
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
