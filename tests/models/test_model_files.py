import io
import json
import pickle
import zipfile
from pathlib import Path

import made
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from nbhelpers.errors import DataError
from nbhelpers.features.builder import FeatureBuilder
from nbhelpers.files import sha256
from nbhelpers.models.baselines import (
    BayesianMean,
    Biases,
    GlobalMean,
    MovieMean,
    UserMean,
)
from nbhelpers.models.bayesian_fm import BayesianFM
from nbhelpers.models.ease import EASE
from nbhelpers.models.implicit_als import IALS
from nbhelpers.models.implicit_knn import ItemKNN, UserKNN
from nbhelpers.models.knn import KNN
from nbhelpers.models.model_files import load_model, save_model
from nbhelpers.models.popularity import Popularity, RecentPopularity
from nbhelpers.models.pure_svd import PureSVD
from nbhelpers.models.rbm import RBM
from nbhelpers.models.rp3beta import RP3beta
from nbhelpers.models.surprise_bridge import Surprise
from nbhelpers.models.svd import SVD
from nbhelpers.models.svdpp import SVDpp
from nbhelpers.models.time_biases import TimeBiases

RATINGS = made.ratings()
MODELS = [
    GlobalMean(),
    UserMean(),
    MovieMean(),
    BayesianMean(3),
    Biases(2, 5),
    Popularity(),
    Popularity(4),
    RecentPopularity(20),
    EASE(5),
    IALS(3, 2),
    ItemKNN(3),
    PureSVD(3),
    RP3beta(3),
    UserKNN(3),
    KNN(k=3, shrinkage=2),
    BayesianFM(2, 4, implicit=True, by_day=True),
    RBM(3, 2),
    SVDpp(n_factors=3, n_epochs=4),
    TimeBiases(n_bins=3),
    SVD(n_factors=3, n_epochs=4, random_state=np.int64(7)),
    SVD(n_factors=3, n_epochs=4, biased=False),
]


FITTED = SVD(n_factors=2, n_epochs=2).fit(RATINGS)
SEEN = next(name for name, value in vars(FITTED).items() if isinstance(value, csr_array))


@pytest.fixture
def saved(tmp_path):
    save_model(FITTED, tmp_path, "this data")
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


@pytest.mark.parametrize("ratings", [RATINGS, made.ratings(users=9)], ids=["primal", "dual"])
def test_a_loaded_model_serves_newcomers(ratings, tmp_path):
    model = EASE(5).fit(ratings)
    save_model(model, tmp_path, "abc")
    own = made.frame_of([1, 1], [1, 9], [5, 4])
    expected = model.fold_in(own)
    np.testing.assert_array_equal(load_model(EASE, tmp_path, "abc").fold_in(own), expected)


def test_other_data_is_refused(saved):
    with pytest.raises(DataError, match=r"'this data'.*Expected 'that data'"):
        load_model(SVD, saved, "that data")


def test_another_kind_of_model_is_refused(saved):
    with pytest.raises(DataError, match=r"'SVD'.*Expected 'Biases'"):
        load_model(Biases, saved, "this data")


def test_a_missing_model_is_refused(tmp_path):
    with pytest.raises(DataError, match="no readable model"):
        load_model(SVD, tmp_path / "nowhere", "this data")


def movies_of(ratings) -> pd.DataFrame:
    ids = np.append(ratings["movie_id"].unique(), 8888)
    movies = pd.DataFrame({"movie_id": ids, "overview": "sharks and ghosts", "keywords": ""})
    movies["year"] = pd.array([None, *range(1950, 1949 + len(ids))], dtype="Int16")
    movies["genres"] = [["Drama", "Western"][n % 2 :] for n in range(len(ids))]
    return movies


def test_loaded_features_are_the_same_to_the_last_bit(tmp_path):
    movies = movies_of(RATINGS)
    built = FeatureBuilder(n_text=3, folds=4).fit(RATINGS, movies)
    save_model(built, tmp_path, "abc")
    loaded = load_model(FeatureBuilder, tmp_path, "abc")
    rng = np.random.default_rng(0)
    pairs = pd.DataFrame({"user_id": rng.choice([*RATINGS["user_id"].unique(), 9999], 1000)})
    pairs["movie_id"] = rng.choice([*movies["movie_id"], 7777], 1000)
    trained, served = built.transform(pairs), loaded.transform(pairs)
    assert trained.to_numpy().tobytes() == served.to_numpy().tobytes()
    assert vars(loaded).keys() == vars(built).keys()
    own = RATINGS[RATINGS["user_id"] == 7]
    assert loaded.newcomer(own, movies["movie_id"]).equals(built.newcomer(own, movies["movie_id"]))
    for table in ("user_features", "movie_features", "text_features"):
        pd.testing.assert_frame_equal(getattr(loaded, table), getattr(built, table))
    assert loaded.as_of == built.as_of


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


