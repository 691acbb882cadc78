from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from nbhelpers.engine import two_stages
from nbhelpers.engine.scoring import CHANCE, LIKES, STARS, Person


@pytest.fixture(scope="module")
def person(engine):
    counts = engine.users()
    user = int(counts.loc[counts["count"].between(30, 60), "user_id"].iloc[0])
    return engine._person(user)


def ordered(engine, person, model="two-stage", surprise=0.0, n=150):
    allowed = ~np.isin(engine.movies["movie_id"], person.ratings["movie_id"])
    return two_stages.order(engine._scorer, person, model, None, surprise, allowed, n)


def z(values):
    return (values - np.mean(values)) / np.std(values)


def test_the_formula_film_by_film(engine, person):
    trained, scorer = engine.trained, engine._scorer
    scores = scorer.estimate(person, "ease")
    odds = scorer.log_odds(person, "blend")
    own = set(person.ratings["movie_id"])
    films = [k for k, movie in enumerate(engine.movies["movie_id"]) if movie not in own]
    value = {k: scores[k] / (engine.evidence[k] + 3) ** trained.lift for k in films}
    first = sorted(films, key=lambda k: (-value[k], k))[:100]
    score = z([value[k] for k in first]) + trained.liking * z([odds[k] for k in first])
    expected = [first[k] for k in np.argsort(-score, kind="stable")]
    found = ordered(engine, person)
    assert found.at[:100].tolist() == expected
    np.testing.assert_allclose(found.values[:100], -np.sort(-score), rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.estimates, 1 / (1 + np.exp(-odds[found.at])))


def test_the_list_goes_on_after_the_candidates(engine, person):
    found, alone = ordered(engine, person), ordered(engine, person, "ease")
    assert sorted(found.at[:100]) == sorted(alone.at[:100])
    assert found.at[100:].tolist() == alone.at[100:].tolist()
    for films in (found, alone):
        assert (np.diff(films.values) <= 0).all()


@pytest.mark.parametrize("model", ["two-stage", "ease", "svd", "blend", "popular", "rated"])
def test_surprise_names_films_with_fewer_ratings(engine, person, model):
    seen = [
        np.median(engine.evidence[ordered(engine, person, model, surprise, 20).at])
        for surprise in (0, 0.5, 1)
    ]
    assert seen[0] >= seen[1] >= seen[2]
    assert seen[0] > seen[2]


def test_of_equal_films_the_less_rated_one_goes_ahead():
    evidence = np.array([100, 10, 0])
    stub = SimpleNamespace(
        evidence=evidence,
        estimate=lambda *asked: np.array([4.0, 4.0, 3.0]),
        caution=lambda estimates, unit: estimates,
    )
    somebody = Person(1, pd.DataFrame({"movie_id": [], "rating": []}))
    for surprise, first in ((0.0, 0), (0.1, 1)):
        found = two_stages.order(stub, somebody, "svd", None, surprise, np.ones(3, bool), 3)
        assert found.at[0] == first


def test_films_without_ratings_come_last_in_lists_of_likes():
    lifted = two_stages.lifted(np.array([-1.0, 0.0, 2.0]), np.array([7, 0, 1]), 1.0)
    assert lifted.tolist() == [-0.1, -0.1, 0.5]


def test_equal_values_are_no_distance_apart():
    assert two_stages.standard(np.ones(3), np.ones(3)).tolist() == [0, 0, 0]
    assert two_stages.standard(np.zeros(0), np.zeros(0)).tolist() == []


def test_scores_that_people_see():
    values = np.array([2.0, 0.0])
    assert two_stages.shown(values, STARS).tolist() == [2, 0]
    assert two_stages.shown(values, LIKES).tolist() == [2, 0]
    assert two_stages.shown(values, CHANCE)[1] == 0.5
