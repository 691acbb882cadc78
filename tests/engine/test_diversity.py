from types import SimpleNamespace

import numpy as np
import pytest

from nbhelpers.engine.diversity import ALIKE, Arranger
from nbhelpers.engine.two_stages import MATCH, Order


def arranger(vectors, series, genres=None):
    likeness = SimpleNamespace(vectors=np.array(vectors, float), series=series)
    return Arranger(likeness, np.array(genres or [["Drama"]] * len(series), dtype=object))


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
