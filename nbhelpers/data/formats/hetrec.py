"""HetRec 2011: MovieLens ratings of 2,113 users, with genres, directors, actors and tags.

I. Cantador, P. Brusilovsky and T. Kuflik, "2nd Workshop on Information Heterogeneity and Fusion in
Recommender Systems", RecSys 2011. Its tables are parted by tabs, with a header; titles are latin-1.
"""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from nbhelpers.data.formats.delimited import Field, Style
from nbhelpers.data.formats.dialects import Rows, read_rows
from nbhelpers.data.formats.movielens_files import sorted_ratings
from nbhelpers.data.formats.movielens_layouts import HALF, MOVIE, USER
from nbhelpers.data.formats.raw_files import find_file, look_for
from nbhelpers.data.formats.text_damage import check_texts
from nbhelpers.data.movies_table import movies_table
from nbhelpers.errors import DataError

TABS = Style(b"\t", header=True, quoted=False, encoding="latin-1")
_CLOCK = ("year", "month", "day", "hour", "minute", "second")
TIMES = [
    Field(
        f"date_{part}",
        f"date_{part}",
        pa.int16(),
        rb"[0-9]{4}" if part == "year" else rb"[0-9]{1,2}+",
        "a whole number",
    )
    for part in _CLOCK
]
RATINGS = [USER, MOVIE, HALF, *TIMES]
MOVIES = [
    replace(MOVIE, source="id"),
    Field("title", "title"),
    Field("year", "year", pa.int16(), rb"(?:[1-9][0-9]{3})?+", "a year or nothing", optional=True),
]
GENRES = [MOVIE, Field("genre", "genre")]
DIRECTORS = [MOVIE, Field("name", "directorName")]
ACTORS = [
    MOVIE,
    Field("name", "actorName"),
    Field("ranking", "ranking", pa.int32(), rb"[0-9]{1,5}+", "a whole number"),
]
ACTORS_KEPT = 10  # leading ones
TAG_NAMES = [
    Field("tag_id", "id", pa.int32(), rb"[0-9]{1,7}+", "a whole number"),
    Field("tag", "value"),
]
TAGGED = [USER, MOVIE, Field("tag_id", "tagID", pa.int32(), rb"[0-9]{1,7}+", "a whole number")]
TAGGED += TIMES


def read_hetrec(folder: str | Path) -> dict[str, Any]:
    """Read the files of HetRec 2011: ``ratings, movies, tags, report``, as of `movielens.read`.

    Only user_ratedmovies.dat and movies.dat have to be there; movie_genres.dat,
    movie_directors.dat, movie_actors.dat, tags.dat and user_taggedmovies.dat may be missing. A
    DataError refuses a line that is not of its form.
    """
    folder = Path(folder)
    report: Counter[str] = Counter()
    rows = _read(find_file(folder, "user_ratedmovies.dat"), RATINGS, report)
    ratings = sorted_ratings(_dated(rows))
    rows = _read(find_file(folder, "movies.dat"), MOVIES, report)
    frame = rows.table.to_pandas()
    if (twice := frame["movie_id"].duplicated()).any():
        row = int(twice.argmax())
        raise rows.wrong(row, f"Movie {frame['movie_id'][row]} comes twice.", "each movie once.")
    check_texts(rows.path, frame["title"].tolist(), rows.lines, "titles", report)
    ids = frame["movie_id"]
    columns = {"movie_id": ids, "title": frame["title"].tolist()}
    if "year" in frame:
        columns["year"] = rows.table["year"].to_pylist()
    for column, file, fields in (
        ("genres", "movie_genres.dat", GENRES),
        ("directors", "movie_directors.dat", DIRECTORS),
        ("actors", "movie_actors.dat", ACTORS),
    ):
        if path := look_for(folder, file):
            columns[column] = _lists(_read(path, fields, report).table.to_pandas(), ids)
    movies = movies_table(columns)
    unlisted = ~np.isin(ratings["movie_id"], movies["movie_id"])
    report["ratings of unlisted movies"] = int(unlisted.sum())
    return {
        "ratings": ratings,
        "movies": movies,
        "tags": _tags(folder, report),
        "report": dict(report),
    }


def _read(path: Path, fields: list[Field], report: Counter[str]) -> Rows:
    told: Counter[str] = Counter()
    rows = read_rows(path, fields, TABS, told)
    if not len(rows.table):
        raise DataError("There are no rows.", path=path, expected="lines below the header.")
    # Extra columns, and the order of some, are this set's own.
    own = ("columns left aside", "other names of columns", "columns in another order", "fields")
    report.update({key: n for key, n in told.items() if not key.endswith(own)})
    return rows


def _dated(rows: Rows) -> Rows:
    """Rows with one time instead of its six parts."""
    parts = {part: rows.table[f"date_{part}"].to_numpy() for part in _CLOCK}
    times = pd.to_datetime(pd.DataFrame(parts), errors="coerce")
    if times.isna().any():
        row = int(times.isna().argmax())
        found = f"There is no time {[int(parts[part][row]) for part in _CLOCK]}."
        raise rows.wrong(row, found, "year, month, day, hour, minute and second.")
    seconds = times.to_numpy().astype("datetime64[s]").astype(np.int64)
    table = rows.table.drop_columns([f"date_{part}" for part in _CLOCK])
    return replace(rows, table=table.append_column("timestamp", pa.array(seconds)))


def _lists(frame: pd.DataFrame, ids: pd.Series) -> list[list[str]]:
    """For each movie the names that a table has for it, in its order."""
    if "ranking" in frame:
        frame = frame.sort_values(["movie_id", "ranking"], kind="stable")
        frame = frame.groupby("movie_id").head(ACTORS_KEPT)
    found = frame.groupby("movie_id")[frame.columns[1]].agg(list)
    return [found.get(movie, []) for movie in ids]


def _tags(folder: Path, report: Counter[str]) -> pd.DataFrame | None:
    texts, given = (look_for(folder, name) for name in ("tags.dat", "user_taggedmovies.dat"))
    if texts is None or given is None:
        return None
    names = _read(texts, TAG_NAMES, report).table.to_pandas().set_index("tag_id")["tag"]
    rows = _dated(_read(given, TAGGED, report))
    frame = rows.table.to_pandas()
    if not (known := frame["tag_id"].isin(names.index)).all():
        row = int(known.argmin())
        raise rows.wrong(row, f"Tag {frame['tag_id'][row]} is not in tags.dat.", "a tag of it.")
    return pd.DataFrame(
        {
            "user_id": frame["user_id"],
            "movie_id": frame["movie_id"],
            "tag": frame["tag_id"].map(names).tolist(),
            "timestamp": frame["timestamp"].to_numpy().view("datetime64[s]"),
        }
    )
