"""An engine on disk: written whole, and loaded only if it is what it should be.

A folder holds arrays (npz), XGBoost's JSON, scikit-learn's models in skops' format, and a manifest
that names data, versions and every file's SHA-256. Nothing in it is run on loading.
"""

import json
import platform
import shutil
import tempfile
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
from nbhelpers.engine.filters import listed
from nbhelpers.engine.scoring import Trained
from nbhelpers.engine.similarity import Likeness
from nbhelpers.errors import DataError, explain
from nbhelpers.features.builder import FeatureBuilder
from nbhelpers.files import PROJECT, code_hash, sha256
from nbhelpers.models import model_files
from nbhelpers.models.baselines import BayesianMean
from nbhelpers.models.ease import EASE
from nbhelpers.models.knn import KNN
from nbhelpers.models.likes import ListModel
from nbhelpers.models.popularity import RecentPopularity
from nbhelpers.models.svd import SVD
from nbhelpers.models.walks import RP3beta

# Whose code decides what an engine knows, and what the numbers in its files mean.
ROOMS = "data", "simulation", "features", "models", "evaluation", "classifiers", "engine"
MANIFEST = "manifest.json"
LARGEST_MANIFEST = 5_000_000  # bytes
PARTS = {
    "builder": FeatureBuilder,
    "svd": SVD,
    "knn": KNN,
    "rated": BayesianMean,
    "popular": RecentPopularity,
    "likeness": Likeness,
}
LISTS = "lists"  # the part that may be any of these
LIST_MODELS: dict[str, type[ListModel]] = {kind.__name__: kind for kind in (EASE, RP3beta)}


def folder_of(name: str) -> Path:
    """Return where the engine of a data set is kept.

    Parameters
    ----------
    name : str
        Of the data set.

    Returns
    -------
    pathlib.Path
        It need not be there.

    Raises
    ------
    DataError
        If there is no data set of that name.
    """
    catalogue.about(name)
    return PROJECT / "build" / "engine" / name


def versions() -> dict[str, str]:
    """Return the versions that an engine is made with."""
    packages = ["numpy", "pandas", "scikit-learn", "skops"]
    found = {package: metadata.version(package) for package in packages}
    return {"nbhelpers": __version__, "python": platform.python_version(), **found}


def save(
    folder: Path, trained: Trained, boards: dict[str, pd.DataFrame], manifest: dict[str, Any]
) -> None:
    """Write an engine; it takes the place of what is in the folder when all is written.

    Parameters
    ----------
    folder : pathlib.Path
        Made if missing.
    trained : Trained
        What the engine has learned.
    boards : dict of DataFrame
        What was measured, by name.
    manifest : dict
        With at least ``dataset, data`` (the content hash) ``, share`` (of the users) and ``seed``.

    Raises
    ------
    TypeError
        If a part is something that only pickle could write.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name in (*PARTS, LISTS):
            model_files.save_model(getattr(trained, name), new / name, manifest["data"])
        for kind, estimator in trained.classifiers.items():
            suffix = classifier_files.suffix_of(estimator)
            classifier_files.save_estimator(estimator, new / f"{kind}{suffix}")
        files = sorted(path for path in new.rglob("*") if path.is_file())
        manifest = manifest | {
            "code": code_hash(*ROOMS),
            "versions": versions(),
            "schema": trained.builder.names,
            "best": trained.best,
            "stack": np.asarray(trained.stack).tolist(),
            "weight": float(trained.weight),
            "lists": type(trained.lists).__name__,
            "lift": float(trained.lift),
            "liking": float(trained.liking),
            "boards": {title: _plain(board) for title, board in boards.items()},
            "files": {path.relative_to(new).as_posix(): sha256([path]) for path in files},
        }
        (new / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
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

    Returns
    -------
    Engine

    Raises
    ------
    DataError
        If there is none, it was made by other code or from other data, or a file is missing,
        cut or not what it was.
    """
    folder = folder or folder_of(name)
    problem = "The engine is damaged, incomplete or not made for this."
    remedy = f"build it anew: nbhelpers build --dataset {name}"
    with explain(problem, folder, remedy):
        manifest = _read_manifest(folder)
        _check_same("dataset", manifest["dataset"], name)
        if manifest.get("code") != code_hash(*ROOMS):
            raise DataError("This engine was made by another version of this library's code.")
        package = "scikit-learn"  # what the meaning of the files hangs on
        _check_same(package, manifest["versions"][package], versions()[package])
        share, seed = manifest["share"], manifest["seed"]
        if not (share is None or 0 < share <= 1) or not isinstance(seed, int) or seed < 0:
            raise ValueError(f"The share of the users is {share}, and the seed {seed}.")
    data = listed(load_data(name, users=share, seed=seed))
    with explain(problem, folder, remedy):
        _check_same("data", manifest["data"], data.content_hash)
        _check_files(folder, manifest["files"])
        trained = _read(folder, manifest)
        _check_shapes(trained, data)
        _check_same("schema", manifest["schema"], trained.builder.names)
        boards = {title: _board(table) for title, table in manifest["boards"].items()}
    return Engine(data, trained, boards, manifest)


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise DataError("There is no engine here.")
    if (size := path.stat().st_size) > LARGEST_MANIFEST:
        raise DataError(f"It has {size:,} bytes.", path=path, expected="a small manifest.")
    manifest = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(manifest, dict):
        raise TypeError(f"The manifest is a {type(manifest).__name__}.")
    return manifest


