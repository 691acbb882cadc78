"""Which films are alike: by what they are, and by who rates them how."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize
from sklearn.random_projection import GaussianRandomProjection

from nbhelpers.datasets import Dataset
from nbhelpers.knn import KNN
from nbhelpers.texts import text_features

WEIGHTS = {
    "genome": 0.5,
    "themes": 0.25,
    "series": 0.25,
    "people": 0.2,
    "genres": 0.2,
    "words": 0.06,
    "numbers": 0.2,
}
DIMENSIONS = 256  # of a block of names; more names than that are projected
DOUBT = 2  # so many names more would be needed to describe a film
NEAREST = 200  # neighbours by behaviour that are kept per film
ROWS = 500  # films compared at a time
# Notes to oneself, and words that hold of a film's making rather than of its story.
NOTES = {"in netflix queue", "imdb top 250", "dvd", "owned", "to see", "franchise", "sequel"}
SHORTEST = 4  # letters before a colon: 3: … and Mr. & … are no series
NUMERAL = re.compile(r"[\s,]+(part|vol\.?|volume|episode|chapter)?\s*([0-9]+|[ivx]+)$")


class Likeness:
    """What films are like, and how alike the ratings find them.

    *Content*: what is known of a film comes in blocks (themes, people, genres …), each of length
    1 at most, so that no column dominates, however large its numbers. Likeness is their
    weighted cosine,

    .. math:: c_{ij} = \\frac{\\sum_b w_b \\, x_{ib} \\cdot x_{jb}}{\\sum_b w_b}

    and what is not known of a film counts as unlike: films are close if much is known to be
    alike, not if there is little to tell them apart.

    *Behaviour*: kNN's shrunk correlation :math:`s_{ij}` of residuals (who likes the one more
    than expected, likes the other) or the audience :math:`a_{ij}` in common beyond chance,

    .. math:: a_{ij} = \\frac{n_{ij} - n_i n_j / n}{\\sqrt{n_i n_j} + \\kappa}, \\qquad
        1 - (1 - s_{ij}) (1 - a_{ij})

    for :math:`n_i` raters of film i, :math:`n_{ij}` of both, n in all. Both are drawn towards 0
    for films with few ratings. Only the `NEAREST` largest of each film are kept, and only those
    above 0.

    Parameters
    ----------
    weights : dict of str to float, optional
        Of blocks, instead of those in `WEIGHTS`.
    shrinkage : float
        :math:`\\kappa`, in ratings.
    share : float in [0, 1]
        Of behaviour in the score by "both".
    seed : int
        Of the reduction of text and names to fewer columns.

    Attributes
    ----------
    movie_ids : numpy.ndarray of int, shape (n,)
        The catalogue, sorted.
    vectors : numpy.ndarray of float32, shape (n, d)
        Rows of length 1 for a film of which all is known, 0 if nothing is.
    blocks : list of str
        Those that the data have.
    series : list of str, length n
        What the film may be a part of, see `series`.
    themes : list of str, length n
        Keywords and users' tags in lower case, a line each, the rarest first.
    genres : list of str
        All of them, the rarest first.
    counts, means : numpy.ndarray, shape (n,)
        Number of ratings, and their mean in stars (NaN where there are none).
    """

    def __init__(
        self,
        weights: dict[str, float] | None = None,
        shrinkage: float = 20,
        share: float = 0.4,
        seed: int = 42,
    ) -> None:
        self.weights = WEIGHTS | (weights or {})
        self.shrinkage, self.share, self.seed = shrinkage, share, seed

    def fit(self, data: Dataset, knn: KNN) -> Likeness:
        """Learn what the films of a data set are like.

        Parameters
        ----------
        data : Dataset
        knn : KNN
            By movie, fitted on ratings of these films.

        Raises
        ------
        ValueError
            If the neighbours are users.
        """
        if knn.by != "movie":
            raise ValueError("Films are compared by a KNN of movies, not of users.")
        self.movie_ids = data.movies["movie_id"].to_numpy()
        self.series = series(data.movies["title"])
        self.themes = ["\n".join(listed) for listed in _rarest_first(themes_of(data))]
        self.genres = list(reversed(_by_count(data.movies["genres"])))
        rated = data.ratings["rating"].astype("float64").groupby(data.ratings["movie_id"])
        rated = rated.agg(["size", "mean"]).reindex(self.movie_ids)
        self.counts, self.means = (
            rated["size"].fillna(0).to_numpy("int64"),
            rated["mean"].to_numpy(),
        )
        blocks = {name: b for name, b in blocks_of(data, self.seed).items() if b.any()}
        self.blocks = list(blocks)
        total = sum(self.weights[name] for name in blocks)
        weighted = [b * (self.weights[name] / total) ** 0.5 for name, b in blocks.items()]
        self.vectors = np.hstack(weighted).astype("float32")
        near = strongest(self._audience(data.ratings), knn, self.movie_ids)
        self._starts, self._columns, self._values = near.indptr, near.indices, near.data
        return self

    def position(self, movie_id: int) -> int:
        """Return the row of a film; a KeyError for one that is not in the catalogue."""
        place = int(np.searchsorted(self.movie_ids, movie_id))
        if place == len(self.movie_ids) or self.movie_ids[place] != movie_id:
            raise KeyError(f"No film has the id {movie_id}.")
        return place

    def cosines(self, movie_id: int) -> np.ndarray:
        """Return the likeness of content to all films: float32 in [-1, 1], shape (n,)."""
        return self.vectors @ self.vectors[self.position(movie_id)]

    def behaviour(self, movie_id: int) -> np.ndarray:
        """Return the likeness of behaviour to all films: float32 in [0, 1], 0 where unknown."""
        row = slice(*self._starts[[place := self.position(movie_id), place + 1]])
        values = np.zeros(len(self.movie_ids), "float32")
        values[self._columns[row]] = self._values[row]
        return values

    def between(self, films: ArrayLike, others: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Return content and behaviour of each of `films` with each of `others`.

        Parameters
        ----------
        films, others : array_like of int
            Ids of the catalogue.

        Returns
        -------
        content, behaviour : numpy.ndarray of float32, shape (len(films), len(others))
        """
        i, j = ([self.position(film) for film in ids] for ids in (films, others))
        shape = len(self.movie_ids), len(self.movie_ids)
        near = csr_array((self._values, self._columns, self._starts), shape=shape)
        return self.vectors[i] @ self.vectors[j].T, near[i].toarray()[:, j]

    def nearest(self, movie_id: int, n: int = 10, by: str = "both") -> pd.DataFrame:
        """Return the films most like a film, itself left out, ties by movie_id.

        Parameters
        ----------
        movie_id : int
        n : int
        by : {"both", "content", "behaviour"}

        Returns
        -------
        DataFrame
            ``movie_id, score, content, behaviour``, the best first, scores in [0, 1].

        Raises
        ------
        KeyError
            If the film is not in the catalogue.
        """
        if by not in ("both", "content", "behaviour"):
            raise ValueError(f'Films are alike by "both", "content" or "behaviour", not {by!r}.')
        place = self.position(movie_id)
        table = pd.DataFrame({"movie_id": self.movie_ids, "score": 0.0})
        table["content"] = self.cosines(movie_id).clip(0, 1)
        table["behaviour"] = self.behaviour(movie_id)
        table["score"] = table[by] if by != "both" else self.mix(table.content, table.behaviour)
        best = table.drop(place).sort_values("score", ascending=False, kind="stable")
        return best.head(n).reset_index(drop=True)

    def mix(self, content: ArrayLike, behaviour: ArrayLike) -> np.ndarray:
        """Return the score by "both"."""
        return (1 - self.share) * np.clip(content, 0, 1) + self.share * np.asarray(behaviour)

    def _audience(self, ratings: pd.DataFrame) -> Iterable[tuple[int, np.ndarray]]:
        """Yield blocks of rows of :math:`a_{ij}`, each with its first row."""
        ids = self.movie_ids
        listed = ratings[ratings["movie_id"].isin(ids)]
        users, u = np.unique(listed["user_id"], return_inverse=True)
        m = np.searchsorted(ids, listed["movie_id"])
        seen = csr_array((np.ones(len(m), "float32"), (m, u)), shape=(len(ids), len(users)))
        count, by_user = np.bincount(m, minlength=len(ids)), seen.T.tocsr()
        for first in range(0, len(ids), ROWS):
            both = (seen[first : first + ROWS] @ by_user).toarray()
            own = count[first : first + ROWS, None]
            size = np.sqrt(own * count) + self.shrinkage
            yield first, (both - own * count / max(len(users), 1)) / np.maximum(size, 1)


