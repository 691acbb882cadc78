"""A seeded share of the users: never the first rows of a file, which is sorted by movie."""

from numbers import Real
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from nbhelpers.errors import DataError


class NobodyLeft(DataError):
    """A share of the users so small that there is nobody in it.

    Parameters
    ----------
    share : float or None
    folder : path-like
        Where the ratings come from.
    """

    def __init__(self, share: float | None, folder: str | Path):
        super().__init__(
            f"Nobody is left in a share of {share} of the users.",
            path=folder,
            remedy="Choose a larger share.",
        )


def chosen(user_ids: npt.ArrayLike, share: float, seed: int = 42) -> np.ndarray:
    """Which users belong to a seeded share of all users.

    Each user id is hashed with the seed (the SplitMix64 finaliser of Steele, Lea & Flood 2014)
    to a number uniform in [0, 1); the user is in if it is below `share`. So the choice looks at
    nothing but the id and the seed, about `share` of any users are in, and with the same seed a
    smaller share's users are among a larger one's.

    Parameters
    ----------
    user_ids : array of int, shape (n,)
    share : float in (0, 1]
    seed : int

    Returns
    -------
    array of bool, shape (n,)
        Who is in.

    Raises
    ------
    ValueError
        For a share outside (0, 1].
    """
    if not isinstance(share, Real) or not 0 < share <= 1:
        raise ValueError(
            f"A share of the users has to be a number above 0 and at most 1, such as 0.05 for 5 %, "
            f"but is {share!r}."
        )
    start = mixed(np.array(seed % 2**64, np.uint64))
    hashed = mixed(np.asarray(user_ids).astype(np.uint64) ^ start)
    uniform: np.ndarray = (hashed >> np.uint64(11)) * 2.0**-53
    return uniform < share


def mixed(numbers: np.ndarray) -> np.ndarray:
    """Spread every bit of numbers over all of them: SplitMix64 (Steele, Lea & Flood 2014).

    Parameters
    ----------
    numbers : array of uint64, shape (n,)

    Returns
    -------
    array of uint64, shape (n,)
        Others, each as likely as any.
    """
    with np.errstate(over="ignore"):  # wrapping round is what is meant
        x = numbers * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


def check_share(ratings: pd.DataFrame, users: float | None, folder: str | Path) -> None:
    """Refuse a share of users so small that nobody is left.

    Parameters
    ----------
    ratings : DataFrame
        Of those who are left.
    users : float or None
        The share.
    folder : path-like
        Where the ratings come from, for the message.

    Raises
    ------
    NobodyLeft
        If there are no ratings.
    """
    if not len(ratings):
        raise NobodyLeft(users, folder)
