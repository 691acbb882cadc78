"""Who asks: a user of the data by number, or a newcomer by ratings in any of Python's shapes."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from nbhelpers.data.ids import whole
from nbhelpers.errors import DataError

# A user's number; or a newcomer's ratings as a table, by movie, or as pairs.
Someone = int | str | pd.DataFrame | pd.Series | Mapping[int, float] | Iterable[tuple[int, float]]
SHAPES = (
    "a user's number; or ratings as a table (movie_id, rating), {movie: stars}, pairs of both, or "
    "a Series of stars by movie."
)


def user_id(user: Any, called: Mapping[str, int] | None = None) -> int:
    """Return a user's number, by an int, text that is one, or a label; refuse all else."""
    if called and isinstance(user, str) and user in called:
        return called[user]
    numbers = whole(user, "user")
    if numbers.size != 1:
        raise DataError(f"There are {numbers.size} users.", expected="a single one.")
    return int(numbers.item())


def own_ratings(someone: Any) -> pd.DataFrame | None:
    """Return a newcomer's ratings as a table (movie_id, rating); None for a user of the data.

    They come in one of `SHAPES`; MovieLens' own name for a column, movieId, will do. A DataError
    refuses what is nothing like that.
    """
    table = _table(someone)
    if table is None:
        return None
    try:
        stars = table["rating"].to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        raise DataError("A rating is not a number.", expected="stars, such as 4 or 3.5.") from None
    return pd.DataFrame({"movie_id": whole(table["movie_id"], "movie"), "rating": stars})


def _table(someone: Any) -> pd.DataFrame | None:
    if isinstance(someone, pd.DataFrame):
        return _columns(someone)
    if isinstance(someone, pd.Series):
        if isinstance(someone.index, pd.RangeIndex) and len(someone):
            raise DataError(
                f"The Series has no movies: its index only counts from {someone.index[0]}.",
                expected="the movies' ids in its index.",
                remedy="pd.Series(stars, index=movie_ids)",
            )
        return pd.DataFrame({"movie_id": someone.index, "rating": someone.array})
    if isinstance(someone, Mapping):
        return _pairs(someone.items())
    return _pairs(someone) if _several(someone) else None


def _columns(table: pd.DataFrame) -> pd.DataFrame:
    if "movieId" in table and "movie_id" not in table:
        table = table.rename(columns={"movieId": "movie_id"})
    missing = [name for name in ("movie_id", "rating") if name not in table]
    if missing:
        there = ", ".join(map(str, table.columns)) or "none"
        raise DataError(
            f"The ratings have no column {' or '.join(missing)}; their columns: {there}.",
            expected="a table with movie_id and rating.",
            remedy="ratings.rename(columns={…})",
        )
    return table


def _pairs(pairs: Iterable[Any]) -> pd.DataFrame:
    rows = [tuple(pair) if _several(pair) else (pair,) for pair in pairs]
    if any(len(row) != 2 for row in rows):
        raise DataError("These are not pairs of a movie and its stars.", expected=SHAPES)
    movies, stars = zip(*rows, strict=True) if rows else ((), ())
    return pd.DataFrame({"movie_id": pd.Series(movies, dtype=object), "rating": list(stars)})


def _several(what: Any) -> bool:
    """Whether it is a collection of things; a text is one thing, and so is NumPy's array of one."""
    if isinstance(what, np.ndarray):
        return what.ndim > 0
    return isinstance(what, Iterable) and not isinstance(what, str | bytes)
