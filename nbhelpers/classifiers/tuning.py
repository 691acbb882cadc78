"""The search for good parameters, inside the training part: a rehearsal of the test."""

from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV

from nbhelpers.classifiers.kinds import SPACES, builder, draw, estimator, likes, training_rows
from nbhelpers.evaluation.splits import Split, folds, time_split

DRAWS = {"forest": 5, "boosting": 7}  # of a space, at random; the logistic one is searched whole
# Trees that see about as many rows as they will later, and fewer of them: the order of the
# settings is much the same.
REHEARSAL = {"forest": {"n_estimators": 25}}


class Rounds(NamedTuple):
    """Rehearsals of a test inside the training part: what scikit-learn's searches take."""

    features: pd.DataFrame
    like: np.ndarray
    cv: list[tuple[np.ndarray, np.ndarray]]  # per round: rows to train on, rows to be judged by


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

    There are `n` rounds, each judged by 1 / (n + 2) of the rows. Each builds its features anew from
    its own training rows, so nothing leaks from the rows that judge it; `options` are those of the
    `FeatureBuilder`. At most `rows` are drawn of each side, to keep a search short.

    If `how` is "time", the training windows grow, and the judging rows come right after them; the
    other way is "random".
    """
    tables, answers, cv, size = [], [], [], 0
    for split in _rehearsals(train, how, n, seed):
        built = builder(seed, **options).fit(split.train, movies)
        features, like = training_rows(split.train, built, rows, seed)
        judging = draw(split.test, rows, seed)
        tables += [features, built.transform(judging)]
        answers += [like, likes(judging)]
        ends = size + np.cumsum([0, len(like), len(judging)])
        cv.append((np.arange(*ends[:2]), np.arange(*ends[1:])))
        size = ends[-1]
    return Rounds(pd.concat(tables, ignore_index=True), np.concatenate(answers), cv)


class Tuned(NamedTuple):
    """The outcome of a search."""

    parameters: dict[str, Any]  # the best ones, for `estimator`
    table: pd.DataFrame  # all tried, best first: mean log_loss of the rounds, and its spread


def tune(kind: str, rounds: Rounds, seed: int = 42) -> Tuned:
    """Search the parameters of a kind: a grid for the regression, random draws for the trees.

    They are scored by log-loss rather than AUC: users are shown the chance itself, and AUC
    would not notice if all chances were too high.
    """
    fewest = min(len(learning) for learning, _ in rounds.cv)
    model = estimator(kind, seed, fewest, **REHEARSAL.get(kind, {}))
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


def _rehearsals(train: pd.DataFrame, how: str, n: int, seed: int) -> list[Split]:
    if how == "random":
        return list(islice(folds(train, n + 2, seed), n))
    splits = []
    for pieces in range(n + 2, 2, -1):
        splits.append(time_split(train, test=1 / pieces))
        train = splits[-1].train
    return splits[::-1]
