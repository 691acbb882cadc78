"""Everything an engine knows, measured on held-out ratings and then learned from all."""

import inspect
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from sklearn.metrics import log_loss

from nbhelpers.classifiers import kinds
from nbhelpers.classifiers.study import Study, board_of, run_study
from nbhelpers.data import catalogue
from nbhelpers.data.datasets import Dataset
from nbhelpers.data.datasets import load as load_data
from nbhelpers.engine.engine import Engine
from nbhelpers.engine.engine_files import folder_of, prepare, room, save
from nbhelpers.engine.filters import listed
from nbhelpers.engine.list_boards import knobs_board, lists_board
from nbhelpers.engine.list_tuning import DAYS, USUAL, Lists, Odds, list_model, tuned
from nbhelpers.engine.scoring import Trained, stacked
from nbhelpers.engine.similarity import Likeness
from nbhelpers.errors import DataError
from nbhelpers.evaluation.leaderboards import leaderboard
from nbhelpers.evaluation.splits import random_split
from nbhelpers.features.summaries import LIKE_FROM
from nbhelpers.files import check_disk
from nbhelpers.models.baselines import BayesianMean, Biases, GlobalMean
from nbhelpers.models.knn import KNN
from nbhelpers.models.popularity import RecentPopularity
from nbhelpers.models.svd import SVD

__all__ = ["build", "light", "train"]

SPLITS = ("random", "time")
ROWS = 200_000  # ratings that the classifiers learn from, drawn at random
REGULARISATIONS = (0.05, 0.1, 0.15)
EPOCHS = 60  # at most
CAUTION = 0.2  # of kNN: without it, a newcomer's first ratings weigh too much
WEIGHTS = np.linspace(0, 1, 11)
LIGHT = {  # parameters that need no search, and little time
    "logistic": {},
    "forest": {"n_estimators": 20, "min_samples_leaf": 10},
    "boosting": {"max_depth": 3},
}

Progress = Callable[[float, str], None]


class Settings(NamedTuple):
    """What is found before the models learn from all ratings.

    Attributes
    ----------
    classifiers : dict of dict
        Parameters by kind.
    svd : dict
        Parameters.
    best : str
        The kind of classifier that the blend takes.
    stack, weight
        See `Trained`.
    lists : Lists
        Of the list model, and of what becomes of its candidates.
    """

    classifiers: dict[str, dict]
    svd: dict
    best: str
    stack: np.ndarray
    weight: float
    lists: Lists = USUAL


class Stars(NamedTuple):
    """Models of the stars, and how long and how strictly SVD learned."""

    svd: SVD
    knn: KNN
    settings: dict

    def of(self, pairs: pd.DataFrame) -> list[np.ndarray]:
        asked = pairs["user_id"], pairs["movie_id"]
        return [self.svd.predict(*asked), self.knn.predict(*asked)]


def build(
    name: str = catalogue.SAMPLE,
    folder: Path | None = None,
    users: float | None = None,
    seed: int = 42,
    progress: Progress | None = None,
) -> Path:
    """Train an engine and keep it.

    What is measured is the way of training: settings found inside the training part; what joins
    the models, on the validation part; then all models refitted on both, and judged on a test part
    that is looked at once. What is kept has the same settings and has learned from all ratings.

    Parameters
    ----------
    name : str
        Of the data set, see `data.load`.
    folder : pathlib.Path, optional
        Where to, if not to `folder_of` the data set; it takes the place of an engine there.
    users : float in (0, 1], optional
        Share of the users.
    seed : int
    progress : callable, optional
        Told the share done, from 0 to 1, and what is being done.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    DataError
        If the data set is unknown, its files are missing or faulty, or the engine cannot be kept.
    """
    tell = progress or (lambda done, text: None)
    folder, boards, studied = folder or folder_of(name), {}, {}
    prepare(folder)  # what would keep it from being written is said before the work
    tell(0.0, f"Reading {name}")
    data = listed(load_data(name, users=users, seed=seed))
    _check(data)
    check_disk("the engine", folder, room(data))
    # Without times there is no later part to foretell.
    for place, how in enumerate(SPLITS if data.has("timestamp") else SPLITS[:1]):
        start = 0.02 + 0.4 * place
        part = partial(_tell_part, tell, start, start + 0.3, how)
        studied[how] = run_study(
            data.ratings, data.movies, how, seed=seed, rows=ROWS, progress=part
        )
        tell(start + 0.3, f"Matching stars and chances ({how} split)")
        found = _measure(studied[how], data, seed)
        boards[how], boards[f"stars_{how}"] = found.chances, found.stars
        if how == "random":  # an engine serves users whom it knows, as this split does
            chosen = found
    study = studied["random"]
    tell(0.82, "Tuning lists")
    lists = tuned(study.parts.train, study.parts.validation, chosen.odds, seed)
    settings = Settings(
        study.parameters, chosen.learned.settings, study.best, chosen.stack, chosen.weight, lists
    )
    tell(0.86, "Judging lists")
    boards |= _judge_lists(data, study, settings, seed)
    tell(0.92, "Training on all ratings")
    trained = train(data, settings, seed)
    tell(0.95, "Writing")
    manifest = {
        "dataset": name,
        "label": data.label,
        "licence": data.licence,
        "data": data.content_hash,
        "share": users,
        "seed": seed,
        "made": datetime.now(UTC).date().isoformat(),
        "ratings": len(data.ratings),
        "users": data.n_users,
        "films": len(data.movies),
        "parameters": {how: study.parameters for how, study in studied.items()}
        | {"svd": chosen.learned.settings}
        | {"lists": _described(trained)},
    }
    save(folder, trained, boards, manifest)
    tell(1.0, "Done")
    return folder


