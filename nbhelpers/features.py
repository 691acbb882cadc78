"""What models know of a user, a movie and the two together: numbers, built from training rows.

One builder serves training and serving alike. A rating never describes itself: a pair that was
rated in training gets its features from other ratings than its own.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from nbhelpers.encodings import Encoding, multi_hot
from nbhelpers.texts import documents, text_features

DAY = np.timedelta64(1, "D")


class Tables(NamedTuple):
    """What some of the ratings say. The last row, which position -1 leads to, is the unknown's."""

    user: pd.DataFrame
    movie: pd.DataFrame
    taste: np.ndarray  # (n_users + 1, n_genres): stars above the user's own level
    favourite: np.ndarray  # (n_users + 1,): position of a genre, n_genres if there is none


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
        ``movie_trending`` (1 if that share is more than twice the share among all ratings).
    text_features : DataFrame of float32, index movie_id
        ``nlp_0 …``: TF-IDF of overview and keywords, learnt on rated movies, by truncated SVD.
    """

    def __init__(
        self,
        like_from: float = 4.0,
        recent_days: int = 90,
        n_text: int = 100,
        shrinkage: float = 5.0,
        folds: int = 5,
        seed: int = 42,
    ) -> None:
        self.like_from, self.recent_days, self.n_text = like_from, recent_days, n_text
        self.shrinkage, self.folds, self.seed = shrinkage, folds, seed

    def fit(self, train: pd.DataFrame, movies: pd.DataFrame) -> FeatureBuilder:
        """Learn from training ratings, and from the catalogue of movies.

        Parameters
        ----------
        train : DataFrame (user_id, movie_id, rating, timestamp)
        movies : DataFrame (movie_id, year, genres, overview, keywords)

        Raises
        ------
        ValueError
            If there are fewer ratings than folds, or a user has rated a movie twice.
        """
        if len(train) < self.folds:
            raise ValueError(
                f"Expected {self.folds} ratings or more, one a fold; {len(train)} found."
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
        self._describe(movies.set_index("movie_id").reindex(self.movies.ids), rated=np.unique(i))
        rating = train["rating"].to_numpy("float64")
        days = ((self.as_of - train["timestamp"]) // DAY).to_numpy("float64")
        rest = [self._fold != fold for fold in range(self.folds)]
        self._tables = [self._learn(u[r], i[r], rating[r], days[r]) for r in rest]
        self._tables.append(self._learn(u, i, rating, days))
        self._publish()
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
        u, i = self.users.encode(pairs["user_id"]), self.movies.encode(pairs["movie_id"])
        fold = self._fold_of(u, i)
        table = np.empty((len(pairs), len(self.names)), dtype="float32")
        for f in np.unique(fold):
            rows = np.flatnonzero(fold == f)
            table[rows] = self._join(self._tables[f], u[rows], i[rows])
        return pd.DataFrame(table, index=pairs.index, columns=self.names)

    def _key(self, u: np.ndarray, i: np.ndarray) -> np.ndarray:
        return u * len(self.movies) + i

    def _fold_of(self, u: np.ndarray, i: np.ndarray) -> np.ndarray:
        """Return the fold that each pair was dealt into; -1 if it was not rated in training."""
        key = self._key(u, i)
        row = np.minimum(np.searchsorted(self._keys, key), len(self._keys) - 1)
        return np.where((self._keys[row] == key) & (u >= 0) & (i >= 0), self._fold[row], -1)

    def _describe(self, catalogue: pd.DataFrame, rated: np.ndarray) -> None:
        """Learn what needs no ratings."""
        year = catalogue["year"].to_numpy("float64", na_value=np.nan)
        self._year = np.append(year, np.nan)
        age = self.as_of.year - self._year
        middle = np.nanmedian(age) if np.isfinite(age).any() else 0
        self._age = np.where(np.isnan(age), middle, age)
        genres = multi_hot(catalogue["genres"].map(lambda g: g if isinstance(g, list) else []))
        self.genres, self._has_genre = list(genres.columns), np.pad(genres.to_numpy(bool), (0, 1))
        texts = documents(catalogue)
        self.text_features = text_features(texts, texts.iloc[rated], self.n_text, self.seed)
        self._text = np.pad(self.text_features.to_numpy("float32"), ((0, 1), (0, 0)))

    def _learn(self, u: np.ndarray, i: np.ndarray, rating: np.ndarray, days: np.ndarray) -> Tables:
        by_user = partial(np.bincount, u, minlength=len(self.users) + 1)
        by_movie = partial(np.bincount, i, minlength=len(self.movies) + 1)
        residual = rating - _divide(by_movie(rating), by_movie())[i]
        user = self._user_table(by_user, i, rating, residual)
        movie = self._movie_table(by_movie, rating, days)
        taste, count = np.zeros((2, len(self.users) + 1, len(self.genres)))
        level = _divide(by_user(residual), by_user())
        for g in range(len(self.genres)):
            has = self._has_genre[i, g]
            count[:, g] = by_user(has)
            taste[:, g] = self._mean(by_user(residual * has) - count[:, g] * level, count[:, g], 0)
        ranked = np.where(count > 0, taste.round(9), -np.inf)  # rounded, so that ties are ties
        ranked = np.pad(ranked, ((0, 0), (0, 1)), constant_values=np.finfo(float).min)
        return Tables(user, movie, taste, ranked.argmax(axis=1))

    def _user_table(
        self, total: partial, i: np.ndarray, rating: np.ndarray, residual: np.ndarray
    ) -> pd.DataFrame:
        n, like, dated = total(), rating >= self.like_from, ~np.isnan(self._year[i])
        year = np.where(dated, self._year[i], 0)
        squares = np.maximum(total(rating**2) - n * _divide(total(rating), n) ** 2, 0)
        liked = total(like & dated)
        newer = total(year * like) - liked * _divide(total(year), total(dated))
        columns = {
            "user_mean": self._mean(total(rating), n, rating.mean()),
            "user_std": np.sqrt(self._mean(squares, n, rating.var())),
            "user_count": n,
            "user_like_ratio": self._mean(total(like), n, like.mean()),
            "user_newer": self._mean(newer, liked, 0),
            "user_strictness": self._mean(-total(residual), n, 0),
            "user_known": n > 0,
        }
        return _frame(columns)

    def _movie_table(self, total: partial, rating: np.ndarray, days: np.ndarray) -> pd.DataFrame:
        n, like, recent = total(), rating >= self.like_from, days < self.recent_days
        share = self._mean(total(recent), n, recent.mean())
        columns = {
            "movie_mean": self._mean(total(rating), n, rating.mean()),
            "movie_count": n,
            "movie_log_popularity": np.log1p(n),
            "movie_like_ratio": self._mean(total(like), n, like.mean()),
            "movie_age": self._age,
            "movie_days_ago": self._mean(total(days), n, days.mean()),
            "movie_recent_share": share,
            "movie_trending": share > 2 * recent.mean(),
            "movie_known": n > 0,
        }
        return _frame(columns)

    def _mean(self, total: np.ndarray, n: np.ndarray, prior: float) -> np.ndarray:
        """Return the mean of `n` values, drawn towards the prior; the prior where there is none."""
        k = self.shrinkage
        return np.where(n + k > 0, _divide(total + k * prior, n + k), prior)

    def _join(self, tables: Tables, u: np.ndarray, i: np.ndarray) -> np.ndarray:
        has = self._has_genre[i]
        match = has[np.arange(len(i)), tables.favourite[u]]
        taste = _divide((tables.taste[u] * has[:, :-1]).sum(axis=1), has.sum(axis=1))
        user, movie = tables.user.to_numpy()[u], tables.movie.to_numpy()[i]
        return np.column_stack([user, movie, match, taste, self._text[i]])

    def _publish(self) -> None:
        """Show what all ratings say, by id."""
        tables = self._tables[-1]
        self.names = [*tables.user, *tables.movie, "favourite_match", "genre_taste"]
        self.names += list(self.text_features)
        self.user_features = _by_id(tables.user, self.users, "user")
        genres = np.array([*self.genres, ""], dtype=object)
        self.user_features["favourite_genre"] = genres[tables.favourite[:-1]]
        self.movie_features = _by_id(tables.movie, self.movies, "movie")


def time_features(rows: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """Return when each rating was given, and how long its user had been rating by then.

    This describes a rating, not a pair: whoever asks "what next?" asks at one moment, the same
    for all movies. So it is no part of `FeatureBuilder.transform`.

    Parameters
    ----------
    rows : DataFrame (user_id, timestamp)
        Ratings to describe.
    history : DataFrame (user_id, timestamp)
        Training ratings: the only ones that count as a user's past.

    Returns
    -------
    DataFrame of int64, index of `rows`
        ``year, month, weekday`` (0 is Monday), ``user_days`` (whole days since the user's first
        rating in `history`, 0 before it) and ``user_index`` (ratings in `history` before it).
    """
    when = rows["timestamp"].dt
    first = rows["user_id"].map(history.groupby("user_id")["timestamp"].min())
    days = (rows["timestamp"] - first).dt.days.clip(lower=0).fillna(0)
    past = np.sort(_moment(history["user_id"], history["timestamp"]))
    begin = np.searchsorted(past, _moment(rows["user_id"], 0))
    index = np.searchsorted(past, _moment(rows["user_id"], rows["timestamp"])) - begin
    columns = {"year": when.year, "month": when.month, "weekday": when.day_of_week}
    return pd.DataFrame(columns | {"user_days": days, "user_index": index}).astype("int64")


def _moment(users: pd.Series, times: pd.Series | int) -> np.ndarray:
    """Return one sortable number for user and second (seconds since 1970 fit into 34 bits)."""
    seconds = np.asarray(times, dtype="datetime64[s]").astype("int64")
    return (users.to_numpy("int64") << 34) + seconds


def _frame(columns: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return a table that lies in one piece, so that its rows are fetched quickly."""
    table = np.column_stack(list(columns.values())).astype("float32")
    return pd.DataFrame(table, columns=list(columns))


def _by_id(table: pd.DataFrame, ids: Encoding, what: str) -> pd.DataFrame:
    known = table.iloc[:-1].drop(columns=f"{what}_known").astype({f"{what}_count": "int64"})
    return known.set_index(pd.Index(ids.ids, name=f"{what}_id"))


def _divide(total: ArrayLike, n: ArrayLike) -> np.ndarray:
    """Return total / n, and 0 where n is 0."""
    return np.divide(total, n, out=np.zeros(np.broadcast(total, n).shape), where=np.not_equal(n, 0))
