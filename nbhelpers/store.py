"""Files written whole or not at all, and a cache of parsed tables that knows when it is stale."""

import hashlib
import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

MAPPED = 10_000_000  # rows from which on a table of numbers is kept as columns to map, too
_BATCH = 1 << 18  # rows read at a time
_PLAIN = {"int8", "int16", "int32", "int64", "float32", "float64", "datetime64[s]"}
SCHEMA = 1  # of the cache itself; raise it when tables are kept in another way


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """A temporary path that takes the place of `path` when all went well.

    Parameters
    ----------
    path : path-like
        The file to write; its folder is made if missing.

    Yields
    ------
    pathlib.Path
        A path in the same folder with the same suffix. After the block it is renamed onto
        `path`; if the block raises, it is removed and `path` stays as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes files that only their owner may read; `path` is an ordinary file.
        temporary.chmod(0o644)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def sha256(paths: Iterable[str | Path]) -> str:
    """The SHA-256 (hex) of the files' bytes, one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


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


def cache_folder() -> Path:
    """Where caches go: `$NBHELPERS_CACHE`, or the platform's cache folder."""
    if place := os.environ.get("NBHELPERS_CACHE"):
        return Path(place)
    with warnings.catch_warnings():  # in a notebook without widgets tqdm, which it imports, warns
        warnings.simplefilter("ignore")
        import pooch  # here, because it takes a while to import

    return Path(pooch.os_cache("nbhelpers"))


def write_cache(folder: Path, source: str, tables: dict[str, pd.DataFrame], notes: dict) -> None:
    """Write tables as Parquet beside a manifest; the manifest comes last and seals them.

    Large tables of numbers are written a second time, if the disk has room, as columns that need
    not be read to be opened.

    Parameters
    ----------
    folder : pathlib.Path
    source : str
        What the tables were made from, see `source_hash`.
    tables : dict of DataFrame
    notes : dict
        What else to keep, in JSON.

    Warns
    -----
    UserWarning
        If the folder cannot be written; there is no cache then.
    """
    manifest = {"schema": SCHEMA, "source": source, "notes": notes, "tables": {}}
    try:
        for name, table in tables.items():
            with atomic_path(folder / f"{name}.parquet") as path:
                _write_parquet(table, path)
                manifest["tables"][name] = {"rows": len(table), "sha256": sha256([path])}
            if len(table) >= MAPPED:
                manifest["tables"][name]["columns"] = _write_columns(table, folder, name)
        manifest["sha256"] = _digest(manifest)
        with atomic_path(folder / "manifest.json") as path:
            path.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    except OSError as error:
        warnings.warn(f"No cache could be written in {folder}: {error}.", stacklevel=4)


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
    except (OSError, LookupError, TypeError, ValueError, pa.ArrowException) as error:
        reason = str(error) if type(error) is _Stale else "it is damaged"
        warnings.warn(f"The cache in {folder} is made anew: {reason}.", stacklevel=4)
        return None
    return tables, manifest["notes"]


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
    paths = {column: _column_path(folder, name, column) for column in known.get("columns", ())}
    if paths and all(_stamp(path) == known["columns"][column] for column, path in paths.items()):
        columns = {column: np.load(path, mmap_mode="c") for column, path in paths.items()}
        return pd.DataFrame({c: np.asarray(v) for c, v in columns.items()}, copy=False)
    if sha256([folder / f"{name}.parquet"]) != known["sha256"]:
        raise _Stale(f"{name}.parquet is damaged")
    return _read_parquet(folder / f"{name}.parquet")


def _write_columns(table: pd.DataFrame, folder: Path, name: str) -> dict[str, list[int] | None]:
    """Write a table's columns as .npy files, and say how to know them again."""
    plain = set(table.dtypes.astype(str)) <= _PLAIN
    if not plain or shutil.disk_usage(folder).free < 3 * table.memory_usage().sum():
        return {}
    for column in table:
        with atomic_path(_column_path(folder, name, column)) as path:
            np.save(path, table[column].to_numpy())
    return {column: _stamp(_column_path(folder, name, column)) for column in table}


def _column_path(folder: Path, name: str, column: str) -> Path:
    return folder / f"{name}-{column}.npy"


def _stamp(path: Path) -> list[int] | None:
    """Size and time of change, None without a file."""
    return [path.stat().st_size, path.stat().st_mtime_ns] if path.exists() else None


def _digest(content) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    for at, field in enumerate(table.schema):
        if pa.types.is_list(field.type):  # of null, if all lists are empty
            strings = table.column(at).cast(pa.list_(pa.string()))
            table = table.set_column(at, field.name, strings)
    integers = [f.name for f in table.schema if pa.types.is_integer(f.type)]
    # Sorted ids take a bit or two each as differences.
    pq.write_table(
        table,
        path,
        compression="zstd",
        use_dictionary=[name for name in table.column_names if name not in integers],
        column_encoding=dict.fromkeys(integers, "DELTA_BINARY_PACKED"),
    )


def _read_parquet(path: Path) -> pd.DataFrame:
    # Numbers go straight to their columns, and the rest one by one: nothing large is there twice.
    with pq.ParquetFile(path) as file:
        plain = _plain_columns(file)
        at = 0
        for batch in file.iter_batches(_BATCH, columns=list(plain)) if plain else ():
            for name, column in zip(plain, batch.columns, strict=True):
                plain[name][at : at + len(batch)] = column.to_numpy(zero_copy_only=False)
            at += len(batch)
        names = file.schema_arrow.names
        columns = {name: plain.get(name) for name in names}
        columns |= {name: _read_column(file, name) for name in names if name not in plain}
    return pd.DataFrame(columns, copy=False)


def _plain_columns(file: pq.ParquetFile) -> dict[str, np.ndarray]:
    """Arrays for the columns of numbers and times that pandas keeps as plain arrays."""
    types = {c["name"]: c["numpy_type"] for c in file.schema_arrow.pandas_metadata["columns"]}
    rows = file.metadata.num_rows
    return {name: np.empty(rows, kind) for name, kind in types.items() if kind in _PLAIN}


def _read_column(file: pq.ParquetFile, name: str) -> pd.Series:
    column = file.read([name]).to_pandas()[name]
    if pa.types.is_list(file.schema_arrow.field(name).type):
        return pd.Series([list(cell) for cell in column], dtype=object)
    return column
