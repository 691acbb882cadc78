"""Neighbours: movies rated alike, or users who rate alike."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np
import pandas as pd

from nbhelpers.data.ids import whole
from nbhelpers.models.base import Model, rows_or_zero
from nbhelpers.models.biases import als_biases, bias_of, parts
from nbhelpers.models.memory import check_room

FULL_PRECISION = 5_000  # similarities of more movies or users than that are float32


@dataclass(eq=False)
class KNN(Model):
    """Correct a bias model by what happened with the nearest neighbours.

    .. math::
        \\hat r_{ui} = b_{ui} + \\frac{\\sum_{j \\in N^k_u(i)} s_{ij} (r_{uj} - b_{uj})}
        {c + \\sum_{j \\in N^k_u(i)} s_{ij}}, \\qquad b_{ui} = \\mu + b_u + b_i

    where N holds the k movies rated by u that are most similar to i, of those with a
    positive similarity (or, by user: the k users most similar to u who rated i). The
    similarity is the correlation of what the biases leave over, over the n common ratings,
    shrunk by a factor (n - 1) / (n - 1 + shrinkage).

    Parameters
    ----------
    by : {"movie", "user"}
        What the neighbours are.
    k : int
        Largest number of neighbours.
    min_support : int
        Similarities over fewer common ratings than this, or fewer than 2, are 0.
    shrinkage : float
        0 believes every correlation, however few ratings it comes from.
    caution : float
        c above. At 0, a single neighbour that is hardly similar counts in full; the more
        caution, the more similar the neighbours have to be to change a prediction. It
        matters most for people with few ratings.
    n_threads : int
        That compare; the numbers are the same with any.

    Attributes
    ----------
    similarities : numpy.ndarray, shape (n, n)
        Between movies, or users: float64, float32 beyond 5,000 of them (4 bytes × n²). Where
        these find no room, `fit` raises a MemoryError: those between the 480,189 users of the
        Netflix Prize take 900 GB.
    bu, bi : numpy.ndarray of float64, shape (n_users,) and (n_movies,)
        Biases in stars.
    by_y : tuple of numpy.ndarray
        What the biases leave over, of each user in turn (or of each movie): where it begins,
        of which movies (or users), and how many stars.

    Notes
    -----
    Without caution it equals ``surprise.KNNBaseline`` with the ``pearson_baseline`` similarity.

    A newcomer's bias is fitted to their ratings as the last step of `fit` would do it, and the
    neighbours are those among the movies they rated; so `fold_in` gives somebody from the
    training ratings their own scores again.

    References
    ----------
    Koren (2010), "Factor in the neighbors", section 2.2, equation 3; Koren & Bell (2011),
    Recommender Systems Handbook, section 5.4.1 (shrinkage).
    """

    by: str = "movie"
    k: int = 40
    min_support: int = 1
    shrinkage: float = 100
    caution: float = 0
    n_threads: int = 1

    def __post_init__(self) -> None:
        if self.by not in ("movie", "user"):
            raise ValueError(f'Neighbours are by="movie" or by="user", but by is {self.by!r}.')
        self.caution = float(self.caution)

    def fit(self, ratings: pd.DataFrame) -> Self:
        from scipy.sparse import csr_array

        from nbhelpers.models.knn_kernels import correlate  # numba: only where it is needed
        from nbhelpers.models.ratings_by_user import group

        table = group(ratings, self.n_threads, odd=np.float64)
        self.user_ids, self.movie_ids = table.user_ids, table.movie_ids
        self.seen, self.global_mean = table.seen(), table.mean()
        self.similarities = self._empty(len(self._ids()))
        residuals = np.multiply(table.stars, table.unit, dtype=self.similarities.dtype)
        residuals -= self.global_mean
        # Who has rated what is there once for both: what is sorted here, is sorted there.
        by_user = csr_array((residuals, self.seen.indices, self.seen.indptr), self.seen.shape)
        by_user.sort_indices()
        self.bu, self.bi = als_biases(by_user)
        by_movie, by_user = parts(by_user.tocsc()), parts(by_user)
        by_x, self.by_y = (by_movie, by_user) if self.by == "movie" else (by_user, by_movie)
        shared = by_x, self.by_y, max(2, self.min_support), self.shrinkage, self.similarities
        with ThreadPoolExecutor(self.n_threads) as pool:
            threads = range(self.n_threads)
            list(pool.map(partial(correlate, *shared), threads, [self.n_threads] * len(threads)))
        return self

    def _ids(self) -> np.ndarray:
        """Return the ids of what has neighbours."""
        return self.movie_ids if self.by == "movie" else self.user_ids

    def _empty(self, n: int) -> np.ndarray:
        """Return a matrix of zeros, if there is room for it."""
        kind = np.dtype(np.float64 if n <= FULL_PRECISION else np.float32)
        what = f"The similarities between {n:,} {self.by}s"
        check_room(n * n * kind.itemsize, what, "compare by the other side, or take fewer of them")
        return np.zeros((n, n), kind)

    def neighbours(self, of: int, n: int = 10) -> pd.DataFrame:
        """Return the `n` most similar movies to a movie (or users to a user).

        Parameters
        ----------
        of : int
            Id of the movie, or user.
        n : int
            At most so many are returned.

        Returns
        -------
        pandas.DataFrame
            ``movie_id`` (or ``user_id``) ``, similarity``; ties go by id.

        Raises
        ------
        KeyError
            If `of` has no rating.
        """
        self.check_fitted()
        ids = self._ids()
        place = pd.Index(ids).get_loc(whole(of, self.by)[0])
        frame = pd.DataFrame({f"{self.by}_id": ids, "similarity": self.similarities[place]})
        nearest: pd.DataFrame = frame.drop(place).nlargest(n, "similarity")
        return nearest.reset_index(drop=True)

    def _estimate(self, u: np.ndarray, m: np.ndarray) -> np.ndarray:
        found: np.ndarray = self.global_mean + rows_or_zero(self.bu, u) + rows_or_zero(self.bi, m)
        found += self._near(*self._sides(u, m), self.by_y)
        return found

    def scores_at(self, u: np.ndarray) -> np.ndarray:
        m = np.arange(len(self.movie_ids))
        # Movie by movie: a row of similarities stays in the processor's cache for all users.
        pairs = self._estimate(np.tile(u, len(m)), np.repeat(m, len(u)))
        return pairs.reshape(len(m), len(u)).T

    def _fold_in(self, m: np.ndarray, r: np.ndarray) -> np.ndarray:
        return self.fold_in_at(m, r, np.arange(len(self.movie_ids)))

    def fold_in_at(self, m: np.ndarray, r: np.ndarray, movies: np.ndarray) -> np.ndarray:
        """Score some movies for a newcomer: `fold_in` scores all.

        Parameters
        ----------
        m : numpy.ndarray of int, shape (k,)
            Positions in `movie_ids` of what the newcomer has rated, each once.
        r : numpy.ndarray of float64, shape (k,)
            Stars.
        movies : numpy.ndarray of int, shape (n,)
            Positions.

        Returns
        -------
        numpy.ndarray of float64, shape (n,)
        """
        if self.by == "user":
            raise NotImplementedError(
                'A newcomer is no neighbour of anybody yet: use KNN(by="movie"), whose '
                "neighbours are among the movies rated."
            )
        above = r - self.global_mean - self.bi[m]
        bias = bias_of(above)
        order = np.argsort(m)
        rated = np.array([0, len(m)], np.int32), m[order].astype(np.int32), (above - bias)[order]
        near = self._near(movies, np.zeros_like(movies), rated)
        scores: np.ndarray = self.global_mean + self.bi[movies] + bias + near
        return scores

    def _near(self, x: np.ndarray, y: np.ndarray, by_y: tuple[np.ndarray, ...]) -> np.ndarray:
        from nbhelpers.models.knn_kernels import neighbourhood

        means = neighbourhood(x, y, by_y, self.similarities, self.k, self.caution)
        return np.asarray(means)

    def _sides(self, u: np.ndarray, m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the side that has neighbours, and the one along which they are compared."""
        return (m, u) if self.by == "movie" else (u, m)
