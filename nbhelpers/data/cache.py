"""A cache of parsed tables that knows when it is stale."""

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np
import pandas as pd

from nbhelpers.errors import warn
from nbhelpers.files import abandoned, atomic_path, free, remove, sha256

if TYPE_CHECKING:
    from pyarrow import Schema
    from pyarrow.parquet import ParquetFile

__all__ = ["content_hash", "read_cache", "source_hash", "write_cache"]

MAPPED = 10_000_000  # rows from which on a table of numbers is kept as columns to map, too

Tables = dict[str, pd.DataFrame]
Notes = dict[str, Any]
Stamps = dict[str, list[int] | None]  # size and time of change of each column's file


def content_hash(ratings: pd.DataFrame, movies: pd.DataFrame) -> str:
    """The SHA-256 (hex) of two tables' values, the same wherever they came from.

    Columns of ratings count by their names, types and bytes; movies count as JSON.
    """
    digest = hashlib.sha256()
    for name in ratings:
        values = np.ascontiguousarray(ratings[name].to_numpy())
        digest.update(f"{name} {values.dtype} {len(values)}\n".encode())
        digest.update(values.view(np.uint8).data)
    columns = movies.astype(object).where(movies.notna(), None)
    digest.update(json.dumps(columns.to_dict("list"), default=int).encode())
    return digest.hexdigest()


def source_hash(
    folder: str | Path, *settings: str | float, beside: Iterable[str | Path] = ()
) -> str:
    """What the cached tables depend on: every file below some folders, and the reader's settings.

    A file counts by its path, size and time of change in nanoseconds. This is quick for gigabytes
    and says "changed" for whatever may have changed; `content_hash` tells whether it did. Links are
    followed: what they lead to counts. Folders `beside` need not be there.
    """
    files = [entry for place in (folder, *beside) for entry in _entries(Path(place))]
    return _digest([files, settings])


