"""Ids of users and movies as places in an array."""

import numpy as np
import pandas as pd
from numba import njit

WIDEST = 50_000_000  # integer ids that span more than this are numbered by a hash table


def numbered(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, int]]:
    """Return the sorted ids, a number for each row, and where these numbers lie in the ids.

    The rows' ids themselves serve as numbers if they are integers close enough to each other
    for a table of all of them: no row is copied.
    """
    if ids.dtype.kind in "iu":
        lowest, highest = int(ids.min()), int(ids.max())
        if highest - lowest < WIDEST:
            there = np.zeros(highest - lowest + 1, np.bool_)
            _mark(ids, lowest, there)
            at = np.cumsum(there, dtype=np.int32) - np.int32(1)
            return (np.flatnonzero(there) + lowest).astype(ids.dtype), ids, (at, lowest)
    codes, known = pd.factorize(ids, sort=True)
    return np.asarray(known), codes, (np.arange(len(known), dtype=np.int32), 0)


def positions(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the sorted ids, and for each row the position of its id, int32."""
    known, numbers, (at, lowest) = numbered(ids)
    # Unsigned, what is left holds any difference of two numbers of its width.
    return known, at[(numbers - numbers.dtype.type(lowest)).view(f"u{numbers.itemsize}")]


@njit(cache=True, nogil=True)
def _mark(ids: np.ndarray, lowest: int, there: np.ndarray) -> None:
    for number in ids:
        there[np.int64(number) - lowest] = True
