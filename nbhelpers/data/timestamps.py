"""When ratings were given: dates that are compared as they are, and what is refused."""

import numpy as np
import pandas as pd

from nbhelpers.errors import DataError


def moments(ratings: pd.DataFrame) -> np.ndarray:
    """Return the time of each rating; refuse one that is missing, no date, or in a time zone.

    Numbers and text are not guessed at: seconds look like milliseconds of another year, and the
    third of May like the fifth of March.
    """
    column = "ratings['timestamp']"
    if "timestamp" not in ratings:
        raise DataError(
            "The ratings have no times.",
            expected="a column timestamp.",
            remedy="give them one, or split at random: random_split.",
        )
    times = ratings["timestamp"]
    found = times.to_numpy()
    if found.dtype.kind != "M":
        if isinstance(times.dtype, pd.DatetimeTZDtype):
            remedy = f"{column} = {column}.dt.tz_convert(None), which is UTC."
        elif found.dtype.kind in "iuf":
            remedy = f"if these are seconds: {column} = pd.to_datetime({column}, unit='s')"
        else:
            remedy = f"{column} = pd.to_datetime({column}), with a format= that you know."
        first = f", the first {str(found[0])[:40]!r}" if len(found) else ""
        raise DataError(
            f"The times of the ratings are {times.dtype}{first}.",
            expected="dates (datetime64) without a time zone.",
            remedy=remedy,
        )
    missing = np.isnat(found).sum()
    if missing:
        raise DataError(
            f"{missing:,} ratings have no time.",
            expected="a date for each.",
            remedy="leave them out: ratings.dropna(subset=['timestamp'])",
        )
    return found
