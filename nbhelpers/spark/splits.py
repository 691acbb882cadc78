"""A part of all ratings chosen by hash: the same rows here and on every cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import ArrayLike

from nbhelpers.evaluation.splits import Split

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_FIRST = 42  # where Spark's xxhash64 begins
_P1, _P2, _P3, _P5 = (
    np.uint64(prime)
    for prime in (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5)
)


def hash_split(ratings: DataFrame | pd.DataFrame, test: float = 0.1, seed: int = 42) -> Split:
    """Hold out about a share of all ratings, the same rows of a Spark and of a pandas table.

    Whether a row is held out depends on its user, its movie and the seed alone (`held_out`), not on
    the order of the rows or on how a cluster divides them.

    Parameters
    ----------
    ratings : pyspark.sql.DataFrame or pandas.DataFrame
        One row per rating.
    test : float
        Share to hold out, in (0, 1).
    seed : int
        The same seed gives the same split.

    Returns
    -------
    Split
        Two tables of the same kind.

    Raises
    ------
    ValueError
        If `test` is not in (0, 1).
    """
    if not 0 < test < 1:
        raise ValueError(f"The share to hold out has to be between 0 and 1, but is {test}.")
    if isinstance(ratings, pd.DataFrame):
        chosen = held_out(ratings["user_id"], ratings["movie_id"], test, seed)
        return Split(*(ratings[rows].reset_index(drop=True) for rows in (~chosen, chosen)))
    from pyspark.sql import functions as F

    ids = (F.col(name).cast("int") for name in ("user_id", "movie_id"))
    bits = F.shiftrightunsigned(F.xxhash64(F.lit(seed).cast("int"), *ids), 11)
    chosen = bits * F.lit(2.0**-53) < F.lit(test)
    return Split(ratings.where(~chosen), ratings.where(chosen))


def xxhash64(seed: int, users: ArrayLike, movies: ArrayLike) -> np.ndarray:
    """Hash pairs of ids as Spark's ``xxhash64(seed, user_id, movie_id)`` of three ints does.

    Each number is hashed as its four bytes, with the hash of the one before as seed; all fit into
    32 bits. Spark shows the same 64 bits with a sign.

    References
    ----------
    Collet, "xxHash fast digest algorithm", version 0.1.1, section XXH64, for an input of
    four bytes.
    """
    users, movies = (np.asarray(ids).astype(np.int32).view(np.uint32) for ids in (users, movies))
    return _pairs(np.uint32(seed % 2**32), users, movies)


def held_out(users: ArrayLike, movies: ArrayLike, share: float, seed: int = 42) -> np.ndarray:
    """Choose about a share of all pairs of a user and a movie, by nothing but ids and seed.

    A pair is chosen if the first 53 bits of its hash, as a number in [0, 1), are below `share`.
    """
    return (xxhash64(seed, users, movies) >> np.uint64(11)) * 2.0**-53 < share


@njit(cache=True)
def _pairs(seed, users, movies):
    start = _hash(np.uint64(_FIRST), seed)
    hashes = np.empty(len(users), np.uint64)
    for row in range(len(users)):
        hashes[row] = _hash(_hash(start, users[row]), movies[row])
    return hashes


@njit(cache=True)
def _hash(seed, number):
    x = (seed + _P5 + np.uint64(4)) ^ (np.uint64(number) * _P1)
    x = ((x << np.uint64(23)) | (x >> np.uint64(41))) * _P2 + _P3
    x = (x ^ (x >> np.uint64(33))) * _P2
    x = (x ^ (x >> np.uint64(29))) * _P3
    return x ^ (x >> np.uint64(32))
