"""What each trained model says of movies to one person, on a scale of its own."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from nbhelpers.classifiers import kinds
from nbhelpers.engine.similarity import Likeness
from nbhelpers.features.builder import FeatureBuilder
from nbhelpers.models.baselines import BayesianMean
from nbhelpers.models.knn import KNN
from nbhelpers.models.list_model import ListModel
from nbhelpers.models.popularity import RecentPopularity
from nbhelpers.models.svd import SVD

CHANCE, STARS, LIKES, MATCH = "chance of a like", "stars", "likes lately", "match"
ENOUGH = 3  # ratings from which on a newcomer's taste is folded in
SHRINKAGE = 25  # ratings at which half of what a score says of a movie is believed


class Answer(NamedTuple):
    """A model as people choose it: what it is called, and the unit of its scores."""

    label: str
    unit: str


MODELS = {
    "two-stage": Answer("List model, then the chance of a like", MATCH),
    "ease": Answer("List model", MATCH),
    "blend": Answer("Blend", CHANCE),
    **{kind: Answer(kinds.LABELS[kind], CHANCE) for kind in kinds.KINDS},
    "svd": Answer("Matrix factorisation (SVD)", STARS),
    "knn": Answer("Neighbouring films (kNN)", STARS),
    "popular": Answer("Liked lately by everyone", LIKES),
    "rated": Answer("Rated best by everyone", STARS),
}
IMPERSONAL = "popular", "rated"


@dataclass(frozen=True)
class Trained:
    """All that was learned from the ratings of a data set.

    Attributes
    ----------
    builder : FeatureBuilder
    classifiers : dict
        By kind, see `classifiers.kinds`; each gives the chance of a like.
    svd, knn, rated
        Models of the stars; the last one says the same to everyone.
    lists : ListModel
        Brings the candidates of "two-stage", and makes the lists of "ease".
    popular : RecentPopularity
        What everyone liked lately: the list for strangers.
    likeness : Likeness
    best : str
        The kind of classifier that did best on the validation part.
    stack : numpy.ndarray of float64, shape (3,)
        Intercept, weight of SVD's stars and of kNN's in the log-odds of a like.
    weight : float
        Share of the classifier in the blend, the rest being that of the stars.
    lift, liking : float
        How much the list model's scores are lowered by popularity, and how much the chance of a
        like counts beside them: see `two_stages`.
    """

    builder: FeatureBuilder
    classifiers: dict[str, Any]
    svd: SVD
    knn: KNN
    rated: BayesianMean
    lists: ListModel
    popular: RecentPopularity
    likeness: Likeness
    best: str
    stack: np.ndarray
    weight: float
    lift: float
    liking: float


class Person(NamedTuple):
    """Whom a list is for: a user of the data, or (without an id) a newcomer."""

    user_id: int | None
    ratings: pd.DataFrame  # movie_id, rating

    @property
    def known_by(self) -> str:
        """Say where the person's taste comes from."""
        if self.user_id is not None:
            return "trained"
        return "folded in" if len(self.ratings) >= ENOUGH else "popular"


