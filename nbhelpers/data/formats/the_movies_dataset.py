"""Kaggle's "The Movies Dataset": MovieLens ratings beside tables taken from TMDB."""

import ast
import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from nbhelpers.data.formats.delimited import Cells, read_cells
from nbhelpers.data.formats.movielens_files import read_links, read_ratings
from nbhelpers.data.formats.raw_files import bad_line, find_file, note_name, shorten
from nbhelpers.data.formats.text_damage import check_texts
from nbhelpers.data.movies_table import movies_table
from nbhelpers.data.titles import YEARS
from nbhelpers.errors import DataError

POSTERS = "https://image.tmdb.org/t/p/w500"  # TMDB's address of pictures 500 pixels wide
ACTORS = 10  # leading ones, in the order of the credits
BROKEN = 6  # three movies of movies_metadata.csv are torn over two lines each

Row = dict[str, Any]  # what is read from them, by column of the movies table

METADATA = ["id", "title", "overview", "genres", "release_date", "poster_path"]


def read_the_movies_dataset(folder: str | Path) -> dict[str, Any]:
    """Read the files of The Movies Dataset into tables by MovieLens movie_id.

    They are movies_metadata.csv, credits.csv, keywords.csv, links.csv (which ties TMDB ids to
    MovieLens ids) or links_small.csv, and ratings.csv or ratings_small.csv. A DataError names the
    file that is missing, or the row that is not as described, except as follows.

    The dict holds ``ratings``, ``movies`` (see `movies_table`: genres, overview, up to 10 leading
    actors, directors, keywords, poster address) and ``report``: what was counted rather than
    refused. Movies are those with a link and metadata. Rows torn apart and rows without a title are
    left out; of rows with the same id the first counts.
    """
    folder = Path(folder)
    names = ("movies_metadata.csv", "credits.csv", "keywords.csv")
    metadata, credits, keywords = (find_file(folder, name) for name in names)
    links = find_file(folder, "links.csv", "links_small.csv")
    ratings = find_file(folder, "ratings.csv", "ratings_small.csv")
    report: Counter[str] = Counter()
    for path in (metadata, credits, keywords, links, ratings):
        note_name(path, folder / path.name.replace("_small", ""), report)
    tmdb = read_links(links, report)
    report["links without a TMDB id"] = int(tmdb.isna().sum())
    tmdb = tmdb.dropna()
    wanted = set(tmdb)
    known = _rows(metadata, METADATA, _movie, wanted, report, BROKEN)
    cast = _rows(credits, ["id", "cast", "crew"], _people, wanted, report)
    words = _rows(keywords, ["id", "keywords"], _keywords, wanted, report)
    linked = tmdb[tmdb.isin(known)]
    report["links without metadata"] = len(tmdb) - len(linked)
    rows = [known[i] | cast.get(i, {}) | words.get(i, {}) for i in linked]
    lists = {
        name: [row.get(name, []) for row in rows] for name in ("actors", "directors", "keywords")
    }
    own = {name: [row[name] for row in rows] for name in _FIELDS}
    movies = movies_table({"movie_id": linked.index, "tmdb_id": linked.array, **own, **lists})
    report["movies without a year"] = int(movies["year"].isna().sum())
    check_texts(
        metadata, [*movies["title"], *movies["overview"]], [1] * 2 * len(movies), "texts", report
    )
    table = read_ratings(ratings, report=report)
    unlisted = ~np.isin(table["movie_id"], movies["movie_id"])
    report["ratings of unlisted movies"] = int(unlisted.sum())
    return {"ratings": table, "movies": movies, "report": dict(report)}


_FIELDS = ("title", "year", "genres", "overview", "poster_url")


def _rows(
    path: Path,
    columns: list[str],
    parse: Callable[[Cells, Path, int, Counter[str]], Row],
    wanted: set[int],
    report: Counter[str],
    broken: int = 0,
) -> dict[int, Row]:
    """The rows of a file by TMDB id, as `parse` makes them."""
    rows: dict[int, Row] = {}
    twice = torn = untitled = 0
    for line, cells in read_cells(path, columns, broken=broken, report=report):
        # A torn row that was padded to full length has a date where the id should be.
        if cells is None or (broken and re.fullmatch(r"\d{4}-\d\d-\d\d", cells["id"])):
            torn += 1
            continue
        if not re.fullmatch(r"[1-9][0-9]{0,7}", cells["id"]):
            raise _odd("id", cells["id"], "a whole number", path, line)
        movie = int(cells["id"])
        twice += movie in rows
        untitled += cells.get("title") == ""
        if movie in wanted and movie not in rows and cells.get("title") != "":
            rows[movie] = parse(cells, path, line, report)
    report[f"repeated ids in {path.name}"] = twice
    if broken:
        report[f"torn rows in {path.name}"] = torn
        report[f"rows without a title in {path.name}"] = untitled
    return rows


def _movie(cells: Cells, path: Path, line: int, report: Counter[str]) -> Row:
    date = cells["release_date"]
    match = re.fullmatch(r"(\d{4})-\d\d-\d\d", date)
    if date and (not match or int(match[1]) not in YEARS):
        raise _odd("release_date", date, "a date such as 1995-10-30", path, line)
    poster = cells["poster_path"]
    return {
        "title": cells["title"].strip(),
        "year": int(match[1]) if match else None,
        "genres": _names(cells, "genres", path, line, report),
        "overview": cells["overview"],
        "poster_url": POSTERS + poster if re.fullmatch(r"/[\w.-]+", poster) else "",
    }


def _people(cells: Cells, path: Path, line: int, report: Counter[str]) -> Row:
    crew = _entries(cells, "crew", path, line, report)
    directors = [entry["name"] for entry in crew if entry.get("job") == "Director"]
    actors = _names(cells, "cast", path, line, report)[:ACTORS]
    return {"actors": actors, "directors": directors}


def _keywords(cells: Cells, path: Path, line: int, report: Counter[str]) -> Row:
    return {"keywords": _names(cells, "keywords", path, line, report)}


def _names(cells: Cells, column: str, path: Path, line: int, report: Counter[str]) -> list[str]:
    return [entry["name"] for entry in _entries(cells, column, path, line, report)]


def _entries(
    cells: Cells, column: str, path: Path, line: int, report: Counter[str]
) -> list[dict[str, Any]]:
    """A cell that is written as a Python literal or in JSON: a list of dicts with a name each."""
    for parse in (ast.literal_eval, json.loads):
        try:
            entries = parse(cells[column])
            if type(entries) is list and all(isinstance(entry["name"], str) for entry in entries):
                named = [entry | {"name": _paired(entry["name"])} for entry in entries]
                if parse is json.loads:
                    report[f"{path.name}: cells in JSON"] += 1
                return named
        except (ValueError, SyntaxError, TypeError, KeyError, MemoryError, RecursionError):
            pass  # said below, the same for all of them
    raise _odd(
        column, cells[column], "a list such as [{'id': 16, 'name': 'Animation'}]", path, line
    )


def _paired(text: str) -> str:
    """Text whose letters were written as two \\u each; ValueError if one of two is missing."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16")


def _odd(column: str, cell: str, expected: str, path: Path, line: int) -> DataError:
    found = f"{column} is {shorten(cell)}."
    return bad_line(path, line, found, f"{expected}.")
