"""Models compared: errors and lists, each with its interval and its difference to a baseline."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from nbhelpers.evaluation import metrics
from nbhelpers.evaluation.intervals import bootstrap, drawn_means, interval
from nbhelpers.evaluation.splits import Split
from nbhelpers.features.summaries import LIKE_FROM
from nbhelpers.models.base import Model

DIFFERENCE = ["difference", "diff_low", "diff_high"]


def leaderboard(
    predictions: Mapping[str, ArrayLike],
    test: pd.DataFrame,
    baseline: str,
    scale: tuple[float, float],
    n: int = 1000,
    seed: int = 42,
    level: float = 0.95,
) -> pd.DataFrame:
    """Compare the errors of predictions, each with its interval over users.

    Parameters
    ----------
    predictions : mapping of str to array_like of float, shape (len(test),)
        By model, in the order of the rows of `test`; they are clipped to the scale here.
    test : pandas.DataFrame
        Ratings (``user_id, rating``).
    baseline : str
        The model that the others are compared with.
    scale : (float, float)
        Lowest and highest rating.
    n, seed, level
        See `bootstrap`.

    Returns
    -------
    pandas.DataFrame
        One row per ``model``, the best first: ``rmse, low, high, mae``, and ``difference,
        diff_low, diff_high`` of its RMSE to the baseline's, on the same draws of users.

    Raises
    ------
    ValueError
        If predictions do not fit `test`, or are not finite, or the baseline is not there.
    """
    if baseline not in predictions:
        raise ValueError(f"The baseline {baseline!r} is not one of {list(predictions)}.")
    actual = test["rating"].to_numpy(float)
    for model, values in predictions.items():
        if np.shape(values) != actual.shape or not np.isfinite(values).all():
            raise ValueError(f"{model} needs one finite prediction for each of {len(test)} rows.")
    errors = np.column_stack([np.clip(p, *scale) for p in predictions.values()]) - actual[:, None]
    rmse = np.sqrt(drawn_means(errors**2, test["user_id"], n, seed))
    difference = rmse - rmse[:, [list(predictions).index(baseline)]]
    board = pd.DataFrame(index=pd.Index(predictions, name="model"))
    board["rmse"], board["low"], board["high"] = interval(rmse, level)
    board["mae"] = np.abs(errors).mean(axis=0)
    board[DIFFERENCE] = np.column_stack(interval(difference, level))
    return board.sort_values("rmse", kind="stable")


def ranking_leaderboard(
    models: Mapping[str, Model],
    split: Split,
    n: int = 10,
    relevant_from: float = LIKE_FROM,
    users: int | None = None,
    genres: pd.Series | None = None,
    seed: int = 42,
) -> pd.DataFrame:
    """Compare the lists of fitted models, drawn from *all* movies that a user has not rated.

    Parameters
    ----------
    models : mapping of str to Model
        Fitted on ``split.train``.
    split : Split
        A movie is relevant to a user whose test rating is `relevant_from` or higher. Users
        without one are left out; relevant movies that train does not know are counted, and
        missed by every model.
    n : int
        Length of the lists.
    relevant_from : float
        In stars.
    users : int, optional
        Size of a random sample of the users; all of them when left out.
    genres : pandas.Series of list, indexed by movie_id, optional
        For ``diversity``; see `metrics.diversity` for other features.
    seed : int
        Of the sample and the bootstrap.

    Returns
    -------
    pandas.DataFrame
        One row per ``model``, the best nDCG first: ``precision, recall, ndcg, low, high``
        (the interval of nDCG over users) ``, difference, diff_low, diff_high`` (of its nDCG to
        that of the first row, on the same draws of users) ``, mrr, hit, coverage, novelty,
        popularity_share`` and, with `genres`, ``diversity``; see `metrics`. The catalogue is
        that of train.

    Raises
    ------
    ValueError
        If no test rating is relevant.
    """
    relevant = split.test[split.test["rating"] >= relevant_from]
    if relevant.empty:
        raise ValueError(f"No test rating reaches {relevant_from}: nothing to be found.")
    judged = np.unique(relevant["user_id"])
    if users is not None and users < len(judged):
        judged = np.sort(np.random.default_rng(seed).choice(judged, users, replace=False))
        relevant = relevant[relevant["user_id"].isin(judged)]
    rows, ndcg = {}, {}
    for name, model in models.items():
        lists = model.top_n(judged, n)
        found = metrics.ranking(lists, relevant, n)
        ndcg[name] = found["ndcg"]
        rows[name] = {
            **found[["precision", "recall", "ndcg"]].mean(),
            **bootstrap(found["ndcg"], seed=seed)._asdict(),
            **dict.fromkeys(DIFFERENCE),
            **found[["mrr", "hit"]].mean(),
            "coverage": metrics.coverage(lists, split.train["movie_id"]),
            "novelty": metrics.novelty(lists, split.train),
            "popularity_share": metrics.popularity_share(lists, split.train),
        }
        if genres is not None:
            rows[name]["diversity"] = metrics.diversity(lists, genres)
    board = pd.DataFrame.from_dict(rows, orient="index").rename_axis("model")
    board = board.drop(columns="estimate").sort_values("ndcg", ascending=False, kind="stable")
    board[DIFFERENCE] = [
        bootstrap(ndcg[name] - ndcg[board.index[0]], seed=seed) for name in board.index
    ]
    return board
