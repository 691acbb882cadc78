"""The files of the MovieLens sets to tables."""

import re
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from nbhelpers.data.formats.delimited import CSV, Field, Style
from nbhelpers.data.formats.dialects import Rows, read_rows
from nbhelpers.data.formats.movielens_layouts import (
    FLAGS,
    GENOME_SCORES,
    GENOME_TAGS,
    GENRES,
    HALF,
    LINKS,
    MOVIE,
    OTHER_GENRES,
    TAGS,
    TIME,
    USER,
    Layout,
)
from nbhelpers.data.formats.raw_files import nearest
from nbhelpers.data.formats.text_damage import check_texts, first_control
from nbhelpers.data.movies_table import NO_GENRES, movies_table
from nbhelpers.data.titles import YEARS, split_title
from nbhelpers.errors import DataError

OLDEST = 788_918_400  # 1 January 1995 in seconds since 1970; MovieLens opened later
DAY = 86_400


def read_ratings(
    path: str | Path,
    style: Style = CSV,
    stars: Field = HALF,
    report: Counter[str] | None = None,
) -> pd.DataFrame:
    """Read a MovieLens file of ratings: user, movie, stars, seconds since 1970.

    The table has user_id int32, movie_id int32, rating int8 or float32, timestamp datetime64[s]
    (UTC; not a time where the file has none), sorted by movie_id, then user_id. Refused are a line
    that is not of this form, a time before 1995 or in the future, a second rating of the same movie
    by the same user.

    Each function here tells `report` what `dialects.read_rows` accepted.
    """
    rows = read_rows(path, [USER, MOVIE, stars, TIME], style, report)
    return sorted_ratings(rows)


def sorted_ratings(rows: Rows) -> pd.DataFrame:
    """A table of ratings, sorted by movie and user, each pair once."""
    table = rows.table
    if not len(table):
        expected = "lines below the header."
        raise DataError("There are no ratings.", path=rows.path, expected=expected)
    times = times_of(rows)
    rating = table["rating"].to_numpy()
    key = table["movie_id"].to_numpy().astype(np.int64) << 32
    key |= table["user_id"].to_numpy()
    # 20 bytes a rating are let go before sorting takes as much again.
    rows, table = replace(rows, table=table.schema.empty_table()), None
    order = np.argsort(key)
    key = key[order]
    if len(again := np.flatnonzero(key[1:] == key[:-1])):
        earlier, row = sorted(order[again[0] : again[0] + 2])
        user, movie = key[again[0]] & 0xFFFFFFFF, key[again[0]] >> 32
        found = f"User {user} rated movie {movie} in line {rows.lines[earlier]} already."
        raise rows.wrong(row, found, "one rating per user and movie.")
    columns = {
        "user_id": (key & 0xFFFFFFFF).astype(np.int32),
        "movie_id": (key >> 32).astype(np.int32),
        "rating": rating[order],
        "timestamp": times[order],
    }
    return pd.DataFrame(columns, copy=False)


def read_movies(
    path: str | Path, layout: Layout, report: Counter[str] | None = None
) -> pd.DataFrame:
    """Read a `movies_table` from a file: id, title with year, genres (in u.item as flags)."""
    report = Counter() if report is None else report
    rows = read_rows(path, list(layout.item_fields), layout.item_style, report)
    table = rows.table
    if not len(table):
        raise DataError("There are no movies.", path=path, expected="lines below the header.")
    _refuse_twice(rows, ["movie_id"])
    titles, years, genres = [], [], _genres(table)
    raws = table["title"].to_pylist()
    if (row := first_control(raws)) is not None:
        raise rows.wrong(row, f"{raws[row]!r} holds a control character.", "letters.")
    for row, raw in enumerate(raws):
        title, year = split_title(raw)
        if not title:
            raise rows.wrong(row, "The title is empty.", "the name of a movie.")
        if year is not None and year not in YEARS:
            found, expected = f"{raw!r} names the year {year}.", f"{YEARS[0]} to {YEARS[-1]}."
            raise rows.wrong(row, found, expected)
        for kind in [kind for kind in genres[row] if kind not in GENRES]:
            _check_genre(rows, row, kind, report)
        titles.append(title)
        years.append(year)
    check_texts(path, raws, rows.lines, "titles", report)
    ids = table["movie_id"].to_numpy()
    return movies_table({"movie_id": ids, "title": titles, "year": years, "genres": genres})


def _check_genre(rows: Rows, row: int, kind: str, report: Counter[str]) -> None:
    """Count a genre that MovieLens lacks, unless it is a slip of one that it has."""
    guess = None if kind in OTHER_GENRES else nearest(kind, GENRES)
    if guess or not re.fullmatch(r"\w[\w' &-]*", kind):
        found = f"{kind!r} is no genre" + (f"; is it {guess}?" if guess else ".")
        raise rows.wrong(row, found, f"{', '.join(sorted(GENRES))}, or {NO_GENRES}.")
    report[f"{rows.path.name}: genre {kind}, which MovieLens lacks"] += 1


