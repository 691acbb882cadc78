import numpy as np
import pandas as pd
import pytest

from nbhelpers import load
from nbhelpers.engine import list_tuning
from nbhelpers.engine.list_tuning import GRID, LIFTS, LIKINGS, found_likes, list_model, tuned
from nbhelpers.evaluation.splits import random_split
from nbhelpers.models import EASE, RP3beta


@pytest.fixture(scope="module")
def split():
    return random_split(load("sample", users=0.05).ratings)


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(list_tuning, "JUDGED", 40)


def test_settings_are_those_of_the_grids(split):
    means = split.train.groupby("movie_id")["rating"].mean()
    found = tuned(*split, lambda pairs: pairs["movie_id"].map(means).to_numpy())
    assert found.lift in LIFTS
    assert found.liking in LIKINGS
    assert all(found.parameters[name] in values for name, values in GRID.items())


def test_the_second_stage_is_weighed_by_what_its_lists_find_alone(split, monkeypatch):
    # More weight: wider lists, and hardly worse ones, as noise would make them.
    monkeypatch.setattr(list_tuning, "_reranked", lambda table, liking: liking)
    judged = {liking: (0.3 - 0.01 * liking, 100 + int(100 * liking)) for liking in LIKINGS}
    monkeypatch.setattr(list_tuning, "_judged", lambda liking, liked: judged[liking])
    chosen = tuned(*split, lambda pairs: np.zeros(len(pairs)))
    assert chosen.liking == min(LIKINGS)


def test_knowing_what_is_liked_gets_more_weight_than_noise(split):
    noise = np.random.default_rng(1)
    liked = split.test[split.test["rating"] >= 4][["user_id", "movie_id"]].assign(odds=1.0)
    guessed = tuned(*split, lambda pairs: noise.normal(size=len(pairs)))
    known = tuned(*split, lambda pairs: pairs.merge(liked, how="left")["odds"].fillna(0).to_numpy())
    assert known.liking > guessed.liking


def test_of_lists_as_good_those_with_most_films_are_chosen():
    liked = pd.DataFrame({"user_id": [1, 2], "movie_id": [10, 10]})

    def lists(*films):
        return pd.DataFrame({"user_id": [1, 1, 2, 2], "rank": [1, 2, 1, 2], "movie_id": films})

    same, wide, bad = (
        list_tuning._judged(lists(*films), liked)
        for films in ((10, 11, 10, 11), (10, 12, 10, 13), (5, 6, 7, 8))
    )
    assert list_tuning._widest(np.array([same, wide, bad])) == 1
    assert list_tuning._widest(np.array([same, bad])) == 0


def test_luck_with_one_setting_does_not_weigh_the_second_stage():
    ndcg = np.array([[0.300, 0.299], [0.298, 0.301], [0.302, 0.299], [0.100, 0.270]])
    assert list_tuning._weight(ndcg) == 0  # the last row is of no good setting


def test_likes_found_are_of_known_users_drawn_by_seed(split):
    liked = found_likes(*split, users=20, seed=1)
    assert liked["user_id"].nunique() == 20
    assert (liked["rating"] >= 4).all()
    assert liked["user_id"].isin(split.train["user_id"]).all()
    pd.testing.assert_frame_equal(liked, found_likes(*split, users=20, seed=1))


def test_where_there_is_no_room_for_ease_another_model_serves(split, monkeypatch):
    parameters = {"reg": 100.0, "weight_other": 0.25}
    assert isinstance(list_model(parameters, split.train), EASE)

    def no_room(self, ratings):
        raise MemoryError("The weights take 99 GB.")

    monkeypatch.setattr(list_tuning.EASE, "fit", no_room)
    model = list_model(parameters, split.train)
    assert isinstance(model, RP3beta)
    assert model.weight_other == 0.25
    user = split.train["user_id"].iloc[0]
    own = split.train.loc[split.train["user_id"] == user, ["movie_id", "rating"]]
    others = model.movie_ids[~np.isin(model.movie_ids, own["movie_id"])][:40]
    at = np.searchsorted(model.movie_ids, others)
    parts = model.parts(own, others)
    np.testing.assert_allclose(parts.sum(axis=0), model.scores([user])[0, at], atol=1e-9)
