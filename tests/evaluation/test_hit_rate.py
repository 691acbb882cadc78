from itertools import combinations
from math import comb
from statistics import fmean

import made
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbhelpers.evaluation import metrics, splits
from nbhelpers.evaluation.hit_rate import hit_rates
from nbhelpers.models.base import Model
from nbhelpers.models.baselines import GlobalMean
from nbhelpers.models.popularity import Popularity

FILMS = range(1, 7)


class Scored(Model):
    """Scores given beforehand, the same for everybody; all films are known, one user is."""

    def __init__(self, scores, seen):
        self._index(pd.DataFrame({"user_id": 1, "movie_id": FILMS, "rating": 3.0}))
        self.seen = self.seen.copy()
        self.seen.data[:] = [film in seen for film in FILMS]
        self.seen.eliminate_zeros()
        self.values = np.array(scores, float)

    def _estimate(self, u, m):
        return self.values[m]


def plain_hit(target, rivals, n, among):
    """Return the chance of a hit over all draws of rivals and all places among equals."""
    chances = []
    for drawn in combinations(rivals, min(among or len(rivals), len(rivals))):
        better, tied = sum(r > target for r in drawn), sum(r == target for r in drawn)
        chances.append(fmean(place < n for place in range(better, better + tied + 1)))
    return fmean(chances)


@settings(max_examples=30)
@given(
    st.lists(st.integers(0, 2), min_size=6, max_size=6),
    st.sets(st.sampled_from(FILMS), max_size=3),
    st.integers(1, 7),
    st.none() | st.integers(1, 7),
)
def test_hits_against_every_draw_and_every_order_of_ties(scores, seen, n, among):
    model = Scored(scores, seen)
    score = dict(zip(FILMS, scores, strict=True))
    pairs = [(user, film) for film in FILMS for user in (1, 2) if user == 2 or film not in seen]
    wanted = pd.DataFrame(pairs, columns=["user_id", "movie_id"])
    found = hit_rates(model, wanted, n, among)
    assert found.index.tolist() == wanted["user_id"].tolist()
    for (user, film), chance in zip(pairs, found, strict=True):
        rivals = [score[f] for f in FILMS if f != film and not (user == 1 and f in seen)]
        assert chance == pytest.approx(plain_hit(score[film], rivals, n, among), abs=1e-9)


@pytest.mark.parametrize(("among", "expected"), [(None, 10 / 40), (19, 10 / 20)])
def test_a_model_that_scores_everything_alike_finds_as_much_as_chance(among, expected):
    ratings = made.ratings(users=60, movies=40)
    model = GlobalMean().fit(ratings)
    strangers = pd.DataFrame({"user_id": -1, "movie_id": model.movie_ids})
    assert len(strangers) == 40
    assert hit_rates(model, strangers, among=among).to_numpy() == pytest.approx(expected)


def test_without_ties_hits_among_all_are_the_recall_of_single_films():
    split = splits.random_split(made.ratings(users=60, movies=40))
    model = Popularity().fit(split.train)
    model.counts = np.random.default_rng(0).permutation(len(model.movie_ids))
    wanted = split.test[split.test["rating"] >= 4]
    lists = model.top_n(wanted["user_id"].unique(), 5)
    listed = wanted.merge(lists, on=["user_id", "movie_id"])
    assert hit_rates(model, wanted, n=5).sum() == len(listed)
    recall = metrics.ranking(lists, wanted, 5)["recall"]
    pd.testing.assert_series_equal(
        hit_rates(model, wanted, n=5).groupby(level=0).mean(), recall, check_names=False
    )


def test_many_rivals_are_drawn_as_the_hypergeometric_distribution_says():
    films = 5000
    model = GlobalMean().fit(pd.DataFrame({"user_id": 1, "movie_id": range(films), "rating": 3.0}))
    model.seen = model.seen * 0
    model.seen.eliminate_zeros()
    model._estimate = lambda u, m: -m.astype(float)
    at = np.array([0, 9, 10, 300, 500, 1500])
    found = hit_rates(model, pd.DataFrame({"user_id": 1, "movie_id": at}), 10, among=100)
    for before, chance in zip(at.tolist(), found, strict=True):
        ways = sum(comb(before, k) * comb(films - 1 - before, 100 - k) for k in range(10))
        assert chance == pytest.approx(ways / comb(films - 1, 100), abs=1e-9)


def test_a_film_that_the_model_does_not_know_is_missed():
    model = GlobalMean().fit(made.ratings(users=60, movies=40))
    wanted = pd.DataFrame({"user_id": [-1, -1], "movie_id": [-5, model.movie_ids[0]]})
    assert hit_rates(model, wanted, n=4).tolist() == [0, 0.1]


@pytest.mark.parametrize("bad", [{"n": 0}, {"among": 0}])
def test_nothing_is_hit_among_the_first_none(bad):
    with pytest.raises(ValueError, match="Hits are counted among the first of some"):
        hit_rates(GlobalMean().fit(made.ratings()), pd.DataFrame(), **bad)
