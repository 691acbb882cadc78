"""How well a score tells what is liked from what is not, and how sure that is."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from nbhelpers.evaluation.intervals import Interval, draws, interval, numbered


def auc(like: ArrayLike, score: ArrayLike) -> float:
    """Return the area under the ROC curve.

    That is the chance that a rating drawn from the likes scores higher than one drawn from the
    others, where a tie counts one half (Hanley & McNeil, Radiology 1982): 0.5 is guessing.

    Parameters
    ----------
    like : array_like of bool, shape (k,)
        Which ratings are likes.
    score : array_like of float, shape (k,)
        Only the order counts.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    ValueError
        If all ratings are likes, or none is.
    """
    like = _both_kinds(like)
    return float(_areas(like, score, np.zeros(len(like), int), np.ones((1, 1), int))[0])


def auc_per_user(like: ArrayLike, score: ArrayLike, users: ArrayLike) -> pd.Series:
    """Return each user's own area under the ROC curve: does the score order *their* ratings?

    The pooled `auc` also rewards a score for telling generous people from strict ones, which
    helps nobody to choose a movie; these areas do not. In their mean each user counts the same,
    however many ratings they gave: ``bootstrap(auc_per_user(…))`` gives it with an interval over
    users, and the bootstrap of a difference of two series compares two scores.

    Parameters
    ----------
    like : array_like of bool, shape (k,)
        Which ratings are likes.
    score : array_like of float, shape (k,)
        Only the order within a user counts; ties count one half, as in `auc`.
    users : array_like, shape (k,)
        Whose rating each row is.

    Returns
    -------
    pandas.Series of float in [0, 1], index user_id
        One for each user who has both kinds of ratings; for the others there is nothing to order.

    Raises
    ------
    ValueError
        If no user has both kinds.

    References
    ----------
    Zhu et al. (2017), "Optimized cost per click in Taobao display advertising", section 5.2,
    there with a weight for each user.
    """
    table = pd.DataFrame({"like": np.asarray(like, dtype=bool), "user": np.asarray(users)})
    rank = pd.Series(np.asarray(score)).groupby(table["user"]).rank()  # from 1, of ties the mean
    table["ranks"] = rank.where(table["like"], 0.0)
    users_of = table.groupby("user")
    found = users_of.sum().assign(others=users_of.size() - users_of["like"].sum())
    found = found[(found["like"] > 0) & (found["others"] > 0)]
    if found.empty:
        raise ValueError("AUC compares likes with others, and no user has both.")
    won = found["ranks"] - found["like"] * (found["like"] + 1) / 2
    return (won / (found["like"] * found["others"])).rename("auc").rename_axis("user_id")


def auc_interval(
    like: ArrayLike,
    score: ArrayLike,
    groups: ArrayLike,
    n: int = 500,
    seed: int = 42,
    level: float = 0.95,
) -> Interval:
    """Return AUC with its interval; parameters as of `auc` and `bootstrap`."""
    like, group = _both_kinds(like), numbered(groups)
    areas = draws(lambda weights: _areas(like, score, group, weights), group, n, seed)
    return interval(areas, level)


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
        Which ratings are likes.
    score_a, score_b : array_like of float, shape (k,)
        Only their order counts.
    groups, n, seed, level
        See `bootstrap`.

    Returns
    -------
    Interval
        Of numbers in [-1, 1]: positive if a is better.

    Raises
    ------
    ValueError
        If all ratings are likes, or none is.
    """
    like, group = _both_kinds(like), numbered(groups)

    def difference(weights: np.ndarray) -> np.ndarray:
        a = _areas(like, score_a, group, weights)
        b = _areas(like, score_b, group, weights)
        more: np.ndarray = a - b
        return more

    return interval(draws(difference, group, n, seed), level)


def f1_interval(
    like: ArrayLike,
    called: ArrayLike,
    groups: ArrayLike,
    n: int = 500,
    seed: int = 42,
    level: float = 0.95,
) -> Interval:
    """Return F1, the harmonic mean of precision and recall, with its bootstrap interval.

    `called` says which ratings a model calls likes; the rest is as in `bootstrap`. F1 is 0 where
    there are neither likes nor calls.
    """
    like, called = np.asarray(like, dtype=bool), np.asarray(called, dtype=bool)
    group = numbered(groups)
    hits, both = (np.bincount(group, c) for c in (like & called, like.astype(int) + called))

    def f1(weights: np.ndarray) -> np.ndarray:
        found, total = 2 * (weights @ hits), weights @ both
        return np.divide(found, total, out=np.zeros(len(weights)), where=total > 0)

    return interval(draws(f1, group, n, seed), level)


def _both_kinds(like: ArrayLike) -> np.ndarray:
    like = np.asarray(like, dtype=bool)
    if like.all() or not like.any():
        raise ValueError("AUC compares likes with other ratings, so both are needed here.")
    return like


def _areas(
    like: np.ndarray, score: ArrayLike, group: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Return the area for each row of weights; NaN where one of the two kinds was not drawn."""
    score = np.asarray(score)
    weights = np.ascontiguousarray(weights.T, dtype=float)
    others, liked = score[~like], weights[group[like]]
    order = np.argsort(others)
    below = np.zeros((len(others) + 1, weights.shape[1]))
    np.cumsum(weights[group[~like][order]], axis=0, out=below[1:])
    worse, not_better = (np.searchsorted(others[order], score[like], s) for s in ("left", "right"))
    won = np.einsum("ij,ij->j", liked, below[worse] + below[not_better]) / 2
    with np.errstate(invalid="ignore"):
        areas: np.ndarray = won / (liked.sum(axis=0) * below[-1])
    return areas
