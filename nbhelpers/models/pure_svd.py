"""The singular value decomposition of likes, where what is not liked is 0."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from nbhelpers.features.summaries import LIKE_FROM
from nbhelpers.models.list_model import ListModel

NOISE = 1e-9  # singular values below this share of the largest are rounding errors


@dataclass(eq=False)
class PureSVD(ListModel):
    """Score films by what is left of a person's likes on the strongest axes of all likes.

    .. math:: X \\approx U \\Sigma V^\\top, \\qquad \\hat x_u = x_u V V^\\top

    Unlike `SVD`, which fits the ratings that were given and nothing else, this decomposition
    takes a missing rating for a 0. That ruins predictions of stars, and makes good lists.
    Scores estimate X: about 1 is a like, about 0 none. They are not stars.

    Parameters
    ----------
    n_factors : int
        Number of axes: columns of V.
    random_state : int
        Seed of the vector that the decomposition starts from; it changes rounding only.
    like_from : float
        Stars from which a rating is a like.
    weight_other : float
        What ratings below that are in X.
    n_threads : int
        That sort the ratings.

    Attributes
    ----------
    axes : numpy.ndarray, shape (n_movies, n_factors)
        V, the strongest axis first; fewer columns if X has fewer axes.
    likes, popularity
        See `ListModel`.

    Notes
    -----
    `fold_in` gives somebody from the training ratings their own scores again.

    References
    ----------
    Cremonesi, Koren & Turrin (2010), "Performance of recommender algorithms on top-N
    recommendation tasks", section 3.2 (PureSVD), with likes in place of ratings.
    """

    n_factors: int = 50
    random_state: int = 42
    like_from: float = LIKE_FROM
    weight_other: float = 0
    n_threads: int = 1

    def _learn(self) -> None:
        from scipy.sparse.linalg import svds

        rank = min(self.likes.shape)
        if self.n_factors < rank:
            start = np.random.default_rng(self.random_state).normal(size=rank)
            start = start.astype(self.likes.dtype)
            _, sizes, axes = svds(self.likes, self.n_factors, v0=start)
        else:
            _, sizes, axes = np.linalg.svd(self.likes.toarray(), full_matrices=False)
        order = np.argsort(-sizes)
        order = order[sizes[order] > NOISE * sizes.max()]
        self.axes = np.ascontiguousarray(axes[order].T)

    def _score(self, likes: csr_array) -> np.ndarray:
        scores: np.ndarray = (likes @ self.axes) @ self.axes.T
        return scores
