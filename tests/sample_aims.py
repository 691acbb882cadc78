"""What makes ratings like real ones, measured, and the aims of the sample.

``make aims`` prints the table, beside ml-latest-small where NBHELPERS_DATA has it.
"""

import os
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from nbhelpers.data import datasets
from nbhelpers.data.datasets import Dataset
from nbhelpers.evaluation.intervals import paired_difference
from nbhelpers.evaluation.metrics import ranking, rmse
from nbhelpers.evaluation.splits import Split, cold, folds, random_split, time_split
from nbhelpers.features.summaries import LIKE_FROM
from nbhelpers.models import (
    EASE,
    KNN,
    SVD,
    Biases,
    Model,
    Popularity,
    RecentPopularity,
    principal_axes,
)
from nbhelpers.simulation.oracle import Oracle

BIASES = [Biases(u, m) for u in (2, 5, 10) for m in (2, 5, 10)]
TUNED = SVD(n_factors=50, n_epochs=40, lr_all=0.01, reg_all=0.1)
NEIGHBOURS = KNN("movie", k=40, min_support=3, caution=0.3)


class Aim(NamedTuple):
    """What is measured, from where to where it should be, and how."""

    name: str
    low: float
    high: float
    of: Callable[[Dataset], float]

    def reached(self, value: float) -> bool:
        return self.low <= value <= self.high


