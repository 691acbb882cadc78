"""Each step does its work on all ratings, and its cost is its own."""

import sys

import numpy as np
import pandas as pd
import pytest

from nbhelpers.data import netflix
from nbhelpers.models import sgd_threads
from nbhelpers.models.svd import SVD
from nbhelpers.simulation import netflix_set
from nbhelpers.teaching import cost_growth, costs

N = 20_000
SETTINGS = {"n_factors": 8, "dtype": "float32", "n_threads": 2}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "netflix"
    netflix_set.generate(folder, N, seed=1)
    return folder


def test_slope_is_the_exponent_of_a_power_law():
    sizes = np.array([1e5, 1e6, 1e8])
    assert cost_growth.slope(sizes, 3 * sizes**1.3) == pytest.approx(1.3)
    assert cost_growth.slope(sizes, [7, 7, 7]) == pytest.approx(0)


@pytest.mark.parametrize("n_threads", [2, 3])
def test_blocks_are_those_that_the_threads_work_on(folder, n_threads):
    ratings = netflix.read_ratings(folder)
    table = sgd_threads.grouped_for(ratings, 8, n_threads)
    nothing = np.zeros((len(table.user_ids), 1)), np.zeros((len(table.movie_ids), 1))
    biases = np.zeros(len(table.user_ids)), np.zeros(len(table.movie_ids))
    training = sgd_threads.Training(table, n_threads, (*biases, *nothing), 0, 0, 0, True)
    edges = table.edges[:: table.parts // n_threads]
    expected = np.zeros((n_threads, n_threads))
    for thread, users in enumerate(training.users):
        its = ratings[ratings["user_id"].isin(table.user_ids[users])]
        movies = np.searchsorted(table.movie_ids, its["movie_id"])
        expected[thread] = np.histogram(movies, edges)[0] / N
    found = cost_growth.blocks(ratings, 8, n_threads)
    assert found.sum() == pytest.approx(1)
    np.testing.assert_allclose(found, expected)


def test_every_step_works_on_what_the_last_one_left(folder, tmp_path):
    steps = [
        cost_growth._load(tmp_path, folder),
        cost_growth._count(tmp_path),
        cost_growth._learn(tmp_path, SETTINGS),
        cost_growth._list(tmp_path),
    ]
    assert [n for _, n, _ in steps] == [N] * 4
    took = [step for _, _, took in steps for step in took]
    assert took == ["load", "count", "group", "epoch", "lists"]
    ratings = netflix.read_ratings(folder)
    expected = SVD(**SETTINGS, n_epochs=cost_growth.EPOCHS).fit(ratings)
    lists = pd.read_parquet(tmp_path / "lists.parquet")
    users = expected.user_ids[:3]
    found = lists[lists["user_id"].isin(users)].reset_index(drop=True)
    assert found["movie_id"].tolist() == expected.top_n(users)["movie_id"].tolist()


def _after_a_peak(before: int, then: int) -> float:
    np.ones(before * 10**6, np.int8)
    idle = cost_growth._memory()
    np.ones(then * 10**6, np.int8)
    return idle


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a peak cannot be forgotten")
def test_a_peak_before_the_start_does_not_count():
    idle, peak = costs.alone(_after_a_peak, 300, 100)
    assert 80 < peak - idle < 130


@pytest.mark.slow
def test_costs_of_all_steps(folder):
    found = cost_growth.measure(folder, n_factors=8)
    assert found["step"].tolist() == ["load", "count", "group", "epoch", "lists"]
    assert (found["ratings"] == N).all() and (found["seconds"] > 0).all()
    assert found["peak_mb"].between(0.1, 500).all()


@pytest.mark.slow
def test_surprise_keeps_objects(folder):
    found = cost_growth.measure_surprise(folder, n_factors=8)
    assert found["ratings"] == N and found["epoch"] > 0 and found["prepare"] > 0
    assert 150 < found["bytes"] < 1000
