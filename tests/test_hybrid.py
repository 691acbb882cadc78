import importlib
import sys

import made
import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.ensemble import HistGradientBoostingClassifier

from nbhelpers import hybrid, splits
from nbhelpers.likes import auc_difference


@pytest.fixture(scope="module")
def ratings():
    return made.ratings(users=60, movies=40)


@pytest.fixture(scope="module")
def movies(ratings):
    ids = np.unique(ratings["movie_id"])
    frame = pd.DataFrame({"movie_id": ids, "year": 1990 + np.arange(len(ids)) % 9})
    frame["genres"] = [["Drama", "War"] if i % 2 else ["Comedy"] for i in range(len(ids))]
    frame["overview"] = [f"A film about {'love' if i % 3 else 'war'}." for i in range(len(ids))]
    return frame.assign(keywords=[[] for _ in ids])


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    features = pd.DataFrame(rng.normal(size=(400, 3)).astype("float32"), columns=list("abc"))
    return features, features["a"].to_numpy() + rng.normal(size=400) > 0


@pytest.fixture(scope="module")
def quick():
    """Small searches: what is tested is how they are wired."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hybrid, "DRAWS", {"forest": 2, "boosting": 2})
        patch.setitem(hybrid.SPACES, "logistic", {"C": [0.01, 1.0]})
        patch.setattr(hybrid, "REHEARSAL", {"forest": {"n_estimators": 5}})
        yield


@pytest.fixture(scope="module", params=["random", "time"])
def study(request, ratings, movies, quick):
    steps = []
    progress = lambda done, text: steps.append((done, text))  # noqa: E731
    found = hybrid.study(ratings, movies, request.param, progress=progress)
    return found, steps


@pytest.mark.parametrize("kind", hybrid.KINDS)
def test_models_learn_and_repeat_themselves(kind, table):
    features, like = table
    first, second = (
        hybrid.chance(hybrid.estimator(kind).fit(features, like), features) for _ in range(2)
    )
    assert first.dtype == "float64" and first.shape == (400,)
    assert (first >= 0).all() and (first <= 1).all()
    np.testing.assert_array_equal(first, second)
    assert metrics.roc_auc_score(like, first) > 0.7


def test_parameters_reach_the_classifier(table):
    assert hybrid.estimator("logistic", C=0.5)[-1].C == 0.5
    assert hybrid.estimator("forest", max_samples=0.5).max_samples == 0.5
    assert hybrid.estimator("boosting", learning_rate=0.5).learning_rate == 0.5
    with pytest.raises(ValueError, match="choose one of logistic, forest, boosting"):
        hybrid.estimator("oracle")


def test_boosting_runs_on_one_core():
    parameters = hybrid.estimator("boosting").get_params()
    if hybrid.LABELS["boosting"] == "XGBoost":
        assert parameters["n_jobs"] == 1 and parameters["tree_method"] == "hist"
    assert hybrid.estimator("forest").n_jobs == 1


def test_without_xgboost_scikit_learn_boosts(monkeypatch, table):
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "xgboost", None)
        importlib.reload(hybrid)
        model = hybrid.estimator("boosting", max_depth=2)
        assert isinstance(model, HistGradientBoostingClassifier)
        assert hybrid.LABELS["boosting"] == "Histogram boosting"
        features, like = table
        rounds = hybrid.Rounds(features, like, [(np.arange(300), np.arange(300, 400))])
        tuned = hybrid.tune("boosting", rounds)
        assert hybrid.estimator("boosting", **tuned.parameters).fit(features, like)
    importlib.reload(hybrid)


@pytest.mark.parametrize("how", ["random", "time"])
def test_a_quarter_of_the_rows_judges_each_round(how, ratings, movies):
    rounds = hybrid.tuning_rounds(ratings, movies, how=how)
    assert len(rounds.cv) == 2
    assert len(rounds.features) == len(rounds.like)
    for past, future in rounds.cv:
        assert not set(past) & set(future)
        assert len(future) == pytest.approx(len(ratings) / 4, rel=0.1)


def test_what_comes_later_changes_no_features_of_a_round(ratings, movies):
    rounds = hybrid.tuning_rounds(ratings, movies, shrinkage=0)
    changed, late = ratings.copy(), splits.time_split(ratings, 0.25).cutoff
    rows = changed["timestamp"] >= late
    changed.loc[rows, "rating"] = 6 - changed.loc[rows, "rating"]
    other = hybrid.tuning_rounds(changed, movies, shrinkage=0)
    pd.testing.assert_frame_equal(other.features, rounds.features)
    flipped = np.flatnonzero(other.like != rounds.like)
    assert len(flipped) and set(flipped) <= set(rounds.cv[-1][1])


def test_time_rounds_grow_towards_the_future(ratings, movies):
    first, second = hybrid._rehearsals(ratings, "time", 2, seed=42)
    assert first.train["timestamp"].max() < first.test["timestamp"].min()
    assert len(first.train) < len(second.train)
    assert second.test["timestamp"].max() == ratings["timestamp"].max()
    joined = pd.concat(first).sort_values(["movie_id", "user_id"], ignore_index=True)
    pd.testing.assert_frame_equal(joined, second.train)


def test_rounds_keep_to_the_number_of_rows(ratings, movies):
    rounds = hybrid.tuning_rounds(ratings, movies, rows=50)
    assert [len(rows) for pair in rounds.cv for rows in pair] == [50] * 4
    assert len(np.unique(np.concatenate([np.concatenate(pair) for pair in rounds.cv]))) == 200


@pytest.mark.parametrize("kind", hybrid.KINDS)
def test_tuning_prefers_the_lowest_log_loss(kind, table):
    features, like = table
    rounds = hybrid.Rounds(features, like, [(np.arange(300), np.arange(300, 400))])
    tuned = hybrid.tune(kind, rounds)
    assert tuned.table["log_loss"].is_monotonic_increasing
    assert list(tuned.parameters) == list(tuned.table.columns[:-2])
    model = hybrid.estimator(kind, **hybrid.REHEARSAL.get(kind, {}), **tuned.parameters)
    chances = hybrid.chance(model.fit(features[:300], like[:300]), features[300:])
    expected = metrics.log_loss(like[300:], chances)
    assert tuned.table["log_loss"][0] == pytest.approx(expected, abs=1e-6)


def test_judging_by_hand():
    like = np.array([1, 1, 0, 0, 1], dtype=bool)
    found = hybrid.judge(like, [0.9, 0.6, 0.7, 0.2, 0.4], users=[1, 1, 2, 2, 3])
    assert found["accuracy"] == pytest.approx(3 / 5)
    assert found["precision"] == found["recall"] == found["f1"] == pytest.approx(2 / 3)
    assert found["auc"] == pytest.approx(4 / 6)
    assert found["brier"] == pytest.approx((0.01 + 0.16 + 0.49 + 0.04 + 0.36) / 5)
    assert found["log_loss"] == pytest.approx(-np.log([0.9, 0.6, 0.3, 0.8, 0.4]).mean())
    assert found["auc_low"] <= found["auc"] <= found["auc_high"]
    assert found["f1_low"] <= found["f1"] <= found["f1_high"]
    assert hybrid.judge(like, np.full(5, 0.6), range(5), threshold=0.7)["f1"] == 0


def test_a_study_judges_every_model_on_the_test_part(study):
    found, steps = study
    names = [("always like", "baseline"), ("two means", "baseline")]
    names += [(kind, setting) for kind in hybrid.KINDS for setting in ("default", "tuned")]
    assert list(found.board.index) == list(found.validation.index) == names
    assert np.isfinite(found.board.to_numpy()).all()
    assert list(found.parameters) == list(hybrid.KINDS)
    like = found.parts.test["rating"] >= 4
    users = found.parts.test["user_id"]
    row = found.board.loc[("boosting", "tuned")]
    expected = hybrid.judge(like, found.chances["boosting", "tuned"], users)
    pd.testing.assert_series_equal(row[expected.index], expected, check_names=False)
    pair = found.chances["boosting", "tuned"], found.chances["two means", "baseline"]
    difference = auc_difference(like, *pair, users, n=200)
    assert row["auc_difference_low"] == pytest.approx(difference.low)
    assert found.board.loc["always like"]["recall"].item() == 1
    assert found.board.loc["always like"]["auc"].item() == 0.5
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert steps[0][0] == 0 and steps[-1] == (1, "Done")


def test_the_best_kind_is_chosen_without_the_test_part(study):
    found, _ = study
    chances = hybrid.chance(
        found.models[found.best, "tuned"], found.builder.transform(found.parts.validation)
    )
    losses = found.validation["log_loss"].xs("tuned", level="setting")
    assert losses[found.best] == losses.min()
    like = found.parts.validation["rating"] >= 4
    assert losses.min() == pytest.approx(metrics.log_loss(like, chances))


def test_test_stars_do_not_reach_the_models(ratings, movies, quick):
    parts = splits.three_way(ratings, "time")
    changed = ratings.copy()
    late = changed["timestamp"] >= parts.test["timestamp"].min()
    changed.loc[late, "rating"] = 6 - changed.loc[late, "rating"]
    first, second = (hybrid.study(frame, movies, "time") for frame in (ratings, changed))
    pd.testing.assert_frame_equal(first.chances, second.chances)
    assert not first.board.equals(second.board)


def test_a_study_needs_both_likes_and_others(ratings, movies):
    with pytest.raises(ValueError, match=r"All of these .* ratings are likes"):
        hybrid.study(ratings.assign(rating=5), movies)
