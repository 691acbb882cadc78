"""The exercises of notebook 04: baselines."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nbhelpers.evaluation.intervals import paired_difference
from nbhelpers.evaluation.metrics import rmse
from nbhelpers.teaching.exercises.task import Task


def exercise_1() -> Task:
    """How strong is the pull?"""
    mean, stars, strength = 3.6, [5, 5], 25
    above = sum(stars) - len(stars) * mean
    mistakes = {
        "that is the bias alone: add the mean of all ratings.": above / 27,
        "one deviation was divided instead of the sum of both.": mean + above / 2 / 27,
        "the two ratings count as well: divide by 25 + 2, not by 25.": mean + above / strength,
        "that is the film's plain mean: nothing was shrunk.": 5,
        "that is what is taken away: the film keeps 2 / (2 + 25) of its difference.": (
            mean + 1.4 * 25 / 27
        ),
    }
    return Task(mean + above / (strength + len(stars)), tolerance=0.005, mistakes=mistakes)


def exercise_2(train: pd.DataFrame, test: pd.DataFrame) -> Task:
    """People first."""

    def error(order: tuple[str, str], strengths: tuple[float, float], unknown: float) -> float:
        predicted = _in_turn(train, test, order, strengths, unknown)
        known = predicted.notna()
        return rmse(test["rating"][known], predicted[known])

    people_first, films_first = ("user_id", "movie_id"), ("movie_id", "user_id")
    mistakes = {
        "that is films first: the order was not turned around.": error(films_first, (25, 10), 0),
        "the strengths are exchanged: 10 is for people, 25 for films.": (
            error(people_first, (25, 10), 0)
        ),
        "unknown people and films were skipped: fill their biases with 0.": (
            error(people_first, (10, 25), np.nan)
        ),
        "the means are not shrunk: divide by the number of ratings plus the strength.": (
            error(people_first, (0, 0), 0)
        ),
        "that is the square of the error: take the root.": (error(people_first, (10, 25), 0) ** 2),
        "both biases were taken from the same residuals: subtract the people's first.": rmse(
            test["rating"], _at_once(train, test)
        ),
    }
    return Task(error(people_first, (10, 25), 0), mistakes=mistakes)


def exercise_3(predictions: Mapping[str, np.ndarray], test: pd.DataFrame) -> Task:
    """Is it luck?"""
    by_user = predictions["user mean"] - test["rating"]
    by_movie = predictions["movie mean"] - test["rating"]
    users = paired_difference(by_user, by_movie, test["user_id"])
    rows = paired_difference(by_user, by_movie)
    movies = paired_difference(by_user, by_movie, test["movie_id"])
    stars = paired_difference(predictions["user mean"], predictions["movie mean"], test["user_id"])
    # Another seed draws other users: as right, and nearer than an interval that is a mistake.
    luck = 0.08 * (users.high - users.low)
    mistakes = {
        "that is the movie mean minus the user mean: turn them around.": (-users.high, -users.low),
        "draw users, not single ratings: `groups` is missing.": rows[1:],
        'draw users, not films: `groups=test["user_id"]`.': movies[1:],
        "those are the predictions: subtract the ratings from them.": stars[1:],
        "lower end first.": (users.high, users.low),
        "these are three numbers, the estimate among them: give the two ends.": users,
        "that is the estimate and one end: give the two ends.": users[:2],
    }
    pairs = [np.asarray(ends) for ends in mistakes.values() if len(ends) == 2]
    apart = min(float(np.abs(ends - users[1:]).max()) for ends in pairs)
    return Task(users[1:], tolerance=max(1e-6, min(luck, apart / 2)), mistakes=mistakes)


def exercise_4(train: pd.DataFrame, test: pd.DataFrame) -> Task:
    """Two bugs."""

    def right(train: pd.DataFrame, test: pd.DataFrame, strength: float = 10) -> pd.Series:
        order = "movie_id", "user_id"
        return _in_turn(train, test, order, (strength, strength), 0)

    def peeks(train: pd.DataFrame, test: pd.DataFrame, strength: float = 10) -> pd.Series:
        mean = pd.concat([train, test])["rating"].mean()
        order = "movie_id", "user_id"
        return _in_turn(train, test, order, (strength, strength), 0, mean)

    def counts_twice(train: pd.DataFrame, test: pd.DataFrame, strength: float = 10) -> pd.Series:
        return _at_once(train, test, (strength, strength))

    def people_first(train: pd.DataFrame, test: pd.DataFrame, strength: float = 10) -> pd.Series:
        return _in_turn(train, test, ("user_id", "movie_id"), (strength, strength), 0)

    def both(train: pd.DataFrame, test: pd.DataFrame, strength: float = 10) -> pd.Series:
        mean = pd.concat([train, test])["rating"].mean()
        return _at_once(train, test, (strength, strength), mean)

    small = pd.DataFrame({"user_id": [1, 1, 2], "movie_id": [1, 2, 1], "rating": [5.0, 4.0, 3.0]})
    hidden = pd.DataFrame({"user_id": [2, 3], "movie_id": [2, 9], "rating": [1.0, 1.0]})
    cases = [(small, hidden), (small, hidden, 2), (train.head(2000), test.head(500))]
    mistakes = {
        "both mistakes are still there.": both,
        "one is left: the mean is taken of the test ratings as well.": peeks,
        "one is left: the people's bias still holds what is the films'.": counts_twice,
        "both are gone, but in this notebook the films' bias comes first.": people_first,
        "these are RMSEs: `mended` is the function itself.": lambda train, test, strength=10: rmse(
            test["rating"], right(train, test, strength)
        ),
    }
    return Task(right, mistakes=mistakes, cases=cases)


def _in_turn(
    train: pd.DataFrame,
    test: pd.DataFrame,
    order: tuple[str, str],
    strengths: tuple[float, float],
    unknown: float,
    mean: float | None = None,
) -> pd.Series:
    """Predict by two biases, the second of what the first leaves over."""
    mean = train["rating"].mean() if mean is None else mean
    left, predicted = train["rating"] - mean, pd.Series(mean, test.index)
    for key, strength in zip(order, strengths, strict=True):
        groups = left.groupby(train[key])
        bias = groups.sum() / (groups.size() + strength)
        left = left - train[key].map(bias)
        predicted = predicted + test[key].map(bias).fillna(unknown)
    return predicted


def _at_once(
    train: pd.DataFrame,
    test: pd.DataFrame,
    strengths: tuple[float, float] = (25, 10),
    mean: float | None = None,
) -> pd.Series:
    """Predict by two biases, both of the same residuals."""
    mean = train["rating"].mean() if mean is None else mean
    predicted = pd.Series(mean, test.index)
    for key, strength in zip(("movie_id", "user_id"), strengths, strict=True):
        groups = (train["rating"] - mean).groupby(train[key])
        bias = groups.sum() / (groups.size() + strength)
        predicted = predicted + test[key].map(bias).fillna(0)
    return predicted
