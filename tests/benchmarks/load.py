"""How long the Netflix Prize's text takes to load, beside pandas and Surprise.

    python tests/benchmarks/load.py --size 1e6

The text is generated once and kept. Every loader has a process of its own, and the file cache is
warm for all of them. Ours reads dates too and checks every line, which "as published" does not.
"""

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
from rounds import Outcome, compared, found, in_turns, show

from nbhelpers.data import netflix
from nbhelpers.data.formats import netflix_lines
from nbhelpers.data.formats.netflix_grammar import MOVIES
from nbhelpers.files import PROJECT
from nbhelpers.teaching.costs import alone, seconds

DATA = PROJECT / "build" / "bench" / "data"
PUBLISHED = "pandas loader as published"
LINEAR = "pandas loader, its loop made linear"
CAREFUL = "pandas, carefully, with dates"
PLAIN = "ours without numba"
TRAINSET = "surprise.Dataset.load_from_df, trainset"
BIGGEST_PUBLISHED = 10**6  # it copies all ratings so far for every film
BIGGEST_TRAINSET = 10**7  # Surprise needs 330 bytes a rating


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=float, default=1e6)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    show(rows(int(options.size), options.rounds))


def rows(size: int = 10**6, rounds: int = 3, folder: Path = DATA) -> list[dict[str, Any]]:
    """Return a row for each loader, and one for the step from a table to what a model learns from.

    Parameters
    ----------
    size, rounds : int
    folder : pathlib.Path
        Where generated text is kept.
    """
    text = generated(size, folder)
    large = sum(path.stat().st_size for path in netflix.find_ratings(text)) >= netflix_lines.QUICK
    tasks = {"ours": (read_ours, text, large), LINEAR: (read_pandas, text, True)}
    if size <= BIGGEST_PUBLISHED:
        tasks[PUBLISHED] = read_pandas, text, False
    tasks[CAREFUL] = read_carefully, text
    if large:  # small ones are read without numba anyway
        tasks[PLAIN] = read_ours, text, False
    outcomes = in_turns(tasks, rounds)
    if size > BIGGEST_PUBLISHED:
        outcomes[PUBLISHED] = modelled(outcomes[LINEAR], size)
    ours = outcomes.pop("ours")
    order = [name for name in (PUBLISHED, LINEAR, CAREFUL, PLAIN) if name in outcomes]
    done = [compared(ours, outcomes[name], task="load", size=size, peer=name) for name in order]
    return [*done, trainset_row(size, rounds, text)]


def trainset_row(size: int, rounds: int, text: Path) -> dict[str, Any]:
    tasks = {"ours": (group, text), TRAINSET: (build_trainset, text)}
    if size > BIGGEST_TRAINSET:
        del tasks[TRAINSET]
    outcomes = in_turns(tasks, rounds)
    peer = outcomes.get(TRAINSET, Outcome(note=f"needs about {size * 330 / 1e9:.0f} GB"))
    names = {"task": "load", "size": size, "peer": f"{TRAINSET}, ours: ratings_by_user.group"}
    return compared(outcomes["ours"], peer, **names)


def generated(size: int, folder: Path) -> Path:
    """Return the folder of generated Netflix text, in the file cache."""
    text = folder / f"{size:.0e}".replace("+0", "") / "netflix"
    if not text.exists():
        from nbhelpers.simulation.netflix_set import generate

        generate(text, size)
    for path in text.iterdir():
        warm(path)
    return text


def warm(path: Path) -> None:
    with open(path, "rb") as file:
        while file.read(1 << 24):
            pass


def read_ours(text: Path, compiled: bool) -> tuple[float, dict]:
    if compiled:
        with mock.patch.object(netflix_lines, "QUICK", 0):
            netflix.read_ratings(PROJECT / "data" / "sample")  # loads what is compiled
    else:
        sys.modules["numba"] = None  # as if it were not installed
    took, table = seconds(lambda: netflix.read_ratings(text))
    return took, found(table)


def read_pandas(text: Path, linear: bool) -> tuple[float, dict]:
    took, table = seconds(lambda: load_as_published(text, number_linear if linear else number))
    return took, found(table)


def load_as_published(text: Path, number: Callable) -> pd.DataFrame:
    """Load the way that is found in most notebooks on this data: films' lines lack a rating."""
    names = ["user_id", "rating"]
    parts = [
        pd.read_csv(path, header=None, names=names, usecols=[0, 1])
        for path in netflix.find_ratings(text)
    ]
    for part in parts:
        part["rating"] = part["rating"].astype(float)
    table = pd.concat(parts)
    table.index = np.arange(len(table))
    missing = table["rating"].isna()
    places = np.flatnonzero(missing)
    movies = number([*places, len(table)])
    table = table[~missing].copy()
    table["movie_id"] = movies.astype(int)
    table["user_id"] = table["user_id"].astype(int)
    return table


