import json

import made
import numpy as np
import pytest

from nbhelpers.artefacts import load_model, save_model
from nbhelpers.baselines import BayesianMean, Biases, GlobalMean, MovieMean, Popularity, UserMean
from nbhelpers.errors import DataError
from nbhelpers.knn import KNN
from nbhelpers.model import Surprise
from nbhelpers.svd import SVD

RATINGS = made.ratings()
MODELS = [
    GlobalMean(),
    UserMean(),
    MovieMean(),
    BayesianMean(3),
    Biases(2, 5),
    Popularity(),
    KNN(k=3, shrinkage=2),
    SVD(n_factors=3, n_epochs=4, random_state=np.int64(7)),
    SVD(n_factors=3, n_epochs=4, biased=False),
]


@pytest.fixture
def saved(tmp_path):
    save_model(SVD(n_factors=2, n_epochs=2).fit(RATINGS), tmp_path, "this data")
    return tmp_path


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_a_loaded_model_is_the_same(model, tmp_path):
    model.fit(RATINGS)
    save_model(model, tmp_path / "new folder", "abc")
    loaded = load_model(type(model), tmp_path / "new folder", "abc")
    users = [*model.user_ids, 0]  # and an unknown one
    np.testing.assert_array_equal(loaded.scores(users), model.scores(users))
    assert loaded.top_n(users, 3).equals(model.top_n(users, 3))
    assert vars(loaded).keys() == vars(model).keys()
    if isinstance(model, SVD):
        assert loaded.history.equals(model.history)


def test_other_data_is_refused(saved):
    with pytest.raises(DataError, match=r"'this data'.*Expected 'that data'"):
        load_model(SVD, saved, "that data")


def test_another_kind_of_model_is_refused(saved):
    with pytest.raises(DataError, match=r"'SVD'.*Expected 'Biases'"):
        load_model(Biases, saved, "this data")


def test_a_missing_model_is_refused(tmp_path):
    with pytest.raises(DataError, match="no readable model"):
        load_model(SVD, tmp_path / "nowhere", "this data")


@pytest.mark.parametrize("name", ["arrays.npz", "manifest.json"])
def test_a_damaged_file_is_refused(saved, name):
    path = saved / name
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError):
        load_model(SVD, saved, "this data")


def test_a_manifest_of_bytes_is_refused(saved):
    (saved / "manifest.json").write_bytes(b"\xff\x00\x80")
    with pytest.raises(DataError, match="no readable model"):
        load_model(SVD, saved, "this data")


@pytest.mark.parametrize("key", ["format", "model", "parameters", "data", "values", "sha256"])
def test_a_manifest_that_lacks_something_is_refused(saved, key):
    manifest = json.loads((saved / "manifest.json").read_text(encoding="utf-8"))
    del manifest[key]
    (saved / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(DataError):
        load_model(SVD, saved, "this data")


def test_what_would_need_pickle_is_refused(tmp_path):
    surprise = pytest.importorskip("surprise")
    model = Surprise(surprise.BaselineOnly(verbose=False)).fit(RATINGS)
    with pytest.raises(TypeError, match="pickle"):
        save_model(model, tmp_path, "abc")
    assert not list(tmp_path.iterdir())
