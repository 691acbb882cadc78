import io
import json
import operator
import os
import pickle
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from xgboost import XGBClassifier, XGBRegressor

from nbhelpers.classifiers.classifier_files import load_estimator, save_estimator, suffix_of
from nbhelpers.errors import DataError

RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(600, 4)).astype("float32"), columns=list("abcd"))
Y = X["a"] + X["b"] ** 2 + RNG.normal(size=600) > 1
MODELS = [
    make_pipeline(StandardScaler(), LogisticRegression(C=np.float64(0.5))),
    RandomForestClassifier(20, min_samples_leaf=3, n_jobs=1, random_state=0),
    HistGradientBoostingClassifier(max_iter=20, early_stopping=True, random_state=0),
    XGBClassifier(n_estimators=20, gamma=0.5, n_jobs=1),
    XGBClassifier(n_estimators=20, grow_policy="lossguide", max_leaves=9, n_jobs=1),
]


def stored(model, folder, name="model"):
    path = folder / (name + suffix_of(model))
    save_estimator(model.fit(X, Y), path)
    return path


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_a_loaded_estimator_is_the_same(model, tmp_path):
    loaded = load_estimator(stored(model, tmp_path))
    assert type(loaded) is type(model)
    assert loaded.predict_proba(X).tobytes() == model.predict_proba(X).tobytes()
    assert loaded.classes_.tolist() == [0, 1]
    assert list(loaded.feature_names_in_) == list("abcd")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_a_cut_file_is_refused(model, tmp_path):
    path = stored(model, tmp_path)
    content = path.read_bytes()
    for size in (0, 1, 100, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:size])
        with pytest.raises(DataError, match="no readable model"):
            load_estimator(path)


def test_what_is_missing_or_named_otherwise_is_refused(tmp_path):
    for name in ("model.json", "model.skops", "model.pkl"):
        with pytest.raises(DataError):
            load_estimator(tmp_path / name)
    with pytest.raises(ValueError, match=r"ends in \.skops"):
        save_estimator(MODELS[0], tmp_path / "model.pkl")


def test_what_would_not_be_loaded_is_not_saved(tmp_path):
    for model in (DummyClassifier(), make_pipeline(FunctionTransformer(np.log))):
        with pytest.raises(TypeError, match="not on the list"):
            save_estimator(model, tmp_path / "model.skops")
    assert not list(tmp_path.iterdir())


class Bomb:
    """What runs code when it is unpickled."""

    def __reduce__(self):
        return Path.touch, (Path("exploded"),)


