from math import sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbhelpers.evaluation import intervals

VALUES = st.lists(st.tuples(st.integers(1, 5), st.floats(-3, 3)), min_size=1, max_size=30)


def plain_means(groups, values, n, seed):
    """Return the mean of all values, then that of each draw of whole groups, by loops."""
    names = list(dict.fromkeys(groups))
    rng = np.random.default_rng(seed)
    draws = [[1] * len(names)]
    draws += [rng.multinomial(len(names), [1 / len(names)] * len(names)) for _ in range(n)]
    means = []
    for times in draws:
        sample = [
            value
            for name, count in zip(names, times, strict=True)
            for _ in range(count)
            for group, value in zip(groups, values, strict=True)
            if group == name
        ]
        means.append(sum(sample) / len(sample))
    return means


@settings(max_examples=25)
@given(VALUES)
def test_bootstrap_against_loops(pairs):
    groups, values = zip(*pairs, strict=True)
    means = plain_means(groups, values, n=20, seed=5)
    expected = [means[0], np.quantile(means[1:], 0.1), np.quantile(means[1:], 0.9)]
    interval = intervals.bootstrap(values, groups, n=20, seed=5, level=0.8)
    assert list(interval) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=25)
@given(VALUES, st.floats(-3, 3))
def test_paired_difference_against_loops(pairs, shift):
    groups, a = zip(*pairs, strict=True)
    b = [shift - error / 2 for error in a]
    rmse_a, rmse_b = (
        [sqrt(m) for m in plain_means(groups, [e * e for e in errors], n=20, seed=5)]
        for errors in (a, b)
    )
    difference = [x - y for x, y in zip(rmse_a, rmse_b, strict=True)]
    interval = intervals.paired_difference(a, b, groups, n=20, seed=5)
    expected = [difference[0], *np.quantile(difference[1:], [0.025, 0.975])]
    assert list(interval) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=25)
@given(VALUES, VALUES, st.booleans())
def test_percent_change_against_loops(pairs, others, root):
    sides = [
        pd.Series([1 + value**2 for _, value in side], [group for group, _ in side])
        for side in (pairs, others)
    ]
    names = sorted({*sides[0].index, *sides[1].index})
    rng = np.random.default_rng(5)
    draws = [[1] * len(names)]
    draws += [rng.multinomial(len(names), [1 / len(names)] * len(names)) for _ in range(20)]
    changes = []
    for times in draws:
        weight = dict(zip(names, times, strict=True))
        sums = [sum(weight[g] * v for g, v in side.items()) for side in sides]
        counts = [sum(weight[g] for g in side.index) for side in sides]
        if all(counts):
            ratio = sums[0] / counts[0] / (sums[1] / counts[1])
            changes.append(100 * (sqrt(ratio) if root else ratio) - 100)
    found = intervals.percent_change(*sides, root, n=20, seed=5)
    assert found.estimate == pytest.approx(changes[0], abs=1e-9)
    if len(changes) > 1:
        ends = np.quantile(changes[1:], [0.025, 0.975])
        assert list(found[1:]) == pytest.approx(list(ends), abs=1e-9)


def test_percent_change_needs_finite_values_on_both_sides():
    some = pd.Series([1.0, 2.0], [7, 8])
    for bad in (some[:0], some.where(some > 1)):
        for sides in ((some, bad), (bad, some)):
            with pytest.raises(ValueError, match="all finite"):
                intervals.percent_change(*sides)


def test_percent_change_needs_a_reference_above_0_but_draws_may_lack_one():
    found = pd.Series([1.0, 1.0, 1.0], [1, 2, 3])
    with pytest.raises(ValueError, match="more than 0"):
        intervals.percent_change(found, 0 * found)
    rare = pd.Series([1.0, 0.0, 0.0], [1, 2, 3])  # 30 % of the draws leave user 1 out
    assert intervals.percent_change(found, rare) == pytest.approx((200, 0, 200))


def test_bootstrap_agrees_with_the_normal_approximation():
    values = np.random.default_rng(0).normal(2, 1, 2000)
    estimate, low, high = intervals.bootstrap(values)
    assert estimate == pytest.approx(values.mean())
    assert (high - low) / 2 == pytest.approx(1.96 * values.std() / sqrt(2000), rel=0.1)


