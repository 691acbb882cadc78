"""Models compared: errors and lists, each with its interval and its difference to a baseline."""

from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from nbhelpers.evaluation import metrics
from nbhelpers.evaluation.intervals import crossed_means, drawn_means, interval, verdict
from nbhelpers.evaluation.splits import Split
from nbhelpers.features.summaries import LIKE_FROM
from nbhelpers.models.base import Model

DIFFERENCE = ["difference", "diff_low", "diff_high"]
BOUNDS = ["ndcg", "low", "high"]
REDRAWN = ("users", "users and films")
CORRECTIONS = ("bonferroni", "none")


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
    _check_choice("baseline", baseline, predictions)
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
    *,
    baseline: str | None = None,
    apart: bool = False,
    redrawn: str = "users",
    correction: str = "bonferroni",
    draws: int = 2000,
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
    baseline : str, optional
        The model that the others are compared with: the trivial answer, which on a time split
        is what was popular lately (`RecentPopularity`). The best model when left out.
    apart : bool
        Judge users whom train knows and strangers in tables of their own.
    redrawn : str
        What the intervals draw anew. "users" asks: would other people turn it around, on the
        same movies? "users and films" draws movies as well, and asks whether it would hold
        for another catalogue: a few films carry most hits, so these intervals are far wider.
    correction : str
        "bonferroni" widens the intervals of differences so that *all* of the table's hold at
        once in 95 % of cases: each has the level 1 - 0.05 / m, where m models meet a baseline.
        "none" gives each of them 95 %.
    draws : int
        Number of draws.

    Returns
    -------
    pandas.DataFrame
        One row per ``model``, the best nDCG first: ``precision, recall, ndcg, low, high`` (the
        95 % interval of nDCG) ``, difference, diff_low, diff_high`` (of its nDCG to that of the
        baseline, on the same draws) ``, verdict`` (what that interval allows to say, see
        `verdict`; empty for the baseline) ``, mrr, hit, coverage, novelty, popularity_share``,
        with `genres` ``diversity``, and ``users``, how many were judged; see `metrics`. The
        catalogue is that of train. If `apart`, the index is ``who, model`` with "known" and
        "strangers", as far as there are any.

    Raises
    ------
    ValueError
        If no test rating is relevant, the baseline is not there, or a choice is not as above.

    Notes
    -----
    Where users and films are redrawn, user u counts w_u times and film i v_i times, both drawn
    with replacement (the pigeonhole bootstrap):

    .. math::
        \\mathrm{ndcg}^* = \\sum_{u,\\, i \\in R_u} w_u v_i c_{ui} \\Big/
            \\sum_{u,\\, i \\in R_u} w_u v_i / |R_u|

    with c_ui what film i adds to the nDCG of user u, 0 if it is not in the list; lists are not
    made anew. These intervals are a little too wide rather than too narrow: what is peculiar to
    single pairs counts thrice (Owen 2007, theorem 3), which on ml-latest-small makes them about
    a tenth wider.

    References
    ----------
    Owen (2007), "The pigeonhole bootstrap", Annals of Applied Statistics 1 (2).
    """
    if baseline is not None:
        _check_choice("baseline", baseline, models)
    _check_choice("choice of redrawn,", redrawn, REDRAWN)
    _check_choice("correction", correction, CORRECTIONS)
    relevant = _relevant(split, relevant_from, users, seed)
    known = relevant["user_id"].isin(split.train["user_id"].unique())
    parts = {"known": relevant[known], "strangers": relevant[~known]} if apart else {"": relevant}
    judges = {who: _Judges(part, n) for who, part in parts.items() if len(part)}
    for name, model in models.items():
        lists = _lists(model, relevant["user_id"].unique(), n)
        for some in judges.values():
            some.judge(name, lists, split.train, genres)
    compared = (len(models) - 1) * len(judges) if correction == "bonferroni" else 1
    level = 1 - 0.05 / max(1, compared)
    boards = {w: j.board(baseline, redrawn, level, draws, seed) for w, j in judges.items()}
    return pd.concat(boards, names=["who"]) if apart else boards[""]


def ranking_over_splits(
    models: Mapping[str, Model],
    splits: Iterable[Split],
    baseline: str,
    n: int = 10,
    relevant_from: float = LIKE_FROM,
) -> pd.DataFrame:
    """Compare the lists of models on several splits: does a small lead hold on each of them?

    Parameters
    ----------
    models : mapping of str to Model
        Copies of them are fitted on the train part of each split; they stay as they are.
    splits : iterable of Split
        Two or more ways to cut the same ratings, such as random splits with other seeds.
    baseline : str
        The model that the others are compared with.
    n, relevant_from
        See `ranking_leaderboard`.

    Returns
    -------
    pandas.DataFrame
        One row per ``model``, the best first: ``ndcg`` (mean over splits) ``, difference`` (mean
        of its nDCG minus the baseline's on the same split) ``, spread`` (their standard
        deviation over splits) ``, low, high`` (95 % interval of the difference) ``, ahead``
        (splits on which it is more than 0) ``, splits``.

    Raises
    ------
    ValueError
        If there are fewer than two splits, the baseline is not there, or a test part holds
        nothing relevant.

    Notes
    -----
    Splits of the same ratings share most of what they train on, so that their spread alone would
    make the interval too narrow. It is Nadeau & Bengio's corrected t interval:

    .. math::
        \\bar d \\pm t_{k-1} \\, s \\, \\sqrt{1/k + n_\\mathrm{test} / n_\\mathrm{train}}

    References
    ----------
    Nadeau & Bengio (2003), "Inference for the generalization error", Machine Learning 52.
    """
    from scipy.special import stdtrit  # quicker to import than scipy.stats

    _check_choice("baseline", baseline, models)
    rows, ratios = [], []
    for split in splits:
        relevant = _relevant(split, relevant_from)
        row = {}
        for name, model in models.items():
            lists = _lists(copy(model).fit(split.train), relevant["user_id"].unique(), n)
            row[name] = metrics.ranking(lists, relevant, n)["ndcg"].mean()
        rows.append(row)
        ratios.append(len(split.test) / len(split.train))
    if len(rows) < 2:
        raise ValueError("What differs from split to split is seen on two splits or more.")
    ndcg = pd.DataFrame(rows)
    difference = ndcg.sub(ndcg[baseline], axis=0)
    board = pd.DataFrame({"ndcg": ndcg.mean(), "difference": difference.mean()})
    board["spread"] = difference.std()
    reach = stdtrit(len(rows) - 1, 0.975) * np.sqrt(1 / len(rows) + np.mean(ratios))
    board["low"] = board["difference"] - reach * board["spread"]
    board["high"] = board["difference"] + reach * board["spread"]
    board["ahead"], board["splits"] = (difference > 0).sum(), len(rows)
    return board.rename_axis("model").sort_values("ndcg", ascending=False, kind="stable")


class _Judges:
    """Users who like some films of the test part, and what they found in lists."""

    def __init__(self, relevant: pd.DataFrame, n: int):
        self.relevant, self.n = relevant.reset_index(drop=True), n
        self.users = self.relevant["user_id"].unique()
        self.rows: dict[str, dict[str, Any]] = {}
        self.credit: dict[str, np.ndarray] = {}

    def judge(
        self, name: str, lists: pd.DataFrame, train: pd.DataFrame, genres: pd.Series | None
    ) -> None:
        lists = lists[lists["user_id"].isin(self.users)]
        found = metrics.ranking(lists, self.relevant, self.n)
        self.credit[name] = self._credits(lists, found["ndcg"])
        self.rows[name] = {
            **found.mean(),
            "coverage": metrics.coverage(lists, train["movie_id"]),
            "novelty": metrics.novelty(lists, train),
            "popularity_share": metrics.popularity_share(lists, train),
            **({} if genres is None else {"diversity": metrics.diversity(lists, genres)}),
            "users": len(found),
        }

    def board(
        self, baseline: str | None, redrawn: str, level: float, draws: int, seed: int
    ) -> pd.DataFrame:
        board = pd.DataFrame.from_dict(self.rows, orient="index").rename_axis("model")
        base = board["ndcg"].argmax() if baseline is None else list(self.rows).index(baseline)
        drawn = self._drawn(redrawn, draws, seed)
        differences = drawn - drawn[:, base, None]
        for values, names, sure in ((drawn, BOUNDS, 0.95), (differences, DIFFERENCE, level)):
            board[names] = np.column_stack(interval(values, sure))
        board["verdict"] = [
            "" if place == base else verdict(ends, self.users, better="higher")
            for place, ends in enumerate(board[DIFFERENCE].to_numpy().tolist())
        ]
        columns = ["precision", "recall", *BOUNDS, *DIFFERENCE, "verdict"]
        board = board[[*columns, *board.columns.difference(columns, sort=False)]]
        return board.sort_values("ndcg", ascending=False, kind="stable")

    def _credits(self, lists: pd.DataFrame, ndcg: pd.Series) -> np.ndarray:
        """Return what each relevant film adds to its user's nDCG."""
        pairs = ["user_id", "movie_id"]
        ranks = self.relevant[pairs].merge(lists[[*pairs, "rank"]], how="left", on=pairs)["rank"]
        gain = (1 / np.log2(ranks + 1)).fillna(0.0)
        whole = gain.groupby(self.relevant["user_id"]).transform("sum")
        share = gain / whole.where(whole > 0, 1.0)
        credit: np.ndarray = (share * self.relevant["user_id"].map(ndcg)).to_numpy()
        return credit

    def _drawn(self, redrawn: str, draws: int, seed: int) -> np.ndarray:
        """Return the nDCG of each model, as it is and then in draws."""
        credit, users = pd.DataFrame(self.credit), self.relevant["user_id"]
        if redrawn == "users":
            return drawn_means(credit.groupby(users).sum().to_numpy(), None, draws, seed)
        weights = 1 / users.groupby(users).transform("size").to_numpy()
        films = self.relevant["movie_id"]
        return crossed_means(credit.to_numpy(), weights, users, films, draws, seed)


def _relevant(
    split: Split, relevant_from: float, users: int | None = None, seed: int = 42
) -> pd.DataFrame:
    """Return the pairs (``user_id, movie_id``) that lists should find, by user."""
    liked = split.test[split.test["rating"] >= relevant_from]
    if liked.empty:
        raise ValueError(f"No test rating reaches {relevant_from}: nothing to be found.")
    judged = np.unique(liked["user_id"])
    if users is not None and users < len(judged):
        judged = np.random.default_rng(seed).choice(judged, users, replace=False)
        liked = liked[liked["user_id"].isin(judged)]
    return liked[["user_id", "movie_id"]].drop_duplicates().sort_values(["user_id", "movie_id"])


def _lists(model: Model, users: np.ndarray, n: int) -> pd.DataFrame:
    from nbhelpers.models.top_n import Ranker  # numba: only where it is needed

    return Ranker(model).lists(users, n)


def _check_choice(what: str, choice: str, choices: Iterable[str]) -> None:
    if choice not in choices:
        raise ValueError(f"The {what} {choice!r} is not one of {list(choices)}.")
