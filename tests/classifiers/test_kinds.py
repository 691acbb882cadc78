import importlib
import sys

import made
import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.ensemble import HistGradientBoostingClassifier

from nbhelpers.classifiers import kinds


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    features = pd.DataFrame(rng.normal(size=(400, 3)).astype("float32"), columns=list("abc"))
    return features, features["a"].to_numpy() + rng.normal(size=400) > 0


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_models_learn_and_repeat_themselves(kind, table):
    features, like = table
    first, second = (
        kinds.chance(kinds.estimator(kind).fit(features, like), features) for _ in range(2)
    )
    assert first.dtype == "float64" and first.shape == (400,)
    assert (first >= 0).all() and (first <= 1).all()
    np.testing.assert_array_equal(first, second)
    assert metrics.roc_auc_score(like, first) > 0.7


def test_a_regression_does_not_see_rounding():
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(2000, 2))  # the features say much the same, as ours do
    features = hidden @ rng.normal(size=(2, 30)) + 0.1 * rng.normal(size=(2000, 30))
    rounded = features * (1 + 1e-7 * rng.normal(size=features.shape))
    like = rng.random(2000) < 1 / (1 + np.exp(-hidden[:, 0]))
    first, second = (
        kinds.chance(kinds.estimator("logistic").fit(table.astype("float32"), like), features)
        for table in (features, rounded)
    )
    np.testing.assert_allclose(first, second, atol=1e-5)  # lbfgs: 3e-3


def test_parameters_reach_the_classifier(table):
    assert kinds.estimator("logistic", C=0.5)[-1].C == 0.5
    assert kinds.estimator("forest", max_samples=0.5).max_samples == 0.5
    assert kinds.estimator("boosting", learning_rate=0.5).learning_rate == 0.5
    with pytest.raises(ValueError, match="choose one of logistic, forest, boosting"):
        kinds.estimator("oracle")


@pytest.mark.parametrize("rows, seen", [(None, 0.03), (10**6, 0.03), (10_000, 0.2), (400, 1.0)])
def test_each_tree_of_a_forest_sees_enough_rows(rows, seen):
    assert kinds.estimator("forest", rows=rows).max_samples == seen


def test_a_forest_learns_from_few_rows(table):
    features, like = table
    careful = kinds.estimator("forest", rows=300, min_samples_leaf=30).fit(
        features[:300], like[:300]
    )
    assert metrics.roc_auc_score(like[300:], kinds.chance(careful, features[300:])) > 0.7


def test_boosting_runs_on_one_core():
    parameters = kinds.estimator("boosting").get_params()
    if kinds.LABELS["boosting"] == "XGBoost":
        assert parameters["n_jobs"] == 1 and parameters["tree_method"] == "hist"
    assert kinds.estimator("forest").n_jobs == 1


def test_without_xgboost_scikit_learn_boosts(monkeypatch, table):
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "xgboost", None)
        importlib.reload(kinds)
        model = kinds.estimator("boosting", max_depth=2)
        assert isinstance(model, HistGradientBoostingClassifier)
        assert kinds.LABELS["boosting"] == "Histogram boosting"
        features, like = table
        tried = {name: values[0] for name, values in kinds.SPACES["boosting"].items()}
        chances = kinds.chance(kinds.estimator("boosting", **tried).fit(features, like), features)
        assert metrics.roc_auc_score(like, chances) > 0.7
    importlib.reload(kinds)


@pytest.fixture(scope="module")
def ratings():
    return made.ratings(users=200, movies=40)


@pytest.fixture(scope="module")
def built(ratings):
    return kinds.builder().fit(ratings, made.movies(ratings))


def test_some_training_rows_are_strangers(ratings, built):
    features, like = kinds.training_rows(ratings, built)
    assert (like == (ratings["rating"] >= 4)).all()
    true = built.transform(ratings).astype("float64")
    hidden = (features["user_known"] == 0).to_numpy()
    assert hidden.mean() == pytest.approx(0.05, abs=0.02)
    pd.testing.assert_frame_equal(features[~hidden], true[~hidden])
    stranger = built.transform(pd.DataFrame({"user_id": [-1], "movie_id": [1]})).iloc[0]
    personal = [name for name in features if "user" in name or name in kinds.PERSONAL]
    assert len(personal) == 9
    assert (features.loc[hidden, personal] == stranger[personal]).all(axis=None)
    others = features.columns.difference(personal)
    pd.testing.assert_frame_equal(features.loc[hidden, others], true.loc[hidden, others])


def test_training_rows_are_drawn_with_the_seed(ratings, built):
    first, same, other = (kinds.training_rows(ratings, built, 50, s)[0] for s in (1, 1, 2))
    assert len(first) == 50
    assert first.equals(same) and not first.equals(other)
