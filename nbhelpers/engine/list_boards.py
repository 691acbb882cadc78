"""What the lists of an engine are worth, and what its knobs cost, on ratings it has not seen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from nbhelpers.engine.engine import Engine
from nbhelpers.engine.list_tuning import found_likes
from nbhelpers.evaluation.intervals import bootstrap
from nbhelpers.evaluation.leaderboards import DIFFERENCE
from nbhelpers.evaluation.metrics import diversity, novelty, ranking
from nbhelpers.simulation.oracle import true_stars

SETTINGS = {
    "surprise": (0.0, 0.25, 0.5, 1.0),
    "variety": (0.0, 0.25, 0.5, 1.0),
    "own_genres": (0.0, 0.5, 1.0),
    "series": (0, 1),
}
JUDGED = 300  # users, drawn at random
PEOPLE = 200  # whose lists are looked through for different films
LISTS = {
    "most rated": "most rated",
    "liked lately": "popular",
    "list model": "ease",
    "two stages": "two-stage",
    "blend": "blend",
}

Lister = Callable[[int], np.ndarray]  # of a user's films, the best one first


def lists_board(
    engine: Engine,
    test: pd.DataFrame,
    seed: int = 42,
    users: int = JUDGED,
) -> pd.DataFrame:
    """Return how good the lists of the engine's models are, the baseline first.

    Parameters
    ----------
    engine : Engine
        That knows no rating of the test part.
    test : DataFrame (user_id, movie_id, rating)
    seed : int
        Of the users judged, and of the intervals.
    users : int
        How many are judged at most, drawn at random.

    Returns
    -------
    DataFrame, index model
        ``users`` (how many were judged) ``, ndcg`` (of ten films) ``, low, high, recall``
        (of twenty) ``, difference, diff_low, diff_high`` (of its nDCG to that of the most rated
        films, over the same draws of users) ``, films`` (different ones in the tens of 200
        people) ``, novelty`` (in bits) and ``true_stars``, the expected ones of ten films, NaN
        where nobody knows them.
    """
    liked = found_likes(engine.data.ratings, test, users, seed)
    board, baseline = [], None
    for name, model in LISTS.items():
        lists = _lists(partial(_list, engine, model), liked)
        measured, ndcg = _measured(engine, lists, liked)
        baseline = ndcg if baseline is None else baseline
        row = {"model": name, "users": len(ndcg)} | measured
        row |= dict(zip(("ndcg", "low", "high"), bootstrap(ndcg, seed=seed), strict=True))
        row |= dict(zip(DIFFERENCE, bootstrap(ndcg - baseline, seed=seed), strict=True))
        ten = lists[lists["rank"] <= 10]
        stars = true_stars(engine.data.folder, ten["user_id"], ten["movie_id"])
        row["true_stars"] = float(stars.mean())
        board.append(row)
    return pd.DataFrame(board).set_index("model")


def knobs_board(engine: Engine, test: pd.DataFrame, seed: int = 42) -> pd.DataFrame:
    """Return what the knobs of the engine's two-stage lists cost and buy.

    Parameters
    ----------
    engine, test, seed
        As in `lists_board`.

    Returns
    -------
    DataFrame, index knob (one of `SETTINGS`)
        ``value, ndcg, films, novelty`` and ``alike`` (mean cosine of content within a list): one
        knob is turned at a time, all others are as usual. ``value`` is a number, 1 for several
        films of a series.
    """
    vectors = pd.DataFrame(engine.likeness.vectors, index=engine.movies["movie_id"])
    liked = found_likes(engine.data.ratings, test, PEOPLE, seed)
    board = []
    for knob, values in SETTINGS.items():
        for value in values:
            turned: Any = {knob: value}
            lists = _lists(partial(engine.order, **turned), liked)
            found = _measured(engine, lists, liked)[0]
            row = {name: found[name] for name in ("ndcg", "films", "novelty")}
            row["alike"] = 1 - diversity(lists[lists["rank"] <= 10], vectors)
            board.append({"knob": knob, "value": float(value)} | row)
    return pd.DataFrame(board).set_index("knob")


def _list(engine: Engine, model: str, user: int) -> np.ndarray:
    if model != "most rated":
        return engine.order(user, 20, model)
    ids = engine.movies["movie_id"].to_numpy()
    films = np.lexsort([ids, -engine.evidence])
    seen = engine.history(user)["movie_id"]
    ids = ids[films]
    return ids[~np.isin(ids, seen)][:20]


def _lists(lister: Lister, liked: pd.DataFrame) -> pd.DataFrame:
    tables = []
    for user in np.unique(liked["user_id"]).tolist():
        films = lister(user)
        rank = np.arange(1, len(films) + 1)
        tables.append(pd.DataFrame({"user_id": user, "rank": rank, "movie_id": films}))
    return pd.concat(tables, ignore_index=True)


def _measured(
    engine: Engine, lists: pd.DataFrame, liked: pd.DataFrame
) -> tuple[dict[str, float], np.ndarray]:
    """Return what lists are worth, and the nDCG of each user."""
    ten = lists[lists["rank"] <= 10]
    ndcg = ranking(ten, liked, 10)["ndcg"].to_numpy()
    people = np.random.default_rng(0).permutation(np.unique(lists["user_id"]))[:PEOPLE]
    measured = {
        "ndcg": float(ndcg.mean()),
        "recall": float(ranking(lists, liked, 20)["recall"].mean()),
        "films": int(ten.loc[ten["user_id"].isin(people), "movie_id"].nunique()),
        "novelty": novelty(ten, engine.data.ratings),
    }
    return measured, ndcg
