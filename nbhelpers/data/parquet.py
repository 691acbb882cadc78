"""Tables as Parquet files, on two threads: small on disk, and read by every other tool, too."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

PLAIN = {"int8", "int16", "int32", "int64", "float32", "float64", "datetime64[s]"}
_WORKERS = 2  # that read; more would wait for memory
_BATCH = 1 << 17  # rows unpacked at a time: they fit a processor's cache
_GROUP = 1 << 20  # rows written together, which are read by one worker


def write(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a table; columns hold numbers, texts, times, or lists of texts.

    Whole numbers are kept as differences, of which sorted ids need a bit or two each, and times,
    which Parquet does not know in seconds, in milliseconds.
    """
    table = pa.Table.from_pandas(frame, preserve_index=False)
    for at, field in enumerate(table.schema):
        column = table.column(at)
        if pa.types.is_list(field.type):  # of null, if all lists are empty
            column = column.cast(pa.list_(pa.string()))
        # Nothing is kept, or read, of which values are missing where none is.
        field = pa.field(field.name, column.type, nullable=column.null_count > 0)
        table = table.set_column(at, field, column)
    integers = [f.name for f in table.schema if pa.types.is_integer(f.type)]
    pq.write_table(
        table,
        path,
        row_group_size=_GROUP,
        compression="zstd",
        use_dictionary=[name for name in table.column_names if name not in integers],
        column_encoding=dict.fromkeys(integers, "DELTA_BINARY_PACKED"),
    )


def read(path: str | Path) -> pd.DataFrame:
    """Return the table as it was given to `write`."""
    # Numbers go straight to their columns, and the rest one by one: nothing large is there twice.
    with pq.ParquetFile(path) as file:
        plain = _plain_columns(file)
        names = file.schema_arrow.names
        columns = {name: plain.get(name) for name in names}
        columns |= {name: _read_column(file, name) for name in names if name not in plain}
    if plain:
        with ThreadPoolExecutor(_WORKERS) as pool:
            list(pool.map(partial(_fill, plain, path), range(_WORKERS)))
    return pd.DataFrame(columns, copy=False)


def _fill(columns: dict[str, np.ndarray], path: str | Path, worker: int) -> None:
    """Read a worker's share of the row groups into the places of their rows."""
    with pq.ParquetFile(path) as file:
        sizes = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
        ends = np.cumsum(sizes, dtype=np.int64).tolist()
        for group in range(worker, file.num_row_groups, _WORKERS):
            at = ends[group] - sizes[group]
            for batch in file.iter_batches(_BATCH, [group], list(columns), use_threads=False):
                for name, column in zip(columns, batch.columns, strict=True):
                    columns[name][at : at + len(batch)] = column.to_numpy(zero_copy_only=False)
                at += len(batch)


def _plain_columns(file: pq.ParquetFile) -> dict[str, np.ndarray]:
    """Arrays for the columns of numbers and times that pandas keeps as plain arrays."""
    types = {c["name"]: c["numpy_type"] for c in file.schema_arrow.pandas_metadata["columns"]}
    rows = file.metadata.num_rows
    return {name: np.empty(rows, kind) for name, kind in types.items() if kind in PLAIN}


def _read_column(file: pq.ParquetFile, name: str) -> pd.Series:
    table = file.read([name])
    if pa.types.is_list(table.schema.field(name).type):  # pandas would make arrays of them
        return pd.Series(table[name].to_pylist(), dtype=object)
    return table.to_pandas()[name]
