"""The exercises of notebook 03: features."""

import numpy as np
import pandas as pd

from nbhelpers.teaching.exercises.task import Task


def exercise_1(train: pd.DataFrame, ratings: pd.DataFrame) -> Task:
    """Weekend people."""

    def share(rows: pd.DataFrame, days: tuple[int, ...] = (5, 6)) -> pd.Series:
        return rows["timestamp"].dt.day_of_week.isin(days).groupby(rows["user_id"]).mean()

    right = share(train)
    mistakes = {
        "these are numbers of ratings: divide by how many each person gave.": (
            right * train.groupby("user_id").size()
        ),
        "who never rated on a weekend has a share of 0, not NaN.": right.where(right > 0),
        "those who never rated on a weekend are left out: their share is 0.": right[right > 0],
        "these are per cent: a share lies between 0 and 1.": 100 * right,
        "this was computed from all data: use `train`.": share(ratings),
        "these are Sundays only: Saturday is day 5.": share(train, (6,)),
        "these are Fridays and Saturdays: the week begins with Monday, day 0.": share(
            train, (4, 5)
        ),
        "these are the working days: take what is left.": 1 - right,
    }
    return Task(right, mistakes=mistakes)


def exercise_2(train: pd.DataFrame) -> Task:
    """Out of fold."""
    first = np.unique(train["user_id"])[:40]
    small = train[train["user_id"].isin(first)].reset_index(drop=True)
    fold = np.arange(len(small)) % 3
    wanted, own_fold, empty = np.empty((3, len(small)))
    for f in range(3):
        inside, outside = small[fold == f], small[fold != f]
        wanted[fold == f] = _user_means(inside, outside)
        own_fold[fold == f] = _user_means(inside, inside)
        empty[fold == f] = _user_means(inside, outside, unknown=np.nan)
    by_user = small.groupby("user_id")["rating"]
    n = by_user.transform("size")
    rest = (by_user.transform("sum") - small["rating"]) / (n - 1).where(n > 1)
    mistakes = {
        "these are the means of each row's *own* fold: take the other folds.": own_fold,
        "these means use all rows: each row's own rating is inside.": _user_means(small, small),
        "this is leave one out: leave out the whole fold.": rest.fillna(small["rating"].mean()),
        "some are missing: fill in the mean of the other folds.": empty,
        "where the user is unknown, take the mean of the other folds, not of all rows.": (
            pd.Series(empty).fillna(small["rating"].mean())
        ),
        "where the user is unknown, take the mean of the other folds, not 0.": (
            pd.Series(empty).fillna(0)
        ),
    }
    return Task(wanted, mistakes=mistakes)


def exercise_3() -> Task:
    """A split for newcomers."""

    def latest(ratings: pd.DataFrame, share: float, moment: str = "min") -> set[int]:
        joined = ratings.groupby("user_id")["timestamp"].agg(moment).sort_values(kind="stable")
        return set(joined.index[len(joined) - int(share * len(joined)) :])

    def lower_ids(ratings: pd.DataFrame, share: float) -> set[int]:
        joined = ratings.groupby("user_id")["timestamp"].min()
        return set(joined.nlargest(int(share * len(joined))).index)

    def rounded_up(ratings: pd.DataFrame, share: float) -> set[int]:
        n_users = ratings["user_id"].nunique()
        return latest(ratings, np.ceil(share * n_users) / n_users)

    def earliest(ratings: pd.DataFrame, share: float) -> set[int]:
        joined = ratings.groupby("user_id")["timestamp"].min().sort_values(kind="stable")
        return set(joined.index[: int(share * len(joined))])

    def of_ratings(ratings: pd.DataFrame, share: float) -> set[int]:
        rows = ratings.sort_values("timestamp", kind="stable")
        return set(rows["user_id"].iloc[len(rows) - int(share * len(rows)) :])

    def highest_ids(ratings: pd.DataFrame, share: float) -> set[int]:
        ids = np.unique(ratings["user_id"])
        return set(ids[len(ids) - int(share * len(ids)) :])

    def as_list(ratings: pd.DataFrame, share: float) -> list[int]:
        return sorted(latest(ratings, share))

    mistakes = {
        "these users rated *last* at the latest moment: what counts is their first rating.": (
            lambda ratings, share: latest(ratings, share, "max")
        ),
        "these are the users who came first: hide those who came latest.": earliest,
        "this is a time split of ratings: it hides old acquaintances, too.": of_ratings,
        "these are the highest ids: an id is a name, look at the dates.": highest_ids,
        "of users who joined at the same moment, take those with the higher ids.": lower_ids,
        "their number has to be rounded down: `int(...)`.": rounded_up,
        "give a set of ids: `set(...)`.": as_list,
    }
    cases = [(_ten_users(order), share) for order in (1, 3, 7) for share in (0.2, 0.35, 0.5)]
    return Task(latest, mistakes=mistakes, cases=cases)


def _user_means(
    rows: pd.DataFrame, source: pd.DataFrame, unknown: float | None = None
) -> np.ndarray:
    """Return each row's user's mean in `source`."""
    unknown = source["rating"].mean() if unknown is None else unknown
    per_user = source.groupby("user_id")["rating"].mean()
    return rows["user_id"].map(per_user).fillna(unknown).to_numpy()


def _ten_users(step: int) -> pd.DataFrame:
    """Return ratings of ten users, two of whom join at the same moment.

    All go on to rate until late: who comes first, may leave last.
    """
    users = np.arange(10)
    joined = users * step % 10 // 2 * 2  # in days
    leaves = 60 - (users * 3 % 10)
    days = np.concatenate([joined, leaves])
    ratings = pd.DataFrame({"user_id": np.tile(users + 100, 2), "rating": 4.0})
    return ratings.assign(timestamp=pd.Timestamp("2004-01-01") + pd.to_timedelta(days, "D"))
