"""Walks from a person to a film, to another person, to another film."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from nbhelpers.features.summaries import LIKE_FROM
from nbhelpers.models.list_model import ListModel


@dataclass(eq=False)
class RP3beta(ListModel):
    """Score a film by the chance that a walk of three steps ends there, less if it is popular.

    .. math::
        \\hat x_{ui} = \\frac{1}{d_i^\\beta}
        \\sum_j \\sum_v p_{uj}^\\alpha \\, p_{jv}^\\alpha \\, p_{vi}^\\alpha, \\qquad
        p_{uj} = \\frac{x_{uj}}{\\sum_i x_{ui}}, \\quad p_{jv} = \\frac{x_{vj}}{\\sum_u x_{uj}}

    A walk goes from person u to a film that u likes, on to somebody who likes it too, and from
    there to another film. A film i is reached only from the k films j from which it is reached
    best, ties by movie_id; d is a film's number of likes. With α = 1, β = 0 and all films for k,
    scores are chances. They are not stars.

    Parameters
    ----------
    k : int
        Number of films that a film is reached from.
    alpha : float
        α: less than 1 makes steps more alike.
    beta : float
        β: the more, the less popular films get.
    like_from : float
        Stars from which a rating is a like.
    weight_other : float
        What ratings below that are in X, at least 0.
    n_threads : int
        That walk; the numbers are the same with any.

    Attributes
    ----------
    weights : scipy.sparse.csr_array, shape (n_movies, n_movies)
        What a walk from the film of a row to that of a column counts.
    likes, popularity
        See `ListModel`.

    Notes
    -----
    `fold_in` gives somebody from the training ratings their own scores again.

    References
    ----------
    Paudel, Christoffel, Newell & Bernstein (2016), "Updatable, accurate, diverse, and scalable
    recommendations for interactive applications", section 3.3 (RP3β); Cooper, Lee, Radzik &
    Siantos (2014), "Random walks in recommender systems" (P3α, the exponents of the steps).
    """

    k: int = 200
    alpha: float = 0.6
    beta: float = 0.4
    like_from: float = LIKE_FROM
    weight_other: float = 0
    n_threads: int = 1

    def __post_init__(self) -> None:
        if self.weight_other < 0:
            given = f"weight_other is {self.weight_other}"
            raise ValueError(f"A step's weight is at least 0, but {given}.")

    def _learn(self) -> None:
        from nbhelpers.models.sparse_products import nearest  # numba: only where it is needed

        on, back = self._steps(self.likes), self._steps(self.likes.T.tocsr())
        degrees = self.popularity * len(self.user_ids)
        damping = np.maximum(degrees, 1e-300) ** self.beta  # a film without likes is not reached
        sizes = damping, np.ones(len(degrees))
        # Film by film, as it is reached: last step first.
        reached = nearest(on.T.tocsr(), back.T.tocsr(), self.k, sizes, n_threads=self.n_threads)
        self.weights = reached.T.tocsr()

    def _score(self, likes: csr_array) -> np.ndarray:
        scores: np.ndarray = (self._steps(likes) @ self.weights).toarray()
        return scores

    def _shares(self, weights: np.ndarray) -> np.ndarray:
        total = weights.sum()
        return (weights / total) ** self.alpha if total else weights

    def _weights_between(self, m: np.ndarray, columns: np.ndarray) -> np.ndarray:
        return np.asarray(self.weights[m][:, columns].toarray())

    def _steps(self, weights: csr_array) -> csr_array:
        """Return the chances of each row's steps, to the power of α."""
        sums = np.repeat(np.asarray(weights.sum(axis=1)).ravel(), np.diff(weights.indptr))
        chances = (weights.data / sums) ** self.alpha
        return csr_array((chances, weights.indices, weights.indptr), weights.shape)
