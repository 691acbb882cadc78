"""An engine on disk: written whole, and loaded only if it is what it should be.

A folder holds a manifest, and a folder of parts that it names: arrays (npz), XGBoost's JSON and
scikit-learn's models in skops' format. The manifest names data, versions and every part's SHA-256,
and begins with a seal: only engines of one's own are opened. Nothing in them is run on loading.

An engine is replaced by the one step of replacing its manifest, so that there is one at any time.
"""

import json
import platform
import re
from contextlib import suppress
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
from nbhelpers.engine import engine_checks, seal
from nbhelpers.engine.engine import Engine
from nbhelpers.engine.filters import listed
from nbhelpers.engine.scoring import Trained
from nbhelpers.engine.similarity import Likeness
from nbhelpers.errors import DataError, explain
from nbhelpers.features.builder import FeatureBuilder
from nbhelpers.files import (
    PROJECT,
    abandoned,
    atomic_path,
    code_hash,
    disk_for,
    owner,
    remove,
    sha256,
)
from nbhelpers.models import model_files
from nbhelpers.models.baselines import BayesianMean
from nbhelpers.models.ease import EASE
from nbhelpers.models.knn import KNN
from nbhelpers.models.list_model import FULL_PRECISION, ListModel
from nbhelpers.models.popularity import RecentPopularity
from nbhelpers.models.rp3beta import RP3beta
from nbhelpers.models.svd import SVD

# Whose code decides what an engine knows, and what the numbers in its files mean.
ROOMS = "data", "simulation", "features", "models", "evaluation", "classifiers", "engine"
MANIFEST = "manifest.json"
LARGEST_MANIFEST = 5_000_000  # bytes
SEAL = re.compile(rb'\{"seal": "([0-9a-f]{64})",\n')  # its first line; what follows is sealed
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
    prepare(folder)
    new = folder / f"parts-{owner()}"
    try:
        with disk_for("the engine", folder):
            _write(new, trained, manifest["data"])
            names = sorted(path for path in new.rglob("*") if path.is_file())
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
                "boards": {
                    title: board.reset_index().to_dict("split", index=False)
                    for title, board in boards.items()
                },
                "parts": new.name,
                "files": {path.relative_to(new).as_posix(): sha256([path]) for path in names},
            }
            old = _parts_now(folder)
            write_manifest(folder, manifest)
    except BaseException:
        remove(new)
        raise
    if old and old != new.name:
        remove(folder / old)


def prepare(folder: Path) -> None:
    """See that an engine can be kept in a folder, and remove what killed builds left there.

    The folder is made if missing. A DataError says that it cannot be written, or that the user's
    key cannot be kept.
    """
    seal.key()
    with disk_for("the engine", folder):
        folder.mkdir(parents=True, exist_ok=True)
        for part in [*abandoned(folder), *abandoned(folder, "parts-")]:
            # Whoever made it is gone, so that from now on no manifest can come to name it.
            if part.name != _parts_now(folder):
                remove(part)
        with atomic_path(folder / ".written"):
            pass
        (folder / ".written").unlink(missing_ok=True)


def room(data: Dataset) -> int:
    """Bytes on the disk that an engine of a data set takes, or somewhat fewer."""
    users, films, rows = data.n_users, data.n_movies, len(data.ratings)
    number = 8 if films <= FULL_PRECISION else 4
    squares = number * films * (films + min(users, films))  # of the kNN, and of the list model
    return squares + 75 * rows + 8_000 * films + 1_000 * users + 10**7


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest of an engine below the user's seal."""
    manifest = {key: value for key, value in manifest.items() if key != "seal"}
    content = json.dumps(manifest, indent=1).removeprefix("{\n").encode()
    with atomic_path(folder / MANIFEST) as path:
        path.write_bytes(b'{"seal": "%b",\n' % seal.sign(content).encode() + content)


def _write(folder: Path, trained: Trained, content_hash: str) -> None:
    for name in (*PARTS, LISTS):
        model_files.save_model(getattr(trained, name), folder / name, content_hash)
    for kind, estimator in trained.classifiers.items():
        suffix = classifier_files.suffix_of(estimator)
        classifier_files.save_estimator(estimator, folder / f"{kind}{suffix}")


def _parts_now(folder: Path) -> str | None:
    """Return the parts that the manifest names now, if it does."""
    with suppress(OSError, ValueError, LookupError, TypeError, RecursionError):
        name = json.loads((folder / MANIFEST).read_bytes())["parts"]
        return name if _is_name(name) else None
    return None


