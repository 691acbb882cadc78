from types import SimpleNamespace

import numpy as np
import pytest

from nbhelpers.engine.diversity import ALIKE, Arranger
from nbhelpers.engine.two_stages import MATCH, Order


def arranger(vectors, series, genres=None, evidence=None):
    likeness = SimpleNamespace(vectors=np.array(vectors, float), series=series)
    listed = np.array([*(genres or [["Drama"]] * len(series)), None], dtype=object)[:-1]
    return Arranger(likeness, listed, np.ones(len(series)) if evidence is None else evidence)


def films(values):
    return Order(np.arange(len(values)), np.array(values, float), np.zeros(len(values)), MATCH)


def listed(some, values, variety=0.0, series=False, n=10):
    return some.arrange(films(values), variety, series, n).at.tolist()


def test_one_film_of_a_series_the_best():
    some = arranger(np.eye(4), ["a", "b", "a", "c"])
    assert listed(some, [4, 3, 2, 1]) == [0, 1, 3]
    assert listed(some, [4, 3, 2, 1], series=True) == [0, 1, 2, 3]
    assert listed(some, [4, 3, 2, 1], n=2) == [0, 1]


def test_what_only_sounds_alike_is_no_series():
    genres = [["Horror"], ["Comedy", "Romance"], ["Horror", "Thriller"]]
    some = arranger(np.eye(3), ["a", "a", "a"], genres)
    assert listed(some, [3, 2, 1]) == [0, 1]


def test_variety_by_a_slow_reference():
    rng = np.random.default_rng(1)
    vectors = rng.random((30, 4)) / 2
    values = np.sort(rng.normal(size=30))[::-1]
    some = arranger(vectors, [str(k) for k in range(30)])
    found = some.arrange(films(values), 0.3, False, 30)
    left, chosen, worth = list(range(30)), [], []
    while left:
        less = [
            values[i]
            - ALIKE * 0.3 * values.std() * max([vectors[i] @ vectors[j] for j in chosen], default=0)
            for i in left
        ]
        best = left[int(np.argmax(less))]
        worth.append(max(less))
        left.remove(best)
        chosen.append(best)
    assert found.at.tolist() == chosen
    np.testing.assert_allclose(found.values, worth)
    assert (np.diff(found.values) <= 1e-12).all()


def test_a_twin_waits_where_variety_is_wanted():
    some = arranger([[1, 0], [1, 0], [0, 1]], ["a", "b", "c"])
    assert listed(some, [3, 2.9, 2]) == [0, 1, 2]
    assert listed(some, [3, 2.9, 2], variety=1) == [0, 2, 1]


@pytest.mark.parametrize("variety", [0, 0.5])
def test_more_films_than_candidates_and_none(variety):
    some = arranger(np.ones((150, 1)), [str(k) for k in range(150)])
    found = some.arrange(films(np.arange(150, 0, -1)), variety, False, 140)
    assert sorted(found.at) == list(range(140))
    assert (np.diff(found.values) <= 0).all()
    assert listed(some, [], variety) == []


@pytest.mark.parametrize("variety", [0, 0.4])
def test_genres_by_a_slow_reference(variety):
    rng = np.random.default_rng(2)
    names = ["Drama", "Comedy", "Western", "War"]
    genres = [[name for name in names if rng.random() < 0.4] for _ in range(40)]
    evidence, vectors = rng.integers(1, 50, 40), rng.random((40, 4)) / 2
    values = np.sort(rng.normal(size=30))[::-1]
    some = arranger(vectors, [str(k) for k in range(40)], genres, evidence)
    rated = np.arange(30, 40)
    found = some.arrange(films(values), variety, False, 12, 1.0, rated)

    own = {g: sum(g in genres[k] for k in rated) for g in names}
    share = {g: evidence[[g in listed for listed in genres]].sum() / evidence.sum() for g in names}
    telling = {g: max(0, np.log((own[g] + 1) / (10 * share[g] + 1))) for g in names}
    left, chosen, worth = list(range(30)), [], []
    for _ in range(12):
        now = []
        for i in left:
            alike = max([vectors[i] @ vectors[j] for j in chosen], default=0)
            owed = {g: max(0, own[g] - sum(g in genres[j] for j in chosen)) for g in genres[i]}
            gain = sum(min(1, owed[g]) * telling[g] for g in genres[i])
            now.append(values[i] + values.std() * (gain - ALIKE * variety * alike))
        worth.append(max(now))
        chosen.append(left.pop(int(np.argmax(now))))
    assert found.at.tolist() == chosen != sorted(chosen)
    np.testing.assert_allclose(found.values, worth)
    assert (np.diff(found.values) <= 1e-12).all()


def test_a_fan_gets_the_genre_and_no_more_of_it_than_they_choose():
    genres = [["Drama"]] * 10 + [["Western"]] * 5 + [["Drama"]] * 8 + [["Western"]] * 2
    evidence = np.array([90] * 10 + [2] * 5 + [90] * 8 + [2] * 2)
    some = arranger(np.zeros((25, 1)), [str(k) for k in range(25)], genres, evidence)
    best, fan = films(np.linspace(2, 0, 15)), np.arange(15, 25)  # who rated two westerns of ten
    ten = some.arrange(best, 0, False, 10, 1.0, fan).at
    assert sorted(ten) == [*range(8), 10, 11]
    for nobody in (np.array([], int), np.arange(15, 23)):
        assert some.arrange(best, 0, False, 10, 1.0, nobody).at.tolist() == list(range(10))


def test_things_without_genres_stay_in_their_order():
    some = arranger(np.eye(3), ["a", "b", "c"], [[], [], []])
    assert some.arrange(films([3, 2, 1]), 0, False, 3, 1.0, np.array([0])).at.tolist() == [0, 1, 2]