def test_ratings_of_one_user_are_one_piece_of_evidence():
    values = np.random.default_rng(0).normal(size=50)
    once = intervals.bootstrap(values)
    repeated = intervals.bootstrap(np.repeat(values, 20), groups=np.repeat(np.arange(50), 20))
    naive = intervals.bootstrap(np.repeat(values, 20))
    assert repeated == pytest.approx(once)
    assert naive.high - naive.low < (once.high - once.low) / 3


def test_draws_in_blocks_are_the_same(monkeypatch):
    values = np.random.default_rng(0).normal(size=50)
    whole = intervals.bootstrap(values)
    monkeypatch.setattr(intervals, "WEIGHTS", 170)
    assert intervals.bootstrap(values) == pytest.approx(whole)


@pytest.mark.parametrize("values", [[], [1, np.nan], [np.inf]])
def test_bootstrap_needs_finite_values(values):
    with pytest.raises(ValueError, match="at least one value, and finite ones only"):
        intervals.bootstrap(values)


@pytest.mark.parametrize(
    "ends, users, said",
    [
        ((0.01, 0.03), 20, "more than luck"),
        ((-0.03, -0.01), 20, "more than luck"),
        ((-0.01, 0.03), 20, "which luck could explain"),
        ((0, 0), 500, "which luck could explain"),
        ((0.01, 0.03), 19, "too few users to tell"),
    ],
)
def test_a_verdict_asks_for_an_interval_without_zero_and_for_enough_users(ends, users, said):
    difference = intervals.Interval(sum(ends) / 2, *ends)
    assert intervals.verdict(difference, np.repeat(np.arange(users), 2)) == said


@pytest.mark.parametrize(
    ("ends", "lower", "higher"),
    [
        ((-2, -1), "better than", "worse than"),
        ((1, 2), "worse than", "better than"),
        ((-1, 1), *2 * ["not clearly different from"]),
        ((0, 0), *2 * ["not clearly different from"]),
    ],
)
def test_a_verdict_names_the_better_side_if_it_knows_what_is_better(ends, lower, higher):
    assert intervals.verdict(ends, better="lower") == lower
    assert intervals.verdict(intervals.Interval(0, *ends), better="higher") == higher
    assert intervals.verdict(ends, range(19), better="higher") == "too few users to tell"
    with pytest.raises(ValueError, match=r'is "lower" or "higher", but not \'more\''):
        intervals.verdict(ends, better="more")


PAIRS = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 4), st.floats(-3, 3), st.floats(0.1, 2)),
    min_size=1,
    max_size=20,
)


@settings(max_examples=25)
@given(PAIRS)
def test_crossed_means_against_loops(pairs):
    users, films, values, weights = zip(*pairs, strict=True)
    totals = np.multiply(values, weights)[:, None]
    found = intervals.crossed_means(totals, np.array(weights), users, films, n=20, seed=5)
    lots = np.random.default_rng(5).spawn(2)
    times = []
    for lot, side in zip(lots, (users, films), strict=True):
        names = list(dict.fromkeys(side))
        rows = [[1] * len(names), *lot.multinomial(len(names), [1 / len(names)] * len(names), 20)]
        times.append([dict(zip(names, row, strict=True)) for row in rows])
    for mean, of_user, of_film in zip(found[:, 0], *times, strict=True):
        counts = [
            of_user[u] * of_film[f] * w for u, f, w in zip(users, films, weights, strict=True)
        ]
        total = sum(c * v for c, v in zip(counts, values, strict=True))
        expected = total / sum(counts) if sum(counts) else np.nan
        assert mean == pytest.approx(expected, abs=1e-9, nan_ok=True)


def test_crossed_draws_in_blocks_are_the_same(monkeypatch):
    rng = np.random.default_rng(0)
    pairs = rng.normal(size=(50, 2)), np.ones(50), rng.integers(0, 9, 50), rng.integers(0, 7, 50)
    whole = intervals.crossed_means(*pairs, n=30, seed=1)
    monkeypatch.setattr(intervals, "WEIGHTS", 170)
    assert intervals.crossed_means(*pairs, n=30, seed=1) == pytest.approx(whole)


def test_pairs_are_of_the_same_ratings():
    with pytest.raises(ValueError, match=r"the shapes \(2,\) and \(1,\)"):
        intervals.paired_difference([1, 2], [1])
