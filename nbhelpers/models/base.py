"""What every model can do: learn from ratings, predict one, score all movies, recommend."""

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from nbhelpers.data.ids import refuse_twice, whole

CELLS = 4_000_000  # scores held in memory at a time


class Model:
    """The methods that all models share.

    A model of one's own defines two things: ``fit``, which begins with
    ``u, m, r = self._index(ratings)``, and ``_estimate(u, m)``. Both work with positions in
    `user_ids` and `movie_ids`; -1 stands for a user or movie that was not in the ratings.
    A third one, ``_fold_in(m, r)``, lets it serve people it has not learned from.

    Attributes
    ----------
    user_ids, movie_ids : numpy.ndarray
        Sorted ids of the users and movies in the ratings that the model has learned from.
    global_mean : float
        Mean of these ratings, in stars.
    seen : scipy.sparse.csr_array, shape (n_users, n_movies)
        Not 0 where the user has rated the movie.
    """

    user_ids: np.ndarray
    movie_ids: np.ndarray
    global_mean: float

    def fit(self, ratings: pd.DataFrame) -> Self:
        """Learn from ratings.

        Parameters
        ----------
        ratings : DataFrame (user_id, movie_id, rating)
            One row per rating, in stars.

        Returns
        -------
        Model
            The model itself.

        Raises
        ------
        ValueError
            If a column is missing, there are no ratings, one is missing, an id is no whole
            number (`ids.whole`), or a user rated a movie twice.
        """
        raise NotImplementedError

    def predict(self, users: ArrayLike, movies: ArrayLike) -> np.ndarray:
        """Predict the rating of each (user, movie) pair.

        Parameters
        ----------
        users, movies : array_like
            Ids, one pair per place; a single id goes with all of the others. Unknown ones
            get what the model falls back to, never an error. The text "17" is 17; other
            text, fractions and missing ids are refused (`ids.whole`), here as everywhere.

        Returns
        -------
        numpy.ndarray of float64, shape (n,)
            In stars, *not* clipped to the rating scale: clip before computing an error, and
            never before ranking, because clipping makes ties.
        """
        self.check_fitted()
        pairs = np.broadcast_arrays(*self._positions(users, movies))
        return np.asarray(self._estimate(*map(np.ascontiguousarray, pairs)), float)

    def scores(self, users: ArrayLike) -> np.ndarray:
        """Score every movie for each user; the higher, the better.

        Parameters
        ----------
        users : array_like
            Ids; somebody unknown gets the scores of somebody without a history.

        Returns
        -------
        numpy.ndarray of float, shape (len(users), len(movie_ids))
            One column per movie of `movie_ids`, movies already rated included.
        """
        self.check_fitted()
        return self.scores_at(places(self.user_ids, users, "user"))

    def fold_in(self, ratings: pd.DataFrame) -> np.ndarray:
        """Score every movie for a newcomer by ratings of their own; the model stays as it is.

        Parameters
        ----------
        ratings : DataFrame (movie_id, rating)
            In stars, none missing, at most one a movie. Movies unknown to the model are
            ignored; without any rating, the scores are those for somebody unknown.

        Returns
        -------
        numpy.ndarray of float64, shape (len(movie_ids),)
            As of `scores`, movies already rated included.

        Raises
        ------
        NotImplementedError
            If the model cannot do that.
        ValueError
            If a rating is missing, or a movie rated twice.
        """
        self.check_fitted()
        r = ratings["rating"].to_numpy(np.float64)
        movies = whole(ratings["movie_id"], "movie")
        if not np.isfinite(r).all() or pd.Index(movies).has_duplicates:
            raise ValueError("A newcomer rates each movie once, and no rating may be missing.")
        m = places(self.movie_ids, movies, "movie")
        return self._fold_in(m[m >= 0], r[m >= 0])

    def recommend(self, user: int, n: int = 10) -> pd.DataFrame:
        """Return the best `n` movies for a user.

        Parameters
        ----------
        user, n
            See `top_n`.

        Returns
        -------
        pandas.DataFrame
            ``movie_id, score``, the best first.
        """
        return self.top_n([user], n)[["movie_id", "score"]]

    def top_n(self, users: ArrayLike, n: int = 10) -> pd.DataFrame:
        """Return the best `n` movies for each user.

        Movies that the user has rated are left out, ties go by movie_id, and scores are not
        clipped. A user unknown to the model gets what it scores highest without a history.

        Parameters
        ----------
        users : array_like
            Ids.
        n : int
            Length of a list.

        Returns
        -------
        pandas.DataFrame
            ``user_id, rank`` (from 1) ``, movie_id, score``. A list is shorter than `n`
            where fewer movies are left.

        Raises
        ------
        ValueError
            If `n` is less than 1.
        """
        self.check_fitted()
        check_length(n)
        users = whole(users, "user")
        size = max(1, CELLS // len(self.movie_ids))
        blocks = [users[i : i + size] for i in range(0, max(1, len(users)), size)]
        return pd.concat([self._top_n(block, n) for block in blocks], ignore_index=True)

    def _top_n(self, users: np.ndarray, n: int) -> pd.DataFrame:
        u = places(self.user_ids, users, "user")
        scores = np.array(self.scores_at(u), float)
        known = np.flatnonzero(u >= 0)
        rows, columns = self.seen[u[known]].nonzero()
        scores[known[rows], columns] = -np.inf
        best = best_columns(scores, n)
        frame = pd.DataFrame(
            {
                "user_id": np.repeat(users, best.shape[1]),
                "rank": np.tile(np.arange(1, best.shape[1] + 1), len(users)),
                "movie_id": self.movie_ids[best].ravel(),
                "score": np.take_along_axis(scores, best, axis=1).ravel(),
            }
        )
        return frame[frame["score"] > -np.inf]

    def _positions(self, users: ArrayLike, movies: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Return where users and movies are in `user_ids` and `movie_ids`, -1 if nowhere."""
        return places(self.user_ids, users, "user"), places(self.movie_ids, movies, "movie")

    def _index(self, ratings: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Learn the ids and who has seen what; return positions and float64 ratings."""
        from scipy.sparse import csr_array  # takes a third of a second, as numba does below

        from nbhelpers.data.id_index import positions

        r = stars_of(ratings).astype(np.float64, copy=False)
        self.user_ids, u = positions(whole(ratings["user_id"], "user"))
        self.movie_ids, m = positions(whole(ratings["movie_id"], "movie"))
        shape = len(self.user_ids), len(self.movie_ids)
        self.seen = csr_array((np.ones(len(r), np.int8), (u, m)), shape=shape)
        if self.seen.nnz < len(r):  # SciPy has added up what is there twice
            refuse_twice(ratings)
        self.global_mean = float(r.mean())
        return u.astype(np.int64), m.astype(np.int64), r

    def _estimate(self, u: np.ndarray, m: np.ndarray) -> np.ndarray:
        """Predict pairs of positions."""
        raise NotImplementedError

    def scores_at(self, u: np.ndarray) -> np.ndarray:
        """Score every movie for users at positions in `user_ids`; -1 is somebody unknown.

        A model of one's own may do it by a product, which is faster.

        Parameters
        ----------
        u : numpy.ndarray of int, shape (n,)
            Positions.

        Returns
        -------
        numpy.ndarray of float, shape (n, len(movie_ids))
            As of `scores`.
        """
        m = np.arange(len(self.movie_ids))
        pairs = self._estimate(np.repeat(u, len(m)), np.tile(m, len(u)))
        return pairs.reshape(len(u), len(m))

    def estimates_at(self, u: np.ndarray, m: np.ndarray) -> np.ndarray:
        """Predict pairs of positions in `user_ids` and `movie_ids`; -1 is somebody unknown.

        Parameters
        ----------
        u, m : numpy.ndarray of int, shape (n,)
            Positions.

        Returns
        -------
        numpy.ndarray of float64, shape (n,)
            As of `predict`.
        """
        return np.asarray(self._estimate(u, m), float)

    def _fold_in(self, m: np.ndarray, r: np.ndarray) -> np.ndarray:
        """Score all movies for somebody who gave `r` stars to the movies at positions `m`."""
        name = type(self).__name__
        raise NotImplementedError(
            f"{name} cannot serve newcomers: fit it anew, with their ratings."
        )

    def check_fitted(self) -> None:
        """Raise RuntimeError if the model has not learned anything."""
        if not hasattr(self, "movie_ids"):
            raise RuntimeError(
                f"This {type(self).__name__} has not learned anything yet: call fit(ratings) first."
            )


def check_length(n: int) -> None:
    """Refuse a length that no list has."""
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise ValueError(
            f"The length of a list has to be a whole number of at least 1, but is {n!r}."
        )


def stars_of(ratings: pd.DataFrame) -> np.ndarray:
    """Return the column of ratings, if a model can learn from the table."""
    if not isinstance(ratings, pd.DataFrame):
        raise TypeError(
            "A model learns from a DataFrame with the columns user_id, movie_id and rating, such "
            f"as load().ratings, but this is a {type(ratings).__name__}."
        )
    missing = {"user_id", "movie_id", "rating"} - set(ratings.columns)
    if missing:
        there = ", ".join(map(str, ratings.columns)) or "none"
        raise ValueError(
            f"The ratings have no column {' or '.join(sorted(missing))}; their columns: {there}."
        )
    stars = ratings["rating"].to_numpy()
    if stars.dtype.kind in "mM":
        raise ValueError("Ratings have to be numbers, but these are times.")
    if stars.dtype.kind not in "iuf":
        try:
            stars = stars.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(f"Ratings have to be numbers: {error}.") from error
    if not len(stars) or not (stars.dtype.kind in "iu" or np.isfinite(stars).all()):
        raise ValueError("A model needs at least one rating, and none may be missing or infinite.")
    return stars


def places(known: np.ndarray, ids: ArrayLike, of: str) -> np.ndarray:
    """Return where ids (see `ids.whole`) are among the known, sorted ones; -1 if nowhere."""
    found: np.ndarray = pd.Index(known).get_indexer(whole(ids, of))
    return found


def rows_or_zero(values: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Return ``values[positions]``, with zeros where the position is -1."""
    rows: np.ndarray = values[positions]
    rows[positions < 0] = 0
    return rows


def best_columns(scores: np.ndarray, n: int) -> np.ndarray:
    """Return the columns of each row's `n` highest scores, the best first, ties by column.

    Parameters
    ----------
    scores : numpy.ndarray of float, shape (rows, columns)
        Without NaN.
    n : int
        At most the number of columns are returned.

    Returns
    -------
    numpy.ndarray of int, shape (rows, min(n, columns))
    """
    n = min(n, scores.shape[1])
    last = np.partition(scores, -n, axis=1)[:, -n, None]
    above, tied = scores > last, scores == last
    room = n - above.sum(axis=1, keepdims=True)
    chosen = above | (tied & (tied.cumsum(axis=1) <= room))
    columns = np.nonzero(chosen)[1].reshape(len(scores), n)
    order = np.argsort(-np.take_along_axis(scores, columns, axis=1), axis=1, kind="stable")
    return np.take_along_axis(columns, order, axis=1)
