"""Values as arrays and JSON, and back. What cannot be said that way is refused, never pickled."""

from typing import Any

import numpy as np
import pandas as pd
import psutil
from scipy.sparse import csr_array

from nbhelpers.features.encodings import Encoding
from nbhelpers.features.summaries import All, Movies, Summariser, Summary, Users

# The only classes that a file can ask for; none is looked up by name elsewhere.
CLASSES = {c.__name__: c for c in (All, Encoding, Movies, Summariser, Summary, Users)}
SPARSE_BELOW = 0.25  # share of other numbers than 0


def pack(value: Any, name: str, arrays: dict[str, np.ndarray]) -> Any:
    """Put the arrays of a value into `arrays`; return the rest, fit for JSON.

    Parameters
    ----------
    value
        A number, text, array without objects, sparse array, table, index, moment, one of
        `CLASSES`, or a list, tuple or dict of these.
    name : str
        What the arrays are called.
    arrays : dict
        To be filled.

    Raises
    ------
    TypeError
        If a part is anything else.
    """
    if isinstance(value, np.generic) and not isinstance(value, np.datetime64):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.ndarray):
        return _pack_array(value, name, arrays)
    if isinstance(value, csr_array):
        arrays |= {f"{name}.{part}": getattr(value, part) for part in ("data", "indices", "indptr")}
        return {"sparse": name, "shape": list(value.shape)}
    if isinstance(value, pd.Timestamp):
        return {"moment": value.isoformat()}
    if isinstance(value, pd.Index):
        return {"index": pack(value.to_numpy(), name, arrays), "name": value.name}
    if isinstance(value, pd.DataFrame):
        columns = {column: values.to_numpy() for column, values in value.items()}
        rows = pack(value.index, f"{name}.index", arrays)
        return {"table": pack(columns, name, arrays), "rows": rows}
    if CLASSES.get(type(value).__name__) is type(value):
        parts = value._asdict() if isinstance(value, tuple) else vars(value)
        return {"class": type(value).__name__, "parts": pack(parts, name, arrays)}
    if type(value) is dict:
        pairs = enumerate(value.items())
        return {"dict": [[key, pack(part, f"{name}.{n}", arrays)] for n, (key, part) in pairs]}
    if type(value) in (list, tuple):
        parts = [pack(part, f"{name}.{n}", arrays) for n, part in enumerate(value)]
        return {type(value).__name__: parts}
    raise TypeError(f"Cannot save {name}, a {type(value).__name__}, without pickle.")


def unpack(plain: Any, arrays: dict[str, np.ndarray]) -> Any:
    """Return the value that `pack` has taken apart.

    Raises
    ------
    LookupError, TypeError, ValueError, AttributeError
        If it has not been made by `pack`.
    MemoryError
        If it would not fit into the memory that is free.
    """
    if not isinstance(plain, dict):
        return plain
    if "array" in plain:
        return arrays[plain["array"]]
    if "texts" in plain:
        return np.array(plain["texts"], dtype=object)
    if "sparse" in plain:
        return _unpack_sparse(plain, arrays)
    if "dense" in plain:
        sparse = _unpack_sparse(plain["dense"], arrays)
        size, free = np.prod(sparse.shape, dtype=float), psutil.virtual_memory().available
        if size * sparse.dtype.itemsize > free:
            raise MemoryError(f"{size:,.0f} numbers do not fit into {free:,} bytes.")
        return sparse.toarray()
    if "moment" in plain:
        return pd.Timestamp(plain["moment"])
    if "index" in plain:
        return pd.Index(unpack(plain["index"], arrays), name=plain["name"])
    if "table" in plain:
        return pd.DataFrame(unpack(plain["table"], arrays), unpack(plain["rows"], arrays))
    if "class" in plain:
        return _unpack_object(CLASSES[plain["class"]], unpack(plain["parts"], arrays))
    if "dict" in plain:
        return {key: unpack(part, arrays) for key, part in plain["dict"]}
    if "tuple" in plain:
        return tuple(unpack(part, arrays) for part in plain["tuple"])
    return [unpack(part, arrays) for part in plain["list"]]


def _pack_array(value: np.ndarray, name: str, arrays: dict[str, np.ndarray]) -> dict:
    if value.dtype.hasobject:
        texts = value.tolist()
        if value.ndim != 1 or not all(isinstance(text, str) for text in texts):
            raise TypeError(f"Cannot save {name}, an array of objects, without pickle.")
        return {"texts": texts}
    # SciPy has no half precision, and no numbers in another machine's order.
    sparse = value.ndim == 2 and value.dtype != np.float16 and value.dtype.isnative
    if sparse and value.size and np.count_nonzero(value) < SPARSE_BELOW * value.size:
        return {"dense": pack(csr_array(value), name, arrays)}
    arrays[name] = value
    return {"array": name}


def _unpack_sparse(plain: dict, arrays: dict[str, np.ndarray]) -> csr_array:
    parts = tuple(arrays[f"{plain['sparse']}.{part}"] for part in ("data", "indices", "indptr"))
    sparse = csr_array(parts, shape=tuple(plain["shape"]))
    sparse.check_format(full_check=True)  # whose code would read beyond its memory
    return sparse


def _unpack_object(kind: type, parts: dict) -> Any:
    if issubclass(kind, tuple):
        return kind(**parts)
    thing = kind.__new__(kind)
    vars(thing).update(parts)
    return thing
