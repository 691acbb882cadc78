"""Which films to choose from: by genre, year, tag, or the mood one is in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple, TypedDict

import numpy as np
import pandas as pd

from nbhelpers.data.datasets import Dataset
from nbhelpers.engine.film_content import NOTES


class Filters(TypedDict, total=False):
    """Which films may be in a list; what is left out limits nothing.

    Attributes
    ----------
    genres : collection of str
        A film must have all of them, in the movies' own spelling.
    years : (from, to)
        Both included, None for no limit. A film without a year passes no limit.
    tag : str
        A keyword, a user's tag or one of the `MOODS`, whole; upper and lower case are the same.
    """

    genres: Collection[str]
    years: tuple[int | None, int | None] | None
    tag: str


class Mood(NamedTuple):
    """What suits it: all genres of one of the groups, or one of the tags; and no genre of `but`."""

    genres: tuple[tuple[str, ...], ...] = ()
    but: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


_HEAVY = ("Horror", "Thriller", "War", "Crime", "Film-Noir")
MOODS = {
    "feel-good": Mood(
        (("Comedy", "Romance"), ("Comedy", "Musical"), ("Comedy", "Children")),
        _HEAVY,
        ("heartwarming", "uplifting", "inspirational", "feel good movie"),
    ),
    "funny": Mood(
        (("Comedy",),),
        (*_HEAVY, "Drama", "Romance"),
        ("hilarious", "slapstick", "satire", "parody"),
    ),
    "dark": Mood(
        (("Crime", "Film-Noir"), ("Crime", "Horror"), ("Crime", "Drama", "Mystery")),
        ("Comedy", "Children", "Romance"),
        ("disturbing", "bleak", "dystopia", "psychological"),
    ),
    "mind-bending": Mood(
        (("Mystery", "Sci-Fi"), ("Fantasy", "Mystery", "Thriller")),
        ("Children",),
        ("mindfuck", "surreal", "twist ending", "dreamlike", "hallucinatory"),
    ),
    "thrilling": Mood(
        (("Action", "Thriller"), ("Crime", "Thriller"), ("Mystery", "Thriller")),
        ("Comedy", "Children", "Romance"),
        ("suspense", "tense", "heist", "spy"),
    ),
    "scary": Mood((("Horror",),), ("Comedy", "Children"), ("creepy", "supernatural")),
    "romantic": Mood(
        (("Drama", "Romance"), ("Comedy", "Romance")),
        (*_HEAVY, "Action", "Sci-Fi"),
        ("love story", "romantic comedy", "first love", "romance"),
    ),
    "adventurous": Mood(
        (("Action", "Adventure"), ("Adventure", "Fantasy"), ("Adventure", "Sci-Fi")),
        ("Horror",),
        ("space opera", "treasure hunt", "quest", "sword fights"),
    ),
    "family evening": Mood(
        (("Animation", "Children"), ("Adventure", "Children")),
        ("Horror",),
        ("family-friendly", "pixar", "disney"),
    ),
    "thoughtful": Mood(
        (("Documentary",), ("Drama", "War")),
        ("Comedy", "Action", "Horror"),
        ("thought-provoking", "philosophical", "philosophy", "arthouse"),
    ),
}


def chosen(
    movies: pd.DataFrame,
    tags: pd.DataFrame | None,
    genres: Collection[str] = (),
    years: tuple[int | None, int | None] | None = None,
    tag: str = "",
) -> np.ndarray:
    """Return which films pass all filters.

    Parameters
    ----------
    movies, tags : DataFrame
        As in a `Dataset`.
    genres, years, tag
        See `Filters`.

    Returns
    -------
    numpy.ndarray of bool, shape (len(movies),)
    """
    held = [frozenset(listed) for listed in movies["genres"]]
    kept = _all(held, [genres])
    for limit, compare in zip(years or (), (pd.Series.ge, pd.Series.le), strict=False):
        if limit is not None:
            year = movies["year"].astype("float64")  # NaN, where missing, compares as False
            kept &= compare(year, limit).to_numpy()
    wanted = tag.strip().casefold()
    if not wanted:
        return kept
    mood = MOODS.get(wanted, Mood())
    suits = _all(held, mood.genres) | _tagged(movies, tags, {wanted, *mood.tags})
    return kept & suits & ~_all(held, [(genre,) for genre in mood.but])


def listed(data: Dataset) -> Dataset:
    """Return a data set without the ratings of movies that its catalogue lacks.

    Parameters
    ----------
    data : Dataset

    Returns
    -------
    Dataset
        The same object if there are no such ratings.
    """
    known = data.ratings["movie_id"].isin(data.movies["movie_id"])
    if known.all():
        return data
    return replace(data, ratings=data.ratings[known].reset_index(drop=True))


def tags_of(data: Dataset) -> list[tuple[str, int]]:
    """Return keywords and users' tags, with their numbers of films.

    Parameters
    ----------
    data : Dataset

    Returns
    -------
    list of (str, int)
        In lower case, those of most films first.
    """
    movies = data.movies[["movie_id", "keywords"]].explode("keywords").dropna()
    pairs = [movies.set_axis(["movie_id", "tag"], axis=1)]
    if data.tags is not None:
        pairs.append(data.tags[["movie_id", "tag"]])
    table = pd.concat(pairs)
    table["tag"] = table["tag"].map(str.casefold)
    counts = table[~table["tag"].isin(NOTES)].drop_duplicates().groupby("tag").size()
    counts = counts.sort_values(ascending=False, kind="stable")  # ties stay in order of name
    return list(zip(map(str, counts.index), counts, strict=True))


def _all(held: Sequence[frozenset], groups: Iterable[Collection[str]]) -> np.ndarray:
    """Return which films have all genres of at least one group."""
    found = np.zeros(len(held), bool)
    for group in groups:
        found |= np.fromiter(map(frozenset(group).issubset, held), bool, len(held))
    return found


def _tagged(movies: pd.DataFrame, tags: pd.DataFrame | None, wanted: set[str]) -> np.ndarray:
    lists = ({name.casefold() for name in listed} for listed in movies["keywords"])
    found = np.fromiter((not wanted.isdisjoint(names) for names in lists), bool, len(movies))
    if tags is not None:
        given = tags["movie_id"][tags["tag"].map(str.casefold).isin(wanted)]
        found |= movies["movie_id"].isin(given).to_numpy()
    return found
