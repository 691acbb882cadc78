from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from nbhelpers import DataError, load
from nbhelpers.classifiers.kinds import KINDS
from nbhelpers.engine import building
from nbhelpers.engine.engine import MODELS, Engine


@pytest.fixture(scope="module")
def data():
    return load("sample", users=0.2)


@pytest.fixture(scope="module")
def settings(data):
    return building.light(data)


def test_light_settings_name_a_classifier_and_join_the_models(settings):
    assert settings.best in settings.classifiers
    assert set(settings.classifiers) == set(KINDS)  # as an engine on disk needs them
    assert 0 <= settings.weight <= 1
    assert settings.stack[1:].min() > 0  # more stars, more likes


def test_light_settings_are_the_same_each_time(data, settings):
    again = building.light(data)
    assert again.weight == settings.weight
    assert again.stack.tolist() == settings.stack.tolist()


def test_an_engine_of_light_settings_answers(data, settings):
    engine = Engine(data, building.train(data, settings), {}, {})
    user = int(engine.users(1)["user_id"].iloc[0])
    for model in MODELS:
        assert len(engine.recommend(user, 5, model)) == 5


def test_films_without_a_title_are_in_no_list_and_disturb_none(data, settings):
    user = int(data.ratings["user_id"].value_counts().idxmax())
    theirs = data.ratings.loc[data.ratings["user_id"] == user, "movie_id"]
    lost = [*theirs.head(3), data.ratings["movie_id"].value_counts().idxmax()]
    untitled = replace(data, movies=data.movies.query("movie_id not in @lost").reset_index())
    engine = Engine(untitled, building.train(untitled, settings), {}, {})
    rest = data.ratings[data.ratings["movie_id"].isin(untitled.movies["movie_id"])]
    films = engine.find("", 100)
    counts = rest["movie_id"].value_counts()
    assert films["evidence"].tolist() == counts[films["movie_id"]].tolist()
    assert len(engine.history(user)) == (rest["user_id"] == user).sum()
    assert not engine.predict(user, films["movie_id"])["stars"].isna().any()
    for model in MODELS:
        listed = engine.recommend(user, 100, model)
        assert not listed["movie_id"].isin([*lost, *theirs]).any()
        assert listed["title"].str.len().min() > 0
    assert building.light(untitled).weight == building.light(replace(untitled, ratings=rest)).weight


def test_films_with_the_same_title_and_year_stay_two(data, settings):
    one, two = data.ratings["movie_id"].value_counts().index[:2]
    movies = data.movies.set_index("movie_id")
    movies.loc[two, ["title", "year"]] = movies.loc[one, ["title", "year"]].array
    twins = replace(data, movies=movies.reset_index())
    engine = Engine(twins, building.train(twins, settings), {}, {})
    found = engine.find(movies.at[one, "title"], 2)
    assert sorted(found["movie_id"]) == sorted([one, two])
    assert two in engine.similar(int(one), 5)["movie_id"].tolist()
    newcomer = engine.find("", 5)[["movie_id"]].query("movie_id != @two").assign(rating=5)
    assert one not in engine.recommend(newcomer, 100, "svd")["movie_id"].tolist()


def some(users, films, times=40):
    """Ratings of a circle of readers who have read most of the same books."""
    rng = np.random.default_rng(0)
    seen = np.argwhere(rng.random((users, films)) < 0.7)
    stars = rng.integers(1, 6, len(seen))
    table = pd.DataFrame(seen, columns=["user", "item"]).assign(rating=stars)
    table["timestamp"] = 1_100_000_000 + 86_400 * rng.integers(0, times, len(seen))
    return load(table, name="some")


def test_an_engine_may_be_of_a_small_circle(monkeypatch, tmp_path):
    monkeypatch.setattr(building, "load_data", lambda *_, **__: some(9, 15))
    folder = building.build("some", tmp_path / "some")
    assert (folder / "manifest.json").exists()


@pytest.mark.parametrize("sizes", [(2, 2), (3, 3), (9, 15, 1)], ids=str)
def test_where_nothing_can_be_learned_a_sentence_says_so(sizes, monkeypatch, tmp_path):
    monkeypatch.setattr(building, "load_data", lambda *_, **__: some(*sizes))
    with pytest.raises(DataError):
        building.build("some", tmp_path / "some")
    assert not list(tmp_path.rglob("manifest.json"))
