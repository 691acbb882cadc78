"""Factorisation machines by Gibbs sampling: users, films and days as rows of features."""

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.sparse import csc_array, csr_array, hstack
from scipy.special import ndtr, ndtri

from nbhelpers.models.base import Model, rows_or_zero
from nbhelpers.models.time_biases import days_since_1970

KEPT = 100  # samples that predictions are averaged over, at most


class Block(NamedTuple):
    """Features of one side of a rating; those of one kind have a prior of their own."""

    rows: np.ndarray  # of the block, for each rating
    features: csc_array
    kinds: np.ndarray  # of each column


@dataclass(eq=False)
class BayesianFM(Model):
    """Predict a rating by a regression on features and on all products of two of them.

    .. math:: \\hat r(x) = w_0 + \\sum_j w_j x_j + \\sum_{j < k} x_j x_k \\, v_j^\\top v_k

    A rating is described by who rated, what was rated and, on demand, what else is known. With
    the ids alone it is matrix factorisation; with `implicit`, each user is also described by the
    films they have rated, and each film by who has rated it (1 / √n each): SVD++ from both sides.

    There is nothing to tune: weights, the spread of each kind of weight and the noise are drawn
    in turns, each from its distribution given the others, and predictions are averaged over
    the draws. With errors e, the noise's precision α, and h the derivative of the prediction by
    the weight θ, whose kind has mean m and precision λ:

    .. math::
        \\theta \\sim N\\Big( \\frac{\\alpha \\sum_n h_n (e_n + h_n \\theta) + \\lambda m}{c},
        \\; \\frac{1}{c} \\Big), \\quad c = \\alpha \\sum_n h_n^2 + \\lambda

    With `ordinal`, stars are steps of a scale, not numbers. What is learned is a hidden number, r̂
    and noise of variance 1, and a rating tells between which two cuts it lies: from four stars to
    five may be a longer way than from three to four.

    Parameters
    ----------
    n_factors : int
        Length of each v.
    n_sweeps : int
        How often everything is drawn. The first quarter only finds the way; of the rest, at
        most 100 evenly spaced draws are kept.
    implicit : bool
        Whether the films rated describe a user, and the people who rated it a film.
    by_day : bool
        Whether the day of a rating is a feature; ratings then need a ``timestamp``.
    ordinal : bool
        Whether stars are steps of a scale.
    random_state : int
        Seed of the draws.

    Attributes
    ----------
    base : float
        The mean of w₀.
    parts : tuple of numpy.ndarray of float64, shape (n_rows,)
        Of users, movies and, if `by_day`, days: what each adds on its own, in stars.
    tastes : tuple of numpy.ndarray of float32, shape (n_rows, kept draws × n_factors)
        The sums of their v, draw beside draw; a product of two of them is an interaction.
    days : numpy.ndarray of int64
        Days since 1970 that have a row; others borrow the nearest.
    stars, cuts : numpy.ndarray of float64
        If `ordinal`: the steps, and the mean of each cut between two of them.
    spread : float
        If `ordinal`: of z around a mean of the draws, by noise and by doubt of the score.

    References
    ----------
    Freudenthaler, Schmidt-Thieme & Rendle (2011), "Bayesian factorization machines", and Rendle
    (2012), "Factorization machines with libFM", section 3.3; Rendle, Zhang & Koren (2019), "On the
    difficulty of evaluating baselines" (the features); Albert & Chib (1993), "Bayesian analysis of
    binary and polychotomous response data", section 4 (steps). The package myfm samples from the
    same distributions; a release of it has wheels for some versions of Python only, or needs a
    C++ compiler, and it is slower.
    """

    n_factors: int = 10
    n_sweeps: int = 200
    implicit: bool = False
    by_day: bool = False
    ordinal: bool = False
    random_state: int = 42

    def fit(
        self,
        ratings: pd.DataFrame,
        users: pd.DataFrame | None = None,
        movies: pd.DataFrame | None = None,
    ) -> Self:
        """Learn from ratings.

        Parameters
        ----------
        ratings : DataFrame (user_id, movie_id, rating, timestamp if `by_day`)
            One row per rating, in stars.
        users, movies : DataFrame of numbers, indexed by id, optional
            What else is known of them, such as a column per genre; ids without a row have zeros.

        Returns
        -------
        BayesianFM
            The model itself.

        Raises
        ------
        ValueError
            If a column is missing, there are no ratings, or one is missing.
        """
        u, m, r = self._index(ratings)
        rated = csr_array(self.seen, dtype=np.float64)
        blocks = [
            _block(u, rated if self.implicit else None, _known(users, self.user_ids)),
            _block(m, rated.T if self.implicit else None, _known(movies, self.movie_ids)),
        ]
        if self.by_day:
            self.days, day = np.unique(days_since_1970(ratings["timestamp"]), return_inverse=True)
            blocks.append(_block(day.astype(np.int64), None, None))
        rng = np.random.default_rng(self.random_state)
        machine = (_Steps if self.ordinal else _Machine)(r, blocks, self.n_factors, rng)
        kept = _sample(machine, self.n_sweeps)
        if isinstance(machine, _Steps):
            self.stars, self.cuts, self.spread = machine.stars, *machine.scale()
        self.base = float(np.mean([base for base, _, _ in kept]))
        draws = len(kept)
        self.parts = tuple(
            np.mean([parts[b] for _, parts, _ in kept], axis=0) for b in range(len(blocks))
        )
        self.tastes = tuple(
            np.hstack([tastes[b] for _, _, tastes in kept]).astype(np.float32) / np.sqrt(draws)
            for b in range(len(blocks))
        )
        return self

    def predict(
        self, users: ArrayLike, movies: ArrayLike, timestamps: ArrayLike | None = None
    ) -> np.ndarray:
        """Predict the rating of each (user, movie) pair, maybe at a known time.

        Parameters
        ----------
        users, movies : array_like
            Ids, see `Model.predict`.
        timestamps : array_like of datetime64, optional
            When the ratings are given; left out, the day adds nothing. Only a model that has
            learned `by_day` makes use of it.

        Returns
        -------
        numpy.ndarray of float64, shape (n,)
            In stars, not clipped.
        """
        if timestamps is None or not self.by_day:
            return super().predict(users, movies)
        self.check_fitted()
        pairs = self._positions(np.atleast_1d(users), np.atleast_1d(movies))
        u, m = map(np.ascontiguousarray, np.broadcast_arrays(*pairs))
        found = self._score(u, m)
        day = _nearest(self.days, days_since_1970(timestamps))
        (of_users, of_movies, of_days), own = self.tastes, self.parts[2][day]
        known = rows_or_zero(of_users, u) + rows_or_zero(of_movies, m)
        found += own + np.einsum("nk,nk->n", known, of_days[day], dtype=float)
        return self._in_stars(found)

    def _estimate(self, u: np.ndarray, m: np.ndarray) -> np.ndarray:
        return self._in_stars(self._score(u, m))

    def _in_stars(self, score: np.ndarray) -> np.ndarray:
        """Return the expected stars of what the formula gives."""
        if not self.ordinal:
            return score
        found = np.full(score.shape, self.stars[0])
        for cut, step in zip(self.cuts, np.diff(self.stars), strict=True):
            found += step * ndtr((score - cut) / self.spread)
        return found

    def _score(self, u: np.ndarray, m: np.ndarray) -> np.ndarray:
        of_users, of_movies = self.tastes[:2]
        found: np.ndarray = self.base + rows_or_zero(self.parts[0], u)
        found += rows_or_zero(self.parts[1], m)
        for first in range(0, len(u), 1 << 14):
            part = slice(first, first + (1 << 14))
            tastes = rows_or_zero(of_users, u[part]), rows_or_zero(of_movies, m[part])
            found[part] += np.einsum("nk,nk->n", *tastes, dtype=float)
        return found

    def scores_at(self, u: np.ndarray) -> np.ndarray:
        of_users, of_movies = self.tastes[:2]
        scores: np.ndarray = (rows_or_zero(of_users, u) @ of_movies.T).astype(float)
        scores += self.base + rows_or_zero(self.parts[0], u)[:, None] + self.parts[1]
        return self._in_stars(scores)


