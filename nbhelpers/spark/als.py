"""Alternating least squares by Spark: factorise ratings, predict, judge, make lists.

On one machine Spark is slower than the rest of this package. What it buys is that the same lines
run where the ratings do not fit on one machine: only ``master`` and the paths change. Nothing
that grows with the ratings is ever brought to the driver.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from nbhelpers.spark.sessions import read

if TYPE_CHECKING:
    import pyspark
    from pyspark.ml.recommendation import ALSModel
    from pyspark.sql import DataFrame

__all__ = ["Error", "Fitted", "error", "factorise", "learner", "predict"]


class Error(NamedTuple):
    """How far predictions are off: RMSE in stars, rows, and rows whose user or movie is unknown."""

    rmse: float
    rows: int
    cold: int


@dataclass(frozen=True)
class Fitted:
    """A model, chosen on a validation part."""

    model: ALSModel
    train: DataFrame  # what it has learned from
    mean: float  # of these ratings: predicted for users and movies that are not among them
    tried: pd.DataFrame  # rank, reg and rmse on validation of each model tried, the best first

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

    Columns are added: ``cold``, whether the user or the movie is unknown to the model, and
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
