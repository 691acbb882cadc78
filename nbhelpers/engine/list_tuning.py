"""The settings of two-stage lists: of the list model, of its lift, and of the second stage."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from nbhelpers.engine.two_stages import CANDIDATES, best, combined, lifted
from nbhelpers.evaluation.metrics import ranking
from nbhelpers.features.summaries import LIKE_FROM
from nbhelpers.models.ease import EASE
from nbhelpers.models.list_model import ListModel
from nbhelpers.models.rp3beta import RP3beta

DAYS = 365  # what was liked in that time is popular lately
# What is rated lower than a like was chosen all the same, and says something of what will be.
# More weight finds more, and leaves less of a score to any one film that was liked.
OTHERS = 0.25
GRID = {"reg": (50.0, 100.0, 200.0, 400.0), "weight_other": (OTHERS,)}
LIFTS = 0.0, 0.2, 0.3, 0.35, 0.4, 0.5
LIKINGS = 0.25, 0.5, 0.75, 1.0
PRICE = 0.06  # share of the nDCG that may be given for more different films
JUDGED = 600  # users, drawn at random

Odds = Callable[[pd.DataFrame], np.ndarray]


class Lists(NamedTuple):
    """How lists are made.

    Attributes
    ----------
    parameters : dict
        Of EASE.
    lift, liking : float
        See `Trained`.
    """

    parameters: dict[str, Any]
    lift: float
    liking: float


USUAL = Lists({"reg": 100.0, "weight_other": OTHERS}, lift=0.35, liking=0.5)


def list_model(parameters: dict[str, Any], ratings: pd.DataFrame) -> ListModel:
    """Return EASE fitted on ratings; where its weights find no room in memory, RP3beta.

    Parameters
    ----------
    parameters : dict
        Of EASE.
    ratings : DataFrame (user_id, movie_id, rating)

    Returns
    -------
    ListModel
    """
    try:
        return EASE(**parameters).fit(ratings)
    except MemoryError:  # EASE looks before it begins
        return RP3beta(weight_other=parameters["weight_other"]).fit(ratings)


def tuned(train: pd.DataFrame, validation: pd.DataFrame, odds: Odds, seed: int = 42) -> Lists:
    """Return the settings that make the best lists of a validation part.

    The highest nDCG@10 on so few users is partly luck, and what nobody has been shown cannot have
    been rated. So it is not the highest that is chosen, but, of all settings that lose at most 6 %
    of it, those whose lists name the most different films. Only the list model and its lift are
    chosen for that. The weight of the second stage is the one with which all good settings
    together have the highest nDCG, and comes first: an opinion worth nothing would widen lists,
    too, and weighed anew for each setting its weight would be luck.

    Parameters
    ----------
    train, validation : DataFrame (user_id, movie_id, rating)
    odds : callable
        Returns the log-odds of a like for each row of a table (user_id, movie_id), learned
        from the training part.
    seed : int
        Of the users that are judged.

    Returns
    -------
    Lists
    """
    liked = found_likes(train, validation, JUDGED, seed)
    users = np.unique(liked["user_id"])
    evidence = np.bincount(np.unique(train["movie_id"], return_inverse=True)[1])

    grid = [dict(zip(GRID, values, strict=True)) for values in product(*GRID.values())]
    candidates = [
        table
        for parameters in grid
        for table in _candidates(list_model(parameters, train), users, evidence)
    ]
    pairs = pd.concat(candidates)[["user_id", "movie_id"]].drop_duplicates(ignore_index=True)
    pairs["odds"] = odds(pairs)
    judged = np.array(
        [
            [_judged(_reranked(found, liking), liked) for liking in LIKINGS]
            for found in (table.merge(pairs) for table in candidates)
        ]
    )
    weight = _weight(judged[:, :, 0])
    parameters, lift = list(product(grid, LIFTS))[_widest(judged[:, weight])]
    return Lists(parameters, lift, LIKINGS[weight])


def _judged(lists: pd.DataFrame, liked: pd.DataFrame) -> tuple[float, int]:
    """Return the nDCG@10 of lists, and how many different films their first tens name."""
    tens = lists[lists["rank"] <= 10]
    return ranking(tens, liked, 10)["ndcg"].mean(), tens["movie_id"].nunique()


def _weight(ndcg: np.ndarray) -> int:
    """Return the best column: a row for each setting, of which only good ones count."""
    good = ndcg.max(axis=1) >= (1 - PRICE) * ndcg.max()
    return int(ndcg[good].mean(axis=0).argmax())


def _widest(judged: np.ndarray) -> int:
    """Return the row of the lists with the most different films, of those that are good."""
    ndcg, films = judged.T
    return int(np.where(ndcg >= (1 - PRICE) * ndcg.max(), films, 0).argmax())


def found_likes(train: pd.DataFrame, held_out: pd.DataFrame, users: int, seed: int) -> pd.DataFrame:
    """Return the likes that were held out, of users drawn among those that training knows."""
    liked = held_out[held_out["rating"] >= LIKE_FROM]
    liked = liked[liked["user_id"].isin(train["user_id"])]
    judged = np.unique(liked["user_id"])
    if len(judged) > users:
        judged = np.random.default_rng(seed).choice(judged, users, replace=False)
    return liked[liked["user_id"].isin(judged)]


def _candidates(model: ListModel, users: np.ndarray, evidence: np.ndarray) -> list[pd.DataFrame]:
    """Return each user's best films, a table for each lift: user_id, rank, movie_id, value."""
    found: list[list[tuple]] = [[] for _ in LIFTS]
    for user, row in zip(users, np.searchsorted(model.user_ids, users), strict=True):
        scores = model.scores_at(np.array([row]))[0]
        allowed = np.ones(len(scores), bool)
        allowed[model.seen[[row]].indices] = False
        for lift, own in zip(LIFTS, found, strict=True):
            values = lifted(scores, evidence, lift)
            at = best(values, allowed, CANDIDATES)
            own.append((np.full(len(at), user), np.arange(1, len(at) + 1), at, values[at]))
    tables = []
    for own in found:
        user, rank, at, value = map(np.concatenate, zip(*own, strict=True))
        columns = {"user_id": user, "rank": rank, "movie_id": model.movie_ids[at], "value": value}
        tables.append(pd.DataFrame(columns))
    return tables


def _reranked(table: pd.DataFrame, liking: float) -> pd.DataFrame:
    """Return candidates with the ranks of the second stage."""
    rows = table.groupby("user_id").indices.values()
    value, odds = table["value"].to_numpy(), table["odds"].to_numpy()
    rank = np.empty(len(table), int)
    for at in map(np.asarray, rows):
        order = np.argsort(-combined(value[at], odds[at], liking), kind="stable")
        rank[at[order]] = np.arange(1, len(at) + 1)
    return table.assign(rank=rank)
