"""Adopted sets on disk: normalised once, and from then on there by name."""

import os
import re
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

from nbhelpers.data import cache
from nbhelpers.data.own.rows import Own
from nbhelpers.errors import DataError
from nbhelpers.files import cache_folder

FORM = "adopted set, form 1"  # in place of a source: what is kept does not depend on a file
NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,59}")
UNSTATED = "not stated: assume that it may not be shared"


def shelf() -> Path:
    """Where adopted sets are kept: beside the downloads, in the folder of `cache_folder`."""
    return cache_folder() / "adopted"


def find(name: str) -> Path | None:
    """Return the folder of an adopted set, None if there is none of this name."""
    if not NAME.fullmatch(str(name)):
        return None
    folder = shelf() / name
    return folder if (folder / "manifest.json").is_file() else None


def names() -> list[str]:
    """Names of all adopted sets, sorted."""
    return sorted(path.parent.name for path in shelf().glob("[!.]*/manifest.json"))


def name_for(path: Path) -> str:
    """A name for a file: its own, without what a name may not have."""
    stem = path.name.casefold().split(".")[0]
    return re.sub(r"[^a-z0-9_-]+", "-", stem).strip("-_.") or "mine"


def check_name(name: str, taken: list[str], replace: bool) -> None:
    """Refuse a name that no set can have, or that another has."""
    if not NAME.fullmatch(name):
        raise DataError(
            f"{name!r} is no name for a data set.",
            expected="small letters, digits, _, - and dots, such as my-books.",
            remedy="Choose one with --name.",
        )
    if name in taken:
        raise DataError(
            f"{name!r} is the name of a data set that this library knows.",
            expected="another name.",
            remedy="Choose one with --name.",
        )
    if find(name) and not replace:
        raise DataError(
            f"There is an adopted set {name!r} already.",
            path=find(name),
            remedy="Choose another --name, or take its place with --replace.",
        )


def write(name: str, own: Own, about: dict[str, Any]) -> Path:
    """Keep a set; it takes the place of one of its name when all is written.

    Parameters
    ----------
    name : str
    own : Own
    about : dict
        ``label``, ``licence``, ``source``, and what else is to be known of it.

    Returns
    -------
    pathlib.Path
        Its folder.

    Raises
    ------
    DataError
        If it cannot be written.
    """
    folder = shelf() / name
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=folder.parent))
    except OSError as error:
        raise _unwritten(folder, error) from error
    try:
        tables = own.tables
        content = cache.content_hash(tables["ratings"], tables["movies"])
        notes = own.notes | about | {"content_hash": content}
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            cache.write_cache(new, FORM, tables, lambda: notes)
        new.chmod(0o755)  # mkdtemp makes folders that only their owner may read
        old = new.with_name(f"{new.name}-old")
        if folder.exists():
            os.replace(folder, old)
        os.replace(new, folder)
        shutil.rmtree(old, ignore_errors=True)
    except (OSError, UserWarning) as error:
        raise _unwritten(folder, error) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return folder


def _unwritten(folder: Path, error: Exception) -> DataError:
    return DataError(
        f"The set cannot be kept there ({error}).",
        path=folder,
        remedy="Make room, or set NBHELPERS_CACHE to a folder that can be written.",
    )


def read(name: str) -> Own:
    """Read a kept set, each file compared with its manifest.

    Parameters
    ----------
    name : str

    Returns
    -------
    Own

    Raises
    ------
    DataError
        If there is none of this name, or it was damaged or changed.
    """
    folder = find(name)
    if folder is None:
        raise DataError(f"There is no adopted set {name!r}.", remedy="nbhelpers adopt FILE.")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        held = cache.read_cache(folder, FORM)
    if held is None:
        why = str(said[-1].message).rpartition(": ")[2] if said else "it is damaged."
        raise DataError(
            f"The adopted set {name!r} cannot be read: {why}",
            path=folder,
            remedy="Adopt its file again with --replace.",
        )
    return Own(*held)


def about(name: str) -> dict[str, Any] | None:
    """What is kept about a set beside its tables, None if there is none of this name."""
    import json

    folder = find(name)
    if folder is None:
        return None
    try:
        notes = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["notes"]
        return {**notes, "scale": tuple(notes["scale"]), "step": float(notes["step"])}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise DataError(
            f"The adopted set {name!r} cannot be read: its manifest is damaged.",
            path=folder,
            remedy="Adopt its file again with --replace.",
        ) from error
