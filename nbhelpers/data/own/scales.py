"""The scale of ratings: found from what was given, and how it becomes stars."""

from math import gcd
from typing import NamedTuple

import numpy as np

from nbhelpers.errors import DataError

TOPS = {5.0: 4.0, 10.0: 8.0, 100.0: 80.0}  # usual ends of scales, and above what they are meant
MANY = 100  # ratings, of which some are at the top of the scale
FINE = 10_000  # ratings are told apart to four decimals
FEW = 0.2  # of the ratings: more zeros than this, and they are probably no ratings


class Scale(NamedTuple):
    """A scale as it was found, and as it is kept: ``offset + factor * rating``."""

    low: float
    high: float
    step: float
    factor: float = 1.0
    offset: float = 0.0

    def kept(self, ratings: np.ndarray) -> np.ndarray:
        """Ratings as they are kept."""
        stars: np.ndarray = np.round(self.offset + self.factor * ratings, 4)
        return stars

    @property
    def stars(self) -> tuple[float, float, float]:
        """Lowest, highest and step as they are kept."""
        low, high = (float(end) for end in self.kept(np.array([self.low, self.high])))
        return low, high, round(self.step * self.factor, 4)

    def described(self) -> str:
        """Return the scale in words."""
        found = f"ratings from {self.low:g} to {self.high:g}, in steps of {self.step:g}"
        if (self.factor, self.offset) == (1, 0):
            return found
        low, high, step = self.stars
        by = f"divided by {1 / self.factor:g}" if not self.offset else "stretched evenly"
        return f"{found}; kept as stars from {low:g} to {high:g} in steps of {step:g} ({by})"


THUMBS = Scale(0, 1, 1, factor=4, offset=1)  # down is one star, up is five


def find(
    values: np.ndarray,
    counts: np.ndarray,
    ends: tuple[float, float] | None = None,
    keep: bool = False,
) -> Scale:
    """Find the scale of ratings, by the distinct values and how often each was given.

    The series speaks of up to five stars, of which four and more are a like. So scales that end
    elsewhere are brought to five: 10 by halving, 100 by dividing by 20, others evenly to 1 to 5;
    unless the reader wants to `keep` the numbers as they are.

    A DataError says that ratings lie outside `ends`, where they are known, or that many of them are
    0 or -1 and probably mean "not rated".
    """
    low, high = float(values.min()), float(values.max())
    if ends is not None and not (ends[0] <= low <= high <= ends[1]):
        raise DataError(
            f"There are ratings from {low:g} to {high:g}.",
            expected=f"ratings from {ends[0]:g} to {ends[1]:g}, as you said.",
            remedy=f"Give the ends of the scale that holds them, such as --scale {low:g} {high:g} "
            f"(in Python: scale=({low:g}, {high:g})), or mend the ratings outside it.",
        )
    if ends is None and set(values) <= {0.0, 1.0}:
        return THUMBS._replace(factor=1, offset=0) if keep else THUMBS
    if ends is None and set(values) == {-1.0, 1.0}:
        return Scale(-1, 1, 2) if keep else Scale(-1, 1, 2, factor=2, offset=3)
    if ends is None:
        _doubt(values, counts)
    top = ends[1] if ends else _top(values, int(counts.sum()))
    step = _step(np.append(values, [*(ends or ()), top]))
    step = min(step, 1.0) if top in (5.0, 10.0) else step
    bottom = ends[0] if ends else _bottom(low, top, step)
    found = Scale(bottom, top, step)
    if keep or (4 <= top <= 5 and bottom >= 0):
        return found
    if top in (1.0, 10.0, 20.0, 50.0, 100.0) and bottom >= 0:
        return found._replace(factor=5 / top)
    if top == bottom:
        return found
    factor = 4 / (top - bottom)
    return found._replace(factor=factor, offset=1 - factor * bottom)


def _top(values: np.ndarray, n: int) -> float:
    """The highest rating that could have been given, if that can be said."""
    low, high = float(values.min()), float(values.max())
    known = next((top for top, over in TOPS.items() if over < high <= top), None)
    if high <= 1 and low >= 0:
        known = 1.0
    elif n < MANY and 1 < high <= 4 and low >= 0:
        known = 5.0
    if known is None or low < 0:
        many = low >= 0 and high > 100
        ends = (low, high) if low < high else (1, 5)
        raise DataError(
            f"The ratings go from {low:g} to {high:g}.",
            expected="to be told which scale that is, or that it counts something else.",
            remedy=f"Add --scale {ends[0]:g} {ends[1]:g}, or other ends of the scale"
            f"{'; or --rating none, if it counts how often: each row is a like then' * many}; "
            f"in Python scale=({ends[0]:g}, {ends[1]:g}).",
        )
    return known


def _bottom(low: float, top: float, step: float) -> float:
    """The lowest rating that could have been given: where nobody gave it, what is usual."""
    if low <= 0 or top not in (*TOPS, 1.0):
        return low
    if top == 100 or top == 1:
        return 0.0
    return min(low, 0.5 if step == 0.5 else 1.0)


def _step(values: np.ndarray) -> float:
    whole = np.unique(np.round(values * FINE).astype(np.int64))
    step = gcd(*np.diff(whole).tolist(), int(whole[-1]) if whole[0] > 0 else 0)
    return max(step, FINE // 100) / FINE if step else 1.0


def _doubt(values: np.ndarray, counts: np.ndarray) -> None:
    """Ask about zeros, which in many files say that somebody has not rated."""
    order = np.argsort(values)
    lowest, share = float(values[order[0]]), counts[order[0]] / counts.sum()
    whole = bool((values == np.floor(values)).all())
    others = values[order[1:]]
    if not whole or not len(others) or others.min() < 1 or lowest not in (0.0, -1.0):
        return
    if lowest == -1 or share > FEW:
        raise DataError(
            f"{counts[order[0]]:,} of {counts.sum():,} ratings are {lowest:g}, the others "
            f"{others.min():g} to {others.max():g}.",
            expected=f"to be told whether {lowest:g} is a rating, or means “not rated”.",
            remedy=f"Add --unrated {lowest:g} to leave those rows out, or --scale {lowest:g} "
            f"{others.max():g} if it is a rating; in Python unrated={lowest:g} or "
            f"scale=({lowest:g}, {others.max():g}).",
        )
