from dataclasses import replace

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


def test_a_set_too_small_for_an_engine_is_refused_before_the_work(monkeypatch, tmp_path):
    few = pd.DataFrame({"user": [1, 1, 2], "item": [1, 2, 1], "rating": [5, 1, 4]})
    monkeypatch.setattr(building, "load_data", lambda *_, **__: load(few, name="few"))
    with pytest.raises(DataError, match="only 2 users to learn from in the set 'few'"):
        building.build("few", tmp_path / "few")
