import numpy as np
import pandas as pd
import pytest

from nbhelpers import load
from nbhelpers.evaluation import random_split
from nbhelpers.models import GlobalMean
from nbhelpers.simulation import Oracle
from nbhelpers.teaching import known_truth


@pytest.fixture(scope="module")
def sample():
    return load("sample", users=0.05)


def test_what_is_known_of_a_simulation(sample):
    split = random_split(sample.ratings)
    oracle = Oracle.load(sample.folder)
    keys = [split.test[name] for name in ("user_id", "movie_id", "timestamp")]
    expected = oracle.predict(*keys)
    assert np.array_equal(known_truth.truth(sample, split.test)["the truth"], expected)
    means = known_truth.true_means(sample, split)
    assert means["test pairs"] == expected.mean()
    assert means["all pairs"] < means["test pairs"]  # people choose what they like


def test_how_far_a_model_is_from_the_truth(sample):
    split = random_split(sample.ratings)
    model = GlobalMean().fit(split.train)
    against = known_truth.against_truth(sample, split, {"mean": model})
    pairs = known_truth.all_pairs(split.train)
    assert len(pairs) == len(model.user_ids) * len(model.movie_ids)
    stars = known_truth.truth(sample, pairs)["the truth"]
    off = np.sqrt(((stars - model.global_mean) ** 2).mean())
    assert against.loc["mean", "truth, all pairs"] == pytest.approx(off)
    assert list(against.index) == ["the truth", "mean"]


def test_of_real_ratings_nothing_is_known(sample, tmp_path):
    real = sample.__class__(**{**vars(sample), "folder": tmp_path})
    split = random_split(real.ratings)
    model = GlobalMean().fit(split.train)
    assert known_truth.truth(real, split.test) == {}
    assert known_truth.true_means(real, split).empty
    against = known_truth.against_truth(real, split, {"mean": model})
    assert list(against.columns) == ["test ratings"]
    assert isinstance(against, pd.DataFrame)
