"""Ratings of a reader's own, read or kept: what is asked about them, and what is said."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd

from nbhelpers.data.own import kept, rows
from nbhelpers.data.own.rows import Options, Own
from nbhelpers.errors import DataError

ABOUT = ("name", "label", "licence", "source", "replace")
SUFFIXES = {".csv", ".tsv", ".txt", ".dat", ".data", ".parquet", ".json", ".jsonl", ".ndjson"}
SUFFIXES |= {".gz", ".zip", ".inter", ".xlsx"}


def is_own(data: object) -> bool:
    """Whether this is a file or a frame, not the name of a set."""
    if isinstance(data, Path | pd.DataFrame):
        return True
    if not isinstance(data, str):
        raise DataError(
            f"A value of type {type(data).__name__} is not a data set.",
            expected="the name of a set, a file, or a DataFrame.",
        )
    return "/" in data or "\\" in data or Path(data).suffix.casefold() in SUFFIXES


def read(data: str | Path | pd.DataFrame, given: Mapping[str, Any]) -> tuple[str, Own]:
    """Read a file or a frame, by fields of `Options` and `ABOUT`; its name, and what is in it."""
    known = {field.name for field in fields(Options)}
    if strange := sorted(set(given) - known - set(ABOUT)):
        names = ", ".join(sorted(known | set(ABOUT)))
        raise TypeError(f"There is no option {strange[0]!r}. Choose from {names}.")
    path = None if isinstance(data, pd.DataFrame) else Path(data).expanduser()
    own = rows.read(data, Options(**{n: value for n, value in given.items() if n in known}))
    name = str(given.get("name") or (kept.name_for(path) if path else "mine"))
    own.notes["label"] = str(given.get("label") or name)
    own.notes["licence"] = str(given.get("licence") or kept.UNSTATED)
    own.notes["source"] = str(given.get("source") or "source not stated")
    own.notes["file"] = str(path.resolve()) if path else None
    return name, own


def adopt(
    data: str | Path | pd.DataFrame, given: Mapping[str, Any], taken: list[str]
) -> tuple[str, Own]:
    """Read a file or a frame, see `read`, and keep it under its name, if it is not taken."""
    name = given.get("name")
    if name is None and not isinstance(data, pd.DataFrame):
        name = kept.name_for(Path(data))
    if name is None:
        raise DataError("The set has no name.", remedy="Give it one: adopt(frame, 'my-books').")
    kept.check_name(str(name), taken, bool(given.get("replace")))
    name, own = read(data, {**given, "name": name})
    kept.write(name, own, {})
    return name, kept.read(name)


def described(name: str) -> Iterator[str]:
    """Say what was found in an adopted set, a sentence a line."""
    own = kept.read(name)
    notes, ratings = own.notes, own.tables["ratings"]
    yield (
        f"{len(ratings):,} ratings of {ratings['movie_id'].nunique():,} items by "
        f"{ratings['user_id'].nunique():,} users, from {notes['rows']:,} rows."
    )
    found = (f"{role}: {column}" for role, column in notes["columns"].items())
    yield f"Columns: {', '.join(found)}."
    for said in notes["said"]:
        yield f"- {said}"
    for what, count in notes["report"].items():
        yield f"- {what}: {count:,}"
    yield f"Licence: {notes['licence']}. Source: {notes['source'].removeprefix('source ')}."
    if notes["licence"] == kept.UNSTATED:
        yield "You can say what you know of them: --licence … --source … --replace."
    yield f"Kept in {kept.shelf() / name}. Now: nbhelpers run --dataset {name}"
