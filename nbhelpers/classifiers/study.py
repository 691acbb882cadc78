"""A study of classifiers and their baselines: tuned, chosen, and judged with intervals.

They are tuned inside the training part, and chosen on the validation part. Then they are refitted
on both, with the settings found, and judged on the test part.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

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
    """Return how well chances tell the likes; a ValueError if all ratings are likes, or none is.

    What is called a like, from a chance of `threshold` on: ``accuracy, precision, recall, f1,
    f1_low, f1_high``. The order: ``auc, auc_low, auc_high, pr_auc`` (average precision). The
    chances themselves: ``log_loss`` (in nats) and ``brier``. The intervals hold 95 % of `n` draws
    of users.
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


class Before(NamedTuple):
    """What the models said before they were refitted, knowing the training part alone.

    Tables of chances, a column per (model, setting), rows in the part's order. Whatever is learned
    from chances - a threshold, the weights of a blend - is learned from those on validation, whose
    ratings were new to the models; those on test show what the refit is worth.
    """

    validation: pd.DataFrame
    test: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Study:
    """All models on one way to split.

    What is said of the test part comes from models and features that were refitted on all ratings
    before it, `Parts.before_test`, as they would be before anybody used them. What is said of the
    validation part comes from models that have not seen it.

    The board has a row (model, setting) for the baselines "always like" and "two means" (a logistic
    regression on the user's and the movie's mean) and for each kind, "default" and "tuned". Its
    columns are those of `judge` on the test part, and ``auc_difference, auc_difference_low,
    auc_difference_high`` to the two means.
    """

    how: str  # "random" or "time"
    board: pd.DataFrame
    parameters: dict[str, dict[str, Any]]  # the best ones, by kind
    best: str  # the kind whose tuned model has the lowest log-loss on the validation part
    validation: pd.DataFrame  # rows of the board: log_loss and auc there, before the refit
    searches: dict[str, Tuned]  # by kind
    parts: Parts
    builder: FeatureBuilder  # refitted
    models: dict[tuple[str, str], BaseEstimator]  # refitted, by (model, setting)
    chances: pd.DataFrame  # on the test part, in its order; a column per (model, setting)
    before: Before


def run_study(
    ratings: pd.DataFrame,
    movies: pd.DataFrame,
    how: str = "random",
    seed: int = 42,
    rows: int = 200_000,
    progress: Callable[[float, str], None] | None = None,
) -> Study:
    """Tune, choose, refit and judge all models on one way to split.

    Settings are found inside the training part, the number of boosting's rounds among them, and
    are kept from then on. The models learn from the training part with them, and the validation
    part tells which is best. Then features and models are fitted anew on both parts, and say their
    chances on the test part: to leave out some of what is known would only make every model look
    worse than it is (Hastie, Tibshirani & Friedman, The Elements of Statistical Learning, 2009,
    section 7.10).

    Parameters
    ----------
    ratings : DataFrame (user_id, movie_id, rating, timestamp)
    movies : DataFrame
        See `FeatureBuilder.fit`.
    how : str
        "random" or "time": see `three_way`.
    seed : int
    rows : int
        Most ratings that a classifier learns from, drawn at random, before the refit and after
        it; the features are built from all of them.
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
    rounds = tuning_rounds(parts.train, movies, how=how, seed=seed)
    searches = {}
    for i, kind in enumerate(KINDS):
        report(0.1 + 0.2 * i, f"Tuning: {LABELS[kind]}")
        searches[kind] = tune(kind, rounds, seed)
    parameters = {kind: search.parameters for kind, search in searches.items()}
    report(0.7, "Training")
    known = _learn(parts.train, movies, parameters, rows, seed)
    before = Before(*(_chances(*known, part) for part in (parts.validation, parts.test)))
    del known  # its features are as large as those that come now
    report(0.8, "Training again, on the validation part as well")
    built, models = _learn(parts.before_test, movies, parameters, rows, seed)
    report(0.9, "Judging")
    validation = _check(before.validation, likes(parts.validation))
    test = _chances(built, models, parts.test)
    found = Study(
        how,
        board=board_of(test, parts.test, seed),
        parameters=parameters,
        best=str(validation["log_loss"].xs("tuned", level="setting").idxmin()),
        validation=validation,
        searches=searches,
        parts=parts,
        builder=built,
        models=models,
        chances=test,
        before=before,
    )
    report(1.0, "Done")
    return found


def _learn(
    ratings: pd.DataFrame, movies: pd.DataFrame, parameters: dict, rows: int, seed: int
) -> tuple[FeatureBuilder, dict]:
    """Fit features, and on them the baselines and each kind by default and with its parameters."""
    built = builder(seed).fit(ratings, movies)
    features, like = training_rows(ratings, built, rows, seed)
    models = _baselines()
    for kind, found in parameters.items():
        models[kind, "default"] = estimator(kind, seed, len(like))
        models[kind, "tuned"] = estimator(kind, seed, len(like), **found)
    for model in models.values():
        model.fit(features, like)
    return built, models


def _baselines() -> dict[tuple[str, str], BaseEstimator]:
    means = make_column_transformer(("passthrough", ["user_mean", "movie_mean"]))
    return {
        ("always like", "baseline"): DummyClassifier(strategy="prior"),
        ("two means", "baseline"): make_pipeline(means, regression()),
    }


def _chances(built: FeatureBuilder, models: dict, part: pd.DataFrame) -> pd.DataFrame:
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
