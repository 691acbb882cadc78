"""Tables with something hidden in them, for readers to find."""

import numpy as np
import pandas as pd

from nbhelpers.data.datasets import Dataset

PRAISED = 80  # films that the robot rates
SEASON, WILD = (2, 5), (3, 9)  # site and month: high each year, and high in one year only


def damaged(data: Dataset, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a thousand ratings with planted faults, and a list of films with gaps.

    Parameters
    ----------
    data : Dataset
    seed : int

    Returns
    -------
    faulty, listed : DataFrame
        Ratings, of which some are off the scale and some given twice; movies.
    """
    faulty = data.ratings.sample(min(1000, len(data.ratings)), random_state=seed)
    off = faulty.sample(frac=0.02, random_state=seed).index
    faulty.loc[off, "rating"] = 7
    faulty.loc[off[: len(off) // 3], "rating"] = data.scale[0] - 1
    again = faulty.sample(frac=0.03, random_state=seed + 1).assign(rating=4)
    listed = data.movies.sample(frac=0.95, random_state=seed)
    return pd.concat([faulty, again], ignore_index=True), listed


def suspect(ratings: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return ratings of some three hundred people, a robot and the double of one person.

    Parameters
    ----------
    ratings : DataFrame
    seed : int

    Returns
    -------
    DataFrame
        The columns of the ratings, in no order.
    """
    users = ratings.groupby("user_id")["rating"].agg(["size", "std"])
    enough = users["size"] >= min(20, users["size"].median())
    people = users[enough & (users["std"] > 0)].index.to_series()
    people = people.sample(min(300, len(people)), random_state=seed)
    rows = ratings[ratings["user_id"].isin(people)]
    free = pd.Index(np.arange(people.min() + 1, people.min() + 2 + len(users))).difference(
        users.index
    )
    ids = free.to_series().sample(2, random_state=seed)
    films = ratings["movie_id"].drop_duplicates()
    films = films.sample(min(PRAISED, len(films)), random_state=seed)
    robot = ratings.loc[films.index].assign(
        user_id=ids.iloc[0],
        rating=ratings["rating"].max(),
        timestamp=rows["timestamp"].quantile(0.5, "nearest"),
    )
    double = rows[rows["user_id"] == people.iloc[0]].assign(user_id=ids.iloc[1])
    table = pd.concat([rows, robot, double]).astype(ratings.dtypes)
    return table.sample(frac=1, random_state=seed).reset_index(drop=True)


def sites(seed: int) -> pd.DataFrame:
    """Return monthly ratings of three growing sites: one has a season, one a wild month.

    Parameters
    ----------
    seed : int

    Returns
    -------
    DataFrame of int
        Index: the first days of 60 months; columns 1, 2 and 3.
    """
    months = pd.date_range("2001-01-01", periods=60, freq="MS", name="month")
    time = np.arange(60)
    table = pd.DataFrame({1: 300 * 1.03**time, 2: 400 * 1.04**time, 3: 500 * 1.02**time}, months)
    table.loc[months.month == SEASON[1], SEASON[0]] *= 1.25
    # In the last year but one, so large that even the months added up show it.
    table.loc[(months.month == WILD[1]) & (months.year == 2004), WILD[0]] *= 4
    noise = np.random.default_rng(seed).normal(1, 0.03, table.shape)
    return (table * noise).round().astype(int)
