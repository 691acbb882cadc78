"""The lists of what hosts preinstall fit this project, and a host's run tells what came of it."""

import json
import re
import sys
import tomllib

import hosts
import nbformat
import pytest
import tiny

from nbhelpers.files import PROJECT

HOSTS = hosts.hosts()
every_host = pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS)
NEEDED = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]


def canonical(name):
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", name)[0]).lower()


@every_host
def test_every_package_that_the_library_needs_has_been_looked_up(host):
    listed = {canonical(package) for package in host.packages}
    assert {canonical(line) for line in NEEDED} - listed == set(host.absent)
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", package) for package in host.packages)
    assert len(listed) == len(host.packages)


@every_host
def test_a_list_says_of_when_and_from_where_it_is(host):
    assert host.date.year >= 2025
    assert "on GitHub" in host.source
    assert re.fullmatch(r"3\.1\d", host.python)


@pytest.fixture
def host(tmp_path, monkeypatch):
    """A host that is this Python."""
    monkeypatch.setattr(hosts, "FOLDER", tmp_path / "hosts")
    monkeypatch.setattr(hosts, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr(hosts.Host, "interpreter", sys.executable)
    return HOSTS["colab"]._replace(name="here")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "problem"),
    [("import pandas\npandas.DataFrame([1])", ""), ("1 / 0", "cell [2]: ZeroDivisionError")],
)
def test_a_notebook_runs_alone_in_an_empty_folder(source, problem, host, tmp_path):
    path = tiny.write(tmp_path / "01_looking.ipynb", source, "import os; os.listdir()")
    outcome = hosts.run(host, "with", path)
    assert outcome.problem.startswith(problem) and bool(outcome.problem) == bool(problem)
    assert (outcome.first is None) == bool(problem)
    assert outcome.seconds > 0 and outcome.computing > 0
    executed = nbformat.read(tmp_path / "hosts/executed/here/with/01_looking.ipynb", as_version=4)
    if not problem:
        assert executed.cells[-1].outputs[0].data["text/plain"] == "[]"


def outcome(**values):
    given = ("colab", "with", "01_loading", 20.0, 9.0, 12.0, 5.0)
    return hosts.Outcome(*given)._replace(**values)


def test_a_later_run_takes_the_place_of_an_earlier_one(host):
    for made in (outcome(), outcome(network="without"), outcome(problem="cell [3]: KeyError")):
        hosts.keep(made)
    assert {o.network: o.problem for o in hosts.kept()} == {
        "without": "",
        "with": "cell [3]: KeyError",
    }
    assert json.loads(hosts.RESULTS.read_text("utf-8"))


def test_the_page_tells_what_ran_where():
    outcomes = [
        outcome(),
        outcome(network="without", skipped=2),
        outcome(notebook="02_exploring", problem="cell [3]: KeyError: 'x'"),
    ]
    page = hosts.page(HOSTS, outcomes)
    assert "| notebook | colab,<br>without | colab,<br>with |" in page
    assert "| 01_loading | 12 s (5) · · | 12 s (5) |" in page
    assert "| 02_exploring | not run | **fails** |" in page
    assert "FAILED in cell [3]: KeyError: 'x'" in page
    assert "Google Colab, Python 3.13, packages as of 2026-10-09" in page
    assert "Missing there: rapidfuzz, scikit-surprise, skops." in page
    assert HOSTS["kaggle"].title + ", Python" not in page
