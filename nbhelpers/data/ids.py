"""Ids of users and movies are whole numbers: what else they may come as, and what is refused."""

from collections.abc import Hashable
from contextlib import suppress
from typing import Any, NoReturn

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from nbhelpers.errors import DataError

EXACT = 2**53  # from here on, floating-point numbers lie more than one apart


def whole(ids: ArrayLike | pd.Series, of: str) -> np.ndarray:
    """Return ids as whole numbers, which are compared with each other and with nothing else.

    Numbers come back as they are, a single one as an array of one. What says the same in another
    way is converted: 17.0 and the text "17". All else would be somebody unknown without a word, or
    somebody else, and is refused: what is missing, a fraction, true or false, any other text. The
    message says whose they are, a "user" or a "movie".
    """
    found = np.atleast_1d(ids.to_numpy() if isinstance(ids, pd.Series) else np.asarray(ids))
    if found.dtype.kind in "iu":
        return found
    if not found.size:
        return found.astype(np.int64)
    if found.dtype.kind == "f":
        with np.errstate(invalid="ignore"):  # of what is missing, which is refused below
            numbers = found.astype(np.int64)
        if ((numbers == found) & (np.abs(found) < EXACT)).all():
            return numbers
    elif isinstance(ids, list | tuple):  # NumPy has made all of them text if one was
        found = np.atleast_1d(np.asarray(ids, dtype=object))
    if found.dtype.kind in "mM":  # NumPy's dates would turn into numbers: nanoseconds
        found = pd.Series(found.ravel()).to_numpy(dtype=object)
    numbers = np.empty(found.size, np.int64)
    for row, one in enumerate(found.ravel().tolist()):
        number = _number(one)
        if number is None:
            _refuse(one, row if found.size > 1 else None, of)
        numbers[row] = number
    return numbers.reshape(found.shape)


def _number(one: Any) -> int | None:
    """Return what number an id is, None if it is none."""
    if isinstance(one, str | int | float | np.integer | np.floating) and not isinstance(one, bool):
        with suppress(ValueError, OverflowError):  # other text, NaN and infinity
            number = int(one)
            same = str(number) == one if isinstance(one, str) else number == one
            if same and abs(number) < (EXACT if isinstance(one, float) else 2**63):
                return number
    return None


def _refuse(one: Any, row: int | None, of: str) -> NoReturn:
    missing = one is None or one is pd.NA or one is pd.NaT or one != one
    found = "is missing" if missing else f"is {str(one)[:40]!r}" + ", a text" * isinstance(one, str)
    column, where = f"ratings['{of}_id']", "" if row is None else f" at place {row} (from 0)"
    if row is None:
        look = {
            "movie": "look it up by its title: engine.find('…')",
            "user": "take one of the ids in the ratings; of an engine, engine.users() lists them.",
        }
        remedy = look.get(of, "give a number.")
    elif missing:
        remedy = f"leave such rows out: ratings.dropna(subset=['{of}_id'])"
    elif isinstance(one, str):
        remedy = f"number them: {column} = pd.factorize({column})[0]"
    else:
        remedy = f"give whole numbers: {column}.astype('int64') if nothing is lost by it."
    raise DataError(
        f"The {of}'s id{where} {found}.",
        expected='a whole number, such as 17 or "17".',
        remedy=remedy,
    )


def refuse_twice(ratings: pd.DataFrame) -> NoReturn:
    """Say which movie somebody rated twice, in ratings with a pair that is there twice."""
    names: list[Hashable] = ["user_id", "movie_id"]
    again = ratings.duplicated(names).to_numpy()
    user, movie = ratings.loc[again, names].iloc[0]
    raise DataError(
        f"User {user} rated movie {movie} twice; {again.sum():,} rows repeat a pair.",
        expected="at most one rating of a movie by a user.",
        remedy="keep the last of each: ratings.drop_duplicates(['user_id', 'movie_id'], "
        "keep='last')",
    )