def _block(rows: np.ndarray, rated: csr_array | None, known: np.ndarray | None) -> Block:
    """Put together an id, what was rated (or who rated), and what else is known."""
    size = int(rows.max()) + 1
    kinds = [csr_array((np.ones(size), (np.arange(size), np.arange(size))), shape=(size, size))]
    if rated is not None:
        counts = np.asarray(rated.sum(axis=1)).ravel()
        kinds.append(csr_array(rated.multiply(1 / np.sqrt(counts)[:, None])))
    if known is not None:
        kinds.append(csr_array(known))
    of_each = np.repeat(np.arange(len(kinds)), [kind.shape[1] for kind in kinds])
    return Block(rows, csc_array(hstack(kinds, format="csc")), of_each)


def _columns(features: csc_array) -> tuple[np.ndarray, ...]:
    return features.indptr.astype(np.int64), features.indices.astype(np.int64), features.data


def _known(table: pd.DataFrame | None, ids: np.ndarray) -> np.ndarray | None:
    if table is None or not table.shape[1]:
        return None
    values: np.ndarray = table.reindex(ids).fillna(0).to_numpy(np.float64)
    return values


def _nearest(days: np.ndarray, asked: np.ndarray) -> np.ndarray:
    after = np.searchsorted(days, asked).clip(1, max(1, len(days) - 1))
    after = np.minimum(after, len(days) - 1)
    before = np.maximum(after - 1, 0)
    near: np.ndarray = np.where(asked - days[before] <= days[after] - asked, before, after)
    return near


