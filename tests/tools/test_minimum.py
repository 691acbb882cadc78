"""Sets that are too small for the series are refused, with the share that would do."""

import re
from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest

from nbhelpers.data import datasets, sampling
from nbhelpers.errors import DataError
from nbhelpers.tools import minimum, series


@pytest.fixture
def loads(monkeypatch):
    """A set of 2,000 users with ten ratings each and 500 films; the shares that are loaded."""
    shares = []

    def load(name, users=None, seed=42):
        shares.append(users)
        n = int(2_000 * (users or 1))
        if not n:
            raise sampling.NobodyLeft(users, name)
        return SimpleNamespace(name=name, n_users=n, n_movies=500, ratings=range(10 * n))

    monkeypatch.setattr(datasets, "load", load)
    return shares


@pytest.mark.parametrize("share", [None, 0.05, 1.0])
def test_what_is_large_enough_is_loaded_once(loads, share):
    assert minimum.load("sample", share).name == "sample"
    assert loads == [share]


@pytest.mark.parametrize(
    ("share", "found", "enough"),
    [
        (0.001, "At USERS = 0.001 the set 'sample' has 2 users.", "0.05"),
        (0.01, "At USERS = 0.01 the set 'sample' has 200 ratings.", "0.05"),
        (3e-7, "At USERS = 3e-07 the set 'sample' has 0 users.", "0.05"),
    ],
)
def test_a_share_too_small_is_refused_with_the_least_that_does(loads, share, found, enough):
    with pytest.raises(DataError) as refused:
        minimum.load("sample", share)
    said = "Expected at least 20 users, 40 films and 500 ratings."
    assert str(refused.value) == f"{found} {said} What to do: use -p USERS {enough} or more."
    assert len(loads) <= 6


def test_a_set_that_needs_everybody(loads, monkeypatch):
    monkeypatch.setitem(minimum.LEAST, "users", 2_000)
    with pytest.raises(DataError, match="use -p USERS 1, which is all users"):
        minimum.load("sample", 0.5)


@pytest.mark.parametrize("share", [None, 1.0, 0.1])
def test_a_set_too_small_altogether(loads, monkeypatch, share):
    monkeypatch.setitem(minimum.LEAST, "films", 501)
    with pytest.raises(DataError, match=r"has 500 films\..*choose a larger set\."):
        minimum.load("sample", share)


def test_the_sample(tmp_path):
    with pytest.raises(DataError, match=r"has \d users?.*use -p USERS 0\.0\d or more"):
        minimum.load("sample", 0.001)
    assert minimum.load("sample", 0.05).n_users >= 20


def test_notebooks_that_ask_for_times_are_left_out_where_there_are_none():
    asks = re.compile(r"time_split\(|three_way\(|_time\(|TimeBiases|_or_latest|\.dt\.")
    for path in series.find_notebooks():
        cells = nbformat.read(path, as_version=4).cells
        code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
        needs = path.stem[:2] in minimum.NEED_TIMES
        assert needs or not asks.search(code), path.stem
    ratings = pd.DataFrame({"rating": [1, 5]})
    timeless = SimpleNamespace(ratings=ratings, has=lambda column: column != "timestamp")
    assert "has no times" in minimum.lacking_for("07_wrong_numbers", timeless)
    assert minimum.lacking_for("04_baselines", timeless) == ""
