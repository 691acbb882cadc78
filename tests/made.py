"""Small simulated ratings for tests."""

import numpy as np
import pandas as pd
from hypothesis import strategies as st

COLUMNS = {"user_id": "int32", "movie_id": "int32", "rating": "float32"}


def ratings(users: int = 30, movies: int = 20, share: float = 0.4, seed: int = 0) -> pd.DataFrame:
    """Return simulated ratings with two tastes in them; ids have gaps."""
    rng = np.random.default_rng(seed)
    taste = rng.normal(size=(users, 2)) @ rng.normal(size=(2, movies))
    stars = (3.5 + taste + rng.normal(0, 0.5, (users, movies))).round(0).clip(1, 5)
    m, u = np.nonzero(rng.random((movies, users)) < share)
    frame = frame_of(u * 3 + 7, m * 2 + 1, stars[u, m])
    seconds = rng.integers(0, 100 * 86400, len(frame))
    frame["timestamp"] = np.datetime64("2000-01-01", "s") + seconds.astype("timedelta64[s]")
    return frame


def frame_of(users, movies, stars) -> pd.DataFrame:
    columns = {"user_id": users, "movie_id": movies, "rating": stars}
    return pd.DataFrame(columns).astype(COLUMNS)


def movies(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return a catalogue for simulated ratings: two kinds of films, in genres and words."""
    ids = np.unique(ratings["movie_id"])
    frame = pd.DataFrame({"movie_id": ids, "year": 1990 + np.arange(len(ids)) % 9})
    frame["genres"] = [["Drama", "War"] if i % 2 else ["Comedy"] for i in range(len(ids))]
    frame["overview"] = [f"A film about {'love' if i % 3 else 'war'}." for i in range(len(ids))]
    return frame.assign(keywords=[[] for _ in ids])


@st.composite
def frames(draw, max_users: int = 6, max_movies: int = 6) -> pd.DataFrame:
    """Draw ratings with distinct (user, movie) pairs, sorted by movie then user."""
    pairs = st.tuples(st.integers(1, max_movies), st.integers(1, max_users))
    keys = sorted(draw(st.lists(pairs, min_size=1, max_size=24, unique=True)))
    size = len(keys)
    stars = draw(st.lists(st.integers(1, 10), min_size=size, max_size=size))
    days = draw(st.lists(st.integers(0, 20), min_size=size, max_size=size))
    frame = frame_of([u for _, u in keys], [m for m, _ in keys], np.array(stars) / 2)
    frame["timestamp"] = np.datetime64("2000-01-01", "s") + np.array(days, "timedelta64[D]")
    return frame
