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
GRID = {"reg": (50.0, 100.0, 200.0, 400.0), "weight_other": (0.0, 0.25)}
LIFTS = 0.0, 0.2, 0.3, 0.35, 0.4, 0.5
LIKINGS = 0.25, 0.5, 0.75, 1.0
PRICE = 0.05  # share of the nDCG that each choice may give for more different films
JUDGED = 300  # users, drawn at random

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


USUAL = Lists({"reg": 100.0, "weight_other": 0.25}, lift=0.35, liking=0.5)


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
    been rated. So of all list models on their own, at the usual lift, it is the one whose lists
    name the most different films that is chosen, of those that lose at most 5 % of the highest
    nDCG; and in the same way the lift and the weight of the second stage.

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
    models = [list_model(parameters, train) for parameters in grid]
    tens = [_candidates(model, users, evidence, USUAL.lift, 10) for model in models]
    place = _widest(tens, liked)
    model = models[place]
    candidates = [_candidates(model, users, evidence, lift) for lift in LIFTS]
    pairs = pd.concat(candidates)[["user_id", "movie_id"]].drop_duplicates(ignore_index=True)
    pairs["odds"] = odds(pairs)
    stages = list(product(range(len(LIFTS)), LIKINGS))
    both = [table.merge(pairs) for table in candidates]
    lift, liking = stages[_widest([_reranked(both[k], liking) for k, liking in stages], liked)]
    return Lists(grid[place], LIFTS[lift], liking)


def _widest(lists: list[pd.DataFrame], liked: pd.DataFrame) -> int:
    """Return the place of the lists with the most different films, of those that are good."""
    tens = [table[table["rank"] <= 10] for table in lists]
    ndcg = np.array([ranking(ten, liked, 10)["ndcg"].mean() for ten in tens])
    films = np.array([ten["movie_id"].nunique() for ten in tens])
    return int(np.where(ndcg >= (1 - PRICE) * ndcg.max(), films, 0).argmax())


def found_likes(train: pd.DataFrame, held_out: pd.DataFrame, users: int, seed: int) -> pd.DataFrame:
    """Return the likes that were held out, of users drawn among those that training knows."""
    liked = held_out[held_out["rating"] >= LIKE_FROM]
    liked = liked[liked["user_id"].isin(train["user_id"])]
    judged = np.unique(liked["user_id"])
    if len(judged) > users:
        judged = np.random.default_rng(seed).choice(judged, users, replace=False)
    return liked[liked["user_id"].isin(judged)]


def _candidates(
    model: ListModel, users: np.ndarray, evidence: np.ndarray, lift: float, n: int = CANDIDATES
) -> pd.DataFrame:
    """Return each user's best films by the list model: user_id, rank, movie_id, value."""
    tables = []
    for user, row in zip(users, np.searchsorted(model.user_ids, users), strict=True):
        values = lifted(model.scores_at(np.array([row]))[0], evidence, lift)
        allowed = np.ones(len(values), bool)
        allowed[model.seen[[row]].indices] = False
        at = best(values, allowed, n)
        tables.append((np.full(len(at), user), np.arange(1, len(at) + 1), at, values[at]))
    user, rank, at, value = map(np.concatenate, zip(*tables, strict=True))
    columns = {"user_id": user, "rank": rank, "movie_id": model.movie_ids[at], "value": value}
    return pd.DataFrame(columns)


def _reranked(table: pd.DataFrame, liking: float) -> pd.DataFrame:
    """Return candidates with the ranks of the second stage."""
    rows = table.groupby("user_id").indices.values()
    value, odds = table["value"].to_numpy(), table["odds"].to_numpy()
    rank = np.empty(len(table), int)
    for at in map(np.asarray, rows):
        order = np.argsort(-combined(value[at], odds[at], liking), kind="stable")
        rank[at[order]] = np.arange(1, len(at) + 1)
    return table.assign(rank=rank)
