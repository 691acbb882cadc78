"""What ratings say of users and movies: means, shares of likes, tastes; and what a like is."""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

LIKE_FROM = 4.0  # stars from which a rating is a like
TRENDING_FROM = 10  # ratings: the share of fewer is an accident
USER = [
    *("user_mean", "user_std", "user_count", "user_like_ratio"),
    *("user_newer", "user_strictness", "user_known"),
]
MOVIE = [
    *("movie_mean", "movie_count", "movie_log_popularity", "movie_like_ratio", "movie_age"),
    *("movie_days_ago", "movie_recent_share", "movie_trending", "movie_known"),
]


class Users(NamedTuple):
    """What is known of users. The last row, which position -1 leads to, is the unknown's."""

    table: np.ndarray  # float32 (n_users + 1, len(USER))
    taste: np.ndarray  # float64 (n_users + 1, n_genres): stars above the user's own level
    favourite: np.ndarray  # int64 (n_users + 1,): position of a genre, n_genres if there is none


class Movies(NamedTuple):
    """What is known of movies; the last row is the unknown's."""

    table: np.ndarray  # float32 (n_movies + 1, len(MOVIE))
    level: np.ndarray  # float64 (n_movies + 1,): plain mean in stars, NaN without ratings


class All(NamedTuple):
    """What is known of all ratings together, which means of few ratings are drawn towards."""

    mean: float
    variance: float
    like_ratio: float


class Summary(NamedTuple):
    """What some of the ratings say."""

    users: Users
    movies: Movies
    all: All


@dataclass(eq=False)
class Summariser:
    """The formulas of `FeatureBuilder`, and what they need to know of the catalogue.

    What is known of films ends with the unknown film.
    """

    like_from: float
    recent_days: int
    shrinkage: float
    year: np.ndarray  # of release, NaN if unknown
    age: np.ndarray  # in years
    has_genre: np.ndarray  # bool, a column per genre, and one for no genre

    def summarise(
        self, n_users: int, u: np.ndarray, i: np.ndarray, rating: np.ndarray, days: np.ndarray
    ) -> Summary:
        """Return what ratings say: positions of user and movie, stars, and how many days ago."""
        everything = All(rating.mean(), rating.var(), self._like(rating).mean())
        movies = self._movies(i, rating, days, everything)
        return Summary(self.users(n_users, u, i, rating, movies, everything), movies, everything)

    def users(
        self,
        n_users: int,
        u: np.ndarray,
        i: np.ndarray,
        rating: np.ndarray,
        movies: Movies,
        everything: All,
    ) -> Users:
        """Return what ratings say of those who gave them, given what is known of the movies."""
        total = partial(np.bincount, u, minlength=n_users + 1)
        n, like, dated = total(), self._like(rating), ~np.isnan(self.year[i])
        year = np.where(dated, self.year[i], 0)
        # A movie that nobody else rated would have this very rating as its mean.
        residual = np.nan_to_num(rating - movies.level[i])
        squares = np.maximum(total(rating**2) - n * _divide(total(rating), n) ** 2, 0)
        liked = total(like & dated)
        newer = total(year * like) - liked * _divide(total(year), total(dated))
        columns = {
            "user_mean": self._mean(total(rating), n, everything.mean),
            "user_std": np.sqrt(self._mean(squares, n, everything.variance)),
            "user_count": n,
            "user_like_ratio": self._mean(total(like), n, everything.like_ratio),
            "user_newer": self._mean(newer, liked, 0),
            "user_strictness": self._mean(-total(residual), n, 0),
            "user_known": n > 0,
        }
        return Users(_table(columns, USER), *self._tastes(total, i, residual))

    def _tastes(
        self, total: partial, i: np.ndarray, residual: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        n_genres = self.has_genre.shape[1] - 1
        n, level = total(), _divide(total(residual), total())
        taste, count = np.zeros((2, len(n), n_genres))
        for g in range(n_genres):
            has = self.has_genre[i, g]
            count[:, g] = total(has)
            taste[:, g] = self._mean(total(residual * has) - count[:, g] * level, count[:, g], 0)
        ranked = np.where(count > 0, taste.round(9), -np.inf)  # rounded, so that ties are ties
        ranked = np.pad(ranked, ((0, 0), (0, 1)), constant_values=np.finfo(float).min)
        return taste, ranked.argmax(axis=1)

    def _movies(
        self, i: np.ndarray, rating: np.ndarray, days: np.ndarray, everything: All
    ) -> Movies:
        total = partial(np.bincount, i, minlength=len(self.year))
        n, recent = total(), days < self.recent_days
        share = self._mean(total(recent), n, recent.mean())
        columns = {
            "movie_mean": self._mean(total(rating), n, everything.mean),
            "movie_count": n,
            "movie_log_popularity": np.log1p(n),
            "movie_like_ratio": self._mean(total(self._like(rating)), n, everything.like_ratio),
            "movie_age": self.age,
            "movie_days_ago": self._mean(total(days), n, days.mean()),
            "movie_recent_share": share,
            "movie_trending": (share > 2 * recent.mean()) & (n >= TRENDING_FROM) & (self.age >= 0),
            "movie_known": n > 0,
        }
        return Movies(_table(columns, MOVIE), np.where(n > 0, _divide(total(rating), n), np.nan))

    def _like(self, rating: np.ndarray) -> np.ndarray:
        return rating >= self.like_from

    def _mean(self, total: np.ndarray, n: np.ndarray, prior: float) -> np.ndarray:
        """Return the mean of `n` values, drawn towards the prior; the prior where there is none."""
        k = self.shrinkage
        return np.where(n + k > 0, _divide(total + k * prior, n + k), prior)


def _table(columns: dict[str, np.ndarray], names: list[str]) -> np.ndarray:
    return np.column_stack([columns[name] for name in names]).astype("float32")


def _divide(total: ArrayLike, n: ArrayLike) -> np.ndarray:
    """Return total / n, and 0 where n is 0."""
    return np.divide(total, n, out=np.zeros(np.broadcast(total, n).shape), where=np.not_equal(n, 0))