def _check(data: Dataset) -> None:
    """Refuse a set of which nothing can be learned that an engine says."""
    likes = data.ratings["rating"] >= LIKE_FROM
    if likes.all() or not likes.any():
        raise DataError(
            f"In the set {data.name!r} {'every' if likes.all() else 'no'} rating is a like "
            f"({LIKE_FROM:g} stars or more).",
            expected="some ratings that are likes, and some that are not.",
            remedy="An engine needs both; from likes alone, the models of notebook 08 can learn.",
        )


def light(data: Dataset, seed: int = 42) -> Settings:
    """Return settings without the search of `build`, in seconds: for lessons and first tries.

    Learned on held-out ratings is only what joins the models: how stars turn into chances, and
    how much the blend takes of each. The classifier of the blend is the logistic regression.

    Parameters
    ----------
    data : Dataset
    seed : int

    Returns
    -------
    Settings
    """
    data = listed(data)
    train, validation = random_split(data.ratings, test=0.1, seed=seed)
    svd = _svd(0.1, seed) | {"n_epochs": EPOCHS // 2}
    learned = _fit_stars(train, svd)
    builder = kinds.builder(seed).fit(train, data.movies)
    features, like = kinds.training_rows(train, builder, ROWS, seed)
    classifier = kinds.estimator("logistic", seed, **LIGHT["logistic"])
    classifier.fit(features.to_numpy(), like)
    stars, liked = learned.of(validation), validation["rating"] >= LIKE_FROM
    stack = _stack(stars, liked)
    chances = kinds.chance(classifier, builder.transform(validation).to_numpy())
    weight = _weigh(chances, stacked(stack, *stars), liked)
    return Settings(LIGHT, svd, "logistic", stack, weight)


def _tell_part(tell: Progress, start: float, end: float, how: str, done: float, text: str) -> None:
    """Pass on the progress of a part that lasts from `start` to `end`."""
    tell(start + (end - start) * done, f"{text} ({how} split)")


class Measured(NamedTuple):
    """What was found on one split: how stars become chances, and how good all that is."""

    learned: Stars
    stack: np.ndarray
    weight: float
    chances: pd.DataFrame
    stars: pd.DataFrame
    odds: Odds  # of a like, by the blend


def _described(trained: Trained) -> dict[str, Any]:
    """Return the settings of the list model that was trained, and of the second stage."""
    lists = trained.lists
    used = {name: getattr(lists, name) for name in inspect.signature(type(lists)).parameters}
    kept = {name: value for name, value in used.items() if name != "n_threads"}
    return {"model": type(lists).__name__, **kept, "lift": trained.lift, "liking": trained.liking}


def _judge_lists(
    data: Dataset, study: Study, settings: Settings, seed: int
) -> dict[str, pd.DataFrame]:
    """Judge lists on the test part, by an engine that has learned from the two other parts."""
    known = pd.concat([study.parts.train, study.parts.validation])
    known = known.sort_values(["movie_id", "user_id"], ignore_index=True)
    rehearsal = replace(data, ratings=known)
    engine = Engine(rehearsal, train(rehearsal, settings, seed), {}, {})
    return {
        "lists": lists_board(engine, study.parts.test, seed),
        "knobs": knobs_board(engine, study.parts.test, seed),
    }


def _measure(study: Study, data: Dataset, seed: int) -> Measured:
    """Join the stars to a study of classifiers, and judge all that on the test part.

    What joins them is learned on validation, with models that have not seen it. Whatever is judged
    has been refitted on all ratings before the test.
    """
    parts = study.parts
    learned = _learn_stars(parts.train, parts.validation, seed)
    liked, stars = parts.validation["rating"] >= LIKE_FROM, learned.of(parts.validation)
    stack, best = _stack(stars, liked), (study.best, "tuned")
    weight = _weigh(study.before.validation[best].to_numpy(), stacked(stack, *stars), liked)
    past, settings = parts.before_test, learned.settings
    del learned  # its likeness of films is large, and the next one's as well
    learned = _fit_stars(past, settings)
    stars = learned.of(parts.test)
    by_stars = stacked(stack, *stars)
    joined = study.chances.copy()
    joined["svd and knn", "tuned"] = expit(by_stars)
    joined["blend", "tuned"] = expit(_mix(study.chances[best].to_numpy(), by_stars, weight))
    chances = board_of(joined, parts.test, seed)
    rivals = {"global mean": GlobalMean(), "biases": Biases()}
    asked = parts.test["user_id"], parts.test["movie_id"]
    predictions = {name: m.fit(past).predict(*asked) for name, m in rivals.items()}
    predictions |= {"SVD": stars[0], "kNN": stars[1]}
    board = leaderboard(predictions, parts.test, "biases", data.scale, seed=seed)

    def odds(pairs: pd.DataFrame) -> np.ndarray:
        chances = kinds.chance(study.models[best], study.builder.transform(pairs))
        return _mix(chances, stacked(stack, *learned.of(pairs)), weight)

    return Measured(learned, stack, weight, chances, board, odds)


def _learn_stars(train: pd.DataFrame, validation: pd.DataFrame, seed: int) -> Stars:
    """Fit SVD and kNN; the epoch and the regularisation are those best in validation."""
    tried = []
    for reg in REGULARISATIONS:
        settings = _svd(reg, seed)
        history = SVD(**settings, n_epochs=EPOCHS).fit(train, validation=validation).history
        best = int(history.index[int(history["validation"].argmin())])
        tried.append((history["validation"].min(), settings | {"n_epochs": best}))
    return _fit_stars(train, min(tried, key=lambda one: one[0])[1])


def _fit_stars(ratings: pd.DataFrame, settings: dict) -> Stars:
    return Stars(SVD(**settings).fit(ratings), KNN(caution=CAUTION).fit(ratings), settings)


def _svd(reg: float, seed: int) -> dict:
    return {"n_factors": 50, "lr_all": 0.01, "reg_all": reg, "random_state": seed}


def _stack(stars: list[np.ndarray], liked: pd.Series) -> np.ndarray:
    """Learn how the stars of both models turn into the log-odds of a like."""
    fit = kinds.regression().fit(np.column_stack(stars), liked)
    return np.append(fit.intercept_, fit.coef_[0])


def _weigh(chances: np.ndarray, by_stars: np.ndarray, liked: pd.Series) -> float:
    """Return the share of the classifier that gives the best blend."""
    losses = [log_loss(liked, expit(_mix(chances, by_stars, weight))) for weight in WEIGHTS]
    return float(WEIGHTS[int(np.argmin(losses))])


def _mix(chances: np.ndarray, by_stars: np.ndarray, weight: float) -> np.ndarray:
    odds = logit(np.clip(chances, 1e-6, 1 - 1e-6))
    return weight * odds + (1 - weight) * by_stars


def train(data: Dataset, settings: Settings, seed: int = 42) -> Trained:
    """Learn from all ratings of films that have a title, with settings found before.

    Parameters
    ----------
    data : Dataset
    settings : Settings
    seed : int

    Returns
    -------
    Trained
    """
    data = listed(data)
    ratings = data.ratings
    builder = kinds.builder(seed).fit(ratings, data.movies)
    features, liked = kinds.training_rows(ratings, builder, ROWS, seed)
    # Arrays: to check the names of columns takes longer than to predict.
    classifiers = {
        kind: kinds.estimator(kind, seed, len(liked), **parameters).fit(features.to_numpy(), liked)
        for kind, parameters in settings.classifiers.items()
    }
    knn = KNN(caution=CAUTION).fit(ratings)
    return Trained(
        builder=builder,
        classifiers=classifiers,
        svd=SVD(**settings.svd).fit(ratings),
        knn=knn,
        rated=BayesianMean().fit(ratings),
        lists=list_model(settings.lists.parameters, ratings),
        popular=RecentPopularity(DAYS).fit(_dated(ratings)),
        likeness=Likeness().fit(data, knn),
        best=settings.best,
        stack=settings.stack,
        weight=settings.weight,
        lift=settings.lists.lift,
        liking=settings.lists.liking,
    )


def _dated(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return ratings with a time each: the same for all where a set has none."""
    if ratings["timestamp"].notna().any():
        return ratings
    return ratings.assign(timestamp=np.datetime64(0, "s"))
