"""Adopted sets on disk: normalised once, and from then on there by name."""

import os
import re
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

from nbhelpers.data import cache
from nbhelpers.data.own.rows import Own
from nbhelpers.errors import DataError
from nbhelpers.files import abandoned, atomic_path, cache_folder, disk_for, owner, remove

FORM = "adopted set, form 1"  # in place of a source: what is kept does not depend on a file
NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,59}")
NOW = "now"  # a file that names the folder, beside it, with what is kept now
UNSTATED = "not stated: assume that it may not be shared"


def shelf() -> Path:
    """Where adopted sets are kept: beside the downloads, in the folder of `cache_folder`."""
    return cache_folder() / "adopted"


def find(name: str) -> Path | None:
    """Return the folder of an adopted set, None if there is none of this name."""
    if not NAME.fullmatch(str(name)):
        return None
    folder = shelf() / name
    with suppress(OSError, ValueError):
        folder /= (folder / NOW).read_text(encoding="ascii")
    # Not Path.is_file, which fails where nobody may look: then there is none.
    return folder if os.path.isfile(folder / "manifest.json") else None


def names() -> list[str]:
    """Names of all adopted sets, sorted."""
    return sorted(path.name for path in shelf().glob("[!.]*") if find(path.name))


def name_for(path: Path) -> str:
    """A name for a file: its own, without what a name may not have."""
    stem = path.name.casefold().split(".")[0]
    return re.sub(r"[^a-z0-9_-]+", "-", stem).strip("-_.") or "mine"


def check_name(name: str, taken: list[str], replace: bool) -> None:
    """Refuse a name that no set can have, or that another has."""
    if not NAME.fullmatch(name):
        raise DataError(
            f"{name!r} cannot be the name of a data set.",
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
            path=shelf() / name,
            remedy="Choose another --name, or take its place with --replace.",
        )


def write(name: str, own: Own, about: dict[str, Any]) -> Path:
    """Keep a set; it takes the place of one of its name when all is written, and not before.

    Returned is its folder. `about` holds ``label, licence, source``, and what else is to be known.
    """
    folder, tables = shelf() / name, own.tables
    room = sum(int(table.memory_usage().sum()) for table in tables.values())
    with disk_for("the adopted set", folder, room):
        folder.mkdir(parents=True, exist_ok=True)
        before = find(name)
        for part in abandoned(folder, "set-"):
            if part != before:
                remove(part)
        new = folder / f"set-{owner()}"
        try:
            content = cache.content_hash(tables["ratings"], tables["movies"])
            notes = own.notes | about | {"content_hash": content}
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                cache.write_cache(new, FORM, tables, lambda: notes)
            with atomic_path(folder / NOW) as path:
                path.write_text(new.name, encoding="ascii")
        except UserWarning as error:
            raise _unwritten(folder, error) from error
        finally:
            if find(name) != new:
                remove(new)
    for old in folder.glob("*.*") if before == folder else filter(None, [before]):
        remove(old)  # sets used to be kept without a folder of their own in this one
    return new


def _unwritten(folder: Path, error: Exception) -> DataError:
    return DataError(
        f"The set cannot be kept there ({error}).",
        path=folder,
        remedy="Make room, or set NBHELPERS_CACHE to a folder that can be written.",
    )


def read(name: str) -> Own:
    """Read a kept set, each file compared with its manifest."""
    folder = find(name)
    if folder is None:
        raise DataError(f"There is no adopted set {name!r}.", remedy="nbhelpers adopt FILE.")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        held = cache.read_cache(folder, FORM)
    if held is None and find(name) != folder:
        return read(name)  # another has taken its place meanwhile
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
