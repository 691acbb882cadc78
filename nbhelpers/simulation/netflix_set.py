"""A simulated set in the Netflix Prize's own files, at any size."""

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from nbhelpers.data import netflix
from nbhelpers.data.formats.netflix_grammar import FIRST_DAY, MOVIES
from nbhelpers.errors import DataError
from nbhelpers.files import beside, disk_for, remove
from nbhelpers.simulation.world import FULL, STAR_SHARES, World, make_world, rate

FEWEST, MOST = 10_000, 500_000_000  # ratings that can be made
_LAST_MOVIES = np.array([4_499, 9_210, 13_367, MOVIES])  # of the four files
_BLOCK = 1 << 19  # ratings made at a time
_BYTES = 22  # that a rating takes on the disk, at most
_PILOT = 1_000_000  # ratings from which the shares of stars are set


def generate(folder: str | Path, n: int = FULL, seed: int = 42) -> None:
    """Write combined_data_1.txt to _4.txt, movie_titles.csv and probe.txt, all simulated.

    Films are called "Simulated film" and their number, and a file SIMULATED.txt says what the
    rest is. The same numbers give the same files.

    Parameters
    ----------
    folder : path-like
        It appears when all is written; it must not exist, or be empty.
    n : int
        How many ratings, from 10,000 to 500,000,000. Users grow with them (480,189 for
        100,480,507 ratings); films are 17,770, if there are ratings enough.
    seed : int

    Raises
    ------
    DataError
        If there is something in the folder already, or the disk has no room.
    ValueError
        If so many ratings cannot be made.
    """
    folder = Path(folder).resolve()
    if not FEWEST <= n <= MOST:
        raise ValueError(f"From {FEWEST:,} to {MOST:,} ratings can be made, not {n:,}.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(
            "This folder is not empty.",
            path=folder,
            expected="a new or empty folder to write to.",
            remedy="Choose another folder.",
        )
    with disk_for("the simulated set", folder.parent, _BYTES * n):
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = beside(folder)
        part.mkdir()
        try:
            _write(part, n, seed)
            if folder.exists():
                folder.rmdir()
            os.replace(part, folder)
        finally:
            remove(part)


def _write(folder: Path, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    world, first_day = make_world(n, rng), np.datetime64(FIRST_DAY)
    n_movies = len(world.counts)
    thresholds, pairs = _thresholds(world, rng), []
    lasts = np.ceil(_LAST_MOVIES * n_movies / MOVIES).astype(int)
    with tqdm(total=n, unit=" ratings", unit_scale=True) as bar:
        for number, (first, last) in enumerate(pairwise([0, *lasts]), start=1):
            with open(folder / f"combined_data_{number}.txt", "wb") as file:
                for start, stop in _blocks(world.counts, first, last):
                    counts = world.counts[start:stop]
                    users, liking, days, late = rate(world, start, counts, rng)
                    ratings = pd.DataFrame(
                        {
                            "movie_id": np.repeat(np.arange(start + 1, stop + 1), counts),
                            "user_id": world.user_ids[users],
                            "rating": 1 + np.searchsorted(thresholds, liking),
                            "timestamp": (first_day + days).astype("datetime64[s]"),
                        }
                    )
                    file.write(netflix.as_text(ratings))
                    pairs.append(ratings.loc[late, ["movie_id", "user_id"]])
                    bar.update(len(users))
    netflix.write_probe(pd.concat(pairs), folder / "probe.txt")
    titles = pd.DataFrame({"movie_id": np.arange(1, n_movies + 1)})
    titles["title"] = [f"Simulated film {movie}" for movie in titles["movie_id"]]
    titles["year"] = pd.array(world.years, dtype="Int16")
    titles.loc[rng.choice(n_movies, 7, replace=False), "year"] = pd.NA  # as seven of Netflix's
    netflix.write_titles(titles, folder / "movie_titles.csv")
    (folder / netflix.SIMULATED).write_text(
        f"These {n:,} ratings are simulated: no person gave them, and no film here is real.\n"
        f"Made by: nbhelpers data generate --ratings {n} --seed {seed}\n",
        encoding="utf-8",
    )


def _thresholds(world: World, rng: np.random.Generator) -> np.ndarray:
    """Where one star ends and the next begins, from a trial."""
    counts = np.ceil(world.counts * min(1, _PILOT / world.counts.sum())).astype(np.int64)
    liking = rate(world, 0, counts, rng)[1]
    thresholds: np.ndarray = np.quantile(liking, np.cumsum(STAR_SHARES))
    return thresholds.astype(np.float32)


def _blocks(counts: np.ndarray, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Films from `first` to before `last` in runs of about `_BLOCK` ratings."""
    run = np.cumsum(counts[first:last]) // _BLOCK
    edges = [first, *(first + 1 + np.flatnonzero(np.diff(run))), last]
    return pairwise(edges)
