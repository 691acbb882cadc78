"""Rows of a table as ratings: each checked, nothing dropped that is not counted."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from nbhelpers.data.formats.text_damage import damage
from nbhelpers.data.movies_table import movies_table
from nbhelpers.data.own import columns, personal_exports, scales, tables, values
from nbhelpers.data.own.columns import Chosen
from nbhelpers.data.own.tables import Found
from nbhelpers.data.titles import split_title
from nbhelpers.errors import DataError

SHOWN = 3  # lines of each kind of fault
SAME_TITLES = 0.9  # of the items: where fewer have one title only, it is no title of theirs


@dataclass(frozen=True)
class Options:
    """What a reader may say of a file."""

    # Columns; by default they are looked for. "none" for ratings or times: do without.
    user: str | None = None
    item: str | None = None
    rating: str | None = None
    time: str | None = None
    items: str | Path | pd.DataFrame | None = None  # a table of ids, titles, years, genres
    duplicates: str = "refuse"  # or keep the "last"
    faulty: str = "refuse"  # or "drop" rows with a fault, and count them
    unrated: float | None = None  # the number that stands for "not rated": such rows are left out
    scale: tuple[float, float] | None = None  # lowest and highest rating that could be given
    as_is: bool = False  # keep ratings of other scales than five stars
    dates: str | None = None  # "dmy" or "mdy", for dates like 03/04/2020
    encoding: str | None = None  # of text files that are not UTF-8
    member: str | None = None  # which file of a zip archive

    def __post_init__(self) -> None:
        one_of = {"duplicates": ("refuse", "last"), "faulty": ("refuse", "drop")}
        one_of["dates"] = ("dmy", "mdy")
        for name, known in one_of.items():
            value = getattr(self, name)
            if value not in known and not (name == "dates" and value is None):
                raise DataError(f"{name} is {value!r}.", expected=f"{' or '.join(known)}.")
        if self.scale is not None and not self.scale[0] < self.scale[1]:
            raise DataError(f"The scale is {self.scale}.", expected="the lower end first.")


class Own(NamedTuple):
    """A reader's ratings in the shapes of a `Dataset`.

    Tables are ``ratings``, ``movies``; ``user_labels`` and ``movie_labels`` (id, label) where the
    ids of the file are no whole numbers. Notes are ``scale``, ``step``, ``columns`` (by role),
    ``report`` (counts), ``said`` (sentences).
    """

    tables: dict[str, pd.DataFrame]
    notes: dict[str, Any]


class _Faults:
    """What is wrong with rows, by kind."""

    def __init__(self, found: Found, rows: int):
        self.found, self.wrong = found, np.zeros(rows, bool)
        self.kinds: dict[str, np.ndarray] = {}
        self.example: dict[str, str] = {}

    def add(self, what: str, rows: np.ndarray, cell: str = "") -> None:
        rows = np.flatnonzero(rows)
        if len(rows):
            before = self.kinds.get(what, np.empty(0, np.int64))
            self.kinds[what] = np.union1d(before, rows)
            self.example.setdefault(what, cell)
            self.wrong[rows] = True

    def described(self) -> Iterator[str]:
        for what, rows in self.kinds.items():
            n, lines = len(rows), [self.found.line(int(row)) for row in rows[:SHOWN]]
            word = "line" if lines[0] is not None else "row"
            pairs = zip(rows, lines, strict=False)
            at = [str(row + 1 if line is None else line) for row, line in pairs]
            more = ", …" if n > SHOWN else ""
            cell = f" ({self.example[what][:30]!r})" if self.example[what] else ""
            times = f", {n:,} times" if n > 1 else ""
            yield f"{what}{cell}{times} ({word}{'s' if len(at) > 1 else ''} {', '.join(at)}{more})"

    def first_line(self) -> int | None:
        rows = [int(rows[0]) for rows in self.kinds.values()]
        return self.found.line(min(rows)) if rows else None


def read(source: str | Path | pd.DataFrame, options: Options) -> Own:
    """Read ratings from a file or a frame.

    A DataError says that it is no table of ratings, that a column is not found or two fit, or that
    rows are faulty.
    """
    found = tables.read(source, options.encoding, options.member)
    given = {role: getattr(options, role) for role in columns.ASKED}
    shape = personal_exports.known_shape(found.table.column_names)
    if shape and options.user is None:
        raise DataError(
            f"This is one person's export ({shape.label}), not ratings by many.",
            path=found.path,
            expected="a user in every row.",
            remedy="To be recommended to, load a set with its films and join it: "
            "my_ratings(file, engine.data), see docs/own_data.md.",
        )
    chosen = columns.choose(found, given)
    n = len(found.table)
    report: dict[str, int] = {}
    said = list(found.said)
    faults = _Faults(found, n)
    users, user_labels = _ids(found, "user", chosen, faults, report)
    movies, movie_labels = _ids(found, "item", chosen, faults, report)
    times = _times(found, chosen, options, faults, said)
    rating, unrated = _ratings(found, chosen, options, faults, said)
    keep = ~unrated
    faults.kinds = {what: r[keep[r]] for what, r in faults.kinds.items() if keep[r].any()}
    faults.wrong &= keep
    if unrated.any():
        report[f"rows left out: rating is {options.unrated:g}"] = int(unrated.sum())
    _settle(faults, options, report)
    keep &= ~faults.wrong
    if not keep.any():
        raise DataError("No row is left.", path=found.path, expected=tables.EXPECTED)
    frame = pd.DataFrame({"user_id": users, "movie_id": movies, "rating": rating})
    frame["timestamp"] = times
    frame = _without_doubles(frame[keep], found, options, "rating" in chosen.columns, report)
    scale = _scale(frame["rating"].to_numpy(), chosen, options, found.path)
    said.append(_likes(chosen) if "rating" not in chosen.columns else scale.described())
    if (scale.factor, scale.offset) != (1, 0) and "rating" in chosen.columns:
        report["ratings brought to five stars"] = len(frame)
    low, high, step = scale.stars
    whole = float(step).is_integer() and float(low).is_integer() and abs(high) < 100
    frame["rating"] = scale.kept(frame["rating"].to_numpy()).astype("int8" if whole else "float32")
    if "time" not in chosen.columns:
        said.append("no times")
    elif late := int((frame["timestamp"] > pd.Timestamp.now()).sum()):
        report["times in the future"] = late
    listed = _items(found, chosen, frame, movies, movie_labels, options, report, said)
    held = {"ratings": frame, "movies": listed}
    for name, labels in (("user_labels", user_labels), ("movie_labels", movie_labels)):
        if labels is not None:
            held[name] = pd.DataFrame(
                {"id": np.array([*labels], np.int32), "label": [*labels.values()]}
            )
    if chosen.unused:
        said.append(f"columns not used: {', '.join(chosen.unused[:20])}")
    notes = {
        "scale": [low, high],
        "step": step,
        "found_scale": [scale.low, scale.high, scale.step],
        "columns": chosen.columns,
        "rows": n,
        "report": report,
        "said": said,
    }
    return Own(held, notes)


class _Column(NamedTuple):
    """The distinct values of a column, and which of them each row has."""

    at: np.ndarray
    cells: list[str | None]

    def rows_with(self, places: Any) -> np.ndarray:
        wanted = np.zeros(len(self.cells), bool)
        wanted[list(places)] = True
        rows: np.ndarray = wanted[self.at]
        return rows


def _column(found: Found, name: str) -> _Column:
    column = found.table[name].combine_chunks().dictionary_encode(null_encoding="encode")
    if hasattr(column, "combine_chunks"):
        column = column.combine_chunks()
    return _Column(column.indices.to_numpy(zero_copy_only=False), column.dictionary.to_pylist())


def _blame(faults: _Faults, column: _Column, wrong: dict[int, str], subject: str) -> None:
    kinds: dict[str, list[int]] = {}
    for place, reason in wrong.items():
        kinds.setdefault(reason, []).append(place)
    for reason, places in kinds.items():
        cell = "" if reason == "is missing" else str(column.cells[places[0]])
        faults.add(f"{subject} {reason}", column.rows_with(places), cell)


def _ids(
    found: Found, role: str, chosen: Chosen, faults: _Faults, report: dict[str, int]
) -> tuple[np.ndarray, dict[int, str] | None]:
    column = _column(found, chosen.columns[role])
    read = values.ids(column.cells)
    _blame(faults, column, read.faults, f"{role} id")
    counts = {f"{role} ids trimmed": read.trimmed}
    counts[f"{role} ids written as 1.0"] = read.written_as_floats
    report |= {what: n for what, n in counts.items() if n}
    numbers: np.ndarray = read.numbers[column.at]
    return numbers, read.labels


def _ratings(
    found: Found, chosen: Chosen, options: Options, faults: _Faults, said: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Ratings of all rows, and which rows are marked as not rated."""
    if "rating" not in chosen.columns:
        return np.ones(len(found.table)), np.zeros(len(found.table), bool)
    column = _column(found, chosen.columns["rating"])
    read = values.ratings(column.cells)
    said += read.said
    unrated = np.zeros(len(column.cells), bool)
    if options.unrated is not None:
        unrated = read.values == options.unrated
    _blame(faults, column, read.faults, "rating")
    return read.values[column.at], unrated[column.at]


