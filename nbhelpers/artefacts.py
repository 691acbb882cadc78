"""Models on disk: their arrays in npz, all else in a JSON manifest - and nothing that can run."""

import json
from inspect import signature
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from nbhelpers.errors import DataError
from nbhelpers.model import Model
from nbhelpers.store import atomic_path, sha256

FORMAT = 1  # raise it when files of the last format can no longer be read
MANIFEST, ARRAYS = "manifest.json", "arrays.npz"
M = TypeVar("M", bound=Model)
_UNREADABLE = (
    OSError,
    LookupError,
    TypeError,
    AttributeError,
    UnicodeDecodeError,
    json.JSONDecodeError,
)


def save_model(model: Model, folder: str | Path, content_hash: str) -> None:
    """Write a fitted model as ``manifest.json`` and ``arrays.npz``; the manifest comes last.

    Parameters
    ----------
    model : Model
        Made of arrays and plain values only, as all models are but the `Surprise` adapter.
    folder : path-like
        Made if missing.
    content_hash : str
        Of the data it has learned from, see `Dataset.content_hash`.

    Raises
    ------
    TypeError
        If a part of the model is something that only pickle could write. Unpickling a file
        runs whatever code is in it, so a pickled model is a program from a stranger.
    """
    parameters = {name: getattr(model, name) for name in signature(type(model)).parameters}
    json.dumps(parameters, default=_plain)  # refuses before anything is written
    arrays, plain = {}, {}
    for name, value in vars(model).items():
        if name not in parameters:
            _take_apart(name, value, arrays, plain)
    folder = Path(folder)
    with atomic_path(folder / ARRAYS) as path:
        np.savez_compressed(path, **arrays)
        digest = sha256([path])
    manifest = {
        "format": FORMAT,
        "model": type(model).__name__,
        "parameters": parameters,
        "data": content_hash,
        "values": plain,
        "sha256": digest,
    }
    with atomic_path(folder / MANIFEST) as path:
        path.write_text(json.dumps(manifest, indent=1, default=_plain), encoding="utf-8")


def load_model(kind: type[M], folder: str | Path, content_hash: str) -> M:
    """Read a model that `save_model` wrote; it predicts the same, to the last bit.

    Parameters
    ----------
    kind : type
        The class of the model, e.g. `SVD`.
    folder : path-like
    content_hash : str
        Of the data it is to be used with.

    Raises
    ------
    DataError
        If there is no model, it is damaged, of another class, or learned from other data:
        its user 7 is somebody else.
    """
    folder = Path(folder)
    remedy = "fit the model anew and save it."
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        found = {"format": FORMAT, "model": kind.__name__, "data": content_hash}
        for key, expected in found.items():
            if manifest[key] != expected:
                problem = f"This model has {key} {manifest[key]!r}."
                raise DataError(
                    problem, path=folder / MANIFEST, expected=f"{expected!r}.", remedy=remedy
                )
        if sha256([folder / ARRAYS]) != manifest["sha256"]:
            raise DataError("The arrays are damaged.", path=folder / ARRAYS, remedy=remedy)
        with np.load(folder / ARRAYS, allow_pickle=False) as file:
            arrays = dict(file)
        model = kind(**manifest["parameters"])
        for name, value in manifest["values"].items():
            setattr(model, name, _put_together(value, arrays))
    except _UNREADABLE as error:
        raise DataError("There is no readable model.", path=folder, remedy=remedy) from error
    return model


def _take_apart(name: str, value: Any, arrays: dict, plain: dict) -> None:
    """Put the arrays of a value into `arrays`, and how they belong together into `plain`."""
    if isinstance(value, np.ndarray):
        arrays[name], plain[name] = value, {"array": name}
    elif isinstance(value, csr_array):
        parts = {"data": value.data, "indices": value.indices, "indptr": value.indptr}
        arrays.update({f"{name}.{part}": array for part, array in parts.items()})
        plain[name] = {"sparse": name, "shape": list(value.shape)}
    elif isinstance(value, tuple):
        inner: dict = {}
        for place, part in enumerate(value):
            _take_apart(f"{name}.{place}", part, arrays, inner)
        plain[name] = {"tuple": list(inner.values())}
    elif isinstance(value, pd.DataFrame):
        plain[name] = {"table": value.reset_index().to_dict("list"), "index": value.index.name}
    elif isinstance(value, (str, bool, int, float, np.number, type(None))):
        plain[name] = {"value": value}
    else:
        raise TypeError(f"Cannot save {name}, a {type(value).__name__}, without pickle.")


def _put_together(plain: dict, arrays: dict[str, np.ndarray]) -> Any:
    if "array" in plain:
        return arrays[plain["array"]]
    if "sparse" in plain:
        parts = (arrays[f"{plain['sparse']}.{part}"] for part in ("data", "indices", "indptr"))
        return csr_array(tuple(parts), shape=tuple(plain["shape"]))
    if "tuple" in plain:
        return tuple(_put_together(part, arrays) for part in plain["tuple"])
    if "table" in plain:
        return pd.DataFrame(plain["table"]).set_index(plain["index"])
    return plain["value"]


def _plain(value: Any) -> Any:
    """Return a NumPy number as the plain number JSON knows."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"Cannot save a {type(value).__name__} without pickle.")
