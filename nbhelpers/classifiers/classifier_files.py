"""Classifiers on disk: XGBoost in its own JSON, scikit-learn's in skops' format; neither runs code.

Whoever made a file decides what is in it, so a file is read only if all of it is on our lists:
skops' own, of what it trusts, has all of scikit-learn. XGBoost's trees it would keep as bytes that
cannot be checked.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from nbhelpers.errors import DataError, explain
from nbhelpers.files import atomic_path

XGBOOST, SKOPS = ".json", ".skops"
ROOT = 2**31 - 1  # XGBoost's parent of the first node
LOADERS = {
    *("CachedNode", "DictNode", "JsonNode", "ListNode", "LossNode", "NdArrayNode", "ObjectNode"),
    *("RandomGeneratorNode", "TreeNode", "TupleNode", "TypeNode"),
}
# scikit-learn's trees are checked, because it follows them without looking where they lead.
TREES = {
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
}
TYPES = {
    *("builtins.dict", "builtins.list", "builtins.str", "builtins.tuple"),
    *("numpy.ndarray", "numpy.float32", "numpy.float64", "numpy.int32", "numpy.int64"),
    *("numpy.uint64", "numpy.random._generator.Generator"),
    "sklearn._loss._loss.CyHalfBinomialLoss",
    "sklearn._loss.link.Interval",
    "sklearn._loss.link.LogitLink",
    "sklearn._loss.loss.HalfBinomialLoss",
    "sklearn.ensemble._forest.RandomForestClassifier",
    "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingClassifier",
    "sklearn.linear_model._logistic.LogisticRegression",
    "sklearn.pipeline.Pipeline",
    "sklearn.preprocessing._data.StandardScaler",
    "sklearn.preprocessing._label.LabelEncoder",
    "sklearn.tree._classes.DecisionTreeClassifier",
    *TREES,
}


def save_estimator(estimator: Any, path: str | Path) -> None:
    """Write a fitted classifier, XGBoost's to a .json and scikit-learn's to a .skops file.

    A TypeError refuses what `load_estimator` would refuse.
    """
    path = Path(path)
    suffix = suffix_of(estimator)
    if path.suffix != suffix:
        name = type(estimator).__name__
        raise ValueError(f"The file of a {name} ends in {suffix}, not in {path.suffix!r}.")
    if suffix == XGBOOST:
        with atomic_path(path) as temporary:
            estimator.save_model(temporary)
        return
    import skops.io

    content = skops.io.dumps(estimator)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        strangers = _strangers(json.loads(archive.read("schema.json")))
    if strangers:
        raise TypeError(f"Cannot save {', '.join(strangers)}: it is not on the list.")
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def load_estimator(path: str | Path) -> Any:
    """Read a classifier that `save_estimator` wrote; its chances are the same, to the last bit.

    A DataError says that there is none, that it is damaged, or that it holds anything that is not
    on the lists. Nothing in the file is run.
    """
    path = Path(path)
    readers = {XGBOOST: _read_xgboost, SKOPS: _read_skops}
    if path.suffix not in readers:
        raise DataError("No model has such a name.", path=path, expected=".json or .skops.")
    with explain("There is no readable model.", path, "train the model anew and save it."):
        return readers[path.suffix](path)


def suffix_of(estimator: Any) -> str:
    """Return how the name of an estimator's file ends."""
    return XGBOOST if type(estimator).__module__.partition(".")[0] == "xgboost" else SKOPS


def _read_xgboost(path: Path) -> Any:
    from xgboost import XGBClassifier

    learner = json.loads(path.read_text(encoding="utf-8"))["learner"]
    booster = learner["gradient_booster"]
    if booster["name"] != "gbtree" or learner["objective"]["name"] != "binary:logistic":
        raise DataError("This is another kind of model.", expected="boosted trees for yes or no.")
    n_features = _check_learner(learner)
    for tree in booster["model"]["trees"]:
        _check_columns(tree)
        inner = np.array(tree["left_children"]) != -1
        left, right = np.array(tree["left_children"]), np.array(tree["right_children"])
        _check_tree(inner, left, right, np.array(tree["split_indices"]), n_features)
        _check_parents(np.array(tree["parents"]), inner, left, right)
    model = XGBClassifier(n_jobs=1)
    model.load_model(path)
    return model


# What XGBoost's code takes for granted, of a model and of each tree: one answer, one tree a
# round, nothing by category. It asks for memory, and writes to it, as these numbers say.
NODES = (
    *("base_weights", "default_left", "left_children", "loss_changes", "parents"),
    *("right_children", "split_conditions", "split_indices", "split_type", "sum_hessian"),
)


def _check_learner(learner: dict[str, Any]) -> int:
    """Refuse a model of boosted trees that is not as ours are; return how many features it has."""
    params, model = learner["learner_model_param"], learner["gradient_booster"]["model"]
    found = [params["num_class"], params["num_target"]]
    found += [model["gbtree_model_param"]["num_parallel_tree"]]
    n_trees, n_features = len(model["trees"]), int(params["num_feature"])
    listed = model["gbtree_model_param"]["num_trees"], model["tree_info"]
    rounds = model.get("iteration_indptr", list(range(n_trees + 1)))
    base = json.loads(params["base_score"])  # a number; since XGBoost 3.1, a list of one
    [score] = base if isinstance(base, list) else [base]
    if (
        found != ["0", "1", "1"]
        or listed != (str(n_trees), [0] * n_trees)
        or rounds != list(range(n_trees + 1))
        or any(model.get("cats", {}).values())
        or not 0 < score < 1
        or not 0 < n_features < 10_000
    ):
        raise DataError("Its trees are not counted as ours are.", expected="one tree a round.")
    return n_features