def _entries(folder: Path) -> Iterator[tuple[str | int, ...]]:
    """What is in a folder and behind its links: where, how large, and when it was changed."""
    seen = set()  # a link may lead to a folder above it
    for place, folders, names in os.walk(folder.resolve(), followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders.sort()
        for path in (os.path.join(place, name) for name in sorted(names)):
            target = os.path.realpath(path) if os.path.islink(path) else ""
            try:
                found = os.stat(path)
            except OSError as error:
                yield path, target, error.errno or 0
                continue
            if stat.S_ISREG(found.st_mode):
                yield path, target, found.st_size, found.st_mtime_ns


def write_cache(folder: Path, source: str, tables: Tables, notes: Callable[[], Notes]) -> Notes:
    """Write tables as Parquet beside a manifest; the manifest comes last and seals them.

    Large tables of numbers are written a second time, if the disk has room, as columns that need
    not be read to be opened. `source` is a `source_hash`; `notes` finds out what else to keep, in
    JSON, while the tables are being written, and is returned. If the folder cannot be written, a
    warning says so; there is no cache then.
    """
    _tidy(folder.parent)
    large = {name: table for name, table in tables.items() if len(table) >= MAPPED}
    with ThreadPoolExecutor(2) as pool:
        files = {name: pool.submit(_write_table, tables[name], folder, name) for name in tables}
        noted = pool.submit(notes)
        stamps = {name: pool.submit(_write_columns, large[name], folder, name) for name in large}
    manifest = {"source": source, "notes": noted.result()}
    try:
        kept = {name: file.result() for name, file in files.items()}
        for name, columns in stamps.items():
            kept[name]["columns"] = columns.result()
        manifest["tables"] = kept
        manifest["sha256"] = _digest(manifest)
        with atomic_path(folder / "manifest.json") as path:
            path.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    except OSError as error:
        warn(
            f"No cache could be written in {folder}: {error}. Everything works without one, but "
            "the set is read again each time. To keep caches elsewhere, set NBHELPERS_CACHE to a "
            "folder that you may write to."
        )
    return noted.result()


def read_cache(folder: Path, source: str) -> tuple[Tables, Notes] | None:
    """Read the tables and notes that `write_cache` was given with this `source`; None if it cannot.

    Parquet files are compared with the manifest byte by byte; columns that are mapped into memory
    by their size and time of change alone, because reading them is what mapping saves. Changes to a
    table stay in memory. Of a cache that is damaged or out of date, a warning is given.
    """
    if not os.path.exists(folder / "manifest.json"):  # or nobody may look
        return None
    from pyarrow import ArrowException  # here, because it takes a while to import

    try:
        manifest = _read_manifest(folder, source)
        tables = {
            name: _read_table(folder, name, known) for name, known in manifest["tables"].items()
        }
    except (OSError, LookupError, TypeError, ValueError, ArrowException) as error:
        reason = str(error) if type(error) is _Stale else "it is damaged"
        warn(f"The cache in {folder} is rebuilt: {reason}.")
        return None
    return tables, manifest["notes"]


def _tidy(folder: Path) -> None:
    """Remove what killed processes left in any of the caches in a folder."""
    with suppress(OSError):
        for place in folder.iterdir():
            with suppress(OSError):
                for part in abandoned(place):
                    remove(part)


class _Stale(ValueError):
    """Why a cache cannot be used."""


def _read_manifest(folder: Path, source: str) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    if manifest.pop("sha256") != _digest(manifest):
        raise _Stale("its manifest was changed")
    if manifest["source"] != source:
        raise _Stale("its source has changed, or the code that read it")
    return manifest


def _read_table(folder: Path, name: str, known: dict[str, Any]) -> pd.DataFrame:
    table = _map_columns(folder, name, known.get("columns", {}))
    if table is not None:
        return table
    path = folder / f"{name}.parquet"
    if sha256([path]) != known["sha256"]:
        raise _Stale(f"{path.name} is damaged")
    return _read_parquet(path)


def _read_parquet(path: Path) -> pd.DataFrame:
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        kinds = {column["name"]: column for column in file.schema_arrow.pandas_metadata["columns"]}
        columns = {name: _read_column(file, name, kinds[name]["numpy_type"]) for name in kinds}
    return pd.DataFrame(columns, copy=False)


def _read_column(file: "ParquetFile", name: str, kind: str) -> np.ndarray | pd.Series:
    dtype = pd.api.types.pandas_dtype(kind)
    if _is_plain(dtype):
        # In groups of rows, so that nothing large is there twice; its times are in milliseconds.
        values, at = np.empty(file.metadata.num_rows, dtype), 0
        for group in range(file.num_row_groups):
            for part in file.read_row_group(group, [name]).column(0).chunks:
                values[at : at + len(part)] = part.to_numpy(zero_copy_only=False)
                at += len(part)
        return values
    table = file.read([name])
    if str(table.schema.field(name).type).startswith("list"):  # pandas would make arrays of them
        return pd.Series(table[name].to_pylist(), dtype=object)
    column: pd.Series = table.to_pandas()[name]
    return column


def _is_plain(dtype: object) -> TypeGuard[np.dtype]:
    """Whether a column of numbers or times is kept as a plain array."""
    return isinstance(dtype, np.dtype) and dtype.kind in "iufM"


def _write_table(table: pd.DataFrame, folder: Path, name: str) -> dict[str, Any]:
    """Write a table as Parquet, and say how to know it again."""
    with atomic_path(folder / f"{name}.parquet") as path:
        # Kept as differences, sorted ids need a bit or two each.
        whole = list(table.select_dtypes("integer"))
        table.to_parquet(
            path,
            index=False,
            schema=_schema(table),
            compression="zstd",
            use_dictionary=[column for column in table if column not in whole],
            column_encoding=dict.fromkeys(whole, "DELTA_BINARY_PACKED"),
        )
        return {"rows": len(table), "sha256": sha256([path])}


def _schema(table: pd.DataFrame) -> "Schema":
    """Types of columns; where no value is missing, it need not be kept or read which ones are."""
    from pyarrow import Schema, schema

    fields = Schema.from_pandas(table, preserve_index=False)
    return schema([field.with_nullable(bool(table[field.name].isna().any())) for field in fields])


def _write_columns(table: pd.DataFrame, folder: Path, name: str) -> Stamps:
    """Write columns as .npy files, which can be mapped into memory, and say how to know them again.

    Nothing is written if there are other columns than numbers and times, or if the disk has
    little room.
    """
    plain = all(_is_plain(dtype) for dtype in table.dtypes)
    if not plain or free(folder) < 3 * table.memory_usage().sum():
        return {}
    for column in table:
        with atomic_path(_column_path(folder, name, column)) as path:
            np.save(path, table[column].to_numpy())
    return {str(column): _stamp(_column_path(folder, name, column)) for column in table}


def _map_columns(folder: Path, name: str, stamps: Stamps) -> pd.DataFrame | None:
    """Open a table, None if its files are not those written; changes to it stay in memory."""
    paths = {column: _column_path(folder, name, column) for column in stamps}
    if not paths or any(_stamp(path) != stamps[column] for column, path in paths.items()):
        return None
    columns = {column: np.load(path, mmap_mode="c") for column, path in paths.items()}
    return pd.DataFrame({c: np.asarray(v) for c, v in columns.items()}, copy=False)


def _column_path(folder: Path, name: str, column: object) -> Path:
    return folder / f"{name}-{column}.npy"


def _stamp(path: Path) -> list[int] | None:
    return [path.stat().st_size, path.stat().st_mtime_ns] if path.exists() else None


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
