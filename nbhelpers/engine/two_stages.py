"""Films ordered for one person: candidates, a second opinion on them, and what knobs change.

Values are what films are ordered by; `shown` makes the score of them that people see.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import expit

from nbhelpers.engine.scoring import CHANCE, LIKES, MATCH, Person, Scorer, answering, unit
from nbhelpers.models.base import best_columns

CANDIDATES = 100
FAR = 0.8  # lift of the list model's scores at full surprise
RARE = 2.0  # spreads by which full surprise lowers the most rated film, in other models


class Order(NamedTuple):
    """Films from the best one downwards.

    Attributes
    ----------
    at : numpy.ndarray of int, shape (n,)
        Places in the catalogue.
    values : numpy.ndarray of float64, shape (n,)
        They never rise.
    estimates : numpy.ndarray of float64, shape (n,)
        What the model makes of each film on its own.
    unit : str
        Of the scores.
    """

    at: np.ndarray
    values: np.ndarray
    estimates: np.ndarray
    unit: str

    def after(self, skip: int) -> Order:
        """Return the films without the first ones."""
        return Order(self.at[skip:], self.values[skip:], self.estimates[skip:], self.unit)


def order(
    scorer: Scorer,
    person: Person,
    model: str,
    weight: float | None,
    surprise: float,
    allowed: np.ndarray,
    n: int,
) -> Order:
    """Return the best films of those allowed.

    In two stages, the first one takes the list model's scores x, lowers them by popularity, and
    brings the 100 best films; the second one puts them into the order of

    .. math:: z\\Big(\\frac{x_i}{(n_i + 3)^\\beta}\\Big) + a \\, z(\\text{log-odds of a like}),
        \\qquad \\beta = \\beta_0 + s (0.8 - \\beta_0)

    for a film of n ratings and the surprise s, where z is the distance to the mean of the
    candidates, in their standard deviations. `Trained` has a (`liking`) and β₀ (`lift`). "ease"
    is the same with a = 0. After the candidates follow all other films as the list model has them.

    Values of all other models are lowered by popularity, too: numbers of likes by the same division
    with β₀ = 0, and stars and log-odds by

    .. math:: 2 s \\sigma \\frac{\\ln (n_i + 3) - \\ln 3}{\\max_j \\ln (n_j + 3) - \\ln 3}

    with the standard deviation σ of this person's values. So of two films with equal values the
    one with fewer ratings is never behind, and goes ahead as s grows.

    Parameters
    ----------
    scorer : Scorer
    person : Person
    model : str
        One of `MODELS`.
    weight : float in [0, 1] or None
        Share of the classifier in the blend.
    surprise : float in [0, 1]
        s.
    allowed : numpy.ndarray of bool
        For each film of the catalogue.
    n : int
        As many films are returned, if there are, or else all.

    Returns
    -------
    Order
        Ties go by movie_id.
    """
    answers, measure = answering(person, model), unit(person, model)
    estimates = scorer.estimate(person, "ease" if measure == MATCH else answers, weight)
    if measure == MATCH:
        return _in_two_stages(scorer, person, answers, weight, surprise, allowed, n, estimates)
    if measure == LIKES:
        values = lifted(estimates, scorer.evidence, surprise * FAR)
    else:
        values = estimates if answers == "rated" else scorer.caution(estimates, measure)
        values = values - surprise * RARE * values.std() * _popularity(scorer.evidence)
    at = best(values, allowed, n)
    return Order(at, values[at], estimates[at], measure)


def _in_two_stages(
    scorer: Scorer,
    person: Person,
    model: str,
    weight: float | None,
    surprise: float,
    allowed: np.ndarray,
    n: int,
    estimates: np.ndarray,
) -> Order:
    trained = scorer.trained
    beta = trained.lift + surprise * (FAR - trained.lift)
    values = lifted(estimates, scorer.evidence, beta)
    at = best(values, allowed, max(n, CANDIDATES))
    values, few = values[at], min(CANDIDATES, len(at))
    if model == "ease":
        return Order(at[:n], standard(values, values[:few])[:n], estimates[at[:n]], MATCH)
    odds = scorer.log_odds(person, "blend", weight, at)
    first = combined(values[:few], odds[:few], trained.liking)
    rest = standard(values, values[:few])[few:]
    if len(rest):  # the list goes on from the last candidate downwards
        rest += min(0.0, first.min() - rest[0])
    turn = np.append(np.lexsort([at[:few], -first]), np.arange(few, len(at)))[:n]
    return Order(at[turn], np.append(first, rest)[turn], expit(odds)[turn], MATCH)


def combined(lifted: np.ndarray, odds: np.ndarray, liking: float) -> np.ndarray:
    """Return what candidates are ordered by in the second stage, see `order`."""
    return standard(lifted, lifted) + liking * standard(odds, odds)


def shown(values: np.ndarray, unit: str) -> np.ndarray:
    """Return the scores that people see: a share where values have no natural unit.

    Parameters
    ----------
    values : numpy.ndarray of float64
    unit : str

    Returns
    -------
    numpy.ndarray of float64
        Chances of log-odds; likewise matches, of which .5 is the middle of the candidates before
        genres of one's own raise them.
    """
    return expit(values) if unit in (CHANCE, MATCH) else values


def lifted(scores: np.ndarray, evidence: np.ndarray, beta: float) -> np.ndarray:
    """Return scores lowered by popularity; those of films without ratings are the lowest."""
    lifted = scores / (evidence + 3) ** beta
    return np.where(evidence > 0, lifted, lifted.min())


def _popularity(evidence: np.ndarray) -> np.ndarray:
    """Return how popular films are: from 0, without ratings, to 1."""
    rated = np.log((evidence + 3) / 3)
    return rated / max(rated.max(), 1e-9)


def standard(values: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Return how many standard deviations values are from the mean of some."""
    far = spread(of)
    return (values - of.mean()) / far if far > 0 else np.zeros(len(values))


def spread(values: np.ndarray) -> float:
    """Return the standard deviation of values, 0 of none."""
    return float(values.std()) if len(values) else 0.0


def best(values: np.ndarray, allowed: np.ndarray, n: int) -> np.ndarray:
    """Return the places of the `n` best values among those allowed, ties by place.

    Parameters
    ----------
    values : numpy.ndarray of float64, shape (k,)
        Without NaN.
    allowed : numpy.ndarray of bool, shape (k,)
    n : int

    Returns
    -------
    numpy.ndarray of int
        Fewer than `n` where fewer are allowed.
    """
    places = np.flatnonzero(allowed)
    return places[best_columns(values[None, places], n)[0]] if len(places) else places