@pytest.mark.parametrize("suffix", [".json", ".skops"])
def test_a_pickle_is_refused(suffix, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"model{suffix}"
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(DataError, match="no readable model"):
        load_estimator(path)
    assert not Path("exploded").exists()


STRANGERS = {
    "a method to be called": operator.methodcaller("touch"),
    "a system call": FunctionTransformer(os.system),
    "a function of NumPy": np.fromfile,
    "another model": DummyClassifier(),
    "a random forest in disguise": {"model": [FunctionTransformer(os.system)]},
}


@pytest.mark.parametrize("thing", STRANGERS.values(), ids=STRANGERS)
def test_a_file_that_asks_for_strangers_is_refused(thing, tmp_path):
    path = tmp_path / "model.skops"
    skops.io.dump(thing, path)
    with pytest.raises(DataError, match="It asks for"):
        load_estimator(path)


def test_a_file_of_known_classes_that_is_no_model_of_ours_is_refused(tmp_path):
    forest = RandomForestClassifier(2).fit(X, Y)
    for thing in (
        {"a": [1.5, "b"]},
        forest.estimators_[0],
        make_pipeline(StandardScaler(), forest),
        LogisticRegression().fit(X, Y),
    ):
        skops.io.dump(thing, tmp_path / "model.skops")
        with pytest.raises(DataError, match="one of our models"):
            load_estimator(tmp_path / "model.skops")


def rewrite(path, change) -> None:
    """Change the members of a skops file, which `change` gets and returns by name and content."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, change(name, content))


@pytest.mark.parametrize("key", ["__class__", "__module__", "__loader__"])
def test_a_file_is_believed_in_nothing(key, tmp_path):
    path = stored(MODELS[0], tmp_path)

    def lie(name, content):
        if name != "schema.json":
            return content
        return json.dumps(json.loads(content) | {key: "system"})

    rewrite(path, lie)
    with pytest.raises(DataError, match="It asks for"):
        load_estimator(path)


def test_a_compressed_file_is_refused(tmp_path):
    path = tmp_path / "model.skops"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", " " * 10**7)
    with pytest.raises(DataError, match="It is compressed"):
        load_estimator(path)


@pytest.mark.parametrize("change", [{"left": 10**6}, {"right": 0}, {"feature_idx": 77}])
def test_trees_that_lead_out_of_their_nodes_are_refused(change, tmp_path):
    model = HistGradientBoostingClassifier(max_iter=3).fit(X, Y)
    [(name, value)] = change.items()
    model._predictors[1][0].nodes[name][0] = value
    save_estimator(model, tmp_path / "model.skops")
    with pytest.raises(DataError, match="A tree"):
        load_estimator(tmp_path / "model.skops")


def test_a_forest_that_leads_out_of_its_nodes_is_refused(tmp_path):
    path = stored(RandomForestClassifier(3), tmp_path)

    def lead_astray(name, content):
        nodes = np.load(io.BytesIO(content)) if name.endswith(".npy") else np.zeros(1)
        if not nodes.dtype.names:
            return content
        nodes["left_child"][0] = 10**6
        file = io.BytesIO()
        np.save(file, nodes)
        return file.getvalue()

    rewrite(path, lead_astray)
    with pytest.raises(DataError, match="A tree leads nowhere"):
        load_estimator(path)


def boosted(path, change) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content["learner"])
    path.write_text(json.dumps(content), encoding="utf-8")


def forest(learner) -> dict:
    return learner["gradient_booster"]["model"]


def tree(learner) -> dict:
    return forest(learner)["trees"][0]


HOSTILE = {
    "a child far out": lambda learner: tree(learner)["left_children"].__setitem__(0, 10**6),
    "a circle": lambda learner: tree(learner)["left_children"].__setitem__(0, 0),
    "an unknown feature": lambda learner: tree(learner)["split_indices"].__setitem__(0, 99),
    "another booster": lambda learner: learner["gradient_booster"].update(name="dart"),
    "no trees": lambda learner: learner["gradient_booster"].pop("model"),
    "text for numbers": lambda learner: tree(learner).update(left_children="abc"),
    "a parent far out": lambda learner: tree(learner)["parents"].__setitem__(1, 10**6),
    "a root below another": lambda learner: tree(learner)["parents"].__setitem__(0, 1),
    "a short column": lambda learner: tree(learner)["split_conditions"].pop(),
    "no number": lambda learner: tree(learner)["base_weights"].__setitem__(0, float("nan")),
    "more nodes than there are": lambda learner: tree(learner)["tree_param"].update(num_nodes="99"),
    "a vector in each leaf": lambda learner: tree(learner)["tree_param"].update(
        size_leaf_vector="100000000"
    ),
    "a split by category": lambda learner: tree(learner)["split_type"].__setitem__(0, 1),
    "categories": lambda learner: tree(learner)["categories"].append(10**6),
    "a tree for another answer": lambda learner: forest(learner)["tree_info"].__setitem__(0, 10**6),
    "more trees than there are": lambda learner: forest(learner)["gbtree_model_param"].update(
        num_trees="1000000"
    ),
    "many trees a round": lambda learner: forest(learner)["gbtree_model_param"].update(
        num_parallel_tree="1000000"
    ),
    "rounds out of order": lambda learner: forest(learner)["iteration_indptr"].reverse(),
    "many answers": lambda learner: learner["learner_model_param"].update(num_target="1000000000"),
    "many classes": lambda learner: learner["learner_model_param"].update(num_class="1000000000"),
    "many features": lambda learner: learner["learner_model_param"].update(num_feature="999999999"),
    "a sure start": lambda learner: learner["learner_model_param"].update(base_score="[1E0]"),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_hostile_boosted_trees_are_refused(change, tmp_path):
    path = stored(MODELS[3], tmp_path)
    boosted(path, change)
    with pytest.raises(DataError):
        load_estimator(path)


def test_an_array_that_is_used_many_times_is_refused(tmp_path):
    path = stored(MODELS[1], tmp_path)
    with zipfile.ZipFile(path) as archive:
        largest = max(
            archive.infolist(), key=lambda part: part.file_size * (".npy" in part.filename)
        )

    def repeat(name, content):
        if name != "schema.json":
            return content
        schema = json.loads(content)
        schema["content"] = {
            "__loader__": "ListNode",
            "content": [{"file": largest.filename}] * 999,
        }
        return json.dumps(schema).encode()

    rewrite(path, repeat)
    with pytest.raises(DataError, match="again and again"):
        load_estimator(path)


def test_a_model_of_numbers_is_no_classifier(tmp_path):
    save_estimator(XGBRegressor(n_estimators=2).fit(X, X["a"]), tmp_path / "model.json")
    with pytest.raises(DataError, match="another kind of model"):
        load_estimator(tmp_path / "model.json")


def test_a_file_that_replaces_another_is_whole(tmp_path):
    path = stored(MODELS[0], tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        save_estimator(MODELS[0], path)
    assert [path] == list(tmp_path.iterdir())