def _times(
    found: Found, chosen: Chosen, options: Options, faults: _Faults, said: list[str]
) -> np.ndarray:
    if "time" not in chosen.columns:
        return np.full(len(found.table), np.datetime64("NaT"), "datetime64[s]")
    column = _column(found, chosen.columns["time"])
    read = values.times(column.cells, options.dates)
    if read.both:
        cell = next(cell for cell in column.cells if not values.is_missing(cell))
        raise DataError(
            f"Dates like {cell} may mean two days.",
            path=found.path,
            expected="to be told whether the day or the month comes first.",
            remedy="Add --dates dmy or --dates mdy (in Python: dates='dmy').",
        )
    said += read.said
    _blame(faults, column, read.faults, "time")
    seconds: np.ndarray = read.seconds[column.at]
    return seconds


def _settle(faults: _Faults, options: Options, report: dict[str, int]) -> None:
    """Refuse rows with a fault, or count them where they are to be dropped."""
    if not faults.kinds:
        return
    if options.faulty == "drop":
        report |= {f"rows left out: {what}": len(rows) for what, rows in faults.kinds.items()}
        return
    raise DataError(
        f"{faults.wrong.sum():,} of {len(faults.wrong):,} rows cannot be used: "
        f"{'; '.join(faults.described())}.",
        path=faults.found.path,
        line=faults.first_line(),
        expected="a user and an item in every row, and ratings and times that are valid.",
        remedy="Mend these rows; or leave them out, counted, with --faulty drop (in Python: "
        "faulty='drop').",
    )


