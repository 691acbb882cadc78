"""Values as arrays and JSON, and back. What cannot be said that way is refused, never pickled.

skops, which keeps the classifiers, is no help here: it takes no pandas, packs sparse arrays so
that a small file can fill the memory, and does not look whether their positions lie inside.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, cast

import numpy as np
import pandas as pd
import psutil
from scipy.sparse import csr_array

from nbhelpers.features.encodings import Encoding
from nbhelpers.features.summaries import All, Movies, Summariser, Summary, Users

SPARSE_BELOW = 0.25  # share of other numbers than 0

Arrays = dict[str, np.ndarray]


def pack(value: Any, name: str, arrays: Arrays) -> Any:
    """Put the arrays of a value into `arrays`, under `name`; return the rest, fit for JSON.

    A value is a number, text, array without objects, sparse array, table, index, moment, one of
    `CLASSES`, or a list, tuple or dict of these; a TypeError refuses all else. In JSON, a dict has
    one item: a kind, and what is left of its parts.
    """
    if isinstance(value, np.generic) and value.dtype.kind in "biufU":
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if type(value) is list:
        return [pack(part, f"{name}.{n}", arrays) for n, part in enumerate(value)]
    kind = _kind_of(value)
    if kind == "array":
        arrays[name] = value
        return {kind: name}
    if kind is None:
        raise TypeError(f"Cannot save {name}, a {type(value).__name__}, without pickle.")
    take_apart, _ = KINDS[kind]
    return {kind: pack(take_apart(value), name, arrays)}


def unpack(plain: Any, arrays: Arrays) -> Any:
    """Return the value that `pack` has taken apart.

    What `pack` has not made is a LookupError, TypeError, ValueError or AttributeError; what would
    not fit into the memory that is free a MemoryError.
    """
    if isinstance(plain, list):
        return [unpack(part, arrays) for part in plain]
    if not isinstance(plain, dict):
        return plain
    [(kind, parts)] = plain.items()
    if kind == "array":
        return arrays[parts]
    _, put_together = KINDS[kind]
    return put_together(unpack(parts, arrays))


def _kind_of(value: Any) -> str | None:
    if isinstance(value, pd.Index):
        return "index"
    if not isinstance(value, np.ndarray):
        return NAMES.get(type(value))
    if value.dtype.hasobject:
        texts = value.ndim == 1 and all(isinstance(text, str) for text in value)
        return "texts" if texts else None
    # SciPy has no half precision, and no numbers in another machine's order.
    if value.ndim != 2 or value.dtype == np.float16 or not value.dtype.isnative:
        return "array"
    return "dense" if np.count_nonzero(value) < SPARSE_BELOW * value.size else "array"


def _sparse(parts: list[Any]) -> csr_array:
    sparse = csr_array(tuple(parts[:3]), shape=parts[3])
    sparse.check_format(full_check=True)  # whose code would read beyond its memory
    return sparse


def _dense(sparse: csr_array) -> np.ndarray:
    size, free = np.prod(sparse.shape, dtype=float), psutil.virtual_memory().available
    if size * sparse.dtype.itemsize > free:
        raise MemoryError(f"{size:,.0f} numbers do not fit into {free:,} bytes.")
    return cast(np.ndarray, sparse.toarray())


def _table(parts: list[Any]) -> pd.DataFrame:
    columns, rows = parts
    if any(column.shape != rows.shape for column in columns.values()):
        raise ValueError("The columns are not as long as the table.")
    return pd.DataFrame(columns, rows)


def _fields(value: Any) -> dict[str, Any]:
    return dict(value._asdict()) if hasattr(value, "_asdict") else vars(value)


def _made(kind: Callable[..., Any], fields: dict[str, Any]) -> Any:
    return kind(**fields)


# How things are taken apart, and put together again; a file can ask for nothing else.
# Of these classes, what an object holds is what it was made with.
CLASSES = All, Encoding, Movies, Summariser, Summary, Users
KINDS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "dense": (csr_array, _dense),
    "dict": (lambda v: [list(v), list(v.values())], lambda v: dict(zip(*v, strict=True))),
    "index": (lambda v: [v.to_numpy(), v.name], lambda v: pd.Index(v[0], name=v[1])),
    "moment": (pd.Timestamp.isoformat, pd.Timestamp),
    "sparse": (lambda v: [v.data, v.indices, v.indptr, list(v.shape)], _sparse),
    "table": (lambda v: [{key: v[key].to_numpy() for key in v}, v.index], _table),
    "texts": (np.ndarray.tolist, partial(np.array, dtype=object)),
    "tuple": (list, tuple),
    **{kind.__name__: (_fields, partial(_made, kind)) for kind in CLASSES},
}
NAMES = {csr_array: "sparse", pd.DataFrame: "table", pd.Timestamp: "moment"}
NAMES |= {kind: kind.__name__ for kind in (dict, tuple, *CLASSES)}
