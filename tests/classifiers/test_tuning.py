import made
import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from nbhelpers.classifiers import kinds, tuning
from nbhelpers.evaluation import splits


@pytest.fixture(scope="module")
def ratings():
    return made.ratings(users=60, movies=40)


@pytest.fixture(scope="module")
def movies(ratings):
    return made.movies(ratings)


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    features = pd.DataFrame(rng.normal(size=(400, 3)).astype("float32"), columns=list("abc"))
    return features, features["a"].to_numpy() + rng.normal(size=400) > 0


@pytest.mark.parametrize("how", ["random", "time"])
def test_a_quarter_of_the_rows_judges_each_round(how, ratings, movies):
    rounds = tuning.tuning_rounds(ratings, movies, how=how)
    assert len(rounds.cv) == 2
    assert len(rounds.features) == len(rounds.like)
    for past, future in rounds.cv:
        assert not set(past) & set(future)
        assert len(future) == pytest.approx(len(ratings) / 4, rel=0.1)


def test_what_comes_later_changes_no_features_of_a_round(ratings, movies):
    rounds = tuning.tuning_rounds(ratings, movies, shrinkage=0)
    changed, late = ratings.copy(), splits.time_split(ratings, 0.25).cutoff
    rows = changed["timestamp"] >= late
    changed.loc[rows, "rating"] = 6 - changed.loc[rows, "rating"]
    other = tuning.tuning_rounds(changed, movies, shrinkage=0)
    pd.testing.assert_frame_equal(other.features, rounds.features)
    flipped = np.flatnonzero(other.like != rounds.like)
    assert len(flipped) and set(flipped) <= set(rounds.cv[-1][1])


def test_time_rounds_grow_towards_the_future(ratings, movies):
    first, second = tuning._rehearsals(ratings, "time", 2, seed=42)
    assert first.train["timestamp"].max() < first.test["timestamp"].min()
    assert len(first.train) < len(second.train)
    assert second.test["timestamp"].max() == ratings["timestamp"].max()
    joined = pd.concat(first).sort_values(["movie_id", "user_id"], ignore_index=True)
    pd.testing.assert_frame_equal(joined, second.train)


def test_rounds_keep_to_the_number_of_rows(ratings, movies):
    rounds = tuning.tuning_rounds(ratings, movies, rows=50)
    assert [len(rows) for pair in rounds.cv for rows in pair] == [50] * 4
    assert len(np.unique(np.concatenate([np.concatenate(pair) for pair in rounds.cv]))) == 200


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_tuning_prefers_the_lowest_log_loss(kind, table):
    features, like = table
    rounds = tuning.Rounds(features, like, [(np.arange(300), np.arange(300, 400))])
    tuned = tuning.tune(kind, rounds)
    assert tuned.table["log_loss"].is_monotonic_increasing
    assert list(tuned.parameters) == list(tuned.table.columns[:-2])
    model = kinds.estimator(kind, rows=300, **tuning.REHEARSAL.get(kind, {}), **tuned.parameters)
    chances = kinds.chance(model.fit(features[:300], like[:300]), features[300:])
    expected = metrics.log_loss(like[300:], chances)
    assert tuned.table["log_loss"][0] == pytest.approx(expected, abs=1e-6)
