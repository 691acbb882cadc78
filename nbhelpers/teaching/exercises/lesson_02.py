"""What the exercises of notebook 02 expect."""

import numpy as np
import pandas as pd

from nbhelpers.data import counts
from nbhelpers.teaching.exercises.task import Task
from nbhelpers.teaching.puzzles import SEASON, WILD

W = 200  # imagined ratings in the exercise's Bayesian mean; the notebook takes 25
TOLD = 25


def exercise_1(per_film: pd.DataFrame, mean: float) -> Task:
    def score(w: float, divide: bool = True) -> pd.Series:
        total = w * mean + per_film["mean"] * per_film["count"]
        return total / (w + per_film["count"]) if divide else total

    raw = per_film.sort_values(["mean", "count"], ascending=False)
    return Task(
        score(W).idxmax(),
        label=True,
        mistakes={
            "that is the film with the best raw mean: w is not in the formula.": raw.index[0],
            "that is a film with the best raw mean: w is not in the formula.": per_film[
                "mean"
            ].idxmax(),
            "that is the first film with w = 25, as above.": score(TOLD).idxmax(),
            "that is the film's score, not its `movie_id`: `idxmax`, not `max`.": score(W).max(),
            "that is the film with most stars in all: the sum has to be divided by w + n.": score(
                W, divide=False
            ).idxmax(),
            "that is the most rated film: it is the score that has to be largest.": per_film[
                "count"
            ].idxmax(),
            "that is the film's place in the table, not its `movie_id`: `idxmax`, not `argmax`.": (
                score(W).argmax()
            ),
        },
    )


def exercise_2(ratings: pd.DataFrame) -> Task:
    by_day = counts.over(ratings, "weekday").query("count > 0")

    def late_minus_early(day: int, weigh: bool = True) -> float:
        late = by_day.index >= day
        means = [
            np.average(part["mean"], weights=part["count"] if weigh else None) if len(part) else 0
            for part in (by_day[late], by_day[~late])
        ]
        return float(means[0] - means[1])

    late = by_day[by_day.index >= 5]
    of_late = float(np.average(late["mean"], weights=late["count"])) if len(late) else 0.0
    mean = float(np.average(by_day["mean"], weights=by_day["count"]))
    return Task(
        late_minus_early(5),
        tolerance=1e-4,
        mistakes={
            "the sign is turned around: weekend minus other days.": -late_minus_early(5),
            "that is Sunday alone: Saturday is day 5.": late_minus_early(6),
            "that counts Friday, too: Monday is day 0, so Friday is 4.": late_minus_early(4),
            "that is the mean of the weekend: subtract that of the other days.": of_late,
            "that is the weekend minus *all* days: subtract the mean of the others only.": (
                of_late - mean
            ),
            "that is the mean of the days' means: weigh them by their counts.": late_minus_early(
                5, weigh=False
            ),
        },
    )


def exercise_3() -> Task:
    def curve(values: np.ndarray, ordered: bool = True, from_zero: bool = True) -> np.ndarray:
        values = np.sort(values) if ordered else np.asarray(values)
        held = values.cumsum() / values.sum()
        return np.insert(held, 0, 0) if from_zero else held

    def below(held: np.ndarray) -> float:
        return float(np.mean(held[1:] + held[:-1]))

    return Task(
        counts.gini,
        mistakes={
            "the counts come in any order: sort them, the smallest first.": lambda x: (
                1 - below(curve(x, ordered=False))
            ),
            "that is what you get with the largest first: sort the other way.": lambda x: (
                below(curve(x)) - 1
            ),
            "the curve has to begin at 0: put a 0 in front.": lambda x: (
                1 - below(curve(x, from_zero=False))
            ),
            "the first trapezoid is missing: put a 0 in front of the curve.": lambda x: (
                1 - below(curve(x, from_zero=False)) * (len(x) - 1) / len(x)
            ),
            "those are the curve's values: take the means of neighbouring ones.": lambda x: (
                1 - 2 * float(curve(x, from_zero=False).sum()) / len(x)
            ),
            "that is the area below the curve: subtract twice that from 1.": lambda x: (
                below(curve(x)) / 2
            ),
            "that is twice the area below the curve: subtract it from 1.": lambda x: below(
                curve(x)
            ),
            "that is the area between curve and diagonal; the coefficient is twice that.": (
                lambda x: (1 - below(curve(x))) / 2
            ),
            "the area below the curve is taken once: it has to be twice.": lambda x: (
                1 - below(curve(x)) / 2
            ),
        },
        cases=[
            (np.array([5, 1, 2]),),
            (np.array([1, 1, 1, 1]),),
            (np.array([0, 8, 0, 0]),),
            (np.array([30, 2, 9, 1, 4, 4]),),
        ],
    )


def exercise_4(sites: pd.DataFrame) -> Task:
    months = pd.DatetimeIndex(sites.index).month
    added_up = sites.groupby(months).sum().to_numpy()  # a row for each month
    largest = [int(row) + 1 for row in added_up.argmax(axis=0)]  # of sites 1, 2 and 3
    last = int(months[-1])
    return Task(
        list(SEASON),
        label=True,
        mistakes={
            "that month was wild in one year only: look at each year by itself.": list(WILD),
            "that is the right site, but its largest month, which comes late and owes its height "
            "to growth: divide by the trend.": [SEASON[0], largest[SEASON[0] - 1]],
            "that site only grows: its last months are its largest.": [1, last],
            "that site only grows: what is left when you divide by the trend?": [
                1,
                largest[0],
            ],
            "that is the right site and the wrong month: January is 1, not 0.": [
                SEASON[0],
                SEASON[1] - 1,
            ],
            "the site comes first, then the month.": list(reversed(SEASON)),
            "that is the season's site without its month: give two numbers.": [SEASON[0]],
        },
    )
