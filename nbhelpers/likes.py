"""How well a score tells what is liked from what is not, and how sure that is."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from nbhelpers.compare import Interval

_WEIGHTS = 4_000_000  # drawn at a time


def auc(like: ArrayLike, score: ArrayLike) -> float:
    """Return the area under the ROC curve.

    That is the chance that a rating drawn from the likes scores higher than one drawn from the
    others, where a tie counts one half (Hanley & McNeil, Radiology 1982): 0.5 is guessing.

    Parameters
    ----------
    like : array_like of bool, shape (k,)
    score : array_like of float, shape (k,)
        Only the order counts.

    Raises
    ------
    ValueError
        If all ratings are likes, or none is.
    """
    like = np.asarray(like, dtype=bool)
    if like.all() or not like.any():
        raise ValueError("AUC compares likes with others: both are needed.")
    return float(_areas(like, np.asarray(score), np.ones((1, len(like))))[0])


def auc_difference(
    like: ArrayLike,
    score_a: ArrayLike,
    score_b: ArrayLike,
    groups: ArrayLike,
    n: int = 500,
    seed: int = 42,
    level: float = 0.95,
) -> Interval:
    """Return AUC of a minus AUC of b on the same ratings, with its bootstrap interval.

    Parameters
    ----------
    like : array_like of bool, shape (k,)
    score_a, score_b : array_like of float, shape (k,)
    groups : array_like, shape (k,)
        What each rating belongs to, usually its user; groups are drawn as a whole.
    n : int
        Number of draws.
    seed : int
    level : float
        Share of draws inside the interval.
    """
    like = np.asarray(like, dtype=bool)
    group, known = pd.factorize(np.asarray(groups))
    rng, share = np.random.default_rng(seed), np.full(len(known), 1 / len(known))
    block = max(1, _WEIGHTS // len(like))
    differences = []
    for done in range(0, n, block):
        drawn = rng.multinomial(len(known), share, size=min(block, n - done))
        weights = drawn[:, group].astype(float)
        differences.append(_areas(like, score_a, weights) - _areas(like, score_b, weights))
    low, high = np.nanquantile(np.concatenate(differences), [(1 - level) / 2, (1 + level) / 2])
    return Interval(auc(like, score_a) - auc(like, score_b), float(low), float(high))


def _areas(like: np.ndarray, score: ArrayLike, weights: np.ndarray) -> np.ndarray:
    """Return the area for each row of weights; NaN where one of the two kinds was not drawn."""
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.diff(np.asarray(score)[order], prepend=-np.inf))
    liked = np.add.reduceat(weights[:, order] * like[order], starts, axis=1)
    other = np.add.reduceat(weights[:, order] * ~like[order], starts, axis=1)
    below = other.cumsum(axis=1) - other / 2
    with np.errstate(invalid="ignore"):
        return (liked * below).sum(axis=1) / (liked.sum(axis=1) * other.sum(axis=1))
