"""A study of classifiers and their baselines: tuned, chosen, and judged with intervals.

They are tuned inside the training part, chosen on the validation part, judged on the test part.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn import metrics
from sklearn.base import BaseEstimator
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline

from nbhelpers.classifiers.kinds import (
    KINDS,
    LABELS,
    builder,
    chance,
    estimator,
    likes,
    regression,
    training_rows,
)
from nbhelpers.classifiers.tuning import Tuned, tune, tuning_rounds
from nbhelpers.evaluation.classification import auc, auc_difference, auc_interval, f1_interval
from nbhelpers.evaluation.splits import Parts, three_way
from nbhelpers.features.builder import FeatureBuilder


def judge(
    like: ArrayLike,
    chances: ArrayLike,
    users: ArrayLike,
    threshold: float = 0.5,
    n: int = 200,
    seed: int = 42,
) -> pd.Series:
    """Return how well chances tell the likes.

    Parameters
    ----------
    like : array_like of bool, shape (k,)
    chances : array_like of float in [0, 1], shape (k,)
    users : array_like, shape (k,)
        Whose rating each row is; the intervals draw whole users.
    threshold : float
        Chance from which a rating is called a like.
    n, seed : int
        Draws of the bootstrap, and their seed.

    Returns
    -------
    Series of float
        ``accuracy, precision, recall, f1, f1_low, f1_high`` of what is called a like;
        ``auc, auc_low, auc_high, pr_auc`` (average precision) of the order; ``log_loss`` (in
        nats) and ``brier`` of the chances themselves. The intervals hold 95 % of the draws.

    Raises
    ------
    ValueError
        If all ratings are likes, or none is.
    """
    like, chances = np.asarray(like, dtype=bool), np.asarray(chances, dtype=float)
    called = chances >= threshold
    f1, area = (
        f1_interval(like, called, users, n, seed),
        auc_interval(like, chances, users, n, seed),
    )
    values = {
        "accuracy": metrics.accuracy_score(like, called),
        "precision": metrics.precision_score(like, called, zero_division=0),
        "recall": metrics.recall_score(like, called),
        **dict(zip(("f1", "f1_low", "f1_high"), f1, strict=True)),
        **dict(zip(("auc", "auc_low", "auc_high"), area, strict=True)),
        "pr_auc": metrics.average_precision_score(like, chances),
        "log_loss": metrics.log_loss(like, chances, labels=[False, True]),
        "brier": metrics.brier_score_loss(like, chances),
    }
    return pd.Series(values, dtype=float)


@dataclass(frozen=True, eq=False)
class Study:
    """All models on one way to split.

    Attributes
    ----------
    how : str
        "random" or "time".
    board : DataFrame, index (model, setting)
        A row for the baselines "always like" and "two means" (a logistic regression on the
        user's and the movie's mean) and for each kind, "default" and "tuned". The columns of
        `judge` on the test part, and ``auc_difference, auc_difference_low,
        auc_difference_high`` to the two means.
    parameters : dict of dict
        The best parameters by kind.
    best : str
        The kind whose tuned model has the lowest log-loss on the validation part.
    validation : DataFrame, index of `board`
        ``log_loss`` and ``auc`` on the validation part.
    searches : dict of Tuned
        By kind.
    parts : Parts
    builder : FeatureBuilder
        Fitted on the training part.
    models : dict of (model, setting) to classifier
        Fitted on the training part.
    chances : DataFrame, columns (model, setting)
        On the test part, in its order.
    """

    how: str
    board: pd.DataFrame
    parameters: dict[str, dict[str, Any]]
    best: str
    validation: pd.DataFrame
    searches: dict[str, Tuned]
    parts: Parts
    builder: FeatureBuilder
    models: dict[tuple[str, str], BaseEstimator]
    chances: pd.DataFrame


def run_study(
    ratings: pd.DataFrame,
    movies: pd.DataFrame,
    how: str = "random",
    seed: int = 42,
    rows: int = 200_000,
    progress: Callable[[float, str], None] | None = None,
) -> Study:
    """Tune, train and judge all models on one way to split.

    Parameters
    ----------
    ratings : DataFrame (user_id, movie_id, rating, timestamp)
    movies : DataFrame
        See `FeatureBuilder.fit`.
    how : str
        "random" or "time": see `three_way`.
    seed : int
    rows : int
        Most training ratings that a classifier sees, drawn at random; the features are built
        from all of them.
    progress : callable, optional
        Called with the share that is done and a text that says what comes next.

    Returns
    -------
    Study

    Raises
    ------
    ValueError
        If the ratings of a part are all likes, or none is.
    """
    report = progress or (lambda done, text: None)
    report(0.0, "Building features")
    parts = three_way(ratings, how, seed=seed)
    built = builder(seed).fit(parts.train, movies)
    features, like = training_rows(parts.train, built, rows, seed)
    rounds = tuning_rounds(parts.train, movies, how=how, seed=seed)
    models, searches = _baselines(), {}
    for i, kind in enumerate(KINDS):
        report(0.1 + 0.2 * i, f"Tuning: {LABELS[kind]}")
        searches[kind] = tune(kind, rounds, seed)
        models[kind, "default"] = estimator(kind, seed, len(like))
        models[kind, "tuned"] = estimator(kind, seed, len(like), **searches[kind].parameters)
    for i, (name, model) in enumerate(models.items()):
        report(0.7 + 0.2 * i / len(models), f"Training: {LABELS[name[0]]}")
        model.fit(features, like)
    report(0.9, "Judging")
    validation = _chances(models, built, parts.validation)
    test = _chances(models, built, parts.test)
    checked = _check(validation, likes(parts.validation))
    tuned = checked["log_loss"].xs("tuned", level="setting")
    found = Study(
        how,
        board=board_of(test, parts.test, seed),
        parameters={kind: search.parameters for kind, search in searches.items()},
        best=str(tuned.idxmin()),
        validation=checked,
        searches=searches,
        parts=parts,
        builder=built,
        models=models,
        chances=test,
    )
    report(1.0, "Done")
    return found


def _baselines() -> dict[tuple[str, str], BaseEstimator]:
    means = make_column_transformer(("passthrough", ["user_mean", "movie_mean"]))
    return {
        ("always like", "baseline"): DummyClassifier(strategy="prior"),
        ("two means", "baseline"): make_pipeline(means, regression()),
    }


def _chances(models: dict, built: FeatureBuilder, part: pd.DataFrame) -> pd.DataFrame:
    features = built.transform(part)
    found = {name: chance(model, features) for name, model in models.items()}
    return pd.DataFrame(found).rename_axis(columns=["model", "setting"])


def _check(chances: pd.DataFrame, like: np.ndarray) -> pd.DataFrame:
    rows = {
        name: {"log_loss": metrics.log_loss(like, column), "auc": auc(like, column)}
        for name, column in chances.items()
    }
    return pd.DataFrame(rows).T.rename_axis(["model", "setting"])


def board_of(chances: pd.DataFrame, test: pd.DataFrame, seed: int = 42) -> pd.DataFrame:
    """Return the board of a `Study`: a row for each column of chances, which are of `test`."""
    like, users = likes(test), test["user_id"]
    means = chances["two means", "baseline"]
    rows = {}
    for name, column in chances.items():
        threshold = 0.0 if name == ("always like", "baseline") else 0.5
        rows[name] = judge(like, column, users, threshold, seed=seed)
        difference = auc_difference(like, column, means, users, n=200, seed=seed)
        for end, value in zip(("", "_low", "_high"), difference, strict=True):
            rows[name]["auc_difference" + end] = value
    return pd.DataFrame(rows).T.rename_axis(["model", "setting"])