def _check_same(key: str, found: object, expected: object) -> None:
    if found != expected:
        raise DataError(f"This engine has {key} {found!r}.", expected=f"{expected!r}.")


def _check_files(folder: Path, digests: dict[str, str]) -> None:
    """Every file is there, is what it was, and no other is."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST]
    there = {path.relative_to(folder).as_posix() for path in paths}
    for name in sorted(digests.keys() | there):
        path = folder / name
        if name not in there:
            raise DataError("This part of the engine is missing.", path=path)
        if name not in digests:
            raise DataError("This file is no part of the engine.", path=path)
        if sha256([path]) != digests[name]:
            raise DataError("This part is damaged.", path=path, expected="the file as it was made.")


def _read(folder: Path, manifest: dict[str, Any]) -> Trained:
    parts: dict[str, Any] = {
        name: model_files.load_model(kind, folder / name, manifest["data"])
        for name, kind in PARTS.items()
    }
    lists = LIST_MODELS[manifest["lists"]]
    parts[LISTS] = model_files.load_model(lists, folder / LISTS, manifest["data"])
    classifiers = {}
    for kind in kinds.KINDS:
        [path] = folder.glob(f"{kind}.*")
        classifiers[kind] = classifier_files.load_estimator(path)
    if manifest["best"] not in classifiers:
        raise ValueError(f"There is no classifier {manifest['best']!r}.")
    if not 0 <= manifest["weight"] <= 1:
        raise ValueError(f"The weight is {manifest['weight']}.")
    lift, liking = float(manifest["lift"]), float(manifest["liking"])
    if not (0 <= lift <= 1 and 0 <= liking < np.inf):
        raise ValueError(f"The lift is {lift}, and the liking {liking}.")
    return Trained(
        classifiers=classifiers,
        best=manifest["best"],
        stack=np.asarray(manifest["stack"], dtype=float).reshape(3),
        weight=float(manifest["weight"]),
        lift=lift,
        liking=liking,
        **parts,
    )


def _check_shapes(trained: Trained, data: Dataset) -> None:
    """Refuse arrays that do not fit each other: compiled code would read beyond their ends."""
    svd, knn, likeness = trained.svd, trained.knn, trained.likeness
    users, films, all_films = data.n_users, data.n_movies, len(data.movies)
    starts, columns, residuals = knn.by_y
    lists, recent = trained.lists, trained.popular
    shapes = [
        ((users,), [svd.bu, svd.user_ids, knn.bu, knn.user_ids]),
        ((films,), [svd.bi, svd.movie_ids, knn.bi, knn.movie_ids, trained.rated.means]),
        ((users,), [lists.user_ids]),
        ((films,), [lists.movie_ids, lists.popularity, recent.movie_ids]),
        ((films,), [recent.recent, recent.counts]),
        ((users, films), [lists.likes]),
        *_shapes_of(lists, users, films),
        ((users, svd.n_factors), [svd.pu]),
        ((films, svd.n_factors), [svd.qi]),
        ((films, films), [knn.similarities]),
        ((users + 1,), [starts]),
        ((len(data.ratings),), [columns, residuals]),
        ((all_films,), [likeness.movie_ids, likeness.counts, likeness.means]),
        ((all_films, all_films), [likeness.near]),
    ]
    fitting = all(array.shape == shape for shape, arrays in shapes for array in arrays)
    if not fitting or (np.diff(starts, prepend=0) < 0).any() or starts[-1] > len(columns):
        raise ValueError("Arrays have other shapes than the data.")
    if columns.min() < 0 or columns.max() >= films:
        raise ValueError("Neighbours lie outside the catalogue.")


def _shapes_of(lists: Any, users: int, films: int) -> list[tuple[tuple[int, ...], list]]:
    """Return what arrays a list model has, beside its likes, and of which shapes."""
    held = vars(lists)
    if "solved" in held:
        return [((users, films), [held["solved"]]), ((films,), [held["diagonal"]])]
    return [((films, films), [held["weights"]])]


def _take_place(new: Path, folder: Path) -> None:
    """Put a new folder where an old one may be; the old one is lost last."""
    old = new.with_name(new.name + "-old")
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _plain(board: pd.DataFrame) -> dict[str, list[Any]]:
    return board.reset_index().to_dict("split", index=False)


def _board(plain: dict[str, list[Any]]) -> pd.DataFrame:
    return pd.DataFrame(plain["data"], columns=plain["columns"])
