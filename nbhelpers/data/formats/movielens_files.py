"""The files of the MovieLens sets to tables."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from nbhelpers.data.formats.delimited import CSV, Field, Style, read_lines
from nbhelpers.data.formats.movielens_layouts import (
    FLAGS,
    GENOME_SCORES,
    GENOME_TAGS,
    GENRES,
    HALF,
    LINKS,
    MOVIE,
    TAGS,
    TIME,
    USER,
    Layout,
)
from nbhelpers.data.formats.raw_files import AGAIN, bad_line, find_file, nearest
from nbhelpers.data.movies_table import NO_GENRES, movies_table
from nbhelpers.data.titles import YEARS, split_title
from nbhelpers.errors import DataError

OLDEST = 788_918_400  # 1 January 1995 in seconds since 1970; MovieLens opened later
DAY = 86_400


def read_ratings(path: str | Path, style: Style = CSV, stars: Field = HALF) -> pd.DataFrame:
    """Read a MovieLens file of ratings: user, movie, stars, seconds since 1970.

    Returns
    -------
    DataFrame
        user_id int32, movie_id int32, rating int8 or float32, timestamp datetime64[s] (UTC),
        sorted by movie_id, then user_id.

    Raises
    ------
    DataError
        For a line that is not of this form, a time before 1995 or in the future, a second rating
        of the same movie by the same user.
    """
    table = read_lines(path, [USER, MOVIE, stars, TIME], style)
    first = 2 if style.header else 1
    if not len(table):
        raise DataError("There are no ratings.", path=path, expected="lines below the header.")
    times = _times(table, path, first)
    rating = table["rating"].to_numpy()
    key = table["movie_id"].to_numpy().astype(np.int64) << 32
    key |= table["user_id"].to_numpy()
    del table  # 20 bytes a rating, before sorting takes as much again
    order = np.argsort(key)
    key = key[order]
    if len(again := np.flatnonzero(key[1:] == key[:-1])):
        earlier, row = sorted(order[again[0] : again[0] + 2])
        user, movie = key[again[0]] & 0xFFFFFFFF, key[again[0]] >> 32
        found = f"User {user} rated movie {movie} in line {earlier + first} already."
        raise bad_line(path, int(row) + first, found, "one rating per user and movie.")
    columns = {
        "user_id": (key & 0xFFFFFFFF).astype(np.int32),
        "movie_id": (key >> 32).astype(np.int32),
        "rating": rating[order],
        "timestamp": times[order],
    }
    return pd.DataFrame(columns, copy=False)


def read_movies(path: str | Path, layout: Layout) -> pd.DataFrame:
    """Read a file of movies: id, title with year, genres (in u.item as flags).

    Returns
    -------
    DataFrame
        See `movies_table.movies_table`.
    """
    first = 2 if layout.item_style.header else 1
    table = read_lines(path, list(layout.item_fields), layout.item_style)
    if not len(table):
        raise DataError("There are no movies.", path=path, expected="lines below the header.")
    _refuse_twice(table, ["movie_id"], path, first)
    titles, years, genres = [], [], _genres(table)
    for line, raw in enumerate(table["title"].to_pylist(), first):
        title, year = split_title(raw)
        if not title:
            raise bad_line(path, line, "The title is empty.", "the name of a movie.")
        if year is not None and year not in YEARS:
            found, expected = f"{raw!r} names the year {year}.", f"{YEARS[0]} to {YEARS[-1]}."
            raise bad_line(path, line, found, expected)
        if odd := [kind for kind in genres[line - first] if kind not in GENRES]:
            guess = nearest(odd[0], GENRES)
            found = f"{odd[0]!r} is no genre" + (f"; is it {guess}?" if guess else ".")
            expected = f"{', '.join(sorted(GENRES))}, or {NO_GENRES}."
            raise bad_line(path, line, found, expected)
        titles.append(title)
        years.append(year)
    ids = table["movie_id"].to_numpy()
    return movies_table({"movie_id": ids, "title": titles, "year": years, "genres": genres})


def read_tags(path: str | Path, style: Style = CSV) -> pd.DataFrame:
    """Read a file of tags: user_id int32, movie_id int32, tag str, timestamp datetime64[s]."""
    table = read_lines(path, TAGS, style)
    times = _times(table, path, 2 if style.header else 1)
    return pd.DataFrame(
        {
            "user_id": table["user_id"].to_numpy(),
            "movie_id": table["movie_id"].to_numpy(),
            "tag": table["tag"].to_pylist(),
            "timestamp": times,
        }
    )


def read_links(path: str | Path) -> pd.Series:
    """Read links.csv: the TMDB id (Int64, missing where there is none) by MovieLens movie_id."""
    table = read_lines(path, LINKS)
    _refuse_twice(table, ["movie_id"], path, 2)
    ids = pd.array(table["tmdb_id"].to_pylist(), dtype="Int64")
    return pd.Series(ids, index=table["movie_id"].to_numpy())


def read_genome(folder: Path) -> pd.DataFrame:
    """Read the tag genome: movie_id int32, tag categorical, relevance float32 from 0 to 1."""
    path = find_file(folder, "genome-tags.csv")
    names = read_lines(path, GENOME_TAGS)
    _refuse_twice(names, ["tag_id"], path, 2)
    path = folder / "genome-scores.csv"
    scores = read_lines(path, GENOME_SCORES)
    relevance = scores["relevance"].to_numpy()
    if (relevance > 1).any():
        row = int(np.argmax(relevance > 1))
        found, expected = f"relevance is {relevance[row]}.", "a number from 0 to 1."
        raise bad_line(path, row + 2, found, expected)
    _refuse_twice(scores, ["movie_id", "tag_id"], path, 2)
    ids = pd.Index(names["tag_id"].to_numpy())
    codes = ids.get_indexer(scores["tag_id"].to_numpy())
    if (codes < 0).any():
        row = int(np.argmin(codes))
        found, expected = f"Tag {scores['tag_id'][row]} is not in genome-tags.csv.", "a tag of it."
        raise bad_line(path, row + 2, found, expected, f"{AGAIN}: both files.")
    tags = names["tag"].to_pylist()
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


def _times(table: pa.Table, path: str | Path, first: int) -> np.ndarray:
    """The timestamps as datetime64[s], if they are possible ones."""
    times: np.ndarray = table["timestamp"].to_numpy()
    wrong = (times < OLDEST) | (times > time.time() + DAY)
    if wrong.any():
        row = int(np.argmax(wrong))
        found = f"The time {times[row]} is {np.datetime64(int(times[row]), 's')}."
        raise bad_line(path, row + first, found, "a time from 1995 to now.")
    return times.view("datetime64[s]")


def _refuse_twice(table: pa.Table, columns: list[str], path: str | Path, first: int) -> None:
    keys = table.select(columns).to_pandas()
    if (again := keys.duplicated()).any():
        row = int(np.argmax(again))
        what = ", ".join(f"{name} {keys[name].iat[row]}" for name in columns)
        earlier = int(np.argmax((keys == keys.iloc[row]).all(axis=1))) + first
        found = f"{what} is there a second time, after line {earlier}."
        raise bad_line(path, row + first, found, "each once.")
