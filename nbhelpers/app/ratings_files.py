"""A visitor's ratings in a file: to keep them, and to bring them back."""

import io

import numpy as np
import pandas as pd

from nbhelpers import DataError
from nbhelpers.app.text import plain
from nbhelpers.data import Dataset

COLUMNS = ["title", "year", "movie_id", "rating"]
EXPECTED = "a table in CSV with the columns title, year, movie_id and rating, as it is downloaded."


def write(ratings: pd.DataFrame, movies: pd.DataFrame) -> bytes:
    """Return ratings as a CSV file, with the catalogue's titles."""
    table = ratings.merge(movies[["movie_id", "title", "year"]], on="movie_id")
    # Excel takes UTF-8 for something else unless the file begins with a byte order mark.
    return table[COLUMNS].to_csv(index=False).encode("utf-8-sig")


def read(file: bytes, data: Dataset) -> tuple[dict[int, float], int]:
    """Return the ratings in a CSV file by movie_id, and how many are of films that `data` lacks.

    A DataError says that it is another file, or that a rating is not one of this data set's scale.
    """
    table = _table(file)
    titles = data.movies.set_index("movie_id")["title"]
    there = table["movie_id"].map(titles)
    # Another data set gives its numbers to other films.
    same = there.notna()
    if "title" in table:
        same &= there.map(plain).str.casefold() == table["title"].map(plain).str.casefold()
    if len(table) and not same.any():
        raise DataError(
            f"None of the {len(table):,} films in this file is in this data set ({data.label}).",
            expected="ratings that were downloaded with the same data set.",
        )
    known = table[same]
    return dict(zip(known["movie_id"].astype(int), _stars(known, data), strict=True)), int(
        (~same).sum()
    )


def _table(file: bytes) -> pd.DataFrame:
    try:
        table = pd.read_csv(io.BytesIO(file), encoding="utf-8-sig", dtype=str)
    except (ValueError, UnicodeError) as error:  # pandas' own errors are ValueErrors
        raise DataError("This file is not a table in CSV.", expected=EXPECTED) from error
    table.columns = [plain(name).casefold() for name in table.columns]
    if not {"movie_id", "rating"} <= set(table.columns):
        found = ", ".join(name[:30] for name in table.columns[:6])
        raise DataError(f"This file has the columns {found}.", expected=EXPECTED)
    for name in ("movie_id", "rating"):
        numbers = pd.to_numeric(table[name], errors="coerce")
        if numbers.isna().any():
            wrong = int(np.flatnonzero(numbers.isna())[0])
            raise DataError(
                f"Row {wrong + 1} has the {name} “{plain(table[name].iloc[wrong])[:30]}”.",
                expected="a number.",
            )
        table[name] = numbers
    return table


def _stars(table: pd.DataFrame, data: Dataset) -> list[float]:
    stars, (low, high) = table["rating"], data.scale
    wrong = ~stars.between(low, high) | (stars % data.step != 0)
    if wrong.any():
        raise DataError(
            f"Row {int(table.index[wrong][0]) + 1} has the rating {stars[wrong].iloc[0]:g}.",
            expected=f"{low:g} to {high:g} stars, in steps of {data.step:g}.",
        )
    return stars.astype(float).tolist()
