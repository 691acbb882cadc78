import numpy as np
import pandas as pd
import pytest

from nbhelpers.engine.contributions import MOST, NAMED, _of_neighbours, carriers
from nbhelpers.features.summaries import LIKE_FROM
from nbhelpers.models import EASE


@pytest.fixture(scope="module")
def person(engine):
    counts = engine.users()
    user = int(counts.loc[counts["count"].between(50, 80), "user_id"].iloc[0])
    return engine._person(user)


def newcomer(engine, person):
    return engine._person(person.ratings)


def test_parts_of_the_list_model_add_up_to_its_score(engine, person):
    lists = engine.trained.lists
    films = lists.movie_ids[~np.isin(lists.movie_ids, person.ratings["movie_id"])][:50]
    parts = lists.parts(person.ratings, films)
    at = np.searchsorted(lists.movie_ids, films)
    np.testing.assert_allclose(parts.sum(axis=0), lists.scores([person.user_id])[0, at], atol=1e-9)


def test_parts_of_neighbours_add_up_to_their_stars(engine, person):
    knn = engine.trained.knn
    films = knn.movie_ids[:60]
    parts = _of_neighbours(knn, person, films)
    rated = np.searchsorted(knn.movie_ids, person.ratings["movie_id"])
    alike = knn.similarities[np.ix_(rated, np.arange(60))].clip(0)
    alike = -np.sort(-alike, axis=0)[: knn.k]
    u = np.searchsorted(knn.user_ids, person.user_id)
    biases = knn.global_mean + knn.bu[u] + knn.bi[:60]
    stars = knn.predict(np.full(60, person.user_id), films)
    np.testing.assert_allclose(
        biases + parts.sum(axis=0) / (knn.caution + alike.sum(axis=0)), stars, atol=1e-6
    )


@pytest.mark.parametrize("model", ["two-stage", "ease", "knn"])
@pytest.mark.parametrize("who", ["user", "newcomer"])
def test_who_carried_it_is_liked_and_has_a_share(engine, person, model, who):
    somebody = person if who == "user" else newcomer(engine, person)
    films = engine.recommend(person.user_id, 20, model)["movie_id"].to_numpy()
    stars = somebody.ratings["rating"].to_numpy()
    found = carriers(engine.trained, somebody, model, films)
    assert len(found) == 20
    assert any(found)
    for named in filter(None, found):
        rows, shares = zip(*named, strict=True)
        assert len(rows) <= MOST
        assert sum(shares) >= NAMED
        assert list(shares) == sorted(shares, reverse=True)
        assert model != "knn" or sum(shares) <= 1 + 1e-9
        assert shares[0] >= NAMED or len(rows) == MOST
        assert (stars[list(rows)] >= LIKE_FROM).all()


def test_without_a_film_the_score_is_lower_by_its_share(engine, person):
    somebody, lists = newcomer(engine, person), engine.trained.lists
    films = engine.recommend(person.user_id, 20, "ease")["movie_id"].to_numpy()
    at, checked = np.searchsorted(lists.movie_ids, films), 0
    scores = lists.fold_in(somebody.ratings)[at]
    for column, named in enumerate(carriers(engine.trained, somebody, "ease", films)):
        for row, share in named:
            without = lists.fold_in(somebody.ratings.drop(index=row))[at[column]]
            assert without == pytest.approx((1 - share) * scores[column], abs=1e-6)
            checked += 1
    assert checked


def test_the_only_film_that_is_liked_carries_all(engine):
    """Of somebody who rates one film: its share is 1 where it speaks for a film at all."""
    liked = engine.find("matrix", 1)["movie_id"]
    one = engine._person(pd.DataFrame({"movie_id": liked, "rating": [5.0]}))
    others = engine.movies["movie_id"].to_numpy()
    others = others[(others != liked[0]) & (engine.evidence > 0)]
    parts = engine.trained.lists.parts(one.ratings, others)[0]
    for named, part in zip(carriers(engine.trained, one, "ease", others), parts, strict=True):
        assert named == ([(0, 1.0)] if part > 0 else [])


def test_films_nobody_rated_are_carried_by_none(engine, person):
    unrated = engine.movies["movie_id"].to_numpy()[engine.evidence == 0][:3]
    assert len(unrated)
    for model in ("ease", "knn"):
        assert carriers(engine.trained, person, model, unrated) == [[]] * len(unrated)


@pytest.mark.parametrize("n_users", [15, 60])  # the dual form, and the primal one
def test_parts_of_ease_in_both_forms(n_users):
    rng = np.random.default_rng(n_users)
    pairs = np.argwhere(rng.random((n_users, 30)) < 0.4)
    table = pd.DataFrame(pairs, columns=["user_id", "movie_id"])
    table["rating"] = rng.integers(1, 6, len(table))
    model = EASE(reg=3, weight_other=0.25).fit(table)
    assert hasattr(model, "weights") == (n_users > 30)
    own = table.loc[table["user_id"] == 3, ["movie_id", "rating"]]
    others = model.movie_ids[~np.isin(model.movie_ids, own["movie_id"])]
    scores = model.scores([3])[0, np.searchsorted(model.movie_ids, others)]
    np.testing.assert_allclose(model.parts(own, others).sum(axis=0), scores, atol=1e-9)
    strange = pd.concat([own, pd.DataFrame({"movie_id": [999], "rating": [5]})])
    assert (model.parts(strange, others)[-1] == 0).all()
