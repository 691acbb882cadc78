"""The oracle gives the expected rating of the formula, and says what it does not know."""

import math

import numpy as np
import pytest

from nbhelpers.data import datasets
from nbhelpers.errors import DataError
from nbhelpers.simulation.oracle import FILE, LAST_DAY, Oracle, true_stars

FOLDER = datasets.load("sample").folder
ORACLE = Oracle.load(FOLDER)


def expected_by_hand(u, i, days):
    """One pair, one term after the other, with the standard library only."""
    o = ORACLE
    wave = days / float(o.swing_days[u]) + float(o.swing_phase[u])
    liking = float(o.user_bias[u]) + float(o.swing[u]) * math.sin(2 * math.pi * wave)
    (start, end), (low, high) = map(float, o.site_days), map(float, o.site_level)
    liking += low + (high - low) * min(max((days - start) / (end - start), 0), 1)
    taste = sum(
        float(p) * float(v) for p, v in zip(o.user_tastes[u], o.movie_tastes[i], strict=True)
    )
    ageing = float(o.movie_ageing[i]) * (days / 365.25 - 3)
    spread = float(o.user_spread[u])
    liking += spread * (float(o.movie_quality[i]) + ageing + taste)
    scale = spread * float(o.noise) * math.sqrt(2)
    above = [0.5 * (1 + math.erf((liking - float(cut)) / scale)) for cut in o.thresholds]
    passed = [1.0, *above, 0.0]
    return sum(star * (passed[star - 1] - passed[star]) for star in range(1, 6))


def test_prediction_is_the_sum_of_stars_times_probability():
    rng = np.random.default_rng(1)
    u = rng.integers(len(ORACLE.user_ids), size=300)
    i = rng.integers(len(ORACLE.movie_ids), size=300)
    days = np.sort(rng.integers(0, 2242, size=300))
    times = np.datetime64("1999-11-11") + days
    got = ORACLE.predict(ORACLE.user_ids[u], ORACLE.movie_ids[i], times)
    want = [expected_by_hand(*pair) for pair in zip(u, i, days.tolist(), strict=True)]
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-9)
    assert got.dtype == np.float64
    assert ((got > 1) & (got < 5)).all()


def test_chances_of_so_many_stars_add_up_to_the_expected_ones():
    asked = ORACLE.user_ids[:50], ORACLE.movie_ids[:50], np.full(50, LAST_DAY)
    chances = [ORACLE.chance(*asked, stars=stars) for stars in range(2, 6)]
    np.testing.assert_allclose(1 + np.sum(chances, axis=0), ORACLE.predict(*asked))
    assert (np.diff(chances, axis=0) < 0).all()
    np.testing.assert_array_equal(ORACLE.chance(*asked[:2]), chances[2])


def test_no_time_is_the_last_day_of_the_data():
    pairs = ORACLE.user_ids[:50], ORACLE.movie_ids[:50]
    last = np.full(50, LAST_DAY).astype("datetime64[s]")
    np.testing.assert_array_equal(ORACLE.predict(*pairs), ORACLE.predict(*pairs, last))
    assert (ORACLE.predict(*pairs) != ORACLE.predict(*pairs, last - np.timedelta64(900, "D"))).all()


def test_calibrated_mean_stars_equal_expected_ones():
    ratings = datasets.load("sample").ratings
    expected = ORACLE.predict(ratings.user_id, ratings.movie_id, ratings.timestamp)
    tenths = np.argsort(np.argsort(expected)) * 10 // len(expected)
    for tenth in range(10):
        rows = tenths == tenth
        assert ratings.rating[rows].mean() == pytest.approx(expected[rows].mean(), abs=0.03)


def test_nothing_asked_nothing_answered():
    assert ORACLE.predict([], []).shape == (0,)


@pytest.mark.parametrize("stranger", [0, -1, 2**31, ORACLE.user_ids[0] + 0.5])
def test_unknown_ids_are_named(stranger):
    with pytest.raises(DataError, match=f"user {stranger}"):
        ORACLE.predict([stranger], ORACLE.movie_ids[:1])
    beyond = int(ORACLE.movie_ids.max()) + 1
    with pytest.raises(DataError, match=f"movie {beyond}"):
        ORACLE.predict(ORACLE.user_ids[:3], [*ORACLE.movie_ids[:2], beyond])


def test_missing_oracle(tmp_path):
    with pytest.raises(DataError, match=r"only simulated ratings have a known truth"):
        Oracle.load(tmp_path)


@pytest.mark.parametrize("cut", [0, 100, -50])
def test_damaged_oracle(tmp_path, cut):
    (tmp_path / FILE).write_bytes((FOLDER / FILE).read_bytes()[:cut])
    with pytest.raises(DataError, match=FILE):
        Oracle.load(tmp_path)


def test_another_npz_is_not_an_oracle(tmp_path):
    np.savez(tmp_path / FILE, user_ids=[1])
    with pytest.raises(DataError, match="movie_ids"):
        Oracle.load(tmp_path)


def test_saved_and_loaded_alike(tmp_path):
    ORACLE.save(tmp_path)
    again = Oracle.load(tmp_path)
    for name, array in vars(ORACLE).items():
        np.testing.assert_array_equal(getattr(again, name), array, strict=True)


def test_an_oracle_is_looked_for_where_there_may_be_none(tmp_path):
    assert Oracle.find(tmp_path) is None
    folder = datasets.load("sample").folder
    assert Oracle.find(folder).movie_ids.tolist() == Oracle.load(folder).movie_ids.tolist()


def test_true_stars_of_real_ratings_are_missing(tmp_path):
    pairs = ORACLE.user_ids[:3], ORACLE.movie_ids[:3]
    assert true_stars(FOLDER, *pairs).tolist() == ORACLE.predict(*pairs).tolist()
    assert true_stars(tmp_path, *pairs).isna().tolist() == [True] * 3
