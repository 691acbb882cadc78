"""Which films to choose from: by genre, year, tag, or the mood one is in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypedDict

import numpy as np
import pandas as pd

from nbhelpers.data.datasets import Dataset
from nbhelpers.data.ids import whole
from nbhelpers.engine.film_content import NOTES
from nbhelpers.errors import DataError

SCREENS = {"IMAX"}  # beside genres in MovieLens' files, but a way to show a film
NEAREST = 3  # names that are offered in place of one that there is not
ALIKE = 0.7  # from which names are, by how they begin and which letters they share


class WrongFilter(DataError):
    """A filter that can be met by no film at all: probably a slip.

    Parameters
    ----------
    found, path, line, expected, remedy
        As of a `DataError`.
    """


class Filters(TypedDict, total=False):
    """Which films may be in a list; what is left out limits nothing.

    Attributes
    ----------
    genres : collection of str, or str
        A film must have all of them; one text is one genre.
    years : (from, to), or int
        Both included, None for no limit; one year is from and to. A film without a year passes
        no limit.
    tag : str
        A keyword, a user's tag or one of the `MOODS`, whole.

    Notes
    -----
    Upper and lower case are the same. What no film has is a `WrongFilter`.
    """

    genres: Collection[str] | str
    years: tuple[int | None, int | None] | int | None
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
    genres: Collection[str] | str = (),
    years: tuple[int | None, int | None] | int | None = None,
    tag: str = "",
) -> np.ndarray:
    """Return which films of a `Dataset` pass all `Filters`.

    WrongFilter refuses a genre, tag or mood that no film has, with the nearest that there are;
    years in the wrong order, or that are none, or of a set that has none.
    """
    held = [frozenset(listed) for listed in movies["genres"]]
    kept = _all(held, [_spelt(held, [genres] if isinstance(genres, str) else genres)])
    limits = _limits(years)
    if any(limit is not None for limit in limits) and movies["year"].isna().all():
        raise WrongFilter("No year is known in this data set.", remedy="leave the years out.")
    for limit, compare in zip(limits, (pd.Series.ge, pd.Series.le), strict=True):
        if limit is not None:
            year = movies["year"].astype("float64")  # NaN, where missing, compares as False
            kept &= compare(year, limit).to_numpy()
    wanted = tag.strip().casefold()
    if not wanted:
        return kept
    mood = MOODS.get(wanted, Mood())
    suits = _all(held, mood.genres) | _tagged(movies, tags, {wanted, *mood.tags})
    if wanted not in MOODS and not suits.any():
        raise _no_such("tag or mood", tag, [*MOODS, *_names(movies, tags)])
    if not suits.any():
        raise WrongFilter(f"Nothing here suits the mood {wanted!r}.", remedy="choose another.")
    return kept & suits & ~_all(held, [(genre,) for genre in mood.but])


def _spelt(held: Sequence[frozenset], genres: Collection[str]) -> list[str]:
    """Return genres as the movies spell them."""
    return [
        genre if any(genre in names for names in held) else _folded(held, genre) for genre in genres
    ]


def _folded(held: Sequence[frozenset], genre: str) -> str:
    there = sorted(frozenset().union(*held))
    spelt = {name.casefold(): name for name in there}
    if (found := spelt.get(str(genre).strip().casefold())) is None:
        raise _no_such("genre", genre, there)
    return found


def _no_such(what: str, name: object, there: Sequence[str]) -> WrongFilter:
    from rapidfuzz import process  # only where something is wrong
    from rapidfuzz.distance import JaroWinkler

    near = process.extract(
        str(name),
        there,
        scorer=JaroWinkler.normalized_similarity,
        processor=str.casefold,
        limit=NEAREST,
        score_cutoff=ALIKE,
    )
    names = [found for found, *_ in near]
    few = len(there) <= 30
    return WrongFilter(
        f"Nothing here has the {what} {str(name)[:60]!r}.",
        expected=f"one of {', '.join(there)}." if few and there else None,
        remedy=f"did you mean {' or '.join(map(repr, names))}?" if names else "choose another.",
    )


def _limits(years: Any) -> tuple[int | None, int | None]:
    """Return the first and the last year, None for no limit."""
    if years is None:
        return None, None
    ends = (
        years
        if isinstance(years, Sequence | np.ndarray) and not isinstance(years, str)
        else 2 * [years]
    )
    try:
        first, last = (None if end is None else int(whole(end, "year").item()) for end in ends)
    except ValueError:
        raise WrongFilter(
            f"The years are {years!r}.",
            expected="(from, to), either of them a year or None; or a single year.",
            remedy="for example years=(1990, 2000)",
        ) from None
    if first is not None and last is not None and first > last:
        raise WrongFilter(
            f"The years run backwards, from {first} to {last}.",
            remedy=f"years=({last}, {first})",
        )
    return first, last


def listed(data: Dataset) -> Dataset:
    """Return a data set as engines see it: of films that can be shown, by what they are.

    Parameters
    ----------
    data : Dataset

    Returns
    -------
    Dataset
        Without the ratings of movies that the catalogue lacks, and without "IMAX", which MovieLens
        lists beside genres and its README does not: who likes films on large screens is no fan of
        a genre. The same object if there is neither.
    """
    known = data.ratings["movie_id"].isin(data.movies["movie_id"])
    if not known.all():
        data = replace(data, ratings=data.ratings[known].reset_index(drop=True))
    genres = data.movies["genres"]
    if any(not SCREENS.isdisjoint(names) for names in genres):
        kinds = genres.map(lambda names: [name for name in names if name not in SCREENS])
        data = replace(data, movies=data.movies.assign(genres=kinds))
    return data


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


def _names(movies: pd.DataFrame, tags: pd.DataFrame | None) -> list[str]:
    """Return all keywords and tags, in lower case."""
    names = {name for listed in movies["keywords"] for name in listed}
    names |= set() if tags is None else set(tags["tag"])
    return sorted({name.casefold() for name in names})


def _tagged(movies: pd.DataFrame, tags: pd.DataFrame | None, wanted: set[str]) -> np.ndarray:
    lists = ({name.casefold() for name in listed} for listed in movies["keywords"])
    found = np.fromiter((not wanted.isdisjoint(names) for names in lists), bool, len(movies))
    if tags is not None:
        given = tags["movie_id"][tags["tag"].map(str.casefold).isin(wanted)]
        found |= movies["movie_id"].isin(given).to_numpy()
    return found
