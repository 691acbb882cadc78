"""Tables of numbers as files that need not be read to be opened: mapped into memory."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from nbhelpers.data.parquet import PLAIN
from nbhelpers.files import atomic_path

Stamps = dict[str, list[int] | None]  # size and time of change of each column's file


def write(table: pd.DataFrame, folder: Path, name: str) -> Stamps:
    """Write a table's columns as .npy files, and say how to know them again.

    Nothing is written if there are other columns than numbers and times, or if the disk has
    little room.
    """
    plain = set(table.dtypes.astype(str)) <= PLAIN
    if not plain or shutil.disk_usage(folder).free < 3 * table.memory_usage().sum():
        return {}
    for column in table:
        with atomic_path(_path(folder, name, column)) as path:
            np.save(path, table[column].to_numpy())
    return {column: _stamp(_path(folder, name, column)) for column in table}


def read(folder: Path, name: str, stamps: Stamps) -> pd.DataFrame | None:
    """Return a table, None if its files are not those written; changes to it stay in memory."""
    paths = {column: _path(folder, name, column) for column in stamps}
    if not paths or any(_stamp(path) != stamps[column] for column, path in paths.items()):
        return None
    columns = {column: np.load(path, mmap_mode="c") for column, path in paths.items()}
    return pd.DataFrame({c: np.asarray(v) for c, v in columns.items()}, copy=False)


def _path(folder: Path, name: str, column: str) -> Path:
    return folder / f"{name}-{column}.npy"


def _stamp(path: Path) -> list[int] | None:
    return [path.stat().st_size, path.stat().st_mtime_ns] if path.exists() else None
