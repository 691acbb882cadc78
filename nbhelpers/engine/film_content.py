"""What is known of films, in blocks of columns: themes, people, genres, words, numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize
from sklearn.random_projection import GaussianRandomProjection

from nbhelpers.data.datasets import Dataset
from nbhelpers.features.texts import text_features

DIMENSIONS = 256  # of a block of names; more names than that are projected
DOUBT = 2  # so many names more would be needed to describe a film
# Notes to oneself, and words that hold of a film's making rather than of its story.
NOTES = {"in netflix queue", "imdb top 250", "dvd", "owned", "to see", "franchise", "sequel"}
NOTES |= {"imax", "mindfuck"}  # nor screens, nor what one would not say in class
LARGEST = 20  # films of a series, at least: what a tenth of all titles share is none
SHORTEST = 4  # letters before a colon: 3: … and Mr. & … are no series
NUMERAL = re.compile(r"[\s,]+(part|vol\.?|volume|episode|chapter)?\s*([0-9]+|[ivx]+)$")


def blocks_of(data: Dataset, seed: int = 42) -> dict[str, np.ndarray]:
    """Return what is known of the films, by block: arrays of floats, shape (n, columns)."""
    movies, themes = data.movies, themes_of(data)
    # A director says more of a film than one of its actors, and so stands in the list twice.
    cast = zip(movies["directors"], movies["actors"], strict=True)
    people = [[*directors, *directors, *actors] for directors, actors in cast]
    texts = pd.Series(
        [" ".join([text, *listed]) for text, listed in zip(movies["overview"], themes, strict=True)]
    )
    words = text_features(texts, texts, 100, seed).to_numpy()
    return {
        "genome": _genome(data),
        "themes": _names(themes, seed, doubt=DOUBT),
        "series": _names([[name] for name in series(movies["title"].tolist())], seed),
        "people": _names(people, seed),
        "genres": _names(movies["genres"].tolist(), seed),
        "words": normalize(words) if words.size else words,
        "numbers": _numbers(data),
    }


def themes_of(data: Dataset) -> list[list[str]]:
    """Return keywords and users' tags of each film, in lower case, as often as they were given."""
    given = {}
    if data.tags is not None:
        given = data.tags["tag"].groupby(data.tags["movie_id"]).agg(list).to_dict()
    films = zip(data.movies["movie_id"], data.movies["keywords"], strict=True)
    lists = ([*keywords, *given.get(film, ())] for film, keywords in films)
    return [[t for t in map(str.casefold, listed) if t not in NOTES] for listed in lists]


def series(titles: Sequence[str]) -> list[str]:
    """Return for each title the series it may belong to: what it shares with other titles.

    That is what stands before a colon or number ("Toy Story 2" is a "toy story"), and the
    beginning of a longer title that is another's whole ("The Matrix Reloaded").
    """
    stems = [_stem(title) for title in titles]
    known = {stem for stem in stems if " " in stem}
    names = []
    for stem in stems:
        words = stem.split()
        starts = (" ".join(words[:k]) for k in range(2, len(words)))
        names.append(next((start for start in starts if start in known), stem))
    size = Counter(names)
    most = max(LARGEST, len(titles) / 10)  # "item 17" and the like: numbered, but no series
    return [
        name if size[name] <= most else title.casefold()
        for name, title in zip(names, titles, strict=True)
    ]


def _stem(title: str) -> str:
    whole = re.split(r" \(", title.casefold())[0].strip()
    title = re.split(r":| - | & | and the ", whole)[0].strip()
    if len(title) < SHORTEST:
        title = whole
    while (shorter := NUMERAL.sub("", title)) != title:
        title = shorter
    return title


def by_count(lists: Iterable[Iterable[str]]) -> list[str]:
    """Return the names in lists, those of most lists first, ties by name."""
    counts = Counter(name for listed in lists for name in set(listed))
    return sorted(counts, key=lambda name: (-counts[name], name))


def rarest_first(lists: Sequence[Iterable[str]]) -> list[list[str]]:
    place = {name: k for k, name in enumerate(by_count(lists))}
    return [sorted(set(listed), key=place.__getitem__, reverse=True) for listed in lists]


def _names(lists: Sequence[list[str]], seed: int, doubt: float = 0) -> np.ndarray:
    """Return lists of names as columns, the rarer names the larger.

    Rows have the length 1 but for the doubt: ``n / (n + doubt)`` for n names.
    """
    try:
        table = TfidfVectorizer(analyzer=list, min_df=2, sublinear_tf=True).fit_transform(lists)
    except ValueError:  # scikit-learn's way to say that no name is left
        return np.zeros((len(lists), 1))
    count = np.diff(table.indptr)
    if table.shape[1] > DIMENSIONS:
        table = GaussianRandomProjection(DIMENSIONS, random_state=seed).fit_transform(table)
    else:
        table = table.toarray()
    sure = np.divide(count, count + doubt, out=np.zeros(len(count)), where=count > 0)
    return normalize(table) * np.sqrt(sure)[:, None]


def _numbers(data: Dataset) -> np.ndarray:
    """Return year, popularity and mean as points on a quarter of a circle.

    Places in the order of all films, not values: no outlier sets the scale. The cosine of two
    films is 1 where they are equal and 0 between the first and the last.
    """
    ratings = data.ratings.groupby("movie_id")["rating"].agg(["size", "sum"])
    ratings = ratings.reindex(data.movies["movie_id"], fill_value=0)
    overall = data.ratings["rating"].mean()
    mean = (ratings["sum"] + 5 * overall) / (ratings["size"] + 5)
    year = data.movies["year"].astype("float64").to_numpy()
    table = pd.DataFrame({"year": year, "popularity": ratings["size"].array, "mean": mean.array})
    angle = table.rank(pct=True).to_numpy() * np.pi / 2
    return np.nan_to_num(np.hstack([np.cos(angle), np.sin(angle)]) / 3**0.5)


def _genome(data: Dataset) -> np.ndarray:
    """Return how relevant each tag is, above its mean over all films."""
    if data.genome is None or data.genome.empty:
        return np.zeros((len(data.movies), 1))
    table = data.genome.pivot_table(index="movie_id", columns="tag", values="relevance")
    table = (table - table.mean()).reindex(data.movies["movie_id"]).fillna(0)
    return normalize(table.to_numpy("float32"))