def strongest(audience: Iterable[tuple[int, np.ndarray]], knn: KNN, ids: np.ndarray) -> csr_array:
    """Return the `NEAREST` largest values of behaviour per film, symmetric, without the film."""
    at = pd.Index(knn.movie_ids).get_indexer(ids)
    rated = np.flatnonzero(at >= 0)
    rows, columns, values = [], [], []
    for first, block in audience:
        own = rated[(rated >= first) & (rated < first + len(block))]
        alike = np.zeros(block.shape, "float32")
        alike[np.ix_(own - first, rated)] = knn.similarities[np.ix_(at[own], at[rated])]
        block = 1 - (1 - block) * (1 - alike)
        block[np.arange(len(block)), first + np.arange(len(block))] = 0
        k = min(NEAREST, block.shape[1])
        best = np.argpartition(-block, k - 1, axis=1)[:, :k]
        value = np.take_along_axis(block, best, axis=1)
        row, place = np.nonzero(value > 0)
        rows.append(first + row)
        columns.append(best[row, place])
        values.append(value[row, place])
    places = np.concatenate(rows), np.concatenate(columns)
    shape = len(ids), len(ids)
    near = csr_array((np.concatenate(values).astype("float32"), places), shape=shape)
    near = near.maximum(near.T).tocsr()
    near.sort_indices()
    return near


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
    genres = [[g for g in listed if g != "IMAX"] for listed in movies["genres"]]
    return {
        "genome": _genome(data),
        "themes": _names(themes, seed, doubt=DOUBT),
        "series": _names([[name] for name in series(movies["title"])], seed),
        "people": _names(people, seed),
        "genres": _names(genres, seed),
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
    return names


def _stem(title: str) -> str:
    whole = re.split(r" \(", title.casefold())[0].strip()
    title = re.split(r":| - | & | and the ", whole)[0].strip()
    if len(title) < SHORTEST:
        title = whole
    while (shorter := NUMERAL.sub("", title)) != title:
        title = shorter
    return title


def _by_count(lists: Iterable[Iterable[str]]) -> list[str]:
    """Return the names in lists, those of most lists first, ties by name."""
    counts = Counter(name for listed in lists for name in set(listed))
    return sorted(counts, key=lambda name: (-counts[name], name))


def _rarest_first(lists: Sequence[Iterable[str]]) -> list[list[str]]:
    place = {name: k for k, name in enumerate(_by_count(lists))}
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
    genres: Sequence[str] = (),
    years: tuple[int | None, int | None] | None = None,
    tag: str = "",
) -> np.ndarray:
    """Return which films pass all filters.

    Parameters
    ----------
    movies, tags : DataFrame
        As in a `Dataset`.
    genres : sequence of str
        A film must have all of them.
        The movies' own spelling.
    years : (from, to), optional
        Both included, None for no limit. A film without a year passes no limit.
    tag : str
        A keyword, a user's tag or one of the `MOODS`, whole; upper and lower case are the same.

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


def tags_of(data: Dataset) -> list[tuple[str, int]]:
    """Return keywords and users' tags in lower case, with their numbers of films, most first."""
    movies = data.movies[["movie_id", "keywords"]].explode("keywords").dropna()
    pairs = [movies.set_axis(["movie_id", "tag"], axis=1)]
    if data.tags is not None:
        pairs.append(data.tags[["movie_id", "tag"]])
    table = pd.concat(pairs)
    table["tag"] = table["tag"].map(str.casefold)
    counts = table[~table["tag"].isin(NOTES)].drop_duplicates().groupby("tag").size()
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _all(held: Sequence[frozenset], groups: Iterable[Sequence[str]]) -> np.ndarray:
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