def _without_doubles(
    frame: pd.DataFrame, found: Found, options: Options, rated: bool, report: dict[str, int]
) -> pd.DataFrame:
    """Each user's item once: by default more are an error, but for clicks, which are one like."""
    pair = ["user_id", "movie_id"]
    again = frame.duplicated(pair)
    if again.any():
        if rated and options.duplicates == "refuse":
            both = frame.index[frame.duplicated(pair, keep=False)]
            pairs = len(both) - int(again.sum())
            first = frame.loc[frame.index[again][0], pair]
            same = both[(frame.loc[both, pair] == first).all(axis=1)][:SHOWN]
            lines = [found.line(int(row)) or int(row) + 1 for row in same]
            raise DataError(
                f"A user rated an item more than once: {pairs:,} such pair{'s'[: pairs > 1]} of "
                f"user and item, the first in lines {', '.join(map(str, lines))}.",
                path=found.path,
                line=found.line(int(same[0])),
                expected="one rating of each item by each user.",
                remedy="To keep the last of them: --duplicates last (in Python: "
                "duplicates='last').",
            )
        what = "earlier ratings of the same item left out" if rated else "repeated clicks"
        report[what] = int(again.sum())
        frame = frame.sort_values("timestamp", kind="stable", na_position="first")
        frame = frame.drop_duplicates(pair, keep="last")
    return frame.sort_values(["movie_id", "user_id"], ignore_index=True)


def _scale(
    ratings: np.ndarray, chosen: Chosen, options: Options, path: Path | None
) -> scales.Scale:
    if "rating" not in chosen.columns:
        return scales.THUMBS
    distinct, counts = np.unique(ratings, return_counts=True)
    try:
        return scales.find(distinct, counts, options.scale, options.as_is)
    except DataError as error:
        error.path = path
        raise


def _likes(chosen: Chosen) -> str:
    counted = f"; {chosen.counts} counts how often, and is not used" if chosen.counts else ""
    return f"no ratings: each row is a like, kept as five stars{counted}"


# --- Items ---------------------------------------------------------------------------------


