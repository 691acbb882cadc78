"""How long a set that was read before takes to open again, beside pandas' own files.

    python tests/benchmarks/reload.py --size 1e6

Every reader opens its file and adds up every column, as a file that is mapped into memory is not
read before it is used. All have the same three tables: ratings, films and probe pairs. Ours also
makes sure that the text has not changed since, and that its own file is not damaged.
"""

import argparse
import os
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from load import DATA, generated, warm
from rounds import compared, found, in_turns, show

from nbhelpers.data import datasets
from nbhelpers.files import atomic_path
from nbhelpers.teaching.costs import alone, seconds

TABLES = "ratings", "movies", "probe"
PARQUET = "pandas.read_parquet"
CSV = "pandas.read_csv, dates parsed"
BIGGEST_CSV = 10**7  # more take minutes to write


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=float, default=1e6)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    show(rows(int(options.size), options.rounds))


def rows(size: int = 10**6, rounds: int = 3, folder: Path = DATA) -> list[dict[str, Any]]:
    """Return a row for each form in which ours is kept and each of pandas' files."""
    text = generated(size, folder)
    cache, files = text.parent / "cache", text.parent / "pandas"
    alone(prepare, text, cache, files, size <= BIGGEST_CSV)
    forms = {"Parquet": cache / "parquet"}
    if any((cache / "mapped").rglob("*.npy")):  # large sets have them
        forms["mapped columns"] = cache / "mapped"
    peers = {PARQUET: (read_parquet, files)}
    if size <= BIGGEST_CSV:
        peers[CSV] = read_csv, files
    ours = {form: (reopen, text, place) for form, place in forms.items()}
    outcomes = in_turns(ours | peers, rounds)
    return [
        compared(
            outcomes[form], outcomes[peer], task="reload", size=size, peer=f"{peer}, ours: {form}"
        )
        for form in forms
        for peer in peers
    ]


def prepare(text: Path, cache: Path, files: Path, with_csv: bool) -> None:
    """Write all files, and read them once so that they are in the file cache."""
    with warnings.catch_warnings():  # about a cache of an older version
        warnings.simplefilter("ignore")
        dataset = load(text, cache / "mapped")
    shutil.rmtree(cache / "parquet", ignore_errors=True)
    shutil.copytree(cache / "mapped", cache / "parquet", ignore=shutil.ignore_patterns("*.npy"))
    files.mkdir(exist_ok=True)
    for name in TABLES:
        table = getattr(dataset, name)
        if not (files / f"{name}.parquet").exists():
            with atomic_path(files / f"{name}.parquet") as path:
                table.to_parquet(path)
        if with_csv and not (files / f"{name}.csv").exists():
            with atomic_path(files / f"{name}.csv") as path:
                table.to_csv(path, index=False)
    for path in [*cache.rglob("*.*"), *files.iterdir()]:
        warm(path)


def load(text: Path, cache: Path) -> datasets.Dataset:
    os.environ |= {"NBHELPERS_DATA": str(text.parent), "NBHELPERS_CACHE": str(cache)}
    return datasets.load("netflix")


def reopen(text: Path, cache: Path) -> tuple[float, dict]:
    return second_time(lambda: load(text, cache).ratings)


def read_parquet(files: Path) -> tuple[float, dict]:
    def read(name: str) -> pd.DataFrame:
        return pd.read_parquet(files / f"{name}.parquet")

    return second_time(lambda: {name: read(name) for name in TABLES}["ratings"])


def read_csv(files: Path) -> tuple[float, dict]:
    dates = {"ratings": ["timestamp"]}

    def read(name: str) -> pd.DataFrame:
        return pd.read_csv(files / f"{name}.csv", parse_dates=dates.get(name))

    return second_time(lambda: {name: read(name) for name in TABLES}["ratings"])


def second_time(read: Callable[[], pd.DataFrame]) -> tuple[float, dict]:
    """Time a reader when all that it imports is there."""
    used(read())
    took, table = seconds(lambda: used(read()))
    return took, found(table)


def used(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table after a look at every cell."""
    for name in table:
        values = table[name].to_numpy()
        (values.view(np.int64) if values.dtype.kind == "M" else values).sum()
    return table


if __name__ == "__main__":
    main()