Draw = tuple[float, list[np.ndarray], list[np.ndarray]]


def _sample(machine: "_Machine", n_sweeps: int) -> list[Draw]:
    """Return the kept draws: base, what each row adds, and the tastes of each row."""
    first = n_sweeps // 4
    keep = set(np.linspace(first, n_sweeps - 1, min(KEPT, n_sweeps - first)).astype(int).tolist())
    kept = []
    for sweep in range(n_sweeps):
        machine.sweep()
        if sweep in keep:
            kept.append(machine.draw())
    return kept


class _Machine:
    """All that is drawn, and the errors that go with it."""

    def __init__(
        self, r: np.ndarray, blocks: list[Block], n_factors: int, rng: np.random.Generator
    ):
        self.blocks, self.rng = blocks, rng
        self.columns = [_columns(block.features) for block in blocks]
        self.base = float(r.mean())
        sizes = [block.features.shape[1] for block in blocks]
        self.weights = [np.zeros(size) for size in sizes]
        self.factors = [rng.normal(0, 0.1, (n_factors, size)) for size in sizes]
        self.tastes = [
            np.array([block.features @ v for v in factors]).reshape(n_factors, -1)
            for block, factors in zip(blocks, self.factors, strict=True)
        ]
        self.errors = r - self.base - self._interactions()

    def _interactions(self) -> np.ndarray:
        found = np.zeros(len(self.blocks[0].rows))
        for f in range(len(self.factors[0])):
            together = sum(t[f][b.rows] for t, b in zip(self.tastes, self.blocks, strict=True))
            found += together**2 / 2
            for block, factors in zip(self.blocks, self.factors, strict=True):
                found -= ((block.features**2) @ factors[f] ** 2)[block.rows] / 2
        return found

    def sweep(self) -> None:
        from nbhelpers.models.gibbs import draw_factor, draw_weights

        precision, rng, errors = self._begin(), self.rng, self.errors
        for block, columns, weights in zip(self.blocks, self.columns, self.weights, strict=True):
            prior = _draw_prior(weights, block.kinds, rng)
            noise = rng.standard_normal(len(weights))
            draw_weights(errors, block.rows, columns, weights, prior, precision, noise)
        for f in range(len(self.factors[0])):
            together = sum(t[f][b.rows] for t, b in zip(self.tastes, self.blocks, strict=True))
            for b, block in enumerate(self.blocks):
                weights, tastes = self.factors[b][f], self.tastes[b][f]
                prior = _draw_prior(weights, block.kinds, rng)
                noise = rng.standard_normal(len(weights))
                others = together - tastes[block.rows]
                shared = errors, others, block.rows, self.columns[b], weights, tastes
                draw_factor(*shared, prior, precision, noise)
                together = others + tastes[block.rows]

    def _begin(self) -> float:
        """Draw the base, and return the noise's precision, drawn as well."""
        rng, errors, n = self.rng, self.errors, len(self.errors)
        precision: float = rng.standard_gamma((1 + n) / 2) / ((1 + errors @ errors) / 2)
        certain = precision * n + 1
        base = precision * (errors.sum() + n * self.base) / certain
        base += rng.standard_normal() / np.sqrt(certain)
        errors -= base - self.base
        self.base = base
        return precision

    def draw(self) -> Draw:
        """Return what this draw predicts with."""
        parts = []
        for b, block in enumerate(self.blocks):
            squares = (block.features**2) @ (self.factors[b] ** 2).sum(axis=0)
            inner = ((self.tastes[b] ** 2).sum(axis=0) - squares) / 2
            parts.append(block.features @ self.weights[b] + inner)
        return self.base, parts, [tastes.T.copy() for tastes in self.tastes]


