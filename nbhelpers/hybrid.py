"""Hybrid models: the chance that a user will like a film, from the features of both.

A *like* is a rating of 4 stars or more. The models are classifiers with ``predict_proba``;
they are tuned inside the training part, chosen on the validation part, judged on the test part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn import metrics
from sklearn.base import BaseEstimator
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nbhelpers.features import FeatureBuilder
from nbhelpers.likes import auc, auc_difference, auc_interval, f1_interval
from nbhelpers.splits import Parts, Split, folds, three_way, time_split

try:
    from xgboost import XGBClassifier
except (ImportError, OSError, ValueError):  # the last two: its library of OpenMP is missing
    XGBClassifier = None

LIKE_FROM = 4.0
N_TEXT = 16  # more columns of text cost time and add nothing here
KINDS = ("logistic", "forest", "boosting")
LABELS = {
    "always like": "Always like",
    "two means": "Two means",
    "logistic": "Logistic regression",
    "forest": "Random forest",
    "boosting": "XGBoost" if XGBClassifier else "Histogram boosting",
}
SPACES = {
    "logistic": {"C": [0.0001, 0.001, 0.01, 0.1, 1.0, 10.0]},
    "forest": {"min_samples_leaf": [1, 3, 10, 30], "max_features": ["sqrt", 0.3]},
    "boosting": {
        "n_estimators": [50, 100, 200],
        "learning_rate": [0.05, 0.1, 0.2],
        "max_depth": [2, 3, 4, 5],
        "min_child_weight": [1, 10, 50],
        "subsample": [0.6, 0.8, 1.0],
        "colsample_bytree": [0.4, 0.7, 1.0],
    }
    if XGBClassifier
    else {
        "max_iter": [50, 100, 200],
        "learning_rate": [0.05, 0.1, 0.2],
        "max_depth": [2, 3, 4, 5],
        "min_samples_leaf": [20, 50, 100],
        "l2_regularization": [0.0, 1.0, 10.0],
        "max_features": [0.4, 0.7, 1.0],
    },
}
DRAWS = {"forest": 5, "boosting": 8}  # of a space, at random; the logistic one is searched whole
# Trees that see about as many rows as they will later, and fewer of them: the order of the
# settings is much the same.
REHEARSAL = {"forest": {"n_estimators": 40, "max_samples": 0.2}}


def builder(seed: int = 42, **options: Any) -> FeatureBuilder:
    """Return the builder of the models' features; `options` are those of `FeatureBuilder`."""
    return FeatureBuilder(**{"like_from": LIKE_FROM, "n_text": N_TEXT, "seed": seed} | options)


