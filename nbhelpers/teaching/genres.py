"""The genres of a data set's films; where it has none, MovieLens's for the films found there."""

import pandas as pd

from nbhelpers.data.catalogue import find
from nbhelpers.data.datasets import Dataset, load
from nbhelpers.data.titles import link_titles

LENDER = "ml-latest-small"


def of(data: Dataset) -> pd.DataFrame:
    """Return movies with genres: the set's own, or borrowed ones where it names none.

    Parameters
    ----------
    data : Dataset

    Returns
    -------
    DataFrame
        The set's movies. Their genres are empty if there are none to borrow, too.
    """
    if data.has("genres") or not find(LENDER):
        return data.movies
    lender = load(LENDER).movies
    links = link_titles(data.movies, lender).set_index("movie_id")["linked_id"]
    lent = links.map(lender.set_index("movie_id")["genres"])
    return data.movies.assign(genres=[lent.get(film, []) for film in data.movies["movie_id"]])


def coverage(data: Dataset, movies: pd.DataFrame) -> str:
    """Say how many ratings are of films with genres, and whether these are borrowed.

    Parameters
    ----------
    data : Dataset
    movies : DataFrame
        Of `of`.

    Returns
    -------
    str
        A sentence.
    """
    many = movies["genres"].str.len()
    with_any = movies["movie_id"][many > 0]
    if not len(with_any):
        return "There are no genres here, and no MovieLens set to borrow them from."
    share = data.ratings["movie_id"].isin(with_any).mean()
    borrowed = "" if data.has("genres") else ", which are borrowed from MovieLens"
    return (
        f"A film that has genres has {many[many > 0].mean():.1f} on average; **{share:.1%}** of "
        f"the ratings are of films with genres{borrowed}."
    )