def number(places: list[int]) -> np.ndarray:
    """Return the film of each rating; every film copies those of all films before it."""
    movies = np.array([])
    for movie, (here, following) in enumerate(pairwise(places), start=1):
        movies = np.append(movies, np.full(following - here - 1, movie))
    return movies


def number_linear(places: list[int]) -> np.ndarray:
    pairs = enumerate(pairwise(places), start=1)
    return np.concatenate([np.full(stop - start - 1, movie) for movie, (start, stop) in pairs])


def time_copies(size: int, movies: int, lengths: int = 8, copies: int = 8) -> float:
    """Return seconds that the published loop takes: an array that grows is copied for each film."""
    film = np.full(size // movies, 1.0)
    took = 0
    for place in range(lengths):
        grown = np.ones(int(size * (place + 0.5) / lengths))
        start = time.perf_counter()
        for _ in range(copies):
            grown = np.append(grown, film)
        took += time.perf_counter() - start
    return took / (lengths * copies) * movies


def modelled(linear: Outcome, size: int) -> Outcome:
    """Return what the published loader would take, from the one with a linear loop."""
    if not linear.rounds:
        return linear
    copies = alone(time_copies, size, MOVIES)[0]
    note = "modelled: the loader below, plus a copy of a growing array for every film"
    return Outcome([(took + copies, peak) for took, peak in linear.rounds], note=note)


def read_carefully(text: Path) -> tuple[float, dict]:
    took, table = seconds(lambda: load_carefully(text))
    return took, found(table)


def load_carefully(text: Path) -> pd.DataFrame:
    """Load with pandas as well as it can: small types, each date parsed once, file by file."""
    names = ["user_id", "rating", "timestamp"]
    kinds = {"rating": "float32", "timestamp": "category"}
    parts = []
    for path in netflix.find_ratings(text):
        part = pd.read_csv(path, header=None, names=names, dtype=kinds)
        heads = part["rating"].isna().to_numpy()
        movies = part["user_id"][heads].str.rstrip(":").astype("int32").to_numpy()
        counts = np.diff(np.append(np.flatnonzero(heads), len(part))) - 1
        part = part[~heads]
        dates = part["timestamp"].cat
        days = pd.to_datetime(dates.categories, format="%Y-%m-%d").to_numpy("datetime64[s]")
        columns = {
            "user_id": part["user_id"].astype("int32[pyarrow]").to_numpy("int32"),
            "movie_id": np.repeat(movies, counts),
            "rating": part["rating"].to_numpy().astype("int8"),
            "timestamp": days[dates.codes.to_numpy()],
        }
        parts.append(pd.DataFrame(columns, copy=False))
        del part, columns, dates
    return pd.concat(parts, ignore_index=True)


def group(text: Path) -> tuple[float, dict]:
    from nbhelpers.models import ratings_by_user

    ratings = netflix.read_ratings(text)
    ratings_by_user.group(ratings[:1000])  # loads what is compiled
    took, result = seconds(partial(ratings_by_user.group, ratings))
    del ratings
    users = np.repeat(result.user_ids, np.diff(result.starts[:: result.parts]))
    table = {"user_id": users, "movie_id": result.movie_ids[result.movies]}
    return took, found(pd.DataFrame(table | {"rating": result.stars}, copy=False))


def surprise_trainset(table: pd.DataFrame) -> Any:
    import surprise

    reader = surprise.Reader(rating_scale=(1, 5))
    return surprise.Dataset.load_from_df(table, reader).build_full_trainset()


def build_trainset(text: Path) -> tuple[float, dict]:
    import surprise  # noqa: F401  (so that its loading does not count)

    ratings = netflix.read_ratings(text)
    data = ratings[["user_id", "movie_id", "rating"]]
    took, trainset = seconds(partial(surprise_trainset, data))
    del ratings, data
    of_users = [len(trainset.ur[user]) for user in trainset.all_users()]
    users = [trainset.to_raw_uid(user) for user in trainset.all_users()]
    movies = np.array([trainset.to_raw_iid(movie) for movie in trainset.all_items()])
    pairs = (pair for user in trainset.all_users() for pair in trainset.ur[user])
    rated = np.fromiter(pairs, np.dtype((float, 2)), trainset.n_ratings)
    table = {"user_id": np.repeat(users, of_users), "movie_id": movies[rated[:, 0].astype(int)]}
    return took, found(pd.DataFrame(table | {"rating": rated[:, 1]}, copy=False))


if __name__ == "__main__":
    main()