def read_tags(
    path: str | Path, style: Style = CSV, report: Counter[str] | None = None
) -> pd.DataFrame:
    """Read a file of tags: user_id int32, movie_id int32, tag str, timestamp datetime64[s].

    The same tag, given by the same user to the same movie at the same time, is counted; a file
    with most lines there twice is refused.
    """
    report = Counter() if report is None else report
    rows = read_rows(path, TAGS, style, report)
    table = rows.table
    tags = pd.DataFrame(
        {
            "user_id": table["user_id"].to_numpy(),
            "movie_id": table["movie_id"].to_numpy(),
            "tag": table["tag"].to_pylist(),
            "timestamp": times_of(rows),
        }
    )
    check_texts(path, tags["tag"].tolist(), rows.lines, "tags", report)
    again = tags.duplicated().to_numpy()
    if 3 * again.sum() > len(tags):  # every line twice is a half
        found = f"This line is there a second time; so are {again.sum():,} of {len(tags):,}."
        raise rows.wrong(int(again.argmax()), found, "each tag once.")
    if again.any():
        report[f"{rows.path.name}: tags that are there twice"] += int(again.sum())
    return tags


def read_links(path: str | Path, report: Counter[str] | None = None) -> pd.Series:
    """Read links.csv: the TMDB id (Int64, missing where there is none) by MovieLens movie_id."""
    rows = read_rows(path, LINKS, CSV, report)
    _refuse_twice(rows, ["movie_id"])
    ids = pd.array(rows.table["tmdb_id"].to_pylist(), dtype="Int64")
    return pd.Series(ids, index=rows.table["movie_id"].to_numpy())


def read_genome(
    names_path: Path, scores_path: Path, report: Counter[str] | None = None
) -> pd.DataFrame:
    """Read the tag genome: movie_id int32, tag categorical, relevance float32 from 0 to 1."""
    names = read_rows(names_path, GENOME_TAGS, CSV, report)
    _refuse_twice(names, ["tag_id"])
    rows = read_rows(scores_path, GENOME_SCORES, CSV, report)
    scores = rows.table
    relevance = scores["relevance"].to_numpy()
    if (relevance > 1).any():
        row = int(np.argmax(relevance > 1))
        raise rows.wrong(row, f"relevance is {relevance[row]}.", "a number from 0 to 1.")
    _refuse_twice(rows, ["movie_id", "tag_id"])
    ids = pd.Index(names.table["tag_id"].to_numpy())
    codes = ids.get_indexer(scores["tag_id"].to_numpy())
    if (codes < 0).any():
        row = int(np.argmin(codes))
        found = f"Tag {scores['tag_id'][row]} is not in {names_path.name}."
        raise rows.wrong(row, found, "a tag of it.")
    tags = names.table["tag"].to_pylist()
    return pd.DataFrame(
        {
            "movie_id": scores["movie_id"].to_numpy(),
            "tag": pd.Series(tags, dtype="str").astype("category").take(codes).array,
            "relevance": relevance,
        }
    )


def _genres(table: pa.Table) -> list[list[str]]:
    if "genres" in table.column_names:
        return [[] if c == NO_GENRES else c.split("|") for c in table["genres"].to_pylist()]
    flags = zip(*(table[name].to_pylist() for name in FLAGS), strict=True)
    return [[n for n, on in zip(FLAGS, row, strict=True) if on and n in GENRES] for row in flags]


def times_of(rows: Rows) -> np.ndarray:
    """The timestamps as datetime64[s], if they are possible ones; not a time if there are none."""
    if "timestamp" not in rows.table.column_names:
        return np.full(len(rows.table), np.datetime64("NaT", "s"))
    times: np.ndarray = rows.table["timestamp"].to_numpy()
    wrong = (times < OLDEST) | (times > time.time() + DAY)
    if wrong.any():
        row = int(np.argmax(wrong))
        found = f"The time {times[row]} is {np.datetime64(int(times[row]), 's')}."
        raise rows.wrong(row, found, "a time from 1995 to now.")
    return times.view("datetime64[s]")


def _refuse_twice(rows: Rows, columns: list[str]) -> None:
    keys = rows.table.select(columns).to_pandas()
    if (again := keys.duplicated()).any():
        row = int(np.argmax(again))
        what = ", ".join(f"{name} {keys[name].iat[row]}" for name in columns)
        earlier = rows.lines[int(np.argmax((keys == keys.iloc[row]).all(axis=1)))]
        found = f"{what} is there a second time, after line {earlier}."
        raise rows.wrong(row, found, "each once.")
