"""The shape of the `movies` table, the same for every data set."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

LISTS = ("genres", "directors", "actors", "keywords", "genres_meta")
TEXTS = ("overview", "poster_url")
NO_GENRES = "(no genres listed)"  # MovieLens' words for none
MOVIE_COLUMNS = [
    *("movie_id", "title", "year", "genres", "overview", "directors", "actors", "keywords"),
    *("tmdb_id", "poster_url", "genres_meta"),
]


def movies_table(columns: Mapping[str, Any]) -> pd.DataFrame:
    """A `movies` table, sorted by id, from the columns that a set has; what it lacks is empty.

    Columns are movie_id int32, title str, year Int16, genres list of str, overview str, directors,
    actors, keywords lists of str, tmdb_id Int64, poster_url str, genres_meta list of str. None
    stands for a missing number.
    """
    n = len(columns["movie_id"])
    frame = pd.DataFrame({"movie_id": np.asarray(columns["movie_id"], dtype="int32")})
    for name in MOVIE_COLUMNS[1:]:
        if name in LISTS:
            frame[name] = list(columns.get(name, [[] for _ in range(n)]))
        elif name in ("year", "tmdb_id"):
            dtype = pd.Int16Dtype() if name == "year" else pd.Int64Dtype()
            frame[name] = pd.array(list(columns.get(name, [None] * n)), dtype=dtype)
        else:
            frame[name] = list(columns.get(name, [""] * n))
    return frame.sort_values("movie_id", ignore_index=True)