class _Steps(_Machine):
    """Stars as steps: the hidden numbers are drawn as well, and the cuts between the steps."""

    def __init__(
        self, r: np.ndarray, blocks: list[Block], n_factors: int, rng: np.random.Generator
    ):
        self.stars, self.step = np.unique(r, return_inverse=True)
        shares = np.bincount(self.step) / len(r)
        self.cuts = ndtri(shares.cumsum()[:-1])
        self.hidden = np.zeros(len(r))
        self.kept_cuts: list[np.ndarray] = []
        self.sums, self.squares = np.zeros((2, len(r)))  # of the scores, over the kept draws
        super().__init__(self.hidden, blocks, n_factors, rng)

    def _begin(self) -> float:
        score = self.hidden - self.errors
        self._move_cuts(score)
        low, high = self._around(self.cuts, score)
        place = low + (high - low) * self.rng.random(len(score))
        self.hidden = score + ndtri(place.clip(1e-12, 1 - 1e-12))
        self.errors = self.hidden - score
        return 1.0

    def _around(self, cuts: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return how probable a hidden number is below each rating's step, and below its end."""
        ends = np.concatenate([[-np.inf], cuts, [np.inf]])
        return ndtr(ends[self.step] - score), ndtr(ends[self.step + 1] - score)

    def _move_cuts(self, score: np.ndarray, tries: int = 4) -> None:
        """Take small random steps with all cuts, each if the ratings agree (Metropolis)."""

        def fit(cuts: np.ndarray) -> float:
            low, high = self._around(cuts, score)
            return float(np.log(np.maximum(high - low, 1e-300)).sum())

        now = fit(self.cuts)
        for _ in range(tries):
            moved = self.cuts + self.rng.standard_normal(len(self.cuts)) / np.sqrt(len(score))
            then = fit(moved) if (np.diff(moved) > 0).all() else -np.inf
            if np.log(self.rng.random()) < then - now:
                self.cuts, now = moved, then

    def draw(self) -> Draw:
        score = self.hidden - self.errors
        self.kept_cuts.append(self.cuts)
        self.sums += score
        self.squares += score**2
        return super().draw()

    def scale(self) -> tuple[np.ndarray, float]:
        """Return the mean cuts, and the spread of a rating's z: noise, and doubt of the score."""
        n = len(self.kept_cuts)
        doubt = self.squares / n - (self.sums / n) ** 2
        return np.mean(self.kept_cuts, axis=0), float(np.sqrt(1 + doubt.mean()))


def _draw_prior(
    weights: np.ndarray, kinds: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw mean and precision of each kind of weight, and return those of each weight."""
    counts = np.bincount(kinds)
    sums, squares = np.bincount(kinds, weights), np.bincount(kinds, weights**2)
    means = sums / (counts + 1)  # as if one more weight of 0 had been seen
    spread = squares - means * sums
    precisions = rng.standard_gamma((2 + counts) / 2) / ((1 + spread) / 2)
    means = means + rng.standard_normal(len(counts)) / np.sqrt((counts + 1) * precisions)
    return means[kinds], precisions[kinds]