class Bomb:
    """What runs code when it is unpickled."""

    def __reduce__(self):
        return Path.touch, (Path("exploded"),)


def replace_arrays(folder, write) -> None:
    """Write other arrays, and the manifest that goes with them, as an attacker would."""
    write(folder / "arrays.npz")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["sha256"] = sha256([folder / "arrays.npz"])
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def as_it_was(folder) -> dict:
    with np.load(folder / "arrays.npz") as file:
        return dict(file)


def claim(shape) -> bytes:
    """Return an array that claims to be larger than it is."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"descr": "<f8", "fortran_order": False, "shape": shape}
    )
    return file.getvalue() + bytes(80)


def archive(path, members, compression=zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in members.items():
            file.writestr(name, content)


def nested(path) -> None:
    """Write an archive whose entries all lie in the last one."""
    archive(path, {f"{name}.npy": claim((10,)) for name in "ab"})
    content, size = bytearray(path.read_bytes()), path.stat().st_size
    entry = content.find(b"PK\x01\x02")
    content[entry + 20 : entry + 28] = size.to_bytes(4, "little") * 2  # packed and unpacked
    path.write_bytes(content)


HOSTILE = {
    "one in the other": nested,
    "pickle": lambda path: path.write_bytes(pickle.dumps(Bomb())),
    "object array": lambda path: np.savez(
        path, allow_pickle=True, bu=np.array([Bomb()], dtype=object)
    ),
    "pickle in an archive": lambda path: archive(path, {"bu.npy": pickle.dumps(Bomb())}),
    "more than there is memory": lambda path: archive(path, {"bu.npy": claim((10**15,))}),
    "more than there is": lambda path: archive(path, {"bu.npy": claim((10**6,))}),
    "negative": lambda path: archive(path, {"bu.npy": claim((-5,))}),
    "compressed zeros": lambda path: np.savez_compressed(path, bu=np.zeros(10**6)),
    "path traversal": lambda path: archive(path, {"../bu.npy": claim((10,))}),
    "no arrays": lambda path: archive(path, {}),
    "text": lambda path: archive(path, {"bu.npy": b"import os"}),
}


@pytest.mark.parametrize("write", HOSTILE.values(), ids=HOSTILE)
def test_hostile_arrays_are_refused(saved, write, monkeypatch, tmp_path_factory):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    replace_arrays(saved, write)
    with pytest.raises(DataError, match="no readable model"):
        load_model(SVD, saved, "this data")
    assert not list(Path.cwd().iterdir())
    assert {path.name for path in saved.parent.rglob("bu.npy")} == set()


def test_positions_beyond_the_end_are_refused(saved):
    arrays = as_it_was(saved)
    arrays[f"{SEEN}.1"] = arrays[f"{SEEN}.1"] + 10**6
    replace_arrays(saved, lambda path: np.savez(path, **arrays))
    with pytest.raises(DataError, match="no readable model"):
        load_model(SVD, saved, "this data")


HELD = [{"array": f"{SEEN}.{n}"} for n in range(3)]
VALUES = {
    "unknown class": {"Popen": {"dict": [["args"], ["ls"]]}},
    "unknown part": {"All": {"dict": [["evil"], [1]]}},
    "unknown part of an object": {"Encoding": {"dict": [["encode"], ["x"]]}},
    "no such array": {"array": "nothing"},
    "a huge array": {"dense": {"sparse": [*HELD, [10**9, 10**9]]}},
    "a negative array": {"sparse": [*HELD, [-1, 5]]},
    "a column without rows": {"table": [{"dict": [["a"], [{"array": "bu"}]]}, {"array": "qi"}]},
    "a column of one number": {"table": [{"dict": [["a"], [1.5]]}, {"array": "bu"}]},
    "more names than values": {"dict": [["a", "b"], [1]]},
    "two kinds": {"tuple": [], "dict": [[], []]},
    "no kind": {},
    "another kind": {"pickle": "gASV"},
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_hostile_manifests_are_refused(saved, value):
    manifest = json.loads((saved / "manifest.json").read_text(encoding="utf-8"))
    manifest["values"]["bu"] = value
    (saved / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(DataError, match="no readable model"):
        load_model(SVD, saved, "this data")


def test_a_manifest_as_deep_as_the_sea_is_refused(saved):
    (saved / "manifest.json").write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(DataError, match="no readable model"):
        load_model(SVD, saved, "this data")