def head(data: Dataset) -> float:
    counts = ratings_per_film(data)
    return counts.nlargest(len(counts) // 10).sum() / len(data.ratings)


def rarely_rated(data: Dataset) -> float:
    return (ratings_per_film(data) < 10).mean()


def ratings_per_film(data: Dataset) -> pd.Series:
    films = np.union1d(data.ratings["movie_id"], data.movies["movie_id"])
    return data.ratings["movie_id"].value_counts().reindex(films, fill_value=0)


def cold_rows(data: Dataset) -> float:
    return cold(random_split(data.ratings))["either"]


def defaults_lost(data: Dataset) -> float:
    """In how many of three folds Surprise's defaults lose to tuned biases."""
    lost = 0
    for split, _ in zip(folds(data.ratings), range(3), strict=False):
        biases = min(error(model, split, data) for model in BIASES)
        lost += error(SVD(random_state=42), split, data) > biases
    return lost


def factors_gain(data: Dataset) -> float:
    split = random_split(data.ratings)
    biases = min(error(model, split, data) for model in BIASES)
    return biases - error(TUNED, split, data)


def neighbours_gain(data: Dataset) -> float:
    """By how much kNN is better than SVD, 0 where the interval of the difference holds it."""
    split = random_split(data.ratings)
    errors = [predict(model, split, data) - split.test["rating"] for model in (TUNED, NEIGHBOURS)]
    mean, low, high = paired_difference(*errors, split.test["user_id"], n=300)
    return 0.0 if low <= 0 <= high else float(mean)


def truth_gain(data: Dataset) -> float:
    if not data.simulated:
        return np.nan
    split = random_split(data.ratings)
    truth = Oracle.load(data.folder).predict(*pairs(split), split.test["timestamp"])
    return error(TUNED, split, data) - rmse(split.test["rating"], truth)


def two_axes(data: Dataset) -> float:
    weight = principal_axes(TUNED.fit(data.ratings))[2]
    return weight[:2].sum() / weight.sum()


def lucky_films(data: Dataset) -> float:
    """Median number of ratings of the five films with the highest mean."""
    films = data.ratings.groupby("movie_id")["rating"].agg(["mean", "size"])
    return films.sort_values("mean", ascending=False, kind="stable")["size"].head(5).median()


def popularity_share(data: Dataset) -> float:
    split = random_split(data.ratings)
    return quality(Popularity(LIKE_FROM), split) / quality(EASE(), split)


def stars_share(data: Dataset) -> float:
    split = random_split(data.ratings)
    return quality(TUNED, split) / quality(EASE(), split)


def recent_gain(data: Dataset) -> float:
    """How much better a list of what was liked lately is than one of what was liked most."""
    split = time_split(data.ratings)
    return quality(RecentPopularity(60), split) / quality(Popularity(LIKE_FROM), split)


def early_ratings(data: Dataset) -> float:
    films = data.movies.set_index("movie_id")["year"].reindex(data.ratings["movie_id"]).fillna(0)
    return (data.ratings["timestamp"].dt.year.to_numpy() < films.to_numpy(int)).mean()


def in_sessions(data: Dataset) -> float:
    return (
        data.ratings.assign(day=data.ratings["timestamp"].dt.floor("D"))
        .duplicated(["user_id", "day"])
        .mean()
    )


def strangers(data: Dataset) -> float:
    split = time_split(data.ratings)
    return (~split.test["user_id"].isin(split.train["user_id"])).mean()


def error(model: object, split: Split, data: Dataset) -> float:
    return rmse(split.test["rating"], predict(model, split, data))


def predict(model: object, split: Split, data: Dataset) -> np.ndarray:
    return np.clip(model.fit(split.train).predict(*pairs(split)), *data.scale)


def pairs(split: Split) -> tuple[pd.Series, pd.Series]:
    return split.test["user_id"], split.test["movie_id"]


def quality(model: Model, split: Split, n: int = 10) -> float:
    """nDCG@10 of the best unseen films, over all users that can be judged."""
    liked = split.test[split.test["rating"] >= LIKE_FROM]
    liked = liked[liked["user_id"].isin(split.train["user_id"])]
    lists = model.fit(split.train).top_n(np.unique(liked["user_id"]), n)
    return ranking(lists, liked, n)["ndcg"].mean()


AIMS = [
    Aim("share of ratings on the top 10 % of films", 0.55, 0.70, head),
    Aim("films with fewer than 10 ratings, share", 0.15, 1, rarely_rated),
    Aim("density", 0, 0.035, lambda data: data.density),
    Aim("cold rows in a random fifth, share", 0.003, 1, cold_rows),
    Aim("folds of 3 in which default SVD loses to tuned biases", 2, 3, defaults_lost),
    Aim("tuned SVD better than tuned biases, RMSE", 0.01, 0.04, factors_gain),
    Aim("kNN better than tuned SVD, RMSE", 0, 0, neighbours_gain),
    Aim("oracle better than tuned SVD, RMSE", 0.03, 1, truth_gain),
    Aim("share of taste on the two strongest axes", 0, 0.45, two_axes),
    Aim("top five by raw mean: median number of ratings", 1, 5, lucky_films),
    Aim("nDCG@10 of popularity, EASE = 1", 0, 0.6, popularity_share),
    Aim("nDCG@10 of SVD's stars, EASE = 1", 0, 0.25, stars_share),
    Aim("nDCG@10 of recent popularity, popularity = 1, time split", 1.05, 9, recent_gain),
    Aim("ratings before the film's year, share", 0, 0, early_ratings),
    Aim("ratings on the day of an earlier one, share", 0.7, 0.95, in_sessions),
    Aim("rows of strangers in the last fifth, share", 0.2, 0.9, strangers),
]


def table(names: list[str]) -> str:
    sets = [datasets.load(name) for name in names]
    lines = [f"| | aim | {' | '.join(names)} |", "|---|--:|" + "--:|" * len(sets)]
    for aim in AIMS:
        values = " | ".join(f"{aim.of(data):.3g}" for data in sets)
        lines.append(f"| {aim.name} | {aim.low:g} to {aim.high:g} | {values} |")
    return "\n".join(lines)


if __name__ == "__main__":
    real = "ml-latest-small"
    there = os.environ.get("NBHELPERS_DATA") and datasets.find(real)
    print(table(["sample", real] if there else ["sample"]))
