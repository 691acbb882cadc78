"""What is known of users and movies besides their ratings, as a column of zeros and ones each."""

import pandas as pd

from nbhelpers.data.datasets import Dataset
from nbhelpers.data.demographics import people

AGES = [0, 18, 25, 35, 45, 50, 56, 200]  # the spans of ml-1m


def about_users(dataset: Dataset) -> pd.DataFrame:
    """Return age group, gender and occupation of users, where the set has them.

    Parameters
    ----------
    dataset : Dataset
        Of `load`.

    Returns
    -------
    pandas.DataFrame of float
        A row for each user_id known, a column of zeros and ones for each value; without columns
        if nothing is known.
    """
    known = people(dataset)
    known["age"] = pd.cut(known["age"].astype(float), AGES, right=False).astype(str)
    return pd.get_dummies(known, dtype=float) if len(known) else pd.DataFrame(index=known.index)


def about_movies(dataset: Dataset) -> pd.DataFrame:
    """Return genres and year of movies.

    Parameters
    ----------
    dataset : Dataset
        Of `load`.

    Returns
    -------
    pandas.DataFrame of float
        A row for each movie_id listed, a column of zeros and ones for each value; without columns
        if nothing is known.
    """
    movies = dataset.movies.set_index("movie_id")
    genres = pd.get_dummies(movies["genres"].explode(), dtype=float).groupby(level=0).max()
    years = pd.get_dummies(movies["year"].astype("Int64").astype("str").replace("<NA>", None))
    table = pd.concat([genres, years.astype(float)], axis=1)
    return table.loc[:, table.any()]
