"""Likes as a matrix, and what all models share that make lists from it."""

from typing import Self

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from nbhelpers.models.base import CELLS, Model

FULL_PRECISION = 5_000  # films or users, whichever are fewer: beyond that, numbers are float32


class ListModel(Model):
    """A model of who likes what: it ranks films, and predicts no stars.

    It learns from a matrix X of users and films: 1 where the user likes the film, `weight_other`
    where the user rated it lower, and 0 for all the rest, whether unknown or unwanted.

    A model of one's own defines ``_learn()``, which reads X from `likes`, and ``_score(x)``, the
    scores of people whose likes are the rows of x. Somebody who likes nothing, or is unknown,
    gets every film's `popularity`; an unknown film scores 0.

    Attributes
    ----------
    likes : scipy.sparse.csr_array, shape (n_users, n_movies)
        X; float64, float32 beyond 5,000 films and users.
    popularity : numpy.ndarray of float64, shape (n_movies,)
        Mean of the film's column of X: the share of the users who like it.
    """

    like_from: float
    weight_other: float
    n_threads: int
    likes: csr_array
    popularity: np.ndarray

    def fit(self, ratings: pd.DataFrame) -> Self:
        """Learn from ratings, see `Model.fit`.

        A ValueError also says that none is a like; a MemoryError that what is learned would not fit
        into the memory that is free.
        """
        from nbhelpers.models.ratings_by_user import group  # numba: only where it is needed

        table = group(ratings, self.n_threads, odd=np.float64)
        self.user_ids, self.movie_ids = table.user_ids, table.movie_ids
        self.seen, self.global_mean = table.seen(), table.mean()
        kind = np.float64 if min(self.seen.shape) <= FULL_PRECISION else np.float32
        weights = self._weights(table.stars, self.like_from / table.unit).astype(kind)
        parts = weights, self.seen.indices.copy(), self.seen.indptr.copy()
        self.likes = csr_array(parts, shape=self.seen.shape)
        self.likes.eliminate_zeros()
        self.likes.sort_indices()
        if not self.likes.nnz:
            raise ValueError(
                f"No rating reaches {self.like_from:g} stars, so there are no likes to learn from."
            )
        sums = np.bincount(self.likes.indices, self.likes.data, len(self.movie_ids))
        self.popularity = sums / len(self.user_ids)
        self._learn()
        return self

    def _learn(self) -> None:
        """Learn from `likes`."""
        raise NotImplementedError

    def _score(self, likes: csr_array) -> np.ndarray:
        """Score all movies for people, each with a row of likes."""
        raise NotImplementedError

    def _score_users(self, u: np.ndarray) -> np.ndarray:
        """Score all movies for users at positions, all of them known."""
        return self._score(self.likes[u])

    def scores_of(self, likes: csr_array) -> np.ndarray:
        """Score all movies for people who need not be known: `fold_in`, of many together.

        Their rows of X have sorted indices and no stored zeros.
        """
        scores = self._score(likes)
        scores[np.diff(likes.indptr) == 0] = self.popularity
        return scores

    def parts(self, ratings: pd.DataFrame, movies: np.ndarray) -> np.ndarray:
        """Return what each of a person's ratings (rows) adds to the scores of movies (columns).

        Movies are known to the model and not rated by the person. Each column sums up to the
        movie's score, if any rating has a weight; ratings of unknown movies add nothing. Models
        whose scores are no such sums raise NotImplementedError.
        """
        self.check_fitted()
        rated = ratings["movie_id"].to_numpy()
        m = np.searchsorted(self.movie_ids, rated).clip(max=len(self.movie_ids) - 1)
        unknown = self.movie_ids[m] != rated
        weights = np.where(unknown, 0, self._weights(ratings["rating"].to_numpy(), self.like_from))
        columns = np.searchsorted(self.movie_ids, movies)
        found: np.ndarray = self._shares(weights)[:, None] * self._weights_between(m, columns)
        return found

    def _shares(self, weights: np.ndarray) -> np.ndarray:
        """Return what a person's row of X counts in the scores."""
        return weights

    def _weights_between(self, m: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return what a like of each movie at `m` adds to the scores of those at `columns`."""
        raise NotImplementedError(f"The scores of {type(self).__name__} are no sums over films.")

    def scores_at(self, u: np.ndarray) -> np.ndarray:
        known = np.maximum(u, 0)
        scores = self._score_users(known)
        scores[(u < 0) | (np.diff(self.likes.indptr)[known] == 0)] = self.popularity
        return scores

    def _estimate(self, u: np.ndarray, m: np.ndarray) -> np.ndarray:
        users, row = np.unique(u, return_inverse=True)
        found = np.zeros(len(u))
        size = max(1, CELLS // len(self.movie_ids))
        for first in range(0, len(users), size):
            pairs = np.flatnonzero((row >= first) & (row < first + size) & (m >= 0))
            scores = self.scores_at(users[first : first + size])
            found[pairs] = scores[row[pairs] - first, m[pairs]]
        return found

    def _fold_in(self, m: np.ndarray, r: np.ndarray) -> np.ndarray:
        weights = self._weights(r, self.like_from)
        parts = weights.astype(self.likes.dtype), m.astype(np.int32), np.array([0, len(m)])
        likes = csr_array(parts, shape=(1, len(self.movie_ids)))
        likes.eliminate_zeros()
        likes.sort_indices()
        scores: np.ndarray = self.scores_of(likes)[0].astype(np.float64)
        return scores

    def _weights(self, ratings: np.ndarray, like_from: float) -> np.ndarray:
        return np.where(ratings >= like_from, 1.0, self.weight_other)
