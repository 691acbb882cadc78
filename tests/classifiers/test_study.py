import made
import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from nbhelpers.classifiers import kinds, tuning
from nbhelpers.classifiers.study import judge, run_study
from nbhelpers.evaluation.classification import auc_difference


@pytest.fixture(scope="module")
def ratings():
    return made.ratings(users=60, movies=40)


@pytest.fixture(scope="module")
def movies(ratings):
    return made.movies(ratings)


def few_trees(kind, seed, rows, **parameters):
    fewer = {"n_estimators": 10} if kind == "forest" else {}
    return kinds.estimator(kind, seed, rows, **fewer, **parameters)


@pytest.fixture(scope="module")
def quick():
    """Small searches and forests: what is tested is how they are wired."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tuning, "DRAWS", {"forest": 2, "boosting": 2})
        patch.setitem(tuning.SPACES, "logistic", {"C": [0.01, 1.0]})
        patch.setattr(tuning, "REHEARSAL", {"forest": {"n_estimators": 5}})
        patch.setattr("nbhelpers.classifiers.study.estimator", few_trees)
        yield


@pytest.fixture(scope="module")
def studies(ratings, movies, quick):
    """Return a study of each split, and what it told of its progress."""
    steps = {"random": [], "time": []}
    return {
        how: (run_study(ratings, movies, how, progress=lambda *step, to=to: to.append(step)), to)
        for how, to in steps.items()
    }


@pytest.fixture(params=["random", "time"])
def study(request, studies):
    return studies[request.param]


def test_judging_by_hand():
    like = np.array([1, 1, 0, 0, 1], dtype=bool)
    found = judge(like, [0.9, 0.6, 0.7, 0.2, 0.4], users=[1, 1, 2, 2, 3])
    assert found["accuracy"] == pytest.approx(3 / 5)
    assert found["precision"] == found["recall"] == found["f1"] == pytest.approx(2 / 3)
    assert found["auc"] == pytest.approx(4 / 6)
    assert found["brier"] == pytest.approx((0.01 + 0.16 + 0.49 + 0.04 + 0.36) / 5)
    assert found["log_loss"] == pytest.approx(-np.log([0.9, 0.6, 0.3, 0.8, 0.4]).mean())
    assert found["auc_low"] <= found["auc"] <= found["auc_high"]
    assert found["f1_low"] <= found["f1"] <= found["f1_high"]
    assert judge(like, np.full(5, 0.6), range(5), threshold=0.7)["f1"] == 0


def test_a_study_judges_every_model_on_the_test_part(study):
    found, steps = study
    names = [("always like", "baseline"), ("two means", "baseline")]
    names += [(kind, setting) for kind in kinds.KINDS for setting in ("default", "tuned")]
    assert list(found.board.index) == list(found.validation.index) == names
    assert np.isfinite(found.board.to_numpy()).all()
    assert list(found.parameters) == list(kinds.KINDS)
    like = found.parts.test["rating"] >= 4
    users = found.parts.test["user_id"]
    row = found.board.loc[("boosting", "tuned")]
    expected = judge(like, found.chances["boosting", "tuned"], users)
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
    chances = found.before.validation[found.best, "tuned"]
    losses = found.validation["log_loss"].xs("tuned", level="setting")
    assert losses[found.best] == losses.min()
    like = found.parts.validation["rating"] >= 4
    assert losses.min() == pytest.approx(metrics.log_loss(like, chances))


def test_before_the_refit_validation_is_new_and_after_it_known(study, movies):
    found, _ = study
    parts, parameters = found.parts, found.parameters["logistic"]
    both = pd.concat([parts.train, parts.validation]).sort_values(["movie_id", "user_id"])
    for ratings, said in ((parts.train, found.before.test), (both, found.chances)):
        built = kinds.builder(42).fit(ratings, movies)
        model = kinds.estimator("logistic", **parameters)
        model.fit(*kinds.training_rows(ratings, built, seed=42))
        expected = kinds.chance(model, built.transform(parts.test))
        assert said["logistic", "tuned"].to_numpy() == pytest.approx(expected, abs=1e-6)


def study_with_stars_turned_round(ratings, movies, part):
    rows = ratings["timestamp"].between(part["timestamp"].min(), part["timestamp"].max())
    changed = ratings["rating"].where(~rows, 6 - ratings["rating"])
    return run_study(ratings.assign(rating=changed), movies, "time")


def test_test_stars_do_not_reach_the_models(studies, ratings, movies):
    plain, _ = studies["time"]
    other = study_with_stars_turned_round(ratings, movies, plain.parts.test)
    pd.testing.assert_frame_equal(plain.chances, other.chances)
    pd.testing.assert_frame_equal(plain.validation, other.validation)
    assert not plain.board.equals(other.board)


def test_validation_stars_reach_the_models_with_the_refit(studies, ratings, movies):
    plain, _ = studies["time"]
    other = study_with_stars_turned_round(ratings, movies, plain.parts.validation)
    assert plain.parameters == other.parameters
    for before, after in zip(plain.before, other.before, strict=True):
        pd.testing.assert_frame_equal(before, after)
    assert not plain.validation.equals(other.validation)
    assert (plain.chances != other.chances).any().all()


def test_a_study_needs_both_likes_and_others(ratings, movies):
    with pytest.raises(ValueError, match=r"All of these .* ratings are likes"):
        run_study(ratings.assign(rating=5), movies)
