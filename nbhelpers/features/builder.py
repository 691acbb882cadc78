"""What models know of a user, a movie and the two together: numbers, built from training rows.

One builder serves training and serving alike. A rating never describes itself: a pair that was
rated in training gets its features from other ratings than its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nbhelpers.errors import DataError
from nbhelpers.features.encodings import Encoding, multi_hot
from nbhelpers.features.summaries import LIKE_FROM, MOVIE, USER, Summariser, Summary, Users
from nbhelpers.features.texts import documents, text_features

DAY = np.timedelta64(1, "D")


@dataclass(eq=False)
class FeatureBuilder:
    """Features of (user, movie) pairs, learnt from training ratings.

    A mean over `n` ratings is drawn towards the mean of all, as though there were `k` more
    ratings of that value (`shrinkage`):

    .. math:: \\bar r = \\frac{\\sum r + k \\mu}{n + k}

    So few ratings say little, and an unknown user or movie gets the mean of all (and 0 as
    ``user_known`` or ``movie_known``).

    Training ratings are dealt into `folds`; the features of a pair that was rated in training
    come from the other folds. To leave out no more than the pair's own rating would not do: the
    sum of the rest then gives the missing one away, and a tree finds out (Prokhorenkova et al.,
    CatBoost, NeurIPS 2018, section 3.2).

    Parameters
    ----------
    like_from : float
        Stars from which a rating counts as "like".
    recent_days : int
        How many days before the last training rating count as recent.
    n_text : int
        Columns that overview and keywords are reduced to; fewer where there are few words.
    shrinkage : float
        :math:`k` above, in ratings; 0 leaves the means as they are.
    folds : int
        Parts that the training ratings are dealt into, at least 2.
    seed : int
        Of the folds and of the randomised SVD.

    Attributes
    ----------
    names : list of str
        Columns of `transform`, in order.
    user_features : DataFrame, index user_id
        ``user_mean, user_std`` (stars), ``user_count, user_like_ratio``; ``user_newer``: by how
        many years the movies liked are newer than the movies rated; ``user_strictness``: by how
        many stars the user rates below the movies' means; ``favourite_genre``: the one rated
        highest, measured against the movies' means (empty if there are no genres).
    movie_features : DataFrame, index movie_id
        ``movie_mean`` (stars), ``movie_count``, ``movie_log_popularity`` = ln(1 + count),
        ``movie_like_ratio``; as of the last training rating: ``movie_age`` (years since release),
        ``movie_days_ago`` (mean age of its ratings), ``movie_recent_share`` (of its ratings) and
        ``movie_trending`` (1 if that share is more than twice the share among all ratings, the
        film has `TRENDING_FROM` ratings or more, and its year is not still to come).
    text_features : DataFrame of float32, index movie_id
        ``nlp_0 …``: TF-IDF of overview and keywords, learnt on rated movies, by truncated SVD.
    """

    like_from: float = LIKE_FROM
    recent_days: int = 90
    n_text: int = 100
    shrinkage: float = 5.0
    folds: int = 5
    seed: int = 42

    def fit(self, train: pd.DataFrame, movies: pd.DataFrame) -> FeatureBuilder:
        """Learn from training ratings, and from the catalogue of movies.

        Parameters
        ----------
        train : DataFrame (user_id, movie_id, rating, timestamp)
        movies : DataFrame (movie_id, year, genres, overview, keywords)

        Returns
        -------
        FeatureBuilder
            The builder itself.

        Raises
        ------
        ValueError
            If there are fewer ratings than folds, or a user has rated a movie twice.
        """
        if len(train) < self.folds:
            raise DataError(
                f"There are only {len(train)} ratings to learn features from.",
                expected=f"at least {self.folds}, one for each fold.",
                remedy="take more ratings.",
            )
        self.users = Encoding(train["user_id"])
        self.movies = Encoding(np.union1d(movies["movie_id"], train["movie_id"]))
        u, i = self.users.encode(train["user_id"]), self.movies.encode(train["movie_id"])
        order = np.argsort(self._key(u, i))
        u, i, train = u[order], i[order], train.iloc[order]
        self._keys = self._key(u, i)
        if (np.diff(self._keys) == 0).any():
            raise ValueError("A user has rated the same movie twice: keep one rating of the two.")
        self._fold = np.random.default_rng(self.seed).permutation(len(train)) % self.folds
        self.as_of = train["timestamp"].max()
        if self.as_of is pd.NaT:  # a set without times: all was rated at the end of the last year
            last = movies["year"].max()
            self.as_of = pd.Timestamp(f"{2000 if last is pd.NA else last}-12-31").as_unit("s")
            train = train.assign(timestamp=self.as_of)
        self._describe(movies.set_index("movie_id").reindex(self.movies.ids), rated=np.unique(i))
        rating = train["rating"].to_numpy("float64")
        days = ((self.as_of - train["timestamp"]) // DAY).to_numpy("float64")
        parts = [self._fold != fold for fold in range(self.folds)] + [np.full(len(u), True)]
        self._tables = [
            self._summariser.summarise(len(self.users), u[p], i[p], rating[p], days[p])
            for p in parts
        ]
        return self

    def transform(self, pairs: pd.DataFrame) -> pd.DataFrame:
        """Return the features of each (user, movie) pair, the same for training and serving.

        Parameters
        ----------
        pairs : DataFrame (user_id, movie_id)
            Any pairs; other columns are not looked at.

        Returns
        -------
        DataFrame of float32, columns `names`, index of `pairs`
            Beside the features of the user, the movie and its text: ``user_known`` and
            ``movie_known`` (1 if rated in training), ``favourite_match`` (1 if the movie has the
            user's favourite genre) and ``genre_taste`` (stars by which the user rates the
            movie's genres above the user's own level).
        """
        table = self.table(pairs["user_id"], pairs["movie_id"])
        return pd.DataFrame(table, index=pairs.index, columns=self.names)

    def table(self, users: Iterable, movies: Iterable) -> np.ndarray:
        """Return the same as `transform`, as a bare table.

        Parameters
        ----------
        users, movies : iterable of int, both of length n
            Ids, one pair per place.

        Returns
        -------
        numpy.ndarray of float32, shape (n, len(names))
        """
        u, i = self.users.encode(users), self.movies.encode(movies)
        fold = self._fold_of(u, i)
        table = np.empty((len(u), len(self.names)), dtype="float32")
        for f in np.unique(fold):
            rows = fold == f
            table[rows] = self._join(self._tables[f].users, self._tables[f], u[rows], i[rows])
        return table

    def newcomer(self, ratings: pd.DataFrame, movie_ids: Iterable) -> pd.DataFrame:
        """Return the features of movies for somebody who was not there in training.

        They are those of somebody who was, and gave the same ratings to other movies than
        `movie_ids`, except that the newcomer does not change what is known of the movies.

        Parameters
        ----------
        ratings : DataFrame (movie_id, rating)
            The newcomer's own, at most one a movie, or none at all.
        movie_ids : iterable of int
            Any movies; those that the newcomer has rated know of that rating.

        Returns
        -------
        DataFrame of float32, columns `names`, index `movie_ids`

        Raises
        ------
        ValueError
            If a rating is missing, or a movie rated twice.
        """
        if ratings["rating"].isna().any() or ratings["movie_id"].duplicated().any():
            raise ValueError("A newcomer rates each movie once, and no rating may be missing.")
        summary = self._tables[-1]
        rated = self.movies.encode(ratings["movie_id"])
        order = np.argsort(rated, kind="stable")
        rating, one = ratings["rating"].to_numpy("float64")[order], np.zeros(len(rated), int)
        who = self._summariser.users(1, one, rated[order], rating, summary.movies, summary.all)
        index = pd.Index(movie_ids, name="movie_id")
        i = self.movies.encode(index)
        table = self._join(who, summary, np.zeros(len(i), int), i)
        return pd.DataFrame(table, index=index, columns=self.names)

    @property
    def names(self) -> list[str]:
        return [*USER, *MOVIE, "favourite_match", "genre_taste", *self._text_names]

    @property
    def user_features(self) -> pd.DataFrame:
        table, _, favourite = self._tables[-1].users
        genres = np.array([*self.genres, ""], dtype=object)
        return _by_id(table, USER, self.users, "user").assign(
            favourite_genre=genres[favourite[:-1]]
        )

    @property
    def movie_features(self) -> pd.DataFrame:
        return _by_id(self._tables[-1].movies.table, MOVIE, self.movies, "movie")

    @property
    def text_features(self) -> pd.DataFrame:
        index = pd.Index(self.movies.ids, name="movie_id")
        return pd.DataFrame(self._text[:-1], index=index, columns=self._text_names)

    def _key(self, u: np.ndarray, i: np.ndarray) -> np.ndarray:
        return u * len(self.movies) + i

    def _fold_of(self, u: np.ndarray, i: np.ndarray) -> np.ndarray:
        """Return the fold that each pair was dealt into; -1 if it was not rated in training."""
        key = self._key(u, i)
        row = np.minimum(np.searchsorted(self._keys, key), len(self._keys) - 1)
        return np.where((self._keys[row] == key) & (u >= 0) & (i >= 0), self._fold[row], -1)

    def _describe(self, catalogue: pd.DataFrame, rated: np.ndarray) -> None:
        """Learn what needs no ratings; what is not known of a movie is in the last row."""
        year = np.append(catalogue["year"].to_numpy("float64", na_value=np.nan), np.nan)
        age = self.as_of.year - year
        middle = np.nanmedian(age) if np.isfinite(age).any() else 0
        age = np.where(np.isnan(age), middle, age)
        genres = multi_hot(catalogue["genres"].map(lambda g: g if isinstance(g, list) else []))
        self.genres, has_genre = list(genres.columns), np.pad(genres.to_numpy(bool), (0, 1))
        self._summariser = Summariser(
            self.like_from, self.recent_days, self.shrinkage, year, age, has_genre
        )
        texts = documents(catalogue)
        words = text_features(texts, texts.iloc[rated], self.n_text, self.seed)
        self._text_names = words.columns.tolist()
        self._text = np.pad(words.to_numpy("float32"), ((0, 1), (0, 0)))

    def _join(self, users: Users, summary: Summary, u: np.ndarray, i: np.ndarray) -> np.ndarray:
        table = np.empty((len(i), len(self.names)), dtype="float32")
        both = len(USER) + len(MOVIE)
        table[:, : len(USER)] = users.table[u]
        table[:, len(USER) : both] = summary.movies.table[i]
        has = self._summariser.has_genre[i]
        table[:, both] = has[np.arange(len(i)), users.favourite[u]]
        n = np.maximum(has.sum(axis=1), 1)
        table[:, both + 1] = (users.taste[u] * has[:, :-1]).sum(axis=1) / n
        table[:, both + 2 :] = self._text[i]
        return table


def _by_id(table: np.ndarray, names: list[str], ids: Encoding, what: str) -> pd.DataFrame:
    known = pd.DataFrame(table[:-1], pd.Index(ids.ids, name=f"{what}_id"), names)
    return known.drop(columns=f"{what}_known").astype({f"{what}_count": "int64"})
