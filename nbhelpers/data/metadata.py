"""Tables that say more about movies than their title: overview, cast, crew, poster, keywords."""

import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

from nbhelpers.data.formats.delimited import Cells, read_cells
from nbhelpers.data.formats.raw_files import bad_line, shorten
from nbhelpers.data.formats.text_damage import check_texts
from nbhelpers.data.movies_table import LISTS, TEXTS, movies_table
from nbhelpers.data.titles import YEARS, split_title

COLUMNS = ["movieId", "title", "tmdb_id", "overview", "poster_url", "genres"]
COLUMNS += ["release_year", "actors", "directors"]
_NOTHING = {"nan", "NaN", "None", "[]", "null", "NULL", "<NA>"}  # what programs write for nothing
_EMPTY_IN = {*COLUMNS, "keywords"} - {"movieId", "title"}
_LISTS = [name for name in LISTS if name != "genres_meta"]


def read_metadata(path: str | Path) -> pd.DataFrame:
    """Read a table of metadata: CSV in UTF-8, one row a movie, `|` between the entries of a cell.

    The columns are movieId, title, tmdb_id, overview, poster_url, genres, release_year, actors,
    directors, and perhaps keywords. Whole numbers may be written as ``862.0``; any cell but movieId
    and title may be empty.

    ``attrs["report"]`` counts what was changed: poster addresses other than http(s), which are
    emptied; empty entries between `|`, which are dropped; titles that name another year than
    release_year, which holds; cells such as nan, which are emptied; names with a comma.

    A DataError refuses a missing column, a row of another length, an id that is no whole number or
    comes twice, an empty title, a year outside 1874-2100, a list as Python writes it, a column of
    names with commas where no | parts them.
    """
    changes = ("poster addresses emptied", "empty entries", "years that differ")
    report = Counter(dict.fromkeys(changes, 0))
    rows: dict[int, dict[str, Any]] = {}
    lines: dict[int, int] = {}
    for line, row_cells in read_cells(path, COLUMNS, ("keywords",), report=report):
        cells = row_cells or {}
        for name in cells.keys() & _EMPTY_IN:
            if cells[name].strip() in _NOTHING:
                cells[name] = ""
                report["cells such as nan or None, taken as empty"] += 1
        _check_lists(cells, path, line)
        row = _movie(cells, report, path, line)
        movie = row["movie_id"]
        if movie in rows:
            found = f"Movie {movie} is in line {lines[movie]} already."
            raise bad_line(path, line, found, "each movie once.")
        rows[movie], lines[movie] = row, line
    _check_commas(rows, lines, report, path)
    at = list(lines.values())
    for what in ("title", "overview"):
        check_texts(path, [row[what] for row in rows.values()], at, f"{what}s", report)
    names = ("movie_id", "title", "year", "tmdb_id", *_LISTS, *TEXTS)
    movies = movies_table({name: [row[name] for row in rows.values()] for name in names})
    movies.attrs["report"] = dict(report)
    return movies


def _check_lists(cells: Cells, path: str | Path, line: int) -> None:
    """Refuse lists that are written as in Python or JSON, and genres parted by commas."""
    for name in _LISTS:
        cell = cells.get(name, "").strip()
        if re.match(r"""[\[({]\s*['"{\[]""", cell) or (
            name == "genres" and re.search(r",\s", cell)
        ):
            found = f"{name} is {shorten(cell)}."
            remedy = "Join the entries with |, in pandas '|'.join(names)."
            raise bad_line(path, line, found, "names with | between them.", remedy)


def _check_commas(
    rows: dict[int, dict[str, Any]], lines: dict[int, int], report: Counter[str], path: str | Path
) -> None:
    """Count names with a comma; refuse a column of them where no | parts the names."""
    for name in _LISTS:
        cells = {movie: row[name] for movie, row in rows.items() if row[name]}
        commas = [movie for movie, entries in cells.items() if any(", " in e for e in entries)]
        if commas:
            report[f"cells with a comma in {name}"] = len(commas)
        if 2 * len(commas) > len(cells) and all(len(entries) == 1 for entries in cells.values()):
            found = f"{name} is {shorten(cells[commas[0]][0])}, and nowhere is there a |."
            expected = "names with | between them."
            remedy = "Write | between the names, for a comma may be part of one."
            raise bad_line(path, lines[commas[0]], found, expected, remedy)


def _movie(cells: Cells, report: Counter[str], path: str | Path, line: int) -> dict[str, Any]:
    """A movie from the cells of its row; what was changed is counted in the report."""
    movie = _whole(cells, "movieId", range(1, 10_000_000), path, line)
    title, named = split_title(cells["title"])
    if movie is None or not title:
        found = f"The {'movieId' if movie is None else 'title'} is empty."
        raise bad_line(path, line, found, "each movie once.")
    year = _whole(cells, "release_year", YEARS, path, line)
    report["years that differ"] += None not in (year, named) and year != named
    poster = cells["poster_url"].strip()
    report["poster addresses emptied"] += poster != "" and not _is_web(poster)
    entries = {name: cells[name].split("|") if cells.get(name) else [] for name in _LISTS}
    lists = {name: [text.strip() for text in entries[name] if text.strip()] for name in _LISTS}
    report["empty entries"] += sum(len(entries[name]) - len(lists[name]) for name in _LISTS)
    return {
        "movie_id": movie,
        "title": title,
        "year": named if year is None else year,
        "tmdb_id": _whole(cells, "tmdb_id", range(1, 100_000_000), path, line),
        "overview": cells["overview"],
        "poster_url": poster if _is_web(poster) else "",
        **lists,
    }


def merge_metadata(movies: pd.DataFrame, metadata: pd.DataFrame) -> pd.DataFrame:
    """Fill the gaps of a `movies_table` from a metadata table with the same movie ids.

    What `movies` has stays: its rows, in their order, titles and genres. If it has genres at all,
    those of the metadata go to genres_meta; otherwise they become its genres.
    """
    other = metadata.set_index("movie_id").reindex(movies["movie_id"])
    other = other.set_axis(movies.index)
    genres = "genres_meta" if movies["genres"].str.len().any() else "genres"
    merged = movies.copy()
    for name, source in {**{n: n for n in LISTS if n[:6] != "genres"}, genres: "genres"}.items():
        pairs = zip(movies[name], other[source], strict=True)
        merged[name] = [
            mine or (theirs if isinstance(theirs, list) else []) for mine, theirs in pairs
        ]
    for name in TEXTS:
        merged[name] = movies[name].where(movies[name] != "", other[name].fillna(""))
    for name in ("year", "tmdb_id"):
        merged[name] = movies[name].fillna(other[name])
    return merged


def _whole(cells: Cells, name: str, allowed: range, path: str | Path, line: int) -> int | None:
    """A cell's whole number, None if it is empty."""
    cell = cells[name].strip()
    if not cell:
        return None
    if re.fullmatch(r"[0-9]{1,9}(\.0)?", cell) and int(cell.removesuffix(".0")) in allowed:
        return int(cell.removesuffix(".0"))
    expected = f"a whole number from {allowed[0]} to {allowed[-1]}."
    raise bad_line(path, line, f"{name} is {shorten(cell)}.", expected)


def _is_web(address: str) -> bool:
    if not re.fullmatch(r"""[^\s"'<>\\]+""", address):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