def _is_name(name: object) -> bool:
    return isinstance(name, str) and re.fullmatch(r"parts-[\w-]{1,80}", name) is not None


def load(
    name: str = catalogue.SAMPLE, folder: Path | None = None, *, trust: bool = False
) -> Engine:
    """Load an engine that `save` has written, and the data it has learned from.

    Parameters
    ----------
    name : str
        Of the data set.
    folder : pathlib.Path, optional
        Where it is, if not in `folder_of` the data set.
    trust : bool
        Whether to open an engine that another user made, or another machine. What is in it
        reaches compiled code: trust whoever made it as you would trust a program from there.

    Returns
    -------
    Engine

    Raises
    ------
    DataError
        If there is none, it was made by somebody else, by other code or from other data, or a file
        is missing, cut or not what it was.
    """
    folder = folder or folder_of(name)
    remedy = f"build one: nbhelpers build --dataset {name}"
    with explain("There is no engine here.", folder, remedy):
        content = _manifest_bytes(folder)
    while True:
        try:
            return _open(name, folder, content, trust)
        except DataError:
            with explain("There is no engine here.", folder, remedy):
                now = _manifest_bytes(folder)
            if now == content:
                raise
            content = now  # another engine has taken its place meanwhile


def _open(name: str, folder: Path, content: bytes, trust: bool) -> Engine:
    problem = "The engine is damaged, incomplete or not made for this."
    remedy = f"build it again: nbhelpers build --dataset {name}"
    if not trust:
        _check_seal(name, folder, content)
    with explain(problem, folder, remedy):
        manifest = _parsed(content)
        _check_same("dataset", manifest["dataset"], name)
        if manifest.get("code") != code_hash(*ROOMS):
            raise DataError("This engine was made by another version of this library's code.")
        package = "scikit-learn"  # what the meaning of the files hangs on
        _check_same(package, manifest["versions"][package], versions()[package])
        share, seed = manifest["share"], manifest["seed"]
        if not (share is None or 0 < share <= 1) or not isinstance(seed, int) or seed < 0:
            raise ValueError(f"The share of the users is {share}, and the seed {seed}.")
        if not _is_name(manifest["parts"]):
            raise ValueError(f"The parts are called {manifest['parts']!r}.")
        engine_checks.check_manifest(manifest)
    data = listed(load_data(name, users=share, seed=seed))
    with explain(problem, folder, remedy):
        _check_same("data", manifest["data"], data.content_hash)
        parts = folder / manifest["parts"]
        _check_files(parts, manifest["files"])
        trained = _read(parts, manifest)
        engine_checks.check(trained, data)
        _check_same("schema", manifest["schema"], trained.builder.names)
        boards = {
            title: pd.DataFrame(board["data"], columns=board["columns"])
            for title, board in manifest["boards"].items()
        }
        engine = Engine(data, trained, boards, manifest)
        if trust:
            engine_checks.ask(engine)
    return engine


def _manifest_bytes(folder: Path) -> bytes:
    path = folder / MANIFEST
    if not path.is_file():
        raise DataError("There is no engine here.")
    if (size := path.stat().st_size) > LARGEST_MANIFEST:
        raise DataError(f"It has {size:,} bytes.", path=path, expected="a small manifest.")
    return path.read_bytes()


def _check_seal(name: str, folder: Path, content: bytes) -> None:
    head = SEAL.match(content)
    if head and seal.fits(content[head.end() :], head[1].decode()):
        return
    raise DataError(
        "This engine does not carry your seal: it was made by somebody else or on another "
        "machine, or it was changed."
        if head
        else "This engine bears no seal.",
        path=folder,
        expected=f"an engine sealed with your key, {seal.key_file()}.",
        remedy=f"build it yourself: nbhelpers build --dataset {name}; or, if you trust whoever "
        f"made it as you trust your programs, open it with --trust, in Python with trust=True.",
    )


def _parsed(content: bytes) -> dict[str, Any]:
    manifest = json.loads(content.decode("utf-8"))
    if not isinstance(manifest, dict):
        raise TypeError(f"The manifest is a {type(manifest).__name__}.")
    return manifest


def _check_same(key: str, found: object, expected: object) -> None:
    if found != expected:
        raise DataError(f"This engine was made with {key} {found!r}.", expected=f"{expected!r}.")


def _check_files(folder: Path, digests: dict[str, str]) -> None:
    """Every file is there, is what it was, and no other is."""
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
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
