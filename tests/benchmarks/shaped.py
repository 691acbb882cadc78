"""Simulated ratings of a Netflix-like shape, as a table."""

import numpy as np
import pandas as pd
from numba import njit
from rounds import SHAPES

TASTES = 4


def shaped(size: int, seed: int = 0) -> pd.DataFrame:
    """Return simulated ratings, sorted by movie then user, with tastes and a long tail.

    Parameters
    ----------
    size : int
        A key of `SHAPES`, the numbers of users and movies.
    """
    n_users, n_movies = SHAPES[size]
    rng = np.random.default_rng(seed)
    popularity = rng.permutation(1 / (np.arange(n_movies) + 20.0))
    activity = rng.lognormal(0, 1.2, n_users)
    counts = np.minimum(activity / activity.sum() * size, n_movies // 4).astype(np.int64) + 1
    users, movies = rng.normal(0, 0.5, (n_users, TASTES)), rng.normal(0, 0.6, (n_movies, TASTES))
    biases = rng.normal(3.6, 0.4, n_users), rng.normal(0, 0.5, n_movies)
    columns = _draw(counts, np.cumsum(popularity / popularity.sum()), users, movies, *biases, rng)
    return pd.DataFrame(dict(zip(("user_id", "movie_id", "rating"), columns, strict=True)))


@njit(cache=True)
def _draw(counts, cumulative, users, movies, user_bias, movie_bias, rng):
    """Draw distinct movies for each user, and stars; return them sorted by movie."""
    n_movies = len(cumulative)
    total = counts.sum()
    drawn, stars = np.empty(total, np.int16), np.empty(total, np.int8)
    last = np.full(n_movies, -1)  # user who drew a movie last
    starts = np.zeros(n_movies + 1, np.int64)
    row = 0
    for u in range(len(counts)):
        for _ in range(counts[u]):
            m = min(np.searchsorted(cumulative, rng.random()), n_movies - 1)
            while last[m] == u:
                m = min(np.searchsorted(cumulative, rng.random()), n_movies - 1)
            last[m] = u
            expected = user_bias[u] + movie_bias[m] + rng.normal(0, 0.8)
            for f in range(users.shape[1]):
                expected += users[u, f] * movies[m, f]
            drawn[row], stars[row] = m, min(max(round(expected), 1), 5)
            starts[m + 1] += 1
            row += 1
    starts = np.cumsum(starts)
    user_ids, movie_ids = np.empty(total, np.int32), np.empty(total, np.int32)
    ratings = np.empty(total, np.int8)
    row = 0
    for u in range(len(counts)):
        for _ in range(counts[u]):
            m = np.int64(drawn[row])
            place = starts[m]
            starts[m] += 1
            user_ids[place], movie_ids[place], ratings[place] = u + 1, m + 1, stars[row]
            row += 1
    return user_ids, movie_ids, ratings
