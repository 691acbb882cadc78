"""What different libraries mean by recall, precision and nDCG: the choices behind one name."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Definition:
    """The choices that `metrics.ranking` leaves to its caller.

    With L_u the list of user u, cut at n, and R_u what is relevant to u:

    Parameters
    ----------
    recall : {"relevant", "reachable"}
        What hits are divided by: \\|R_u\\|, or min(n, \\|R_u\\|), the most that a list can hold.
    precision : {"n", "list", "pooled"}
        n; or \\|L_u\\|, if it is shorter; or the mean over users of min(n, \\|R_u\\|), so that
        the mean is all hits of all users by all that could have been hit.
    ideal : {"reachable", "n"}
        The list that nDCG is measured by: min(n, \\|R_u\\|) hits, or n.
    discount : {"log", "flat log"}
        Of rank k: log2(k + 1), or max(1, log2 k), the older, which treats ranks 1 and 2 alike.
    users : {"relevant", "both", "all"}
        Who has a row: users with something relevant; those of them who have a list; or users
        with either, who get 0 for what cannot be computed.
    """

    recall: Literal["relevant", "reachable"] = "relevant"
    precision: Literal["n", "list", "pooled"] = "n"
    ideal: Literal["reachable", "n"] = "reachable"
    discount: Literal["log", "flat log"] = "log"
    users: Literal["relevant", "both", "all"] = "relevant"

    def judged(self, wanting: pd.Index, listed: pd.Index) -> pd.Index:
        """Return who is judged, of those with something relevant and those with a list."""
        match self.users:
            case "both":
                return wanting.intersection(listed)
            case "all":
                return wanting.union(listed)
        return wanting

    def places(self, n: int, length: pd.Series, size: pd.Series) -> pd.Series | float:
        """Return what precision divides hits by, from the sizes of lists and of what is relevant."""
        match self.precision:
            case "list":
                return length.clip(upper=n)
            case "pooled":
                return float(size.clip(upper=n).mean())
        return n

    def wanted(self, n: int, size: pd.Series) -> pd.Series:
        """Return what recall divides hits by."""
        return size if self.recall == "relevant" else size.clip(upper=n)

    def gains(self, ranks: np.ndarray) -> np.ndarray:
        """Return what a hit at a rank is worth."""
        counted = np.maximum(ranks, 2) if self.discount == "flat log" else ranks + 1
        gains: np.ndarray = 1 / np.log2(counted)
        return gains

    def ideal_gain(self, n: int, size: pd.Series) -> np.ndarray:
        """Return what the ideal list is worth."""
        sums = np.cumsum([0.0, *self.gains(np.arange(1, n + 1))])
        return sums[np.minimum(size, n)] if self.ideal == "reachable" else np.full(len(size), sums[n])


DEFINITIONS = {
    "nbhelpers": Definition(),
    "recommenders": Definition(users="both"),
    "recbole": Definition(),
    "lenskit": Definition(recall="reachable", precision="list"),
    "rectools": Definition(ideal="n"),
    "cornac": Definition(),
    "implicit": Definition(precision="pooled"),
    "surprise": Definition(precision="list", users="all"),
    "liang2018": Definition(recall="reachable"),
}
