"""How good the lists of each model are, with settings that are chosen without the test part.

    python tests/benchmarks/lists.py sample ml-latest-small --split random

Of each user's ratings a fifth is held out: at random, or the latest ("last"); or all ratings from
a day on ("time"). Settings are those with the highest nDCG@10 on the same split of the training
part; the model is then fitted to all of it. Judged are users with a like in the test part who are
known from training, by all films they have not rated.
"""

import argparse
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from nbhelpers.data import datasets
from nbhelpers.evaluation.intervals import bootstrap
from nbhelpers.evaluation.metrics import ranking
from nbhelpers.evaluation.splits import Split, last_per_user, time_split
from nbhelpers.features.summaries import LIKE_FROM
from nbhelpers.models import (
    EASE,
    IALS,
    SVD,
    ItemKNN,
    Model,
    Popularity,
    PureSVD,
    RecentPopularity,
    RP3beta,
    UserKNN,
)

GRIDS: dict[str, tuple[Callable[..., Model], dict[str, list[Any]]]] = {
    "most rated": (Popularity, {}),
    "most liked": (Popularity, {"like_from": [LIKE_FROM]}),
    "liked lately": (RecentPopularity, {"days": [15, 30, 60, 120, 365]}),
    "SVD as predicted": (
        SVD,
        {"n_factors": [50], "n_epochs": [40], "lr_all": [0.01], "reg_all": [0.1]},
    ),
    "UserKNN": (UserKNN, {"k": [30, 60, 120, 240], "shrinkage": [0, 5, 20]}),
    "ItemKNN": (ItemKNN, {"k": [20, 50, 100, 200, 400], "shrinkage": [0, 5, 20, 50]}),
    "PureSVD": (PureSVD, {"n_factors": [5, 10, 20, 30, 50]}),
    "RP3beta": (RP3beta, {"k": [100, 300], "alpha": [0.6, 0.8, 1], "beta": [0.2, 0.3, 0.4, 0.5]}),
    "IALS": (IALS, {"alpha": [0.03, 0.1, 0.3], "reg": [0.003, 0.01, 0.03]}),
    "EASE": (EASE, {"reg": [50, 100, 200, 400, 800]}),
}


def random_per_user(ratings: pd.DataFrame, seed: int = 42) -> Split:
    """Hold out a random fifth of each user's ratings: the latest, were times drawn by lot."""
    turns = pd.to_datetime(np.random.default_rng(seed).permutation(len(ratings)), unit="s")
    split = last_per_user(ratings.assign(true=ratings["timestamp"], timestamp=turns))
    return Split(*(part.assign(timestamp=part["true"]).drop(columns="true") for part in split))


SPLITS = {"random": random_per_user, "last": last_per_user, "time": time_split}


def judged(model: Model, split: Split) -> pd.DataFrame:
    """Return each user's nDCG@10 and recall@20."""
    liked = split.test[split.test["rating"] >= LIKE_FROM]
    liked = liked[liked["user_id"].isin(split.train["user_id"])]
    lists = model.fit(split.train).top_n(np.unique(liked["user_id"]), 20)
    return pd.DataFrame(
        {
            "ndcg": ranking(lists, liked, 10)["ndcg"],
            "recall": ranking(lists, liked, 20)["recall"],
        }
    )


def chosen(make: Callable[..., Model], grid: dict[str, list[Any]], inner: Split) -> dict[str, Any]:
    """Return the settings that are best on the inner split."""
    settings = [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]
    if len(settings) == 1:
        return settings[0]
    return max(settings, key=lambda some: judged(make(**some), inner)["ndcg"].mean())


def table(name: str, how: str) -> None:
    outer = SPLITS[how](datasets.load(name).ratings)
    inner = SPLITS[how](outer.train)
    print(f"\n{name}, {how} split\n\n| model | nDCG@10 | 95 % | recall@20 | settings |")
    print("|---|--:|:-:|--:|---|")
    for title, (make, grid) in GRIDS.items():
        settings = chosen(make, grid, inner)
        found = judged(make(**settings), outer)
        ndcg = bootstrap(found["ndcg"])
        said = ", ".join(f"{key} {value}" for key, value in settings.items())
        print(
            f"| {title} | {ndcg.estimate:.3f} | {ndcg.low:.3f}–{ndcg.high:.3f} "
            f"| {found['recall'].mean():.3f} | {said} |",
            flush=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("datasets", nargs="*", default=["sample"])
    parser.add_argument("--split", choices=SPLITS, default="random")
    options = parser.parse_args()
    for name in options.datasets:
        table(name, options.split)
