from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbhelpers.evaluation import intervals
from nbhelpers.evaluation.reliability import calibration

ROWS = st.lists(
    st.tuples(
        st.sampled_from([0, 0.05, 0.2, 0.25, 0.5, 0.55, 0.75, 0.9, 1]),
        st.booleans(),
        st.integers(1, 4),
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=25)
@given(ROWS, st.integers(1, 5))
def test_means_by_bins_against_plain_python(rows, bins):
    shown, true, users = zip(*rows, strict=True)
    table = calibration(shown, true, users, bins=bins, n=10)
    expected = {"all": rows}
    for at in range(bins):
        inside = [row for row in rows if min(int(row[0] * 20 * bins) // 20, bins - 1) == at]
        if inside:
            expected[f"{at / bins:.4g} to {(at + 1) / bins:.4g}"] = inside
    assert table.index.tolist() == list(expected)
    for (_, row), part in zip(table.iterrows(), expected.values(), strict=True):
        means = fmean(r[0] for r in part), fmean(r[1] for r in part)
        assert row[["shown", "true"]].tolist() == pytest.approx(list(means))
        assert row["gap"] == pytest.approx(means[0] - means[1])
        assert row[["count", "users"]].tolist() == [len(part), len({r[2] for r in part})]


def test_what_comes_true_as_shown_has_no_gap_and_a_promise_too_high_has_one():
    rng = np.random.default_rng(0)
    chance, users = rng.uniform(0.5, 1, 4000), np.repeat(np.arange(200), 20)
    liked = rng.random(4000) < chance
    honest = calibration(chance, liked, users, n=300).loc["all"]
    assert honest["low"] < 0 < honest["high"]
    gap = intervals.bootstrap(chance - liked, users, n=300)
    assert honest[["gap", "low", "high"]].tolist() == pytest.approx(list(gap))
    bold = calibration(np.minimum(chance + 0.1, 1), liked, users, bins=2, n=300)
    assert (bold["low"] > 0).all()
    assert bold.index.tolist() == ["all", "0.5 to 1"]


def test_rows_without_a_truth_are_left_out():
    table = calibration([0.2, 0.9, 0.6], [0.0, np.nan, 1.0], [1, 1, 2], bins=1, n=20)
    assert table.loc["all", ["count", "shown", "true"]].tolist() == [2, 0.4, 0.5]


@pytest.mark.parametrize(("shown", "true"), [([1.5], [1]), ([0.5], [4.0]), ([0.5], [np.nan])])
def test_chances_and_a_known_truth_are_needed(shown, true):
    with pytest.raises(ValueError, match="chances in"):
        calibration(shown, true, [1])
