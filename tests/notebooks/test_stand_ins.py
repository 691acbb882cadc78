"""Stand-ins are what they say: read without complaint, of their size, with tastes to be found."""

import numpy as np
import pandas as pd
import pytest
import stand_ins

from nbhelpers.data import datasets
from nbhelpers.evaluation import random_split, rmse
from nbhelpers.models import ALS, Biases, GlobalMean
from nbhelpers.tools import minimum

SMALL = ["thousand", "month", "bare", "few_films", "few_users", "least"]


@pytest.fixture
def load(tmp_path, monkeypatch):
    monkeypatch.setenv("NBHELPERS_DATA", str(tmp_path))
    monkeypatch.setenv("NBHELPERS_CACHE", str(tmp_path / "cache"))
    return lambda name: datasets.load(stand_ins.write(name, tmp_path).name)


def check(data, shape):
    assert data.name == shape.dataset
    assert (data.n_users, len(data.ratings)) == (shape.users, shape.ratings)
    listed = len(data.movies) + data.report.get("links without metadata", 0)
    assert 0.75 * shape.movies <= data.n_movies <= listed == shape.movies
    times = data.ratings["timestamp"]
    assert 0.7 * shape.days <= (times.max() - times.min()).days <= shape.days
    low, high = data.scale
    assert set(data.ratings["rating"]) == set(np.arange(low, high + data.step, data.step))
    assert not data.simulated  # as it stands in for a set of real ones


@pytest.mark.parametrize("name", SMALL)
def test_a_stand_in_is_read_by_the_reader_of_its_set(load, name):
    check(load(name), stand_ins.STAND_INS[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(stand_ins.STAND_INS.keys() - set(SMALL)))
def test_a_large_one_as_well(load, name):
    check(load(name), stand_ins.STAND_INS[name])


def test_the_least_is_just_large_enough(load, tmp_path):
    stand_ins.write("least", tmp_path)
    data = minimum.load("netflix")
    assert (data.n_users, data.n_movies, len(data.ratings)) == tuple(minimum.LEAST.values())


def test_a_bare_one_knows_nothing_of_its_films(load):
    data = load("bare")
    assert not any(map(data.has, ("genres", "tags", "genome", "probe", "overview", "directors")))
    assert (data.ratings["timestamp"].dt.normalize() == data.ratings["timestamp"]).all()


def test_some_sets_have_more(load):
    data = load("thousand")
    assert data.has("genres") and data.has("tags") and data.has("tmdb_id")
    assert data.movies["year"].isna().any()
    assert (data.movies["genres"].str.len() == 0).any()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ml-20m", "hetrec", "kaggle-movies"])
def test_other_files_say_the_same(load, name):
    data, simulated = load(name), stand_ins.simulate(stand_ins.STAND_INS[name])
    order = ["user_id", "movie_id"]
    given = simulated.ratings.sort_values(order, ignore_index=True)
    read = data.ratings.sort_values(order, ignore_index=True)
    pd.testing.assert_frame_equal(read, given, check_dtype=False)
    known = simulated.movies[simulated.movies["movie_id"].isin(data.movies["movie_id"])]
    listed = data.movies.set_index("movie_id").loc[known["movie_id"]]
    same = listed["year"].to_numpy(float, na_value=np.nan) == known["year"].to_numpy()
    assert same.mean() > 0.98  # ml-20m's titles are without a year now and then
    written = [
        [genre.replace("Children's", "Children") for genre in row] for row in known["genres"]
    ]
    read = [[genre.replace("Children's", "Children") for genre in row] for row in listed["genres"]]
    assert list(map(sorted, read)) == list(map(sorted, written))
    assert data.has("directors") == data.has("actors") == (name != "ml-20m")
    assert data.has("keywords") == data.has("overview") == (name == "kaggle-movies")
    assert data.has("tags") == (name != "kaggle-movies")
    assert data.has("genome") == (name == "ml-20m")


def test_the_same_bytes_every_time(tmp_path):
    one, other = (stand_ins.write("thousand", tmp_path / folder) for folder in "ab")
    files = sorted(path.name for path in one.iterdir())
    assert files == ["links.csv", "movies.csv", "ratings.csv", "tags.csv"]
    assert all((one / file).read_bytes() == (other / file).read_bytes() for file in files)


def test_tastes_and_a_long_tail_are_there_to_be_learned():
    ratings = stand_ins.simulate(stand_ins.STAND_INS["bare"]).ratings
    ratings = ratings.sort_values(["movie_id", "user_id"], ignore_index=True)
    train, test = random_split(ratings, 0.2, seed=1)
    pairs = test["user_id"], test["movie_id"]
    mean, biases, factors = (
        rmse(test["rating"], model.fit(train).predict(*pairs))
        for model in (GlobalMean(), Biases(), ALS())
    )
    assert mean - 0.1 > biases > factors + 0.02
    per_film = ratings["movie_id"].value_counts()
    assert per_film.iloc[:50].sum() > 0.3 * len(ratings)  # a tenth of the films
