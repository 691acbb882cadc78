import errno
import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from processes import of_the_dead

from nbhelpers.engine import building, engine_files, load, seal
from nbhelpers.engine.engine_files import LISTS, MANIFEST, PARTS, ROOMS, write_manifest
from nbhelpers.errors import DataError
from nbhelpers.files import owner, sha256


@pytest.fixture
def copy(engine_folder, tmp_path):
    return shutil.copytree(engine_folder, tmp_path / "engine")


def manifest_of(folder):
    return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))


def parts_of(folder):
    return folder / manifest_of(folder)["parts"]


def change(folder, **values):
    """Change the manifest as its maker could: it is sealed anew."""
    write_manifest(folder, manifest_of(folder) | values)


def refused(folder, match, name="sample"):
    with pytest.raises(DataError, match=match) as caught:
        load(name, folder)
    assert "nbhelpers build --dataset" in caught.value.remedy


def test_a_loaded_engine_answers_and_says_what_it_is(engine):
    manifest = engine.manifest
    assert manifest["dataset"] == "sample"
    assert manifest["data"] == engine.data.content_hash
    assert manifest["schema"] == engine.trained.builder.names
    assert {"nbhelpers", "numpy", "scikit-learn"} <= set(manifest["versions"])
    assert set(engine.boards) == {
        *("random", "time", "stars_random", "stars_time", "lists", "knobs")
    }
    assert set(engine.boards["random"]["model"]) >= {"always like", "two means", "blend"}


def test_two_loads_answer_the_same(engine, engine_folder):
    again, user = load("sample", engine_folder), int(engine.users(1)["user_id"].iloc[0])
    assert again.recommend(user, 20).equals(engine.recommend(user, 20))


def test_an_engine_that_is_not_there_is_refused(tmp_path):
    refused(tmp_path, "no engine here")


@pytest.mark.parametrize("key", ["dataset", "data"])
def test_another_value_is_refused_with_both(copy, engine, key):
    change(copy, **{key: "something else"})
    refused(copy, f"{key} 'something else'.*Expected {engine.manifest[key]!r}")


def test_another_version_is_refused_with_both(copy, engine):
    versions = engine.manifest["versions"]
    change(copy, versions=versions | {"scikit-learn": "0.0.1"})
    refused(copy, f"scikit-learn '0.0.1'.*Expected '{versions['scikit-learn']}'")


@pytest.mark.parametrize("room", ROOMS)
def test_an_engine_that_other_code_made_is_refused(engine_folder, edit_library, room):
    edit_library(f"{room}/__init__.py")
    refused(engine_folder, "made by another version")


def test_an_engine_is_served_whatever_becomes_of_the_screens(engine_folder, edit_library):
    edit_library("app/main.py")
    assert load("sample", engine_folder).users(1).shape[0] == 1


def test_the_engine_of_another_data_set_is_refused(copy):
    refused(copy, r"dataset 'sample'.*Expected 'ml-latest-small'", "ml-latest-small")


@pytest.mark.parametrize("name", [*PARTS, LISTS, "logistic", "forest", "boosting"])
@pytest.mark.parametrize("harm", ["cut", "gone"])
def test_a_damaged_or_missing_part_is_refused_by_name(copy, name, harm):
    path = next(p for p in copy.rglob("*") if p.is_file() and name in (p.stem, p.parent.name))
    content = path.read_bytes()
    path.unlink()
    if harm == "cut":
        path.write_bytes(content[:-1])
    refused(copy, rf"{path.name}: This part.*{'damaged' if harm == 'cut' else 'missing'}")


def test_a_stranger_in_the_folder_is_refused(copy):
    (parts_of(copy) / "extra.pkl").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    refused(copy, r"extra\.pkl: This file is no part of the engine")


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "[" * 100_000, '{"format": 1}', '{"versions": 3}'],
    ids=["empty", "cut", "list", "null", "deep", "bare", "odd"],
)
def test_a_hostile_manifest_is_refused(copy, text):
    (copy / MANIFEST).write_text(text, encoding="utf-8")
    refused(copy, "bears no seal")
    with pytest.raises(DataError, match=r"damaged, incomplete|This engine was made with"):
        load("sample", copy, trust=True)


def test_a_huge_manifest_is_not_even_read(copy):
    (copy / MANIFEST).write_bytes(b" " * 6_000_000)
    refused(copy, "6,000,000 bytes")


KEYS = [
    "share",
    "seed",
    "files",
    "schema",
    "best",
    "stack",
    "weight",
    "boards",
    "lists",
    "lift",
    "liking",
]
VALUES = [None, "x", [], {}, -1, {"../../x": "y"}]
ALLOWED = [("share", None), ("boards", {})]  # all users; nothing measured


@pytest.mark.parametrize(
    ("key", "value"), [(k, v) for k in KEYS for v in VALUES if (k, v) not in ALLOWED]
)
def test_a_manifest_of_the_wrong_shape_is_refused(copy, key, value):
    change(copy, **{key: value})
    with pytest.raises(DataError):
        load("sample", copy)