class Scorer:
    """Estimates of movies of the catalogue, and scores to rank them by.

    Parameters
    ----------
    trained : Trained
    movie_ids : numpy.ndarray of int, shape (n,)
        The catalogue, sorted; movies without a rating included.
    evidence : numpy.ndarray of int, shape (n,)
        Number of ratings of each.
    """

    def __init__(self, trained: Trained, movie_ids: np.ndarray, evidence: np.ndarray):
        self.trained, self.movie_ids, self.evidence = trained, movie_ids, evidence
        self._belief = (evidence + 1) / (evidence + 1 + SHRINKAGE)
        # All models have learned from the same ratings: of the same users and movies.
        self._known = np.searchsorted(movie_ids, trained.knn.movie_ids)
        self._column = np.full(len(movie_ids), -1)
        self._column[self._known] = np.arange(len(self._known))

    def estimate(
        self,
        person: Person,
        model: str,
        weight: float | None = None,
        at: np.ndarray | None = None,
    ) -> np.ndarray:
        """Estimate what a person would make of movies: not clipped, and in the unit of the model.

        It is one of `MODELS`; "two-stage" estimates as the blend does, and the list model's are its
        own scores. For somebody with fewer than three ratings and no id, what everyone liked lately
        is the answer. The weight is the share of the classifier in the blend; left out, the one
        that did best in validation. `at` are places in the catalogue, and no other movie is looked
        at; left out, all.
        """
        if model in IMPERSONAL or person.known_by == "popular":
            return self._spread(model if model == "rated" else "popular", person, at)
        if model == "ease":
            return self._spread("lists", person, at)
        if model in ("svd", "knn"):
            return self._stars(person, model, at)
        return expit(self.log_odds(person, model, weight, at))

    def caution(self, estimates: np.ndarray, unit: str) -> np.ndarray:
        """Return values to rank by, so that a movie about which little is known is not first.

        An estimate s of a movie with n ratings is drawn towards the mean of the person's
        estimates, in stars or in log-odds, and what comes out is in stars or in log-odds:

        .. math:: s' = \\bar s + \\frac{n + 1}{n + 1 + k} (s - \\bar s)

        That makes lists better and single estimates worse (notebook 10), so both are kept.
        """
        return self._shrink(logit(estimates) if unit == CHANCE else estimates)

    def log_odds(
        self,
        person: Person,
        model: str,
        weight: float | None = None,
        at: np.ndarray | None = None,
    ) -> np.ndarray:
        """Return the log-odds of a like, by a classifier or else by the blend, see `estimate`."""
        if at is not None and not len(at):
            return np.zeros(0)  # which scikit-learn refuses
        if model in kinds.KINDS:
            return self._classified(person, model, at)
        weight = self.trained.weight if weight is None else weight
        parts = np.zeros(len(self.movie_ids) if at is None else len(at))
        if weight > 0:
            parts += weight * self._classified(person, self.trained.best, at)
        if weight < 1:
            stars = [self._stars(person, name, at) for name in ("svd", "knn")]
            parts += (1 - weight) * stacked(self.trained.stack, *stars)
        return parts

    def _classified(self, person: Person, kind: str, at: np.ndarray | None) -> np.ndarray:
        builder = self.trained.builder
        movies = self.movie_ids if at is None else self.movie_ids[at]
        if person.user_id is None:
            features = builder.newcomer(person.ratings, movies).to_numpy()
        else:
            features = builder.table(np.full(len(movies), person.user_id), movies)
        chances = kinds.chance(self.trained.classifiers[kind], features)
        return logit(np.clip(chances, 1e-6, 1 - 1e-6))

    def _stars(self, person: Person, name: str, at: np.ndarray | None) -> np.ndarray:
        """Return a model's stars; where nobody has rated a movie, those of movies like it."""
        stars = self._spread(name, person, at)
        unrated = np.flatnonzero(np.isnan(stars))
        if len(unrated):
            level = np.nanmean(stars if at is None else self._spread(name, person))
            stars[unrated] = self._by_content(person, unrated if at is None else at[unrated], level)
        return stars

    def _by_content(self, person: Person, films: np.ndarray, level: float) -> np.ndarray:
        """Return the mean of a person's stars, weighted by how alike the movies are."""
        vectors = self.trained.likeness.vectors
        rated = np.searchsorted(self.movie_ids, person.ratings["movie_id"])
        alike = np.maximum(vectors[films] @ vectors[rated].T, 0)
        above = person.ratings["rating"].to_numpy(float) - person.ratings["rating"].mean()
        return level + alike @ above / (alike.sum(axis=1) + 1)

    def _spread(self, name: str, person: Person, at: np.ndarray | None = None) -> np.ndarray:
        """Lay a model's scores out over the catalogue; what it does not know gets NaN, or least."""
        model = getattr(self.trained, name)
        known = person.user_id is not None
        if at is not None and (name == "knn" or (known and name == "svd")):
            return self._few(model, person, at)
        own = person.ratings
        scores = model.scores_at(self._row(person))[0] if known else model.fold_in(own)
        spread = np.full(len(self.movie_ids), np.nan)
        spread[self._known] = scores
        if name == "rated":
            spread[np.isnan(spread)] = model.global_mean
        elif name in ("lists", "popular"):
            spread[np.isnan(spread)] = np.nanmin(spread)
        return spread if at is None else spread[at]

    def _few(self, model: SVD | KNN, person: Person, at: np.ndarray) -> np.ndarray:
        """Return the stars of a few movies, and look at no other."""
        columns = self._column[at]
        if person.user_id is not None:
            stars = model.estimates_at(np.repeat(self._row(person), len(at)), columns)
        else:
            rated = self._column[np.searchsorted(self.movie_ids, person.ratings["movie_id"])]
            own = person.ratings["rating"].to_numpy(float)[rated >= 0]
            stars = self.trained.knn.fold_in_at(rated[rated >= 0], own, columns.clip(0))
        return np.where(columns < 0, np.nan, stars)

    def _row(self, person: Person) -> np.ndarray:
        """Return the position of a user of the data in all models."""
        user = np.array([person.user_id], "int64")
        return np.searchsorted(self.trained.knn.user_ids, user)

    def _shrink(self, scores: np.ndarray) -> np.ndarray:
        level = scores[self.evidence > 0].mean()
        return level + self._belief * (scores - level)


def unit(person: Person, model: str) -> str:
    """Return the unit of a model's scores for a person."""
    return MODELS[answering(person, model)].unit


def answering(person: Person, model: str) -> str:
    """Return the name of the model that answers a person who asks for a model."""
    stranger = person.known_by == "popular" and model not in IMPERSONAL
    return "popular" if stranger else model


def stacked(stack: np.ndarray, svd: np.ndarray, knn: np.ndarray) -> np.ndarray:
    """Return the log-odds of a like from the stars of two models.

    The stack is an intercept and the two weights, learned where neither model had learned.
    """
    return stack[0] + stack[1] * svd + stack[2] * knn
