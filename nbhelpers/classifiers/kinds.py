"""Classifiers of likes: the chance that a user likes a film, from the features of both.

A *like* is a rating of `LIKE_FROM` stars or more.
"""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nbhelpers.errors import DataError
from nbhelpers.features.builder import FeatureBuilder
from nbhelpers.features.summaries import LIKE_FROM

XGBClassifier: type[BaseEstimator] | None
try:
    from xgboost import XGBClassifier
except (ImportError, OSError, ValueError):  # the last two: its library of OpenMP is missing
    XGBClassifier = None

N_TEXT = 16  # more columns of text cost time and add nothing here
SEEN = 0.03, 2000  # of the rows, and rows at least, that each tree of a forest sees
STRANGERS = 0.05  # share of training rows whose user is hidden
PERSONAL = ("user_", "favourite_match", "genre_taste")
KINDS = ("logistic", "forest", "boosting")
LABELS = {
    "always like": "Always like",
    "two means": "Two means",
    "logistic": "Logistic regression",
    "forest": "Random forest",
    "boosting": "XGBoost" if XGBClassifier else "Histogram boosting",
}
SPACES: dict[str, dict[str, list[Any]]] = {
    "logistic": {"C": [0.0001, 0.001, 0.01, 0.1, 1.0, 10.0]},
    "forest": {"min_samples_leaf": [1, 3, 10, 30], "max_features": ["sqrt", 0.3]},
    "boosting": {
        "n_estimators": [50, 100, 150],
        "learning_rate": [0.05, 0.1, 0.2],
        "max_depth": [2, 3, 4, 5],
        "min_child_weight": [1, 10, 50],
        "subsample": [0.6, 0.8, 1.0],
        "colsample_bytree": [0.4, 0.7, 1.0],
    }
    if XGBClassifier
    else {
        "max_iter": [50, 100, 150],
        "learning_rate": [0.05, 0.1, 0.2],
        "max_depth": [2, 3, 4, 5],
        "min_samples_leaf": [20, 50, 100],
        "l2_regularization": [0.0, 1.0, 10.0],
        "max_features": [0.4, 0.7, 1.0],
    },
}


def builder(seed: int = 42, **options: Any) -> FeatureBuilder:
    """Return the builder of the models' features.

    Parameters
    ----------
    seed, **options
        See `FeatureBuilder`.

    Returns
    -------
    FeatureBuilder
        Not fitted.
    """
    return FeatureBuilder(**{"n_text": N_TEXT, "seed": seed} | options)


def estimator(
    kind: str, seed: int = 42, rows: int | None = None, **parameters: Any
) -> BaseEstimator:
    """Return an unfitted classifier that runs on one core and gives the same result each time.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    seed : int
    rows : int, optional
        How many there are to learn from; a forest on few rows has to know.
    **parameters
        Of the classifier, such as those in `SPACES`; what is left out has its library's value.
        Only the forest's trees see 3 % of the rows each, or 2,000 if that is more: they take 3 %
        of the time, and are as good together.

    Returns
    -------
    sklearn.base.BaseEstimator
        With ``fit`` and ``predict_proba``.

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    if kind == "logistic":
        return make_pipeline(StandardScaler(), regression(**parameters))
    if kind == "forest":
        share, fewest = SEEN
        seen = share if rows is None else min(1.0, max(share, fewest / rows))
        options = {"max_samples": seen, "n_jobs": 1} | parameters
        return RandomForestClassifier(random_state=seed, **options)
    if kind == "boosting" and XGBClassifier:
        options = {"n_jobs": 1, "tree_method": "hist"} | parameters
        return XGBClassifier(random_state=seed, **options)
    if kind == "boosting":
        return HistGradientBoostingClassifier(random_state=seed, **parameters)
    raise ValueError(f"There is no model {kind!r}: choose one of {', '.join(KINDS)}.")


def regression(**parameters: Any) -> LogisticRegression:
    """Return an unfitted logistic regression that comes to the same chances on every processor.

    Rounding decides whether the default solver, lbfgs, stops after 36 or 37 small steps, and so a
    chance's third digit. Newton's method takes three or four, each many times nearer than the one
    before: where it stops is clear, and it takes a third of the time.
    """
    return LogisticRegression(**{"solver": "newton-cholesky"} | parameters)


def chance(estimator: BaseEstimator, features: pd.DataFrame | np.ndarray) -> np.ndarray:
    """Return the chance of a like for each row of features.

    Parameters
    ----------
    estimator : sklearn.base.BaseEstimator
        Fitted.
    features : DataFrame or numpy.ndarray, shape (n, n_features)

    Returns
    -------
    numpy.ndarray of float64, shape (n,)
        In [0, 1].
    """
    return estimator.predict_proba(features)[:, 1].astype("float64")


def training_rows(
    ratings: pd.DataFrame, built: FeatureBuilder, rows: int = 200_000, seed: int = 42
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return features and likes of at most so many ratings; some users are made strangers.

    The builder, fitted on these ratings, knows every user of its training part, but not every user
    who comes later. A classifier that has never met a stranger may say anything about them: so each
    row turns into a stranger's with a chance of 5 %, as in Volkovs et al., DropoutNet (NeurIPS
    2017).

    Features are float64: with half the digits, Newton's method may stop before the regression is
    learned.
    """
    drawn = draw(ratings, rows, seed)
    features = built.transform(drawn).astype("float64")
    personal = [name for name in built.names if name.startswith(PERSONAL)]
    nobody = built.transform(pd.DataFrame({"user_id": [-1], "movie_id": [-1]}))[personal]
    hidden = np.random.default_rng(seed).random(len(features)) < STRANGERS
    features.loc[hidden, personal] = np.repeat(nobody.to_numpy(), hidden.sum(), axis=0)
    return features, likes(drawn)


def draw(ratings: pd.DataFrame, rows: int, seed: int) -> pd.DataFrame:
    """Return at most so many ratings, drawn at random, in their order."""
    if len(ratings) <= rows:
        return ratings
    return ratings.iloc[np.sort(np.random.default_rng(seed).permutation(len(ratings))[:rows])]


def likes(ratings: pd.DataFrame) -> np.ndarray:
    """Return which ratings are likes; it takes both kinds to learn or judge anything."""
    like = ratings["rating"].to_numpy() >= LIKE_FROM
    if like.all() or not like.any():
        kind = "All" if like.all() else "None"
        raise DataError(
            f"{kind} of these {len(like):,} ratings are likes ({LIKE_FROM:g} stars or more): there "
            "is nothing to tell apart.",
            remedy="take more ratings, some of them lower and some of them higher.",
        )
    return like
