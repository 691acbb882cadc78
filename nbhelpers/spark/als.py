"""Alternating least squares by Spark: factorise ratings, predict, judge, make lists.

On one machine Spark is slower than the rest of this package. What it buys is that the same lines
run where the ratings do not fit on one machine: only ``master`` and the paths change. Nothing
that grows with the ratings is ever brought to the driver.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from nbhelpers.spark.sessions import read

if TYPE_CHECKING:
    import pyspark
    from pyspark.ml.recommendation import ALSModel
    from pyspark.sql import DataFrame

__all__ = ["Error", "Fitted", "error", "factorise", "learner", "predict", "top_n"]

_LONGER = 8  # times longer are the next lists of users who have seen too much of theirs


class Error(NamedTuple):
    """How far predictions are off: RMSE in stars, rows, and rows whose user or movie is unknown."""

    rmse: float
    rows: int
    cold: int


@dataclass(frozen=True)
class Fitted:
    """A model, chosen on a validation part.

    Attributes
    ----------
    model : pyspark.ml.recommendation.ALSModel
    train : pyspark.sql.DataFrame
        What it has learned from.
    mean : float
        Mean of these ratings: what is predicted for users and movies that are not among them.
    tried : pandas.DataFrame
        rank, reg and rmse on the validation part of each model tried, the best first.
    """

    model: ALSModel
    train: DataFrame
    mean: float
    tried: pd.DataFrame

    @property
    def rmse(self) -> float:
        """On the validation part."""
        return float(self.tried["rmse"].iloc[0])


def factorise(
    train: DataFrame | str | Path,
    validation: DataFrame | str | Path,
    ranks: Iterable[int] = (10,),
    regs: Iterable[float] = (0.05, 0.1),
    n_epochs: int = 10,
    seed: int = 42,
    blocks: int | None = None,
) -> Fitted:
    """Factorise by alternating least squares; of some settings, keep the best on `validation`.

    The problem is that of `models.als.ALS` without biases, λ weighted by the number of ratings.

    Parameters
    ----------
    train, validation : pyspark.sql.DataFrame or path-like
        Ratings, or where `read` finds them.
    ranks, regs
        Numbers of factors, and λs; each is tried with each.
    n_epochs : int
    seed : int
        Of the factors to start from.
    blocks : int, optional
        How many parts users and movies are divided into, each; as many as the cluster has
        threads if not given. The start depends on it: the same number gives the same factors.

    Returns
    -------
    Fitted
        The best on `validation`.
    """
    from pyspark.sql import functions as F

    train, validation = (read(t) if isinstance(t, str | Path) else t for t in (train, validation))
    blocks = blocks or train.sparkSession.sparkContext.defaultParallelism
    mean = train.agg(F.avg("rating")).first()[0]
    tried = []
    for rank, reg in itertools.product(ranks, regs):
        model = learner(rank, reg, n_epochs, seed, blocks).fit(train)
        one = Fitted(model, train, mean, pd.DataFrame())
        tried.append((error(one, validation).rmse, rank, reg, one.model))
    tried.sort(key=lambda one: one[:3])
    table = pd.DataFrame([one[:3] for one in tried], columns=["rmse", "rank", "reg"])
    return Fitted(tried[0][3], train, mean, table[["rank", "reg", "rmse"]])


def learner(
    rank: int, reg: float, n_epochs: int = 10, seed: int = 42, blocks: int = 10
) -> pyspark.ml.recommendation.ALS:
    """Return Spark's ALS as `factorise` uses it; its ``fit`` learns from a table."""
    from pyspark.ml.recommendation import ALS

    learner = ALS(rank=rank, maxIter=n_epochs, regParam=reg, seed=seed)
    learner.setParams(userCol="user_id", itemCol="movie_id", ratingCol="rating")
    return learner.setNumBlocks(blocks)


def predict(fitted: Fitted, pairs: DataFrame) -> DataFrame:
    """Return pairs of a user and a movie with what the model expects.

    Returns
    -------
    pyspark.sql.DataFrame
        The columns of `pairs`; ``cold``, whether the user or the movie is unknown to the model;
        ``prediction`` in stars, not clipped, of cold pairs the mean.
    """
    from pyspark.sql import functions as F

    found = fitted.model.transform(pairs)
    cold = F.isnan("prediction")
    expected = F.when(cold, fitted.mean).otherwise(F.col("prediction"))
    return found.withColumn("cold", cold).withColumn("prediction", expected)


def error(fitted: Fitted, ratings: DataFrame, scale: tuple[float, float] | None = None) -> Error:
    """Judge predictions by ratings.

    Parameters
    ----------
    fitted : Fitted
        Of `factorise`.
    ratings : pyspark.sql.DataFrame
        Cold rows count, too, with the mean as their prediction.
    scale : (float, float), optional
        Lowest and highest rating; predictions beyond are clipped.

    Returns
    -------
    Error

    Raises
    ------
    ValueError
        If there are no ratings.
    """
    from pyspark.sql import functions as F

    expected = F.col("prediction")
    if scale is not None:
        expected = F.least(F.greatest(expected, F.lit(float(scale[0]))), F.lit(float(scale[1])))
    off = F.sqrt(F.avg((F.col("rating") - expected) ** 2))
    judged = predict(fitted, ratings).agg(off, F.count("*"), F.sum(F.col("cold").cast("long")))
    rmse, rows, cold = judged.first()
    if not rows:
        raise ValueError("There are no ratings to judge predictions by.")
    return Error(rmse, rows, cold)


def top_n(fitted: Fitted, n: int = 10) -> DataFrame:
    """Return the best `n` movies for every user, seen ones left out.

    Spark's own lists hold seen movies, too. So they are made longer than `n`, and longer again
    for those users alone of whose list too little is left.

    Parameters
    ----------
    fitted : Fitted
        Of `factorise`.
    n : int
        Length of a list.

    Returns
    -------
    pyspark.sql.DataFrame
        ``user_id, rank`` (from 1) ``, movie_id, score``, sorted by user and rank; write it with
        ``.write.parquet(path)``, or see `to_pandas`.
    """
    from pyspark.sql import DataFrame
    from pyspark.sql import functions as F

    n_movies = fitted.model.itemFactors.count()
    seen = fitted.train.groupBy("user_id").agg(F.collect_set("movie_id").alias("seen"))
    waiting, length, found = seen.localCheckpoint(), 4 * n, []
    while not waiting.isEmpty():
        length = min(length, n_movies)
        lists = fitted.model.recommendForUserSubset(waiting, length).join(waiting, "user_id")
        unseen = F.filter("recommendations", lambda one: ~F.array_contains("seen", one["movie_id"]))
        lists = lists.select("user_id", F.slice(unseen, 1, n).alias("best")).localCheckpoint()
        whole = (F.size("best") == n) | F.lit(length == n_movies)
        found.append(lists.where(whole))
        waiting = waiting.join(lists.where(~whole), "user_id", "left_semi").localCheckpoint()
        length *= _LONGER
    table = reduce(DataFrame.union, found).select("user_id", F.posexplode("best"))
    best = (F.col("col.movie_id").alias("movie_id"), F.col("col.rating").alias("score"))
    return table.select("user_id", (F.col("pos") + 1).alias("rank"), *best).sort("user_id", "rank")
