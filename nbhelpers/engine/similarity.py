"""Which films are alike: by what they are, and by who rates them how."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from nbhelpers.data.datasets import Dataset
from nbhelpers.engine.film_content import blocks_of, by_count, rarest_first, series, themes_of
from nbhelpers.models.knn import KNN

WEIGHTS = {
    "genome": 0.5,
    "themes": 0.25,
    "series": 0.25,
    "people": 0.2,
    "genres": 0.2,
    "words": 0.06,
    "numbers": 0.2,
}
NEAREST = 200  # neighbours by behaviour that are kept per film
ROWS = 500  # films compared at a time


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
        What the film may be a part of, see `film_content.series`.
    themes : list of str, length n
        Keywords and users' tags in lower case, a line each, the rarest first.
    genres : list of str
        All of them, the rarest first.
    counts, means : numpy.ndarray, shape (n,)
        Number of ratings, and their mean in stars (NaN where there are none).
    near : csr_array of float32, shape (n, n)
        Behaviour, as far as it is kept; symmetric.
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
        """Learn what the films of a data set are like; `knn` is fitted to them, by movie."""
        if knn.by != "movie":
            raise ValueError("Films are compared by a KNN of movies, not of users.")
        self.movie_ids = data.movies["movie_id"].to_numpy()
        self.series = series(data.movies["title"].tolist())
        self.themes = ["\n".join(listed) for listed in rarest_first(themes_of(data))]
        self.genres = list(reversed(by_count(data.movies["genres"])))
        stars = data.ratings["rating"].astype("float64").groupby(data.ratings["movie_id"])
        rated = stars.agg(["size", "mean"]).reindex(self.movie_ids)
        self.counts = rated["size"].fillna(0).to_numpy("int64")
        self.means = rated["mean"].to_numpy()
        blocks = {name: b for name, b in blocks_of(data, self.seed).items() if b.any()}
        self.blocks = list(blocks)
        total = sum(self.weights[name] for name in blocks)
        weighted = [b * (self.weights[name] / total) ** 0.5 for name, b in blocks.items()]
        self.vectors = np.hstack(weighted).astype("float32")
        self.near = strongest(self._audience(data.ratings), knn, self.movie_ids)
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
        near = self.near
        row = slice(*near.indptr[[place := self.position(movie_id), place + 1]])
        values = np.zeros(len(self.movie_ids), "float32")
        values[near.indices[row]] = near.data[row]
        return values

    def nearest(self, movie_id: int, n: int = 10, by: str = "both") -> pd.DataFrame:
        """Return the films most like a film, itself left out: by "both", "content" or "behaviour".

        Columns are ``movie_id, score, content, behaviour``, the best first, scores in [0, 1]; ties
        go by movie_id. A film that is not in the catalogue is a KeyError.
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
