import pytest

from nbhelpers import load
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
