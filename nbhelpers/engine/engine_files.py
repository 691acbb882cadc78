"""An engine on disk: written whole, and loaded only if it is what it should be.

A folder holds arrays (npz), XGBoost's JSON, scikit-learn's models in skops' format, and a manifest
that names data, versions and every file's SHA-256. Nothing in it is run on loading.
"""

import json
import platform
import shutil
import tempfile
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nbhelpers import __version__
from nbhelpers.classifiers import classifier_files, kinds
from nbhelpers.data import catalogue
from nbhelpers.data.datasets import Dataset
from nbhelpers.data.datasets import load as load_data
from nbhelpers.engine.engine import Engine
from nbhelpers.engine.scoring import Trained
from nbhelpers.engine.similarity import Likeness
from nbhelpers.errors import DataError
from nbhelpers.features.builder import FeatureBuilder
from nbhelpers.files import sha256
from nbhelpers.models import model_files
from nbhelpers.models.baselines import BayesianMean
from nbhelpers.models.knn import KNN
from nbhelpers.models.svd import SVD

FORMAT = 1  # of the folder; raise it when older ones can no longer be read
MANIFEST = "manifest.json"
LARGEST_MANIFEST = 5_000_000  # bytes
PARTS = {
    "builder": FeatureBuilder,
    "svd": SVD,
    "knn": KNN,
    "popular": BayesianMean,
    "likeness": Likeness,
}


def folder_of(name: str) -> Path:
    """Return where the engine of a data set is kept."""
    catalogue.about(name)
    return catalogue.PROJECT / "build" / "engine" / name


def versions() -> dict[str, str]:
    """Return the versions that an engine is made with."""
    packages = ["numpy", "pandas", "scikit-learn", "skops"]
    found = {package: metadata.version(package) for package in packages}
    return {"nbhelpers": __version__, "python": platform.python_version(), **found}


