"""A cache of parsed tables that knows when it is stale."""

import hashlib
import json
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pyarrow import ArrowException

from nbhelpers.data import mapped, parquet
from nbhelpers.files import atomic_path, cache_folder, sha256

if TYPE_CHECKING:
    from nbhelpers.data.datasets import Dataset

__all__ = [
    *("content_hash", "parquet_of", "read_cache", "source_hash", "write_cache"),
]

MAPPED = 10_000_000  # rows from which on a table of numbers is kept as columns to map, too
SCHEMA = 1  # of the cache itself; raise it when tables are kept in another way


def content_hash(ratings: pd.DataFrame, movies: pd.DataFrame) -> str:
    """The SHA-256 (hex) of two tables' values: names, types and bytes of the ratings' columns,
    then the movies as JSON. The same tables have the same hash wherever they came from."""
    digest = hashlib.sha256()
    for name in ratings:
        values = np.ascontiguousarray(ratings[name].to_numpy())
        digest.update(f"{name} {values.dtype} {len(values)}\n".encode())
        digest.update(values.view(np.uint8))
    columns = movies.astype(object).where(movies.notna(), None)
    digest.update(json.dumps(columns.to_dict("list"), default=int).encode())
    return digest.hexdigest()


def source_hash(folder: str | Path, *settings) -> str:
    """What the cached tables depend on: every file below a folder, and the reader's settings.

    A file counts by its path, size and time of change in nanoseconds. This is quick for
    gigabytes and says "changed" for whatever may have changed; `content_hash` tells whether it did.
    """
    paths = sorted(path for path in Path(folder).resolve().rglob("*") if path.is_file())
    files = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    return _digest([files, settings])


def write_cache(
    folder: Path, source: str, tables: dict[str, pd.DataFrame], notes: Callable[[], dict]
) -> dict:
    """Write tables as Parquet beside a manifest; the manifest comes last and seals them.

    Large tables of numbers are written a second time, if the disk has room, as columns that need
    not be read to be opened.

    Parameters
    ----------
    folder : pathlib.Path
    source : str
        What the tables were made from, see `source_hash`.
    tables : dict of DataFrame
    notes : callable
        Finds out what else to keep, in JSON, while the tables are being written.

    Returns
    -------
    dict
        The notes.

    Warns
    -----
    UserWarning
        If the folder cannot be written; there is no cache then.
    """
    large = {name: table for name, table in tables.items() if len(table) >= MAPPED}
    with ThreadPoolExecutor(2) as pool:
        files = {name: pool.submit(_write_table, tables[name], folder, name) for name in tables}
        noted = pool.submit(notes)
        stamps = {name: pool.submit(mapped.write, large[name], folder, name) for name in large}
    manifest = {"schema": SCHEMA, "source": source, "notes": noted.result()}
    try:
        manifest["tables"] = {name: file.result() for name, file in files.items()}
        for name, columns in stamps.items():
            manifest["tables"][name]["columns"] = columns.result()
        manifest["sha256"] = _digest(manifest)
        with atomic_path(folder / "manifest.json") as path:
            path.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    except OSError as error:
        warnings.warn(f"No cache could be written in {folder}: {error}.", stacklevel=4)
    return manifest["notes"]


def read_cache(folder: Path, source: str) -> tuple[dict[str, pd.DataFrame], dict] | None:
    """Tables and notes as they were given to `write_cache`, or None if there is no valid cache.

    Parquet files are compared with the manifest byte by byte; columns that are mapped into memory
    by their size and time of change alone, because reading them is what mapping saves. Changes
    to a table stay in memory.

    Warns
    -----
    UserWarning
        If there is a cache that is damaged or out of date.
    """
    if not (folder / "manifest.json").exists():
        return None
    try:
        manifest = _read_manifest(folder, source)
        tables = {
            name: _read_table(folder, name, known) for name, known in manifest["tables"].items()
        }
    except (OSError, LookupError, TypeError, ValueError, ArrowException) as error:
        reason = str(error) if type(error) is _Stale else "it is damaged"
        warnings.warn(f"The cache in {folder} is made anew: {reason}.", stacklevel=4)
        return None
    return tables, manifest["notes"]


def parquet_of(dataset: "Dataset") -> Path:
    """A Parquet file with the ratings of a data set, for programs that read it themselves.

    It is the cache's own, and written now if the set is not in the cache, as the sample is not.

    Parameters
    ----------
    dataset : datasets.Dataset

    Returns
    -------
    pathlib.Path
        Columns and order of `dataset.ratings`; the times are in milliseconds.

    Raises
    ------
    OSError
        If it has to be written and cannot be.
    """
    place = cache_folder() / "parsed"
    content, rows = dataset.content_hash, len(dataset.ratings)
    folder = next((folder for folder in sorted(place.glob("*")) if _holds(folder, dataset)), None)
    if folder is None:
        folder = place / f"{dataset.name}-{content[:12]}-{rows}"
        write_cache(
            folder, content, {"ratings": dataset.ratings}, lambda: {"content_hash": content}
        )
    path = folder / "ratings.parquet"
    if not path.exists():
        raise OSError(f"The ratings could not be written to {path}.")
    return path


def _holds(folder: Path, dataset: "Dataset") -> bool:
    """Whether a cache is whole and holds the ratings of a data set."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        content, known = manifest["notes"]["content_hash"], manifest["tables"]["ratings"]
        same = content == dataset.content_hash and known["rows"] == len(dataset.ratings)
        return same and sha256([folder / "ratings.parquet"]) == known["sha256"]
    except (OSError, LookupError, TypeError, ValueError):
        return False


class _Stale(ValueError):
    """Why a cache cannot be used."""


def _read_manifest(folder: Path, source: str) -> dict:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    if manifest.pop("sha256") != _digest(manifest):
        raise _Stale("its manifest was changed")
    if manifest["schema"] != SCHEMA:
        raise _Stale("it was made by another version")
    if manifest["source"] != source:
        raise _Stale("its source has changed, or the version that read it")
    return manifest


def _read_table(folder: Path, name: str, known: dict) -> pd.DataFrame:
    table = mapped.read(folder, name, known.get("columns", {}))
    if table is not None:
        return table
    if sha256([folder / f"{name}.parquet"]) != known["sha256"]:
        raise _Stale(f"{name}.parquet is damaged")
    return parquet.read(folder / f"{name}.parquet")


def _write_table(table: pd.DataFrame, folder: Path, name: str) -> dict:
    """Write a table as Parquet, and say how to know it again."""
    with atomic_path(folder / f"{name}.parquet") as path:
        parquet.write(table, path)
        return {"rows": len(table), "sha256": sha256([path])}


def _digest(content) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
