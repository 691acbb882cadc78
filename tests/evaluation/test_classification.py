from statistics import fmean

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata
from sklearn.metrics import f1_score, roc_auc_score

from nbhelpers.evaluation.classification import (
    auc,
    auc_difference,
    auc_interval,
    auc_per_user,
    f1_interval,
)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=40))
def test_auc_is_that_of_scikit_learn_ties_and_all(rows):
    like, score = (np.array(column) for column in zip(*rows, strict=True))
    if like.all() or not like.any():
        with pytest.raises(ValueError, match="both are needed"):
            auc(like, score)
    else:
        assert auc(like, score) == pytest.approx(roc_auc_score(like, score), abs=1e-12)


def by_ranks(like, score):
    """Return AUC as scikit-learn does, only quicker."""
    n = like.sum()
    return (rankdata(score)[like].sum() - n * (n + 1) / 2) / (n * (len(like) - n))


@pytest.fixture
def scores():
    rng = np.random.default_rng(0)
    users = np.repeat(np.arange(100), 20)
    like = rng.random(2000) < 0.5
    return users, like, like + rng.normal(0, 1, 2000), like + rng.normal(0, 3, 2000)


def test_difference_is_found_and_has_a_sign(scores):
    users, like, good, poor = scores
    difference = auc_difference(like, good, poor, users)
    assert difference.estimate == pytest.approx(auc(like, good) - auc(like, poor))
    assert 0 < difference.low < difference.estimate < difference.high
    assert auc_difference(like, poor, good, users).high < 0


def test_a_score_does_not_differ_from_itself(scores):
    users, like, good, _ = scores
    assert auc_difference(like, good, 2 * good + 1, users) == (0, 0, 0)


def test_interval_is_that_of_a_plain_loop_over_drawn_users(scores):
    users, like, good, poor = scores
    rng, drawn = np.random.default_rng(1), []
    rows = [np.flatnonzero(users == user) for user in range(100)]
    for _ in range(300):
        pick = np.concatenate([rows[user] for user in rng.integers(0, 100, 100)])
        drawn.append(by_ranks(like[pick], good[pick]) - by_ranks(like[pick], poor[pick]))
    difference = auc_difference(like, good, poor, users, n=300)
    assert [difference.low, difference.high] == pytest.approx(
        np.quantile(drawn, [0.025, 0.975]), abs=0.01
    )


def test_draws_in_blocks_are_the_same_draws(scores, monkeypatch):
    users, like, good, poor = scores
    whole = auc_difference(like, good, poor, users, n=50)
    monkeypatch.setattr("nbhelpers.evaluation.intervals.WEIGHTS", 3 * len(like))
    assert auc_difference(like, good, poor, users, n=50) == pytest.approx(whole, abs=1e-12)


def test_interval_of_auc_holds_it_and_a_difference_to_a_constant_is_it_less_one_half(scores):
    users, like, good, _ = scores
    interval = auc_interval(like, good, users, n=100)
    assert interval.low < interval.estimate < interval.high
    difference = auc_difference(like, good, np.zeros(2000), users, n=100)
    assert np.add(difference, 0.5) == pytest.approx(interval)


def test_interval_of_f1_is_that_of_a_plain_loop_over_drawn_users(scores):
    users, like, good, _ = scores
    called = good > 0.5
    rng, drawn = np.random.default_rng(1), []
    rows = [np.flatnonzero(users == user) for user in range(100)]
    for _ in range(300):
        pick = np.concatenate([rows[user] for user in rng.integers(0, 100, 100)])
        drawn.append(2 * (like & called)[pick].sum() / (like[pick].sum() + called[pick].sum()))
    interval = f1_interval(like, called, users, n=300)
    assert interval.estimate == pytest.approx(f1_score(like, called))
    assert [interval.low, interval.high] == pytest.approx(
        np.quantile(drawn, [0.025, 0.975]), abs=0.01
    )


def test_f1_of_nothing_called_is_zero():
    assert f1_interval([True, False], [False, False], [1, 2], n=20).estimate == 0


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.booleans(), st.integers(0, 3)), min_size=1, max_size=40
    )
)
def test_auc_per_user_counts_pairs_of_one_user_ties_one_half(rows):
    expected = {}
    for user in sorted({u for u, _, _ in rows}):
        liked = [s for u, like, s in rows if u == user and like]
        others = [s for u, like, s in rows if u == user and not like]
        if liked and others:
            won = [(a > b) + (a == b) / 2 for a in liked for b in others]
            expected[user] = fmean(won)
    users, like, score = zip(*rows, strict=True)
    if expected:
        assert auc_per_user(like, score, users).to_dict() == pytest.approx(expected, abs=1e-12)
    else:
        with pytest.raises(ValueError, match="no user has both"):
            auc_per_user(like, score, users)


def test_knowing_who_is_generous_helps_the_pooled_auc_alone():
    rng = np.random.default_rng(0)
    users = pd.Series(rng.permutation(np.repeat(np.arange(100), 20)), index=np.arange(2000) + 7)
    like = rng.random(2000) < (users % 5 + 1) / 7
    assert auc(like, users % 5) > 0.6
    assert (auc_per_user(like, users % 5, users) == 0.5).all()