def save(folder: Path, trained: Trained, boards: dict[str, pd.DataFrame], manifest: dict) -> None:
    """Write an engine; it takes the place of what is in the folder when all is written.

    Parameters
    ----------
    folder : pathlib.Path
    trained : Trained
    boards : dict of DataFrame
    manifest : dict
        With at least ``dataset, data`` (the content hash) ``, share`` (of the users) and ``seed``.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name in PARTS:
            model_files.save_model(getattr(trained, name), new / name, manifest["data"])
        for kind, estimator in trained.classifiers.items():
            classifier_files.save_estimator(
                estimator, new / (kind + classifier_files.suffix_of(estimator))
            )
        files = sorted(path for path in new.rglob("*") if path.is_file())
        text = json.dumps(
            {
                "format": FORMAT,
                **manifest,
                "versions": versions(),
                "schema": trained.builder.names,
                "best": trained.best,
                "stack": np.asarray(trained.stack).tolist(),
                "weight": float(trained.weight),
                "boards": {name: _as_json(board) for name, board in boards.items()},
                "files": {p.relative_to(new).as_posix(): sha256([p]) for p in files},
            },
            indent=1,
        )
        (new / MANIFEST).write_text(text, encoding="utf-8")
        new.chmod(0o755)  # mkdtemp makes folders that only their owner may read
        _take_place(new, folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def load(name: str = catalogue.SAMPLE, folder: Path | None = None) -> Engine:
    """Load an engine that `save` has written, and the data it has learned from.

    Parameters
    ----------
    name : str
        Of the data set.
    folder : pathlib.Path, optional
        Where it is, if not in `folder_of` the data set.

    Raises
    ------
    DataError
        If there is none, it was made by another version or from other data, or a file is
        missing, cut or not what it was.
    """
    folder = folder or folder_of(name)
    check = _Check(folder, f"build it anew: nbhelpers build --dataset {name}")
    manifest = check.manifest()
    check.same("format", manifest, FORMAT)
    check.same("dataset", manifest, name)
    for package in ("nbhelpers", "scikit-learn"):  # what the meaning of the files hangs on
        check.same(package, manifest.get("versions"), versions()[package])
    try:
        if not isinstance(manifest["seed"], int) or manifest["seed"] < 0:
            raise ValueError(f"The seed is {manifest['seed']}.")
        data = listed(load_data(name, users=manifest["share"], seed=manifest["seed"]))
        check.same("data", manifest, data.content_hash)
        check.files(manifest["files"])
        trained = _read(folder, manifest)
        _check_shapes(trained, data)
        check.same("schema", manifest, trained.builder.names)
        boards = {title: _from_json(table) for title, table in manifest["boards"].items()}
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, DataError):
            raise
        raise check.error("The manifest is incomplete or not made for this.") from error
    return Engine(data, trained, boards, manifest)


def listed(data: Dataset) -> Dataset:
    """Return a data set without the ratings of movies that its catalogue lacks."""
    known = data.ratings["movie_id"].isin(data.movies["movie_id"])
    if known.all():
        return data
    return replace(data, ratings=data.ratings[known].reset_index(drop=True))


class _Check:
    """Refuses what is not as expected, with both values and what to do."""

    def __init__(self, folder: Path, remedy: str):
        self.folder, self.remedy = folder, remedy

    def error(self, found: str, expected: str | None = None, path: Path | None = None) -> DataError:
        return DataError(found, path=path or self.folder, expected=expected, remedy=self.remedy)

    def manifest(self) -> dict:
        path = self.folder / MANIFEST
        if not path.is_file():
            raise self.error("There is no engine here.")
        if path.stat().st_size > LARGEST_MANIFEST:
            raise self.error(f"It has {path.stat().st_size:,} bytes.", "a small manifest.", path)
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise self.error("The manifest is damaged.", "JSON.", path) from error
        if not isinstance(manifest, dict):
            raise self.error("The manifest is damaged.", "a JSON object.", path)
        return manifest

    def same(self, key: str, manifest: Any, expected: Any) -> None:
        found = manifest.get(key) if isinstance(manifest, dict) else None
        if found != expected:
            raise self.error(f"This engine has {key} {found!r}.", f"{expected!r}.")

    def files(self, digests: dict[str, str]) -> None:
        """Every file is there, is what it was, and no other is."""
        there = {p.relative_to(self.folder).as_posix(): p for p in self.folder.rglob("*")}
        there = {name: path for name, path in there.items() if path.is_file() and name != MANIFEST}
        for name in sorted(digests.keys() | there.keys()):
            if name not in there:
                raise self.error("This part of the engine is missing.", path=self.folder / name)
            if name not in digests:
                raise self.error("This file is no part of the engine.", path=there[name])
            if sha256([there[name]]) != digests[name]:
                raise self.error("This part is damaged.", "the file as it was made.", there[name])


def _read(folder: Path, manifest: dict) -> Trained:
    data = manifest["data"]
    parts = {
        name: model_files.load_model(kind, folder / name, data) for name, kind in PARTS.items()
    }
    classifiers = {}
    for kind in kinds.KINDS:
        path = next(folder / name for name in manifest["files"] if Path(name).stem == kind)
        classifiers[kind] = classifier_files.load_estimator(path)
    if manifest["best"] not in classifiers:
        raise ValueError(f"There is no classifier {manifest['best']!r}.")
    stack = np.asarray(manifest["stack"], dtype=float).reshape(3)
    if not 0 <= manifest["weight"] <= 1:
        raise ValueError(f"The weight is {manifest['weight']}.")
    return Trained(
        classifiers=classifiers,
        best=manifest["best"],
        stack=stack,
        weight=float(manifest["weight"]),
        **parts,
    )


def _check_shapes(trained: Trained, data: Dataset) -> None:
    """Refuse arrays that do not fit each other: compiled code would read beyond their ends."""
    svd, knn, users, films = trained.svd, trained.knn, data.n_users, data.n_movies
    starts, columns, residuals = knn.by_y
    shapes = {
        (users,): [svd.bu, svd.user_ids, knn.bu, knn.user_ids],
        (films,): [svd.bi, svd.movie_ids, knn.bi, knn.movie_ids, trained.popular.means],
        (users, svd.n_factors): [svd.pu],
        (films, svd.n_factors): [svd.qi],
        (films, films): [knn.similarities],
        (users + 1,): [starts],
        (len(data.ratings),): [columns, residuals],
    }
    fitting = all(array.shape == shape for shape, arrays in shapes.items() for array in arrays)
    if not fitting or (np.diff(starts, prepend=0) < 0).any() or starts[-1] > len(columns):
        raise ValueError("Arrays have other shapes than the data.")
    if columns.min() < 0 or columns.max() >= films:
        raise ValueError("Neighbours lie outside the catalogue.")


def _take_place(new: Path, folder: Path) -> None:
    """Put a new folder where an old one may be; the old one is lost last."""
    old = new.with_name(new.name + "-old")
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _as_json(board: pd.DataFrame) -> dict:
    return json.loads(board.reset_index().to_json(orient="split", index=False, double_precision=15))


def _from_json(table: dict) -> pd.DataFrame:
    return pd.DataFrame(table["data"], columns=table["columns"])
