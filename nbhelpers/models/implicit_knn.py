"""Neighbours by likes: films liked by the same people, or people who like the same films."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from nbhelpers.features.summaries import LIKE_FROM
from nbhelpers.models.base import best_columns
from nbhelpers.models.list_model import ListModel


@dataclass(eq=False)
class ItemKNN(ListModel):
    """Score a film by how similar the films that a person likes are to it.

    .. math::
        \\hat x_{ui} = \\sum_{j \\in N_k(i)} s_{ij} x_{uj}, \\qquad
        s_{ij} = \\frac{x_i^\\top x_j}{\\|x_i\\| \\|x_j\\| + c}

    where x_i is the film's column of X, and N the k films most similar to i, ties by movie_id;
    films that nobody likes together are no neighbours. Scores are sums of similarities, not
    stars.

    Parameters
    ----------
    k : int
        Number of neighbours of a film.
    shrinkage : float
        c, in likes: 0 is the cosine; the more, the less a few common likes count.
    like_from : float
        Stars from which a rating is a like.
    weight_other : float
        What ratings below that are in X.
    n_threads : int
        That compare; the numbers are the same with any.

    Attributes
    ----------
    weights : scipy.sparse.csr_array, shape (n_movies, n_movies)
        s, from the neighbour of a row to the film of a column.
    likes, popularity
        See `ListModel`.

    Notes
    -----
    `fold_in` gives somebody from the training ratings their own scores again.

    References
    ----------
    Sarwar, Karypis, Konstan & Riedl (2001), "Item-based collaborative filtering recommendation
    algorithms"; Ferrari Dacrema, Boglio, Cremonesi & Jannach (2021), "A troubling analysis of
    reproducibility and progress in recommender systems research", section 3.2 (shrinkage).
    """

    k: int = 100
    shrinkage: float = 10
    like_from: float = LIKE_FROM
    weight_other: float = 0
    n_threads: int = 1

    def _learn(self) -> None:
        by_movie = self.likes.T.tocsr()
        self.weights = alike(by_movie, self.likes, self.k, self.shrinkage, self.n_threads).T.tocsr()

    def _score(self, likes: csr_array) -> np.ndarray:
        scores: np.ndarray = (likes @ self.weights).toarray()
        return scores


@dataclass(eq=False)
class UserKNN(ListModel):
    """Score a film by how similar the people who like it are to a person.

    .. math::
        \\hat x_{ui} = \\sum_{v \\in N_k(u)} s_{uv} x_{vi}, \\qquad
        s_{uv} = \\frac{x_u^\\top x_v}{\\|x_u\\| \\|x_v\\| + c}

    where x_u is the user's row of X, and N the k users most similar to u, ties by user_id; users
    without a common like are no neighbours. Scores are sums of similarities, not stars.

    Parameters
    ----------
    k : int
        Number of neighbours of a user.
    shrinkage : float
        c, in likes: 0 is the cosine; the more, the less a few common likes count.
    like_from : float
        Stars from which a rating is a like.
    weight_other : float
        What ratings below that are in X.
    n_threads : int
        That compare; the numbers are the same with any.

    Attributes
    ----------
    similarities : scipy.sparse.csr_array, shape (n_users, n_users)
        s, of the user in a row to their neighbours.
    likes, popularity
        See `ListModel`.

    Notes
    -----
    A newcomer is compared with all users. So `fold_in` of what a user from the training ratings
    likes does *not* give that user's scores again: the most similar user is then the user.

    References
    ----------
    Herlocker, Konstan, Borchers & Riedl (1999), "An algorithmic framework for performing
    collaborative filtering", with likes in place of stars.
    """

    k: int = 100
    shrinkage: float = 10
    like_from: float = LIKE_FROM
    weight_other: float = 0
    n_threads: int = 1

    def _learn(self) -> None:
        by_movie = self.likes.T.tocsr()
        self.similarities = alike(self.likes, by_movie, self.k, self.shrinkage, self.n_threads)

    def _score_users(self, u: np.ndarray) -> np.ndarray:
        scores: np.ndarray = (self.similarities[u] @ self.likes).toarray()
        return scores

    def _score(self, likes: csr_array) -> np.ndarray:
        common = (likes @ self.likes.T).toarray()
        sizes = np.outer(lengths(likes), lengths(self.likes)) + self.shrinkage
        near = np.divide(common, sizes, out=np.zeros_like(sizes), where=common > 0)
        nearest = best_columns(near, self.k)
        kept = np.zeros_like(near)
        np.put_along_axis(kept, nearest, np.take_along_axis(near, nearest, axis=1), axis=1)
        scores: np.ndarray = kept @ self.likes
        return scores


def alike(
    rows: csr_array, columns: csr_array, k: int, shrinkage: float, n_threads: int
) -> csr_array:
    """Return each row's shrunk cosine to the `k` rows that are most similar to it."""
    from nbhelpers.models.sparse_products import nearest  # numba: only where it is needed

    size = lengths(rows)
    return nearest(rows, columns, k, (size, size), shrinkage, n_threads)


def lengths(rows: csr_array) -> np.ndarray:
    """Return the Euclidean length of each row."""
    squares = csr_array((rows.data.astype(np.float64) ** 2, rows.indices, rows.indptr), rows.shape)
    found: np.ndarray = np.sqrt(np.asarray(squares.sum(axis=1)).ravel())
    return found
