"""What each trained model says of all movies to one person, on a scale of its own."""

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
from nbhelpers.models.svd import SVD

CHANCE, STARS = "chance of a like", "stars"
ENOUGH = 3  # ratings from which on a newcomer's taste is folded in
SHRINKAGE = 25  # ratings at which half of what a score says of a movie is believed


class Answer(NamedTuple):
    """A model as people choose it: what it is called, and the unit of its scores."""

    label: str
    unit: str


MODELS = {
    "blend": Answer("Blend", CHANCE),
    **{kind: Answer(kinds.LABELS[kind], CHANCE) for kind in kinds.KINDS},
    "svd": Answer("Matrix factorisation (SVD)", STARS),
    "knn": Answer("Neighbouring films (kNN)", STARS),
    "popular": Answer("Popular with everyone", STARS),
}


@dataclass(frozen=True)
class Trained:
    """All that was learned from the ratings of a data set.

    Attributes
    ----------
    builder : FeatureBuilder
    classifiers : dict
        By kind, see `classifiers.kinds`; each gives the chance of a like.
    svd, knn, popular
        Models of the stars.
    likeness : Likeness
    best : str
        The kind of classifier that did best on the validation part.
    stack : numpy.ndarray of float64, shape (3,)
        Intercept, weight of SVD's stars and of kNN's in the log-odds of a like.
    weight : float
        Share of the classifier in the blend, the rest being that of the stars.
    """

    builder: FeatureBuilder
    classifiers: dict[str, Any]
    svd: SVD
    knn: KNN
    popular: BayesianMean
    likeness: Likeness
    best: str
    stack: np.ndarray
    weight: float


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
    """Estimates of all movies of the catalogue, and scores to rank them by.

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

    def estimate(self, person: Person, model: str, weight: float | None = None) -> np.ndarray:
        """Estimate what a person would make of each movie of the catalogue.

        Parameters
        ----------
        person : Person
            With fewer than three ratings and no id, everyone's favourites are the answer.
        model : str
            One of `MODELS`.
        weight : float in [0, 1], optional
            Share of the classifier in the blend; the one that did best in validation.

        Returns
        -------
        numpy.ndarray of float64, shape (n,)
            In the unit of the model, not clipped.
        """
        if unit(person, model) == CHANCE:
            return expit(self._log_odds(person, model, weight))
        if model == "popular" or person.known_by == "popular":
            return self._spread(self.trained.popular, person)
        return self._stars(person, model)

    def caution(self, estimates: np.ndarray, unit: str) -> np.ndarray:
        """Return scores to rank by, so that a movie about which little is known is not first.

        An estimate s of a movie with n ratings is drawn towards the mean of the person's
        estimates, in stars or in log-odds:

        .. math:: s' = \\bar s + \\frac{n + 1}{n + 1 + k} (s - \\bar s)

        That makes lists better and single estimates worse (notebook 10), so both are kept.
        """
        if unit == CHANCE:
            return expit(self._shrink(logit(estimates)))
        return self._shrink(estimates)

    def _log_odds(self, person: Person, model: str, weight: float | None) -> np.ndarray:
        if model != "blend":
            return self._classified(person, model)
        weight = self.trained.weight if weight is None else weight
        parts = np.zeros(len(self.movie_ids))
        if weight > 0:
            parts += weight * self._classified(person, self.trained.best)
        if weight < 1:
            stars = [self._stars(person, name) for name in ("svd", "knn")]
            parts += (1 - weight) * stacked(self.trained.stack, *stars)
        return parts

    def _classified(self, person: Person, kind: str) -> np.ndarray:
        builder = self.trained.builder
        if person.user_id is None:
            features = builder.newcomer(person.ratings, self.movie_ids).to_numpy()
        else:
            features = builder.table(np.full(len(self.movie_ids), person.user_id), self.movie_ids)
        chances = kinds.chance(self.trained.classifiers[kind], features)
        return logit(np.clip(chances, 1e-6, 1 - 1e-6))

    def _stars(self, person: Person, name: str) -> np.ndarray:
        """Return a model's stars; where nobody has rated a movie, those of movies like it."""
        stars = self._spread(getattr(self.trained, name), person)
        unrated = np.flatnonzero(np.isnan(stars))
        if len(unrated):
            stars[unrated] = self._by_content(person, unrated, np.nanmean(stars))
        return stars

    def _by_content(self, person: Person, films: np.ndarray, level: float) -> np.ndarray:
        """Return the mean of a person's stars, weighted by how alike the movies are."""
        vectors = self.trained.likeness.vectors
        rated = np.searchsorted(self.movie_ids, person.ratings["movie_id"])
        alike = np.maximum(vectors[films] @ vectors[rated].T, 0)
        above = person.ratings["rating"].to_numpy(float) - person.ratings["rating"].mean()
        return level + alike @ above / (alike.sum(axis=1) + 1)

    def _spread(self, model: Any, person: Person) -> np.ndarray:
        """Lay a model's scores out over the catalogue; NaN where it does not know a movie."""
        if person.user_id is None:
            scores = model.fold_in(person.ratings)
        else:
            scores = model.scores([person.user_id])[0]
        spread = np.full(len(self.movie_ids), np.nan)
        spread[np.searchsorted(self.movie_ids, model.movie_ids)] = scores
        if model is self.trained.popular:
            spread[np.isnan(spread)] = model.global_mean
        return spread

    def _shrink(self, scores: np.ndarray) -> np.ndarray:
        level = scores[self.evidence > 0].mean()
        return level + self._belief * (scores - level)


def unit(person: Person, model: str) -> str:
    """Return the unit of what a model says to a person."""
    return STARS if person.known_by == "popular" else MODELS[model].unit


def stacked(stack: np.ndarray, svd: np.ndarray, knn: np.ndarray) -> np.ndarray:
    """Return the log-odds of a like from the stars of two models.

    Parameters
    ----------
    stack : array_like of float, shape (3,)
        Intercept and the two weights, learned where neither model had learned.
    svd, knn : numpy.ndarray of float
        Stars.
    """
    return stack[0] + stack[1] * svd + stack[2] * knn
