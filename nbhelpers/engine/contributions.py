"""Which of a person's films carried a recommendation: the parts that a score is a sum of."""

from __future__ import annotations

import numpy as np

from nbhelpers.engine.scoring import Person, Trained
from nbhelpers.features.summaries import LIKE_FROM
from nbhelpers.models.biases import bias_of
from nbhelpers.models.knn import KNN

NAMED, ALSO = 0.15, 0.1  # least share of the first film, or of all three; of the next ones
MOST = 3  # films named
CARRIED = "two-stage", "ease", "knn"  # models whose scores are sums over a person's films


def carriers(
    trained: Trained, person: Person, model: str, movies: np.ndarray
) -> list[list[tuple[int, float]]]:
    """Return which of a person's films carried each recommendation, and what share of it.

    A score is a sum over the films that the person has rated; that of "two-stage" is the list
    model's, which brought the candidates. A film's share is its part of that sum: the score would
    be lower by as much without it. Other parts may be negative, so shares can exceed 1 together,
    and in rare cases alone. kNN's stars are no such sum, but a weighted mean: there it is the share
    of all that raises them.

    The model is one of `CARRIED`. For each movie, rows of the person's ratings are given with their
    shares, the largest first: liked films only, at most three. If none has a share of `NAMED`, they
    are those that have it together, and empty if they have not.
    """
    if model == "knn":
        parts = _of_neighbours(trained.knn, person, movies)
        whole = parts.clip(0).sum(axis=0)
    else:
        parts = _of_list_model(trained, person, movies)
        whole = parts.sum(axis=0)
    shares = parts.clip(0) / np.where(whole > 0, whole, np.inf)
    shares[person.ratings["rating"].to_numpy() < LIKE_FROM] = 0
    order = np.argsort(-shares, axis=0, kind="stable")[:MOST].T
    found = []
    for column, rows in enumerate(order):
        named = [(int(row), float(shares[row, column])) for row in rows]
        if named and named[0][1] >= NAMED:
            named = [one for one in named if one[1] >= ALSO]
        found.append(named if sum(share for _, share in named) >= NAMED else [])
    return found


def _of_list_model(trained: Trained, person: Person, movies: np.ndarray) -> np.ndarray:
    lists = trained.lists
    known = lists.movie_ids[_places(lists.movie_ids, movies)] == movies
    parts = np.zeros((len(person.ratings), len(movies)))
    parts[:, known] = lists.parts(person.ratings, movies[known])
    return parts


def _places(ids: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return where ids are, or would be, among sorted ones."""
    return np.searchsorted(ids, wanted).clip(max=len(ids) - 1)


def _of_neighbours(knn: KNN, person: Person, movies: np.ndarray) -> np.ndarray:
    """Return what the nearest of a person's films add to the stars of kNN, without the biases."""
    own = person.ratings["movie_id"].to_numpy()
    rated = _places(knn.movie_ids, own)
    known = knn.movie_ids[rated] == own
    above = person.ratings["rating"].to_numpy(float) - knn.global_mean - knn.bi[rated]
    if person.user_id is None:
        bias = bias_of(above[known])
    else:
        bias = knn.bu[np.searchsorted(knn.user_ids, person.user_id)]
    at = _places(knn.movie_ids, movies)
    alike = knn.similarities[np.ix_(rated, at)].clip(0)
    alike[~known] = 0
    alike[:, knn.movie_ids[at] != movies] = 0
    if len(rated) > knn.k:
        least = -np.partition(-alike, knn.k - 1, axis=0)[knn.k - 1]
        alike = np.where(alike >= least, alike, 0)
    return alike * np.where(known, above - bias, 0)[:, None]
