"""The Netflix Prize's own files, read strictly and written."""

from pathlib import Path

import numpy as np
import pandas as pd

from nbhelpers.store import atomic_path


def read_ratings(folder, users=None, seed=42) -> pd.DataFrame:
    """Read every `combined_data_*.txt` of a folder."""
    parts = []
    for path in sorted(Path(folder).glob("combined_data_*.txt")):
        movie = 0
        with open(path, encoding="ascii") as lines:
            for line in lines:
                if line.endswith(":\n"):
                    movie = int(line[:-2])
                else:
                    user, star, date = line.split(",")
                    parts.append((int(user), movie, int(star), date.strip()))
    frame = pd.DataFrame(parts, columns=["user_id", "movie_id", "rating", "timestamp"])
    frame["timestamp"] = frame["timestamp"].to_numpy().astype("datetime64[s]")
    types = {"user_id": "int32", "movie_id": "int32", "rating": "int8"}
    return frame.astype(types).sort_values(["movie_id", "user_id"], ignore_index=True)


def read_titles(path) -> pd.DataFrame:
    """Read `movie_titles.csv`: movie_id, title, year."""
    rows = [line.split(",", 2) for line in Path(path).read_text("latin-1").splitlines()]
    return pd.DataFrame(
        {
            "movie_id": np.array([int(row[0]) for row in rows], dtype="int32"),
            "title": [row[2] for row in rows],
            "year": pd.array([None if r[1] == "NULL" else int(r[1]) for r in rows], dtype="Int16"),
        }
    ).sort_values("movie_id", ignore_index=True)


def read_probe(path) -> pd.DataFrame:
    """Read `probe.txt`: movie_id, user_id."""
    pairs, movie = [], 0
    for line in Path(path).read_text("ascii").splitlines():
        if line.endswith(":"):
            movie = int(line[:-1])
        else:
            pairs.append((movie, int(line)))
    return pd.DataFrame(pairs, columns=["movie_id", "user_id"], dtype="int32").sort_values(
        ["movie_id", "user_id"], ignore_index=True
    )


def write_ratings(ratings: pd.DataFrame, folder, files: int = 4) -> None:
    """Write `combined_data_1.txt` … in the Netflix Prize's format.

    Parameters
    ----------
    ratings : DataFrame
        user_id, movie_id, rating (whole stars), timestamp. A movie's rows keep their order.
    folder : path-like
        Where to write; made if missing.
    files : int
        How many files the movies are spread over; fewer if there are fewer movies.
    """
    ratings = ratings.sort_values("movie_id", kind="stable")
    chunks = np.array_split(ratings["movie_id"].unique(), files)
    for number, movies in enumerate((chunk for chunk in chunks if len(chunk)), start=1):
        part = ratings[ratings["movie_id"].between(movies[0], movies[-1])]
        dates = np.datetime_as_string(part["timestamp"].to_numpy().astype("datetime64[D]"))
        rows = map("{},{:d},{}\n".format, part["user_id"], part["rating"].astype(int), dates)
        _write_by_movie(Path(folder) / f"combined_data_{number}.txt", part["movie_id"], rows)


def write_titles(movies: pd.DataFrame, path) -> None:
    """Write `movie_titles.csv`: id, year (or NULL), title; latin-1, nothing quoted."""
    years = movies["year"].astype(object).where(movies["year"].notna(), "NULL")
    rows = map("{},{},{}\n".format, movies["movie_id"], years, movies["title"])
    with atomic_path(path) as temporary:
        temporary.write_bytes("".join(rows).encode("latin-1"))


def write_probe(pairs: pd.DataFrame, path) -> None:
    """Write `probe.txt`: the users of each movie, from columns movie_id and user_id."""
    pairs = pairs.sort_values("movie_id", kind="stable")
    _write_by_movie(Path(path), pairs["movie_id"], map("{}\n".format, pairs["user_id"]))


def _write_by_movie(path: Path, movie_ids: pd.Series, rows) -> None:
    current = None
    with atomic_path(path) as temporary, open(temporary, "w", encoding="ascii", newline="") as out:
        for movie, row in zip(movie_ids, rows, strict=True):
            if movie != current:
                out.write(f"{movie}:\n")
                current = movie
            out.write(row)
