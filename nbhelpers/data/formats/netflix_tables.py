"""The Netflix Prize as others pass it on: tables of ratings and titles with named columns."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from nbhelpers.data.formats.delimited import CSV, Field
from nbhelpers.data.formats.dialects import Rows, read_rows
from nbhelpers.data.formats.movielens_files import sorted_ratings, times_of
from nbhelpers.data.formats.movielens_layouts import MOVIE, TIME, TITLE, USER, WHOLE
from nbhelpers.data.formats.netflix_grammar import FIRST_DAY, LAST_DAY, MOVIES, USERS
from nbhelpers.data.formats.table_forms import has_header
from nbhelpers.data.formats.text_damage import check_texts

YEARS = (1888, 2005)  # of release: from the first film ever to the last rating
RATINGS = [USER, MOVIE, WHOLE, replace(TIME, expected="a date such as 2005-09-06")]
YEAR = Field("year", "year", pa.int16(), rb"(?:[1-9][0-9]{3})?+", "a year or nothing")
TITLES = [MOVIE, YEAR, TITLE]


def is_table(path: Path) -> bool:
    """Whether a file of titles has a header that names its columns."""
    return has_header(path, TITLES)


def read_ratings(path: Path, report: Counter[str]) -> pd.DataFrame:
    """Read ratings as one table; see `netflix.read_ratings` for what it returns and refuses."""
    rows = read_rows(path, RATINGS, CSV, report)
    first, last = np.datetime64(FIRST_DAY), np.datetime64(LAST_DAY)
    _check(rows, "user_id", (1, USERS))
    _check(rows, "movie_id", (1, MOVIES))
    days = times_of(rows)
    outside = (days < first) | (days.astype("datetime64[D]") > last)
    if outside.any():
        row = int(outside.argmax())
        found = f"Date {days[row]} is not from {FIRST_DAY} to {LAST_DAY}."
        raise rows.wrong(row, found, "a date of the Netflix Prize.")
    return sorted_ratings(rows)


def read_titles(path: Path, report: Counter[str]) -> pd.DataFrame:
    """Read titles as a table; see `netflix.read_titles` for what it returns and refuses."""
    rows = read_rows(path, TITLES, CSV, report)
    _check(rows, "movie_id", (1, MOVIES))
    _check(rows, "year", YEARS)
    frame = rows.table.to_pandas()
    for wrong, what in (
        (frame["movie_id"].duplicated(), "the movie comes a second time"),
        (frame["title"].str.strip() == "", "the title is empty"),
    ):
        if wrong.any():
            row = int(wrong.argmax())
            raise rows.wrong(row, f"In {list(frame.iloc[row])} {what}.", "each movie once.")
    check_texts(path, frame["title"].tolist(), rows.lines, "titles", report)
    years = pd.array(rows.table["year"].to_pylist(), dtype="Int16")
    movies = pd.DataFrame(
        {
            "movie_id": frame["movie_id"].astype("int32"),
            "title": list(frame["title"]),
            "year": years,
        }
    )
    return movies.sort_values("movie_id", ignore_index=True)


def _check(rows: Rows, column: str, allowed: tuple[int, int]) -> None:
    values = rows.table[column].to_pandas()
    wrong = values.notna() & ~values.between(*allowed)
    if wrong.any():
        row = int(wrong.argmax())
        name = {"user_id": "Customer", "movie_id": "Movie", "year": "Year"}[column]
        found = f"{name} {values[row]:.0f} is not from {allowed[0]} to {allowed[1]:,}."
        raise rows.wrong(row, found, "numbers as the Netflix Prize has them.")
