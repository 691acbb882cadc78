"""What the exercises of notebook 10, Recommending, expect."""

from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from nbhelpers.teaching.exercises.task import Task


def exercise_1() -> Task:
    """Two cautious scores."""
    above, n = np.array([4.9, 4.4]) - 3.5, np.array([1, 74])
    belief = (n + 1) / (n + 1 + 25)
    right = 3.5 + belief * above
    return Task(
        right,
        tolerance=6e-3,
        mistakes={
            "these are the distances from the person's mean: add 3.5 again.": right - 3.5,
            "draw towards 3.5, not towards 0.": belief * (3.5 + above),
            "the film's own count is one too small: n + 1.": 3.5 + n / (n + 25) * above,
            "the count stands alone below the line: it is n + 1 + k.": 3.5
            + (n + 1) / (n + 25) * above,
            "these are the plain estimates: nothing has been drawn anywhere.": 3.5 + above,
            "the wrong way round: many ratings have to draw less, not more.": 3.5
            + (1 - belief) * above,
            "that is the order B, A.": right[::-1],
        },
    )


def exercise_2() -> Task:
    """The bias of a newcomer whose taste is known to be zero."""

    def bias(rest: np.ndarray, noise: float, spread: float) -> float:
        return np.sum(rest) / noise / (len(rest) / noise + 1 / spread)

    return Task(
        bias,
        cases=[
            (np.array([1, 0.5, 1, 0, 1]), 0.8, 0.16),
            (np.array([-2.0]), 1.2, 0.25),
            (np.array([]), 0.8, 0.16),
        ],
        mistakes={
            "this is the plain mean: the prior is missing.": lambda rest, noise, spread: (
                np.sum(rest) / max(len(rest), 1)
            ),
            "the noise is missing: divide the ratings' side by it.": lambda rest, noise, spread: (
                np.sum(rest) / (len(rest) + 1 / spread)
            ),
            "divide by the variance of the prior; do not multiply.": lambda rest, noise, spread: (
                np.sum(rest) / noise / (len(rest) / noise + spread)
            ),
            "one rating and a hundred weigh the same here: take the sum, not the mean.": (
                lambda rest, noise, spread: (
                    np.sum(rest) / max(len(rest), 1) / noise / (len(rest) / noise + 1 / spread)
                )
            ),
            "noise and spread have changed places.": lambda rest, noise, spread: bias(
                rest, spread, noise
            ),
            "without a single rating there is still the prior, whose mean is 0.": (
                lambda rest, noise, spread: bias(rest, noise, spread) if len(rest) else np.nan
            ),
        },
    )


def exercise_3() -> Task:
    """A list in which no genre has more than so many places."""
    films = [31, 7, 12, 5, 44, 9, 3, 20, 16, 8]
    kinds = ["thriller"] * 4 + ["drama", "comedy", "thriller", "drama", "drama", "comedy"]
    genre = dict(zip(films, kinds, strict=True))
    return Task(
        _pick,
        cases=[(films, genre, 2, 6), (films, genre, 1, 2), (films[:3], genre, 1, 5)],
        mistakes={
            "a genre gets one place too many: skip once `most` are taken.": (
                lambda films, genre, most, n: _pick(films, genre, most + 1, n)
            ),
            "the list is too short: go on below place n when films are skipped.": (
                lambda films, genre, most, n: _pick(films[:n], genre, most, n)
            ),
            "it does not stop at n films.": lambda films, genre, most, n: _pick(
                films, genre, most, len(films)
            ),
            "it stops at the first film that has no place: skip the film and go on.": _stopping,
            "the order is lost: the films have to stay in the order they came in.": (
                lambda films, genre, most, n: sorted(_pick(films, genre, most, n))
            ),
            "nothing is skipped: these are the first n films.": lambda films, genre, most, n: films[
                :n
            ],
            "two of a genre are allowed only while they do not follow each other; count them "
            "over the whole list.": _neighbours_only,
        },
    )


def exercise_4() -> Task:
    """Two stages, mended: rated films leave first, and the candidates have their own mean."""

    def fix(rated_first: bool, own_mean: bool) -> Callable[..., np.ndarray]:
        return partial(_stages, rated_first=rated_first, own_mean=own_mean)

    return Task(
        fix(True, True),
        cases=[_catalogue(seed) for seed in range(3)],
        mistakes={
            "both bugs are still in it.": fix(False, False),
            "one bug is left: too few candidates come back for somebody who has rated many.": fix(
                False, True
            ),
            "one bug is left: z takes the mean of the log-odds over all films, and not over the "
            "candidates.": fix(True, False),
            "now rated films come back: leave them out before the candidates are cut.": (
                lambda x, n, odds, rated, beta, a, k: _stages(x, n, odds, rated[:0], beta, a, k)
            ),
            "the first stage has lost its division by popularity.": (
                lambda x, n, odds, rated, beta, a, k: _stages(x, n, odds, rated, 0, a, k)
            ),
        },
    )


def _pick(films: list[int], genre: Mapping[int, str], most: int, n: int) -> list[int]:
    taken: Counter[str] = Counter()
    picked: list[int] = []
    for film in films:
        if taken[genre[film]] < most and len(picked) < n:
            picked.append(film)
            taken[genre[film]] += 1
    return picked


def _stopping(films: list[int], genre: Mapping[int, str], most: int, n: int) -> list[int]:
    full = [
        place for place in range(len(films)) if films[place] not in _pick(films, genre, most, n)
    ]
    return films[: min([*full, n])]


def _neighbours_only(films: list[int], genre: Mapping[int, str], most: int, n: int) -> list[int]:
    picked: list[int] = []
    for film in films:
        last = [genre[other] for other in picked[-most:]]
        if last != [genre[film]] * most and len(picked) < n:
            picked.append(film)
    return picked


def _stages(
    x: np.ndarray,
    n: np.ndarray,
    odds: np.ndarray,
    rated: np.ndarray,
    beta: float,
    a: float,
    k: int,
    rated_first: bool = True,
    own_mean: bool = True,
) -> np.ndarray:
    lifted = x / (n + 3) ** beta
    order = np.argsort(-lifted, kind="stable")
    if rated_first:
        first = order[~np.isin(order, rated)][:k]
    else:
        first = order[:k][~np.isin(order[:k], rated)]
    liking = _standard(odds[first]) if own_mean else _standard(odds)[first]
    score = _standard(lifted[first]) + a * liking
    return first[np.argsort(-score, kind="stable")]


def _standard(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / values.std()


def _catalogue(seed: int) -> tuple:
    """Return what two stages are asked with: thirty films, ten of them rated."""
    rng = np.random.default_rng(seed)
    x, n = rng.random(30), rng.integers(1, 500, 30)
    rated = np.sort(np.argsort(-x)[:10])  # what somebody rated is what EASE would find
    return x, n, x + rng.normal(0, 0.4, 30), rated, 0.35, 1.0, 12
