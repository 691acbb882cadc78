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
from nbhelpers.models.likes import ListModel
from nbhelpers.models.walks import RP3beta

DAYS = 365  # what was liked in that time is popular lately
# What is rated lower than a like was chosen all the same, and says something of what will be.
# More weight finds more, and leaves less of a score to any one film that was liked.
GRID = {"reg": (50.0, 100.0, 200.0, 400.0), "weight_other": (0.0, 0.25)}
LIFTS = 0.0, 0.2, 0.3, 0.35, 0.4, 0.5
LIKINGS = 0.25, 0.5, 0.75, 1.0
PRICE = 0.04  # share of the nDCG that each choice may give for more different films
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
    been rated. So of list models on their own, at the usual lift, it is the least regularised one
    that is chosen, of those that lose at most 4 % of the highest nDCG; then, each with the best
    weight of the second stage, the largest lift of which the same holds. Both recommend more
    different films, and leave more of a score to single films that were liked.

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
    ndcg = [_ndcg(_candidates(m, users, evidence, USUAL.lift, 10), liked) for m in models]
    good = [place for place, value in enumerate(ndcg) if value >= (1 - PRICE) * max(ndcg)]
    place = min(good, key=lambda place: (grid[place]["reg"], -ndcg[place]))
    model = models[place]
    candidates = [_candidates(model, users, evidence, lift) for lift in LIFTS]
    pairs = pd.concat(candidates)[["user_id", "movie_id"]].drop_duplicates(ignore_index=True)
    pairs["odds"] = odds(pairs)
    found = {}
    for lift, table in zip(LIFTS, candidates, strict=True):
        table = table.merge(pairs)
        at_liking = {liking: _ndcg(_reranked(table, liking), liked) for liking in LIKINGS}
        liking = max(at_liking, key=at_liking.__getitem__)
        found[lift] = at_liking[liking], liking
    enough = (1 - PRICE) * max(ndcg for ndcg, _ in found.values())
    lift = max(lift for lift, (ndcg, _) in found.items() if ndcg >= enough)
    return Lists(grid[place], lift, found[lift][1])


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


def _ndcg(table: pd.DataFrame, liked: pd.DataFrame) -> float:
    return float(ranking(table[table["rank"] <= 10], liked, 10)["ndcg"].mean())
