"""What different libraries mean by recall, precision and nDCG: the choices behind one name."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

METRICS = ("precision", "recall", "ndcg", "mrr", "hit")


@dataclass(frozen=True)
class Definition:
    """The choices that `metrics.ranking` leaves to its caller.

    L_u is the list of user u, cut at n, and R_u what is relevant to u.

    Parameters
    ----------
    recall : {"relevant", "reachable"}
        What hits are divided by: \\|R_u\\|, or min(n, \\|R_u\\|), the most that a list can hold.
    precision : {"n", "list", "pooled"}
        What hits are divided by: n; or \\|L_u\\|; or the mean of min(n, \\|R_u\\|) over users, so
        that the mean is the hits of all users by all that could have been hit.
    ideal : {"reachable", "n"}
        How many hits the list has that nDCG is measured by: min(n, \\|R_u\\|), or n.
    discount : {"log", "flat log"}
        Of rank k: log2(k + 1); or log2(max(k, 2)), which treats ranks 1 and 2 alike.
    without_list, without_relevant : tuple of str
        The metrics that are 0 for a user without a list, or without anything relevant. The others
        leave the user out.
    """

    recall: Literal["relevant", "reachable"] = "relevant"
    precision: Literal["n", "list", "pooled"] = "n"
    ideal: Literal["reachable", "n"] = "reachable"
    discount: Literal["log", "flat log"] = "log"
    without_list: tuple[str, ...] = METRICS
    without_relevant: tuple[str, ...] = ()

    def left_out(self, length: pd.Series, size: pd.Series) -> pd.DataFrame:
        """Return which metrics leave which users out, by the sizes of L and R."""
        return pd.DataFrame(
            {
                name: ((length == 0) & (name not in self.without_list))
                | ((size == 0) & (name not in self.without_relevant))
                for name in METRICS
            }
        )

    def places(self, n: int, length: pd.Series, size: pd.Series) -> pd.Series | float:
        """Return what precision divides hits by."""
        match self.precision:
            case "list":
                return length
            case "pooled":
                return float(size[size > 0].clip(upper=n).mean())
        return n

    def wanted(self, n: int, size: pd.Series) -> pd.Series:
        """Return what recall divides hits by."""
        return size if self.recall == "relevant" else size.clip(upper=n)

    def gains(self, ranks: np.ndarray) -> np.ndarray:
        """Return what hits at these ranks are worth."""
        counted = np.maximum(ranks, 2) if self.discount == "flat log" else ranks + 1
        gains: np.ndarray = 1 / np.log2(counted)
        return gains

    def ideal_gain(self, n: int, size: pd.Series) -> np.ndarray:
        """Return what the ideal list is worth."""
        sums = np.cumsum([0.0, *self.gains(np.arange(1, n + 1))])
        hits = np.minimum(size, n) if self.ideal == "reachable" else np.full(len(size), n)
        best: np.ndarray = sums[hits]
        return best


# As seen by running them, or, of the last two, as read: docs/metrics.md.
DEFINITIONS = {
    "nbhelpers": Definition(),
    "recommenders": Definition(without_list=("ndcg",)),
    "recbole": Definition(),
    "lenskit": Definition(
        recall="reachable",
        precision="list",
        discount="flat log",
        without_list=(),
        without_relevant=("precision",),
    ),
    "rectools": Definition(ideal="n"),
    "cornac": Definition(),
    "implicit": Definition(precision="pooled"),
    "surprise": Definition(precision="list", without_relevant=METRICS),
    "liang2018": Definition(recall="reachable"),
}


def named(definition: str | Definition) -> Definition:
    """Return a definition, by its name or as it is."""
    if isinstance(definition, Definition):
        return definition
    if definition not in DEFINITIONS:
        raise ValueError(f"{definition!r} is not one of the definitions {', '.join(DEFINITIONS)}.")
    return DEFINITIONS[definition]