def _check_columns(tree: dict[str, Any]) -> None:
    n_nodes = len(tree["left_children"])
    params = tree["tree_param"]
    numbers = np.concatenate([np.asarray(tree[name], dtype=float) for name in NODES])
    if (
        any(len(tree[name]) != n_nodes for name in NODES)
        or params["num_nodes"] != str(n_nodes)
        or params["num_deleted"] != "0"
        or params["size_leaf_vector"] not in ("0", "1")
        or any(tree["split_type"])
        or any(tree[name] for name in tree if name.startswith("categories"))
        or not np.isfinite(numbers).all()
    ):
        raise DataError("A tree is not as it says.", expected="a row for each of its nodes.")


def _check_parents(
    parents: np.ndarray, inner: np.ndarray, left: np.ndarray, right: np.ndarray
) -> None:
    above = np.full(len(parents), ROOT)
    above[left[inner]] = above[right[inner]] = np.flatnonzero(inner)
    if not np.array_equal(parents, above):
        raise DataError("A tree does not lead back to its root.", expected="each node's parent.")


def _read_skops(path: Path) -> Any:
    import skops.io

    with zipfile.ZipFile(path) as archive:
        if any(part.compress_type != zipfile.ZIP_STORED for part in archive.infolist()):
            raise DataError("It is compressed.", expected="a file as large as what is in it.")
        size = path.stat().st_size
        if sum(part.file_size for part in archive.infolist()) > size:
            raise DataError("Its parts lie one in the other.", expected="parts side by side.")
        schema = json.loads(archive.read("schema.json"))
        if sum(archive.getinfo(name).file_size for name in _files(schema)) > 2 * size:
            raise DataError("It reads the same again and again.", expected="each array once.")
    strangers = _strangers(schema)
    if strangers:
        raise DataError(f"It asks for {', '.join(strangers)}.", expected="known classes only.")
    model = skops.io.load(path, trusted=sorted(TREES))
    for inner, left, right, feature in _trees(model):
        _check_tree(inner, left, right, feature, model.n_features_in_)
    return model


def _files(node: Any) -> list[str]:
    """Return the files that a skops file would have read, each as often as it is asked for."""
    if isinstance(node, list):
        return [name for part in node for name in _files(part)]
    if not isinstance(node, dict):
        return []
    own = [node["file"]] if isinstance(node.get("file"), str) else []
    return own + _files(list(node.values()))


def _strangers(node: Any) -> list[str]:
    """Return what a skops file would have made that is not on the lists."""
    if isinstance(node, list):
        return sorted({name for part in node for name in _strangers(part)})
    if not isinstance(node, dict):
        return []
    found = set(_strangers(list(node.values())))
    if any(key.startswith("__") for key in node):
        name = f"{node.get('__module__')}.{node.get('__class__')}"
        if node.get("__loader__") not in LOADERS or name not in TYPES:
            found.add(name)
    return sorted(found)


def _trees(model: Any) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield inner nodes, left and right children and features of scikit-learn's trees."""
    shape = [type(part).__name__ for part in _parts(model)]
    if shape == ["Pipeline", "StandardScaler", "LogisticRegression"]:
        return
    if shape[0] == "RandomForestClassifier" and set(shape[1:]) == {"DecisionTreeClassifier"}:
        for tree in (member.tree_ for member in model.estimators_):
            yield tree.children_left != -1, tree.children_left, tree.children_right, tree.feature
    elif shape[0] == "HistGradientBoostingClassifier" and set(shape[1:]) == {"TreePredictor"}:
        for nodes in (predictor.nodes for [predictor] in model._predictors):
            if nodes["is_categorical"].any():
                raise DataError("Its trees split by category.", expected="splits by number.")
            yield nodes["is_leaf"] == 0, nodes["left"], nodes["right"], nodes["feature_idx"]
    else:
        raise DataError(f"This is a {shape[0]} of {shape[1:3]}.", expected="one of our models.")


def _parts(model: Any) -> list[Any]:
    steps = [step for _, step in getattr(model, "steps", [])]
    predictors = [one for ones in getattr(model, "_predictors", []) for one in ones]
    return [model, *steps, *getattr(model, "estimators_", []), *predictors]


def _check_tree(
    inner: np.ndarray, left: np.ndarray, right: np.ndarray, feature: np.ndarray, n_features: int
) -> None:
    """Refuse a tree that leads out of its nodes, in a circle, or to features that are not there."""
    children = np.concatenate([left[inner], right[inner]]).astype("int64")
    inside = (children > 0) & (children < len(inner))
    if not inside.all() or len(np.unique(children)) < len(children):
        raise DataError("A tree leads nowhere.", expected="every node below one other.")
    if ((feature[inner] < 0) | (feature[inner] >= n_features)).any():
        raise DataError("A tree asks for a feature that is not there.")
