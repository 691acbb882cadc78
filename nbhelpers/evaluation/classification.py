"""How well a score tells what is liked from what is not, and how sure that is."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from nbhelpers.evaluation.intervals import Interval

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
    return float(_areas(like, score, np.ones((1, 1)), np.zeros(len(like), dtype=int))[0])


def auc_interval(
    like: ArrayLike,
    score: ArrayLike,
    groups: ArrayLike,
    n: int = 500,
    seed: int = 42,
    level: float = 0.95,
) -> Interval:
    """Return AUC with its bootstrap interval; parameters as of `auc_difference`."""
    like = np.asarray(like, dtype=bool)
    drawn = [_areas(like, score, *block) for block in _blocks(groups, n, seed)]
    return _interval(auc(like, score), drawn, level)


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
    drawn = [
        _areas(like, score_a, *block) - _areas(like, score_b, *block)
        for block in _blocks(groups, n, seed)
    ]
    return _interval(auc(like, score_a) - auc(like, score_b), drawn, level)


def f1_interval(
    like: ArrayLike,
    called: ArrayLike,
    groups: ArrayLike,
    n: int = 500,
    seed: int = 42,
    level: float = 0.95,
) -> Interval:
    """Return F1, the harmonic mean of precision and recall, with its bootstrap interval.

    Parameters
    ----------
    like : array_like of bool, shape (k,)
    called : array_like of bool, shape (k,)
        What a model calls a like.
    groups, n, seed, level
        See `auc_difference`.
    """
    like, called = np.asarray(like, dtype=bool), np.asarray(called, dtype=bool)
    found = []
    for weights, group in _blocks(groups, n, seed):
        hits, both = (
            np.bincount(group, column, len(weights)) @ weights
            for column in (like & called, like.astype(int) + called)
        )
        found.append(np.divide(2 * hits, both, out=np.zeros(len(both)), where=both > 0))
    total = int(like.sum() + called.sum())
    return _interval(2 * (like & called).sum() / total if total else 0.0, found, level)


def _blocks(groups: ArrayLike, n: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield how often each group was drawn, a column per draw, and the group of each rating."""
    group, known = pd.factorize(np.asarray(groups))
    rng, share = np.random.default_rng(seed), np.full(len(known), 1 / len(known))
    block = max(1, _WEIGHTS // len(group))
    for done in range(0, n, block):
        drawn = rng.multinomial(len(known), share, size=min(block, n - done))
        yield np.ascontiguousarray(drawn.T, dtype=float), group


def _interval(estimate: float, drawn: list[np.ndarray], level: float) -> Interval:
    low, high = np.nanquantile(np.concatenate(drawn), [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(estimate), float(low), float(high))


def _areas(
    like: np.ndarray, score: ArrayLike, weights: np.ndarray, group: np.ndarray
) -> np.ndarray:
    """Return the area for each column of weights; NaN where one of the two kinds was not drawn."""
    score = np.asarray(score)
    others, liked = score[~like], weights[group[like]]
    order = np.argsort(others)
    below = np.zeros((len(others) + 1, weights.shape[1]))
    np.cumsum(weights[group[~like][order]], axis=0, out=below[1:])
    worse, not_better = (np.searchsorted(others[order], score[like], s) for s in ("left", "right"))
    won = np.einsum("ij,ij->j", liked, below[worse] + below[not_better]) / 2
    with np.errstate(invalid="ignore"):
        return won / (liked.sum(axis=0) * below[-1])
