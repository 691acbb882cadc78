"""Ours beside the published figures: within the tolerance, or a failure."""

from dataclasses import replace
from types import SimpleNamespace

import made
import pytest
from click.testing import CliRunner

from nbhelpers import cli
from nbhelpers.data import datasets
from nbhelpers.errors import DataError
from nbhelpers.tools import reproduce

RATINGS = made.ratings(users=60, movies=40, share=0.5)


@pytest.fixture
def small(monkeypatch):
    """A data set under a published name."""
    found = SimpleNamespace(ratings=RATINGS, simulated=False)
    monkeypatch.setattr(datasets, "load", lambda name: found)
    split = reproduce.prepare("any").split
    known = reproduce.Published(12, split.users, split.likes, {})
    monkeypatch.setitem(reproduce.PUBLISHED, "ml-20m", known)
    return found


def publish(monkeypatch, **changes):
    known = replace(reproduce.PUBLISHED["ml-20m"], **changes)
    monkeypatch.setitem(reproduce.PUBLISHED, "ml-20m", known)


def call(*words):
    return CliRunner().invoke(cli.app, ["reproduce", "liang2018", *words])


def test_the_sample_is_judged():
    result = call("--model", "popularity", "--model", "ease")
    assert result.exit_code == 0, result.output
    assert "203 other users" in result.output and "No published figures" in result.output
    assert "EASE needs" in result.output
    ndcg = {
        cells[0]: float(cells[-1])
        for cells in map(str.split, result.output.splitlines())
        if "ndcg@100" in cells
    }
    assert ndcg["ease"] > 1.3 * ndcg["popularity"] > 0.1


@pytest.mark.parametrize(("away", "code"), [(0.004, 0), (-0.004, 0), (0.006, 1), (-0.006, 1)])
def test_figures_may_be_so_far_away(small, monkeypatch, away, code):
    task = reproduce.prepare("ml-20m")
    ours = next(reproduce.rows(task, ["popularity"])).measured
    published = {"recall@20": ours["recall@20"], "ndcg@100": ours["ndcg@100"] + away}
    publish(monkeypatch, figures={"popularity": published})
    result = call("--dataset", "ml-20m", "--model", "popularity")
    assert result.exit_code == code, result.output
    assert "The paper had as many" in result.output
    assert ("FAIL" in result.output) == bool(code)


def test_another_number_of_likes_fails(small, monkeypatch):
    publish(monkeypatch, likes=reproduce.PUBLISHED["ml-20m"].likes + 1)
    result = call("--dataset", "ml-20m", "--model", "popularity")
    assert result.exit_code == 1
    assert "is the set complete?" in result.output


@pytest.mark.parametrize("change", ["held out", "seed", "simulated"])
def test_other_splits_and_simulated_ratings_have_nothing_to_compare_with(small, change):
    small.simulated = change == "simulated"
    held_out, seed = 5 if change == "held out" else None, 1 if change == "seed" else reproduce.SEED
    task = reproduce.prepare("ml-20m", held_out, seed)
    assert task.published is None
    users = {"held out": 5, "seed": 12, "simulated": task.split.users // 10}[change]
    assert task.split.test.known["user_id"].nunique() == users


def test_settings_are_chosen_on_the_validation_part(small, monkeypatch):
    task = reproduce.prepare("ml-20m")
    told: list = []
    (row,) = reproduce.rows(task, ["ease"], tell=told.append)
    assert told == ["ease reg 250", "ease reg 500", "ease reg 1000"]
    found = {}
    for reg in (250, 500, 1000):
        model = reproduce.EASE(reg).fit(task.split.train)
        found[f"reg {reg}"] = reproduce.judged(model, task.split.validation)["ndcg@100"].mean()
    assert row.settings == max(found, key=found.get)


def test_what_does_not_fit_is_said_beforehand(small, monkeypatch):
    task = reproduce.prepare("ml-20m")
    nothing = SimpleNamespace(available=0)
    monkeypatch.setattr(reproduce.psutil, "virtual_memory", lambda: nothing)
    with pytest.raises(DataError, match="leave it out"):
        reproduce.memory(task.split, ["ease"])
    assert "gigabyte" in reproduce.memory(task.split, ["popularity"])


def test_too_few_users_are_refused_in_words(small):
    result = call("--dataset", "ml-20m", "--held-out", "1000")
    assert result.exit_code == 1
    assert "none to learn from" in result.output and "--held-out" in result.output
