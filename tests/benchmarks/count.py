"""How long it takes to count ratings per user, movie and month beside pandas' groupby.

    python tests/benchmarks/count.py --size 1e6

Both count the same simulated ratings, in turns, each in a process of its own, and begin with the
table: counts, means and (of users and movies) deviations.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rounds import paired, read, show, write

from nbhelpers.data import counts
from nbhelpers.teaching.costs import alone, seconds

CLOSE = 1e-9
TABLES = ("user_id", "movie_id", "month")
FIRST, DAYS = np.datetime64("1999-11-11", "s"), 2243  # of the Netflix Prize


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=float, default=1e6)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    show(rows(int(options.size), options.rounds))


def rows(size: int = 10**6, rounds: int = 3) -> list[dict[str, Any]]:
    """Return the one row."""
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        alone(write_dated, folder, size)
        for _ in range(rounds):
            ours.append(alone(count_ours, folder))
            theirs.append(alone(count_pandas, folder))
        equal = all(map(same, saved(folder, "ours"), saved(folder, "pandas")))
    peer = "pandas.DataFrame.groupby"
    return [paired(ours, theirs, task="count", size=size, peer=peer, equal=equal)]


def write_dated(folder: Path, size: int) -> None:
    write(folder, "ratings", size)
    rng = np.random.default_rng(2)
    days = rng.integers(0, DAYS, len(read(folder, "ratings")), np.int32)
    np.save(folder / "times.npy", FIRST + days * np.timedelta64(1, "D"))


def dated(folder: Path) -> pd.DataFrame:
    columns = {name: column.to_numpy() for name, column in read(folder, "ratings").items()}
    return pd.DataFrame(columns | {"timestamp": np.load(folder / "times.npy")}, copy=False)


def count_ours(folder: Path) -> float:
    ratings = dated(folder)
    _ours(ratings[:1000])  # loads what is compiled
    took, tables = seconds(lambda: _ours(ratings))
    _save(folder, "ours", tables)
    return took


def count_pandas(folder: Path) -> float:
    ratings = dated(folder)
    _pandas(ratings[:1000])
    took, tables = seconds(lambda: _pandas(ratings))
    _save(folder, "pandas", tables)
    return took


def _ours(ratings: pd.DataFrame) -> list[pd.DataFrame]:
    per = [counts.per(ratings, by) for by in ("user_id", "movie_id")]
    return [*per, counts.over(ratings, "month")]


def _pandas(ratings: pd.DataFrame) -> list[pd.DataFrame]:
    what = ["count", "mean", "std"]
    per = [ratings.groupby(by)["rating"].agg(what) for by in ("user_id", "movie_id")]
    month = ratings["timestamp"].dt.to_period("M")
    return [*per, ratings.groupby(month)["rating"].agg(["count", "mean"])]


def _save(folder: Path, who: str, tables: list[pd.DataFrame]) -> None:
    for name, table in zip(TABLES, tables, strict=True):
        table.to_pickle(folder / f"{who}-{name}.pickle")


def saved(folder: Path, who: str) -> list[pd.DataFrame]:
    return [pd.read_pickle(folder / f"{who}-{name}.pickle") for name in TABLES]


def same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    near = np.allclose(one, other, rtol=0, atol=CLOSE, equal_nan=True)
    return one.index.equals(other.index) and near


if __name__ == "__main__":
    main()
