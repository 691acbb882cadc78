"""Ids and names as numbers, and back: consecutive positions, and one column per name."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike


class Encoding:
    """Ids and their consecutive positions 0 … n-1, in the order of the ids.

    Parameters
    ----------
    ids : iterable
        In any order; repeated ones count once.

    Attributes
    ----------
    ids : pandas.Index
        Sorted.
    """

    def __init__(self, ids: Iterable) -> None:
        self.ids = pd.Index(ids).unique().sort_values()

    def __len__(self) -> int:
        return len(self.ids)

    def encode(self, ids: Iterable) -> np.ndarray:
        """Return the positions of ids.

        Parameters
        ----------
        ids : iterable, of length n

        Returns
        -------
        numpy.ndarray of int64, shape (n,)
            -1 for an id that is unknown.
        """
        return self.ids.get_indexer(pd.Index(ids)).astype("int64")

    def decode(self, positions: ArrayLike) -> np.ndarray:
        """Return the ids at these positions.

        Parameters
        ----------
        positions : array_like of int, shape (n,)

        Returns
        -------
        numpy.ndarray, shape (n,)

        Raises
        ------
        IndexError
            If a position is not 0 … n-1; -1 stands for "unknown" and has no id.
        """
        positions = np.asarray(positions, dtype="int64")
        wrong = positions[(positions < 0) | (positions >= len(self))]
        if len(wrong):
            raise IndexError(f"No id has the position {wrong[0]}; there are {len(self)} ids.")
        return self.ids.to_numpy()[positions]


def multi_hot(lists: pd.Series) -> pd.DataFrame:
    """Return one row per list and one column per name.

    Parameters
    ----------
    lists : Series of list of str
        For example the genres of each movie.

    Returns
    -------
    DataFrame of uint8, index of `lists`, columns in order of the alphabet
        1 if the list holds the name, else 0.
    """
    names = sorted({name for listed in lists for name in listed})
    column = {name: c for c, name in enumerate(names)}
    table = np.zeros((len(lists), len(names)), dtype="uint8")
    for row, listed in enumerate(lists):
        table[row, [column[name] for name in listed]] = 1
    return pd.DataFrame(table, index=lists.index, columns=names)
