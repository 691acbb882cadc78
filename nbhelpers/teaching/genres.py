"""The genres of a data set's films; where it has none, MovieLens's for the films found there."""

import pandas as pd

from nbhelpers.data.catalogue import find
from nbhelpers.data.datasets import Dataset, load
from nbhelpers.data.titles import link_report, link_titles

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
    links = _links(data)
    if links is None:
        return data.movies
    lent = load(LENDER).movies.set_index("movie_id")["genres"]
    genres = links.set_index("movie_id")["linked_id"].map(lent)
    return data.movies.assign(genres=[genres.get(film, []) for film in data.movies["movie_id"]])


def coverage(data: Dataset) -> str:
    """Say how many ratings are of films with genres, and where these are from.

    Parameters
    ----------
    data : Dataset

    Returns
    -------
    str
        A sentence.
    """
    links = _links(data)
    if links is not None:
        found = link_report(links, data.ratings)
        return (
            f"Genres are borrowed for {found['matched']:,} of {found['titles']:,} rated titles, "
            f"which have {found['share_of_ratings']:.0%} of the ratings."
        )
    many = data.movies["genres"].str.len()
    with_any = data.movies["movie_id"][many > 0]
    if not len(with_any):
        return "There are no genres here, and no MovieLens set to borrow them from."
    share = data.ratings["movie_id"].isin(with_any).mean()
    return (
        f"A film that has genres has {many[many > 0].mean():.1f} on average; **{share:.1%}** of "
        "the ratings are of films with genres."
    )


def _links(data: Dataset) -> pd.DataFrame | None:
    """Return which films are whose in MovieLens; None if nothing is to be borrowed from there."""
    if data.has("genres") or not find(LENDER):
        return None
    return link_titles(data.movies, load(LENDER).movies)