def _items(
    found: Found,
    chosen: Chosen,
    frame: pd.DataFrame,
    movies: np.ndarray,
    labels: dict[int, str] | None,
    options: Options,
    report: dict[str, int],
    said: list[str],
) -> pd.DataFrame:
    """The `movies` table: titles of the file, of a second one, or else the ids themselves."""
    ids = np.unique(frame["movie_id"])
    names = pd.Series([f"item {i}" if labels is None else labels[i] for i in ids], ids)
    known = pd.DataFrame(index=ids)
    if (beside := _items_file(found, options)) is not None:
        known = _second(beside, ids, labels, report, said)
    elif {"title", "year", "genres"} & chosen.columns.keys():
        known = _described(found, chosen.columns, movies, said).reindex(ids)
    columns_of: dict[str, Any] = {"movie_id": ids}
    titles = known["title"].fillna("") if "title" in known else names
    titles = titles.where(titles.str.strip() != "", names)
    parted = [split_title(title) for title in titles]
    years = known["year"] if "year" in known else pd.Series([year for _, year in parted], ids)
    columns_of["title"] = [title or whole for (title, _), whole in zip(parted, titles, strict=True)]
    if damaged := sum(damage(title) is not None for title in columns_of["title"]):
        report["titles with damaged letters"] = damaged
    columns_of["year"] = [
        int(year) if pd.notna(year) and 1000 <= int(year) <= 2100 else None for year in years
    ]
    if "genres" in known:
        columns_of["genres"] = [_list(cell) for cell in known["genres"]]
    return movies_table(columns_of)


def _items_file(found: Found, options: Options) -> Found | None:
    if options.items is not None:
        return tables.read(options.items, options.encoding)
    if found.path is not None and found.path.suffix == ".inter":  # RecBole's atomic files
        beside = found.path.with_suffix(".item")
        return tables.read(beside, options.encoding) if beside.is_file() else None
    return None


def _described(
    found: Found, by_role: dict[str, str], movies: np.ndarray, said: list[str]
) -> pd.DataFrame:
    """What each item is called, of columns that say it in every row."""
    kept = {}
    for role in ("title", "year", "genres"):
        if role not in by_role:
            continue
        cells = pd.Series(found.table[by_role[role]].to_pylist(), movies, dtype=object)
        cells = cells[(movies >= 0) & cells.notna() & (cells != "")]
        by_item = cells.groupby(level=0)
        if by_item.ngroups and (by_item.nunique() == 1).mean() < SAME_TITLES:
            said.append(f"{by_role[role]!r} differs within items, and is not used as their {role}")
            continue
        kept[role] = by_item.first()
    known = pd.DataFrame(kept)
    if "year" in known:
        known["year"] = pd.to_numeric(known["year"], errors="coerce")
    return known


def _second(
    found: Found,
    ids: np.ndarray,
    labels: dict[int, str] | None,
    report: dict[str, int],
    said: list[str],
) -> pd.DataFrame:
    """What a second table says of the items."""
    given = {"user": None, "rating": columns.NONE, "time": columns.NONE}
    try:
        chosen = columns.choose(found, given, needed=("item",))
    except DataError as error:  # options name columns of the ratings, never of this file
        error.remedy = "In the first line of this file, call the column of ids item_id."
        raise
    cells = [(cell or "").strip() for cell in found.table[chosen.columns["item"]].to_pylist()]
    if labels is None:
        texts = pd.Series(cells).str.replace(r"\.0*$", "", regex=True)
        numbers = pd.to_numeric(texts, errors="coerce").fillna(-1).to_numpy()
    else:
        by_label = {label: number for number, label in labels.items()}
        numbers = np.array([by_label.get(cell, -1) for cell in cells])
    twice = pd.Series(numbers[numbers >= 0]).duplicated().sum()
    if twice:
        found_twice = f"{twice:,} items are listed more than once."
        remedy = "Keep one row for each item in this file."
        raise DataError(found_twice, path=found.path, expected="each item once.", remedy=remedy)
    known = _described(found, chosen.columns, numbers.astype(np.int64), said)
    counts = {
        "listed items without a rating": int((~np.isin(numbers, ids)).sum()),
        "rated items that are not listed": int((~np.isin(ids, numbers)).sum()),
    }
    if not np.isin(ids, numbers).any():
        like = ids[:3] if labels is None else [*labels.values()][:3]
        raise DataError(
            "None of the rated items is in this table.",
            path=found.path,
            expected=f"ids like {', '.join(map(str, like))}.",
            remedy="Use the ids of the ratings in this file, or another file.",
        )
    report |= {what: n for what, n in counts.items() if n}
    return known.reindex(ids)


def _list(cell: object) -> list[str]:
    if not isinstance(cell, str):
        return []
    parts = cell.split("|") if "|" in cell else cell.split(",")
    return [text for part in parts if (text := part.strip())]
