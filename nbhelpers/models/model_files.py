"""Models on disk: their arrays in npz, all else in a JSON manifest, and no code."""

import json
import math
import zipfile
from inspect import signature
from pathlib import Path
from typing import IO, Any, TypeVar

import numpy as np

from nbhelpers.errors import DataError, explain
from nbhelpers.files import atomic_path, sha256
from nbhelpers.models.packing import Arrays, pack, unpack

__all__ = ["load_model", "save_model"]

FORMAT = 3  # raise it when files of the last format can no longer be read
MANIFEST, ARRAYS = "manifest.json", "arrays.npz"
M = TypeVar("M")


def save_model(model: object, folder: str | Path, content_hash: str) -> None:
    """Write a fitted model as ``manifest.json`` and ``arrays.npz``; the manifest comes last.

    Parameters
    ----------
    model : Model, FeatureBuilder or any other object
        Made of what `packing.pack` takes, as all models are but the `Surprise` adapter, with an
        attribute for each parameter of its class.
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
    names = signature(type(model)).parameters
    arrays: dict[str, Any] = {}
    manifest = {
        "format": FORMAT,
        "model": type(model).__name__,
        "data": content_hash,
        "parameters": pack({name: getattr(model, name) for name in names}, "parameters", arrays),
        "values": {k: pack(v, k, arrays) for k, v in vars(model).items() if k not in names},
    }
    json.dumps(manifest)  # refuses before anything is written
    folder = Path(folder)
    with atomic_path(folder / ARRAYS) as path:
        np.savez(path, **arrays)  # not compressed: see `_read_arrays`
        manifest["sha256"] = sha256([path])
    with atomic_path(folder / MANIFEST) as path:
        path.write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def load_model(kind: type[M], folder: str | Path, content_hash: str) -> M:
    """Read a model that `save_model` wrote; it predicts the same, to the last bit.

    Nothing in the files is run, whoever made them.

    Parameters
    ----------
    kind : type
        The class of the model, e.g. `SVD`.
    folder : path-like
        The one that it was saved in.
    content_hash : str
        Of the data it is to be used with.

    Returns
    -------
    object of that class

    Raises
    ------
    DataError
        If there is no model, it is damaged, of another class, or learned from other data:
        its user 7 is somebody else.
    """
    folder = Path(folder)
    found = {"format": FORMAT, "model": kind.__name__, "data": content_hash}
    with explain("There is no readable model.", folder, "fit the model anew and save it."):
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        for key, expected in found.items():
            if manifest[key] != expected:
                problem = f"This model has {key} {manifest[key]!r}."
                raise DataError(problem, path=folder / MANIFEST, expected=f"{expected!r}.")
        if sha256([folder / ARRAYS]) != manifest["sha256"]:
            raise DataError("The arrays are damaged.", path=folder / ARRAYS)
        arrays = _read_arrays(folder / ARRAYS)
        model = kind(**unpack(manifest["parameters"], arrays))
        vars(model).update({k: unpack(v, arrays) for k, v in manifest["values"].items()})
    return model


def check_stored(path: Path) -> None:
    """Refuse a zip archive whose parts take more room than the file: packed, or in each other."""
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
    if any(part.compress_type != zipfile.ZIP_STORED for part in parts):
        raise ValueError("A compressed file may be far larger than it seems.")
    if sum(part.file_size for part in parts) > path.stat().st_size:
        raise ValueError("The parts of the file lie one in the other.")


def _array_size(file: IO[bytes]) -> int:
    """Return the bytes of an .npy file by what its head says."""
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    shape, _, dtype = read[np.lib.format.read_magic(file)](file)
    return file.tell() + math.prod(shape) * int(dtype.itemsize)


def _read_arrays(path: Path) -> Arrays:
    """Read arrays that take no more memory than they take on disk."""
    check_stored(path)
    with zipfile.ZipFile(path) as archive:
        for part in archive.infolist():
            with archive.open(part) as file:
                if _array_size(file) != part.file_size:
                    raise ValueError(f"{part.filename} is not as large as it says.")
    with np.load(path, allow_pickle=False) as file:
        return dict(file)
