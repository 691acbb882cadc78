"""Notebooks are found and their parameters checked before anything runs."""

from pathlib import Path

import pytest
import tiny

from nbhelpers.errors import DataError
from nbhelpers.tools import series


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    tiny.write(folder / "01_loading.ipynb")
    tiny.write(folder / "05_svd.ipynb", parameters=tiny.PARAMETERS + "\nEPOCHS = 20")
    return folder


def names(paths):
    return [path.stem for path in paths]


def plan(folder, parameters=None, output=None):
    notebooks = series.find_notebooks(folder=folder)
    return series.plan(notebooks, "sample", 7, parameters or {}, output or folder / "out")


def test_all_notebooks_in_reading_order(folder):
    assert names(series.find_notebooks(folder=folder)) == ["01_loading", "05_svd"]


@pytest.mark.parametrize("name", ["05", "05_svd", "05_svd.ipynb"])
def test_a_notebook_by_how_it_begins(folder, name):
    assert names(series.find_notebooks([name], folder)) == ["05_svd"]


def test_several_notebooks_in_reading_order_once_each(folder):
    found = series.find_notebooks(["05", "01", "05_svd"], folder)
    assert names(found) == ["01_loading", "05_svd"]


def test_unknown_notebook_names_the_nearest(folder):
    with pytest.raises(DataError, match=r"no notebook '05_sdv'.*did you mean 05_svd\?"):
        series.find_notebooks(["05_sdv"], folder)


def test_no_notebooks_at_all(tmp_path):
    with pytest.raises(DataError, match="no notebooks here"):
        series.find_notebooks(folder=tmp_path)


def test_installed_alone_looks_in_the_working_directory(folder, monkeypatch):
    monkeypatch.setattr(series, "PROJECT", Path("no-such-project"))
    monkeypatch.chdir(folder.parent)
    assert names(series.find_notebooks()) == ["01_loading", "05_svd"]


def test_parameters_go_to_the_notebooks_that_have_them(folder):
    loading, svd = plan(folder, {"EPOCHS": "3"})
    assert loading.parameters == {"DATASET": "sample", "SEED": 7}
    assert svd.parameters == {"DATASET": "sample", "SEED": 7, "EPOCHS": 3}


def test_unknown_parameter_names_the_nearest(folder):
    with pytest.raises(DataError, match=r"parameter 'EPOCH'.*DATASET, EPOCHS, SEED.*EPOCHS\?"):
        plan(folder, {"EPOCH": "3"})


@pytest.mark.parametrize("name", ["DATASET", "SEED"])
def test_parameters_with_an_option_of_their_own(folder, name):
    with pytest.raises(DataError, match=f"use --{name.lower()} instead"):
        plan(folder, {name: "1"})


def test_notebook_without_its_parameters(folder):
    tiny.write(folder / "06_evaluation.ipynb", parameters="SEED = 1")
    with pytest.raises(DataError, match=r"06_evaluation.ipynb: The parameters cell sets SEED\."):
        plan(folder)


def test_output_never_replaces_the_notebook(folder):
    with pytest.raises(DataError, match="would replace the notebook itself"):
        plan(folder, output=folder / ".." / folder.name)


def test_values_are_those_that_the_default_asks_for(folder):
    own = "\nUSERS = None\nROOM = None\nSPARK = True  # or not\nRATE = 0.1"
    tiny.write(folder / "12_full_scale.ipynb", parameters=tiny.PARAMETERS + own)
    typed = {"USERS": "5 %", "ROOM": "1999", "SPARK": "False", "RATE": "1"}
    expected = {"USERS": 0.05, "ROOM": "1999", "SPARK": False, "RATE": 1.0}
    for given in (typed, expected):
        *_, large = plan(folder, given)
        assert large.parameters == {"DATASET": "sample", "SEED": 7, **expected}
    assert series.share([large]) == 0.05
    assert series.share(plan(folder)) is None


@pytest.mark.parametrize(("name", "value"), [("USERS", "5"), ("EPOCHS", "many"), ("EPOCHS", None)])
def test_values_of_another_kind_are_refused(folder, name, value):
    tiny.write(folder / "06_evaluation.ipynb", parameters=tiny.PARAMETERS + "\nUSERS = None")
    with pytest.raises(DataError, match=f"{name} is '{value}'"):
        plan(folder, {name: value})


def test_seeds_are_those_that_every_library_takes(folder):
    notebooks = series.find_notebooks(folder=folder)
    for seed in (-1, 2**32):
        with pytest.raises(DataError, match=r"SEED is .* from 0 to 4294967295.*--seed 42"):
            series.plan(notebooks, "sample", seed, {}, folder / "out")
