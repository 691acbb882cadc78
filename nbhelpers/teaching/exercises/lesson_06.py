"""What is expected in the exercises of notebook 06, Evaluation."""

import numpy as np
import pandas as pd

from nbhelpers.evaluation.intervals import paired_difference
from nbhelpers.evaluation.metrics import ranking
from nbhelpers.evaluation.splits import Split
from nbhelpers.models.base import Model
from nbhelpers.teaching.exercises.task import Task


def exercise_1() -> Task:
    """The nDCG of a list with hits at ranks 2 and 5, of three films liked."""
    worth = 1 / np.log2(np.arange(1, 11) + 1)
    hits, best = worth[1] + worth[4], worth[:3].sum()
    return Task(
        hits / best,
        tolerance=0.002,
        mistakes={
            "that is the sum of the hits: divide by the best possible sum.": hits,
            "that is the best possible sum: the hits are divided by it.": best,
            "the fraction is upside down: the list's sum over the best possible one.": best / hits,
            "the best list has three hits, not ten: three films were liked.": hits / worth.sum(),
            "the best list has three hits, not two: one was missed.": hits / worth[:2].sum(),
            "rank k is worth 1 / log2(k + 1), not 1 / log2(k).": (1 + 1 / np.log2(5)) / best,
            "the logarithm is to the base 2 throughout.": hits / (best * np.log(2)),
            "two decimals are too few: give three.": 0.48,
            "that is the precision: nDCG counts a hit less the further down it is.": 0.2,
            "that is the recall: nDCG counts a hit less the further down it is.": 2 / 3,
        },
    )


def exercise_2(model: Model, judged: np.ndarray, wanted: pd.DataFrame) -> Task:
    """By what factor recall grows from ten places to twenty."""
    lists = model.top_n(judged, 20)
    ten, twenty = (ranking(lists, wanted, n).mean() for n in (10, 20))
    right = twenty["recall"] / ten["recall"]
    return Task(
        right,
        tolerance=1e-4,
        mistakes={
            "that is the recall at 20 itself: divide it by the recall at 10.": twenty["recall"],
            "that is the recall at 10: divide the recall at 20 by it.": ten["recall"],
            "the fraction is upside down.": 1 / right,
            "that is the difference: by what *factor* does it grow?": right * ten["recall"]
            - ten["recall"],
            "that is the factor of precision, not of recall.": twenty["precision"]
            / ten["precision"],
            "that is the factor of the hit rate, not of recall.": twenty["hit"] / ten["hit"],
            "that is the factor of nDCG, not of recall.": twenty["ndcg"] / ten["ndcg"],
            "both are of the same number of places: give `n` to `ranking`.": 1.0,
        },
    )


def exercise_3(off: dict[str, pd.Series], users: pd.Series) -> Task:
    """How much wider an interval is when users are drawn, not ratings."""
    pair = off["SVD"], off["movie-kNN"]
    by_user, by_rating = paired_difference(*pair, users), paired_difference(*pair)
    wide, narrow = by_user.high - by_user.low, by_rating.high - by_rating.low
    right = wide / narrow
    mistakes = {
        "the fraction is upside down: users divided by ratings.": narrow / wide,
        "that is one width: divide the two by each other.": wide,
        "that is the width with ratings: divide the other one by it.": narrow,
        "that is the difference of the widths: divide them.": wide - narrow,
        "both intervals draw the same: leave out the third argument once.": 1.0,
        "those are upper ends: the width is `high - low`.": by_user.high / by_rating.high,
        "those are lower ends: the width is `high - low`.": by_user.low / by_rating.low,
    }
    # Another seed draws others: as right, and nearer than what is a mistake.
    nearest = min(abs(value - right) for value in mistakes.values())
    return Task(right, tolerance=max(0.01, min(0.15 * right, nearest / 2)), mistakes=mistakes)


def exercise_4(split: Split, predicted: np.ndarray) -> Task:
    """The MAE on test rows whose user and movie the training part knows."""
    train, test = split
    misses = np.abs(predicted - test["rating"])
    user, movie = (test[key].isin(train[key]) for key in ("user_id", "movie_id"))
    both = user & movie
    return Task(
        misses[both].mean(),
        tolerance=1e-4,
        mistakes={
            "that is the MAE of all test rows: leave out the cold ones.": misses.mean(),
            "these are the cold rows: the mask is upside down.": misses[~both].mean(),
            "that is the RMSE, not the MAE.": np.sqrt((misses[both] ** 2).mean()),
            "rows of unknown films are still there.": misses[user].mean(),
            "rows of unknown users are still there.": misses[movie].mean(),
            "user *and* film have to be known: `or` lets strangers in.": misses[
                user | movie
            ].mean(),
        },
    )


def exercise_5() -> Task:
    """Which part each rating belongs to when a guest's first evening is rehearsed."""

    def parts(ratings, cutoff, first=3, late=True, keep_others=False, known=False, order=True):
        keys = ["user_id", "timestamp", "movie_id"] if order else ["user_id"]
        rows = ratings.sort_values(keys, kind="stable")
        place = rows.groupby("user_id").cumcount()
        begins = rows.groupby("user_id")["timestamp"].transform("min")
        guest = begins >= cutoff if late else begins > cutoff
        before = rows["timestamp"] < cutoff
        part = pd.Series("neither", rows.index)
        part[before] = "train"
        if keep_others:
            part[~before & ~guest] = "test"
        if known:
            guest = guest | (rows["timestamp"] >= cutoff)
        part[guest & (place < first)] = "train"
        part[guest & (place >= first)] = "test"
        return part.reindex(ratings.index)

    def changed(**options):
        return lambda ratings, cutoff: parts(ratings, cutoff, **options)

    def time_only(ratings, cutoff):
        before = ratings["timestamp"] < cutoff
        return pd.Series(np.where(before, "train", "test"), ratings.index)

    def all_to_train(ratings, cutoff):
        part = parts(ratings, cutoff)
        return part.where(part != "neither", "train")

    return Task(
        changed(),
        mistakes={
            "that is the time split: guests show three films first, and others go home.": time_only,
            "people known before the cutoff are no guests: their later ratings are in neither.": (
                changed(keep_others=True)
            ),
            "who is a guest goes by their *first* rating, not by each rating's day.": changed(
                known=True
            ),
            "what others rated after the cutoff is in neither part, not in training.": all_to_train,
            "a guest shows three films: count from 0, and keep those below 3.": changed(first=4),
            "a guest shows three films, not two: count from 0.": changed(first=2),
            "whoever begins on the very day of the cutoff is a guest, too.": changed(late=False),
            "a guest's first films go by time, ties by film: sort before you count.": changed(
                order=False
            ),
        },
        cases=[(_evening(), pd.Timestamp("2005-06-01"))],
    )


def _evening() -> pd.DataFrame:
    """Return ratings of a regular, of one who stays away, and of three guests, out of order."""
    days = {
        1: ["05-01", "05-02", "06-02", "06-03", "06-04", "06-05"],
        2: ["05-03", "05-04"],
        3: ["06-01", "06-01", "06-01", "06-01", "06-02"],
        4: ["06-07", "06-05", "06-06", "06-08", "06-09"],
        5: ["06-09"],
    }
    rows = [
        (user, 50 - place, day) for user, all_ in days.items() for place, day in enumerate(all_)
    ]
    table = pd.DataFrame(rows, columns=["user_id", "movie_id", "timestamp"])
    table["timestamp"] = pd.to_datetime("2005-" + table["timestamp"])
    return table.assign(rating=4).sample(frac=1, random_state=0)