def estimator(kind: str, seed: int = 42, **parameters: Any) -> BaseEstimator:
    """Return an unfitted classifier that runs on one core and gives the same result each time.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    seed : int
    **parameters
        Of the classifier, such as those in `SPACES`; what is left out has its library's value.
        Only the forest's trees see a twentieth of the rows each, as they then take a twentieth
        of the time, and are as good together.

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    if kind == "logistic":
        regression = LogisticRegression(**{"max_iter": 1000} | parameters)
        return make_pipeline(StandardScaler(), regression)
    if kind == "forest":
        options = {"max_samples": 0.05, "n_jobs": 1} | parameters
        return RandomForestClassifier(random_state=seed, **options)
    if kind == "boosting" and XGBClassifier:
        options = {"n_jobs": 1, "tree_method": "hist"} | parameters
        return XGBClassifier(random_state=seed, **options)
    if kind == "boosting":
        return HistGradientBoostingClassifier(random_state=seed, **parameters)
    raise ValueError(f"There is no model {kind!r}: choose one of {', '.join(KINDS)}.")


def chance(estimator: BaseEstimator, features: pd.DataFrame) -> np.ndarray:
    """Return the chance of a like for each row of features: float64 in [0, 1], shape (n,)."""
    return estimator.predict_proba(features)[:, 1].astype("float64")


class Rounds(NamedTuple):
    """Rehearsals of a test inside the training part: what scikit-learn's searches take.

    Attributes
    ----------
    features : DataFrame of float32, shape (n, n_features)
    like : array of bool, shape (n,)
    cv : list of (array of int, array of int)
        Rows to train on and rows to be judged by, a pair for each round.
    """

    features: pd.DataFrame
    like: np.ndarray
    cv: list[tuple[np.ndarray, np.ndarray]]


def tuning_rounds(
    train: pd.DataFrame,
    movies: pd.DataFrame,
    n: int = 2,
    rows: int = 10_000,
    seed: int = 42,
    how: str = "time",
    **options: Any,
) -> Rounds:
    """Split the training part again, as it was split from the test part.

    Each round builds its features anew from its own training rows, so nothing leaks from the
    rows that judge it.

    Parameters
    ----------
    train : DataFrame (user_id, movie_id, rating, timestamp)
    movies : DataFrame
        See `FeatureBuilder.fit`.
    n : int
        Number of rounds; each is judged by 1 / (n + 2) of the rows.
    rows : int
        Most rows drawn of each side of a round, to keep a search short.
    seed : int
    how : str
        "time" - the rounds' training windows grow, and the judging rows come right after them -
        or "random".
    **options
        Of `FeatureBuilder`.
    """
    tables, likes, cv, size = [], [], [], 0
    for split in _rehearsals(train, how, n, seed):
        built = builder(seed, **options).fit(split.train, movies)
        for part in split:
            drawn = _draw(part, rows, seed)
            tables.append(built.transform(drawn))
            likes.append(_like(drawn))
        ends = size + np.cumsum([0, len(tables[-2]), len(tables[-1])])
        cv.append((np.arange(*ends[:2]), np.arange(*ends[1:])))
        size = ends[-1]
    return Rounds(pd.concat(tables, ignore_index=True), np.concatenate(likes), cv)


class Tuned(NamedTuple):
    """The outcome of a search.

    Attributes
    ----------
    parameters : dict
        The best ones, for `estimator`.
    table : DataFrame
        All parameters tried, with the mean ``log_loss`` of the rounds and its standard deviation
        ``spread``; best first.
    """

    parameters: dict[str, Any]
    table: pd.DataFrame


def tune(kind: str, rounds: Rounds, seed: int = 42) -> Tuned:
    """Search the parameters of a kind: a grid for the regression, random draws for the trees.

    They are scored by log-loss rather than AUC: users are shown the chance itself, and AUC
    would not notice if all chances were too high.
    """
    model = estimator(kind, seed, **REHEARSAL.get(kind, {}))
    prefix = "logisticregression__" if kind == "logistic" else ""
    space = {prefix + name: values for name, values in SPACES[kind].items()}
    options = {"scoring": "neg_log_loss", "cv": rounds.cv, "refit": False}
    if kind in DRAWS:
        search = RandomizedSearchCV(model, space, n_iter=DRAWS[kind], random_state=seed, **options)
    else:
        search = GridSearchCV(model, space, **options)
    found = search.fit(rounds.features, rounds.like).cv_results_
    tried = [
        {name.removeprefix(prefix): value for name, value in parameters.items()}
        for parameters in found["params"]
    ]
    table = pd.DataFrame(tried)
    table["log_loss"], table["spread"] = -found["mean_test_score"], found["std_test_score"]
    table = table.sort_values("log_loss", kind="stable")
    return Tuned(tried[table.index[0]], table.reset_index(drop=True))


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


def study(
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

    Raises
    ------
    ValueError
        If the ratings of a part are all likes, or none is.
    """
    report = progress or (lambda done, text: None)
    report(0.0, "Building features")
    parts = three_way(ratings, how, seed=seed)
    built = builder(seed).fit(parts.train, movies)
    drawn = _draw(parts.train, rows, seed)
    features, like = built.transform(drawn), _like(drawn)
    rounds = tuning_rounds(parts.train, movies, how=how, seed=seed)
    models, searches = _baselines(), {}
    for i, kind in enumerate(KINDS):
        report(0.1 + 0.2 * i, f"Tuning: {LABELS[kind]}")
        searches[kind] = tune(kind, rounds, seed)
        models[kind, "default"] = estimator(kind, seed)
        models[kind, "tuned"] = estimator(kind, seed, **searches[kind].parameters)
    for i, (name, model) in enumerate(models.items()):
        report(0.7 + 0.2 * i / len(models), f"Training: {LABELS[name[0]]}")
        model.fit(features, like)
    report(0.9, "Judging")
    validation = _chances(models, built, parts.validation)
    test = _chances(models, built, parts.test)
    checked = _check(validation, _like(parts.validation))
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
        ("two means", "baseline"): make_pipeline(means, LogisticRegression()),
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
    like, users = _like(test), test["user_id"]
    means = chances["two means", "baseline"]
    rows = {}
    for name, column in chances.items():
        threshold = 0.0 if name[0] == "always like" else 0.5
        rows[name] = judge(like, column, users, threshold, seed=seed)
        difference = auc_difference(like, column, means, users, n=200, seed=seed)
        for end, value in zip(("", "_low", "_high"), difference, strict=True):
            rows[name]["auc_difference" + end] = value
    return pd.DataFrame(rows).T.rename_axis(["model", "setting"])


def _rehearsals(train: pd.DataFrame, how: str, n: int, seed: int) -> list[Split]:
    if how == "random":
        return list(islice(folds(train, n + 2, seed), n))
    splits = []
    for pieces in range(n + 2, 2, -1):
        splits.append(time_split(train, test=1 / pieces))
        train = splits[-1].train
    return splits[::-1]


def _draw(ratings: pd.DataFrame, rows: int, seed: int) -> pd.DataFrame:
    if len(ratings) <= rows:
        return ratings
    return ratings.iloc[np.sort(np.random.default_rng(seed).permutation(len(ratings))[:rows])]


def _like(ratings: pd.DataFrame) -> np.ndarray:
    like = ratings["rating"].to_numpy() >= LIKE_FROM
    if like.all() or not like.any():
        kind = "All" if like.all() else "None"
        raise ValueError(f"{kind} of these {len(like):,} ratings are likes: nothing to tell apart.")
    return like