def far(array):
    return array + 1_000_000


def short(array):
    return array[:-1]


@pytest.mark.parametrize(
    ("part", "name", "harm"),
    [
        ("knn", "by_y.1", far),
        ("knn", "by_y.0", far),
        ("knn", "similarities", short),
        ("knn", "bu", short),
        ("svd", "pu", short),
        ("svd", "bi", short),
        ("likeness", "near.1", far),
        ("lists", "popularity", short),
        ("popular", "recent", short),
        ("likeness", "counts", short),
    ],
)
def test_arrays_that_lead_out_of_memory_are_refused(copy, part, name, harm):
    """Even if whoever made them has sealed them properly."""
    parts = parts_of(copy)
    path = parts / part / "arrays.npz"
    with np.load(path) as file:
        arrays = dict(file)
    arrays[name] = harm(arrays[name])
    np.savez(path, **arrays)
    manifest = manifest_of(parts / part)
    manifest["sha256"] = sha256([path])
    (parts / part / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    files = manifest_of(copy)["files"]
    change(copy, files={file: sha256([parts / file]) for file in files})
    refused(copy, "incomplete or not made for this|no readable model")


def test_an_engine_without_one_of_its_classifiers_is_refused(copy):
    [path] = parts_of(copy).glob("forest.*")
    path.unlink()
    files = manifest_of(copy)["files"]
    change(copy, files={name: digest for name, digest in files.items() if name != path.name})
    refused(copy, "incomplete or not made for this")


def test_nothing_that_needs_pickle_is_kept(engine_folder):
    files = [path for path in engine_folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} <= {".json", ".npz", ".skops"}
    assert len(files) > 10


def test_an_engine_of_somebody_elses_is_opened_only_on_trust(engine_folder, monkeypatch, tmp_path):
    monkeypatch.setenv(seal.PLACE, str(tmp_path / "mine"))
    monkeypatch.setattr(engine_files, "_parsed", pytest.fail)
    refused(engine_folder, "does not carry your seal")
    assert not (tmp_path / "mine").exists()  # to look at an engine, no key is made
    seal.key()
    refused(engine_folder, "does not carry your seal")
    monkeypatch.undo()
    monkeypatch.setenv(seal.PLACE, str(tmp_path / "mine"))
    assert load("sample", engine_folder, trust=True).users(1).shape[0] == 1


@pytest.mark.parametrize("at", [0, 30, 80, 500, -2])
def test_a_manifest_that_was_changed_is_refused_before_it_is_read(copy, at, monkeypatch):
    content = bytearray((copy / MANIFEST).read_bytes())
    content[at] ^= 1
    (copy / MANIFEST).write_bytes(content)
    monkeypatch.setattr(engine_files, "_parsed", pytest.fail)
    refused(copy, "seal")


def test_an_engine_that_takes_the_place_of_another_is_opened(copy, monkeypatch):
    """As by a process that builds while this one reads."""
    check = engine_files._check_files

    def replaced(parts, digests):
        monkeypatch.setattr(engine_files, "_check_files", check)
        parts.rename(parts.with_name("parts-new"))
        change(copy, parts="parts-new", made="later")
        check(parts, digests)

    monkeypatch.setattr(engine_files, "_check_files", replaced)
    assert load("sample", copy).manifest["made"] == "later"


def test_a_new_engine_removes_the_last_and_what_killed_builds_left(copy, engine):
    left, alive = copy / f"parts-{of_the_dead()}", copy / f"parts-{owner()}"
    left.mkdir()
    alive.mkdir()
    before = parts_of(copy).name
    engine_files.save(copy, engine.trained, engine.boards, engine.manifest)
    assert {path.name for path in copy.iterdir()} == {MANIFEST, alive.name, parts_of(copy).name}
    assert parts_of(copy).name != before
    assert load("sample", copy).manifest["made"] == engine.manifest["made"]


def test_room_for_an_engine_is_foretold(engine, engine_folder):
    held = sum(path.stat().st_size for path in engine_folder.rglob("*"))
    assert held < engine_files.room(engine.data) < 2 * held


def test_room_for_an_engine_is_asked_for_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda place: SimpleNamespace(free=10**6))
    monkeypatch.setattr(building, "run_study", lambda *_, **__: pytest.fail("begun without room"))
    with pytest.raises(DataError, match=r"no room for the engine.*1 MB free.*about [\d,]+ MB"):
        building.build("sample", tmp_path)


def test_an_engine_that_cannot_be_written_leaves_the_last_as_it_was(copy, engine, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(engine_files.classifier_files, "save_estimator", full)
    before = sorted(copy.rglob("*"))
    with pytest.raises(
        DataError, match=r"There is no room for the engine: the disk has .* MB free"
    ):
        engine_files.save(copy, engine.trained, engine.boards, engine.manifest)
    assert sorted(copy.rglob("*")) == before
