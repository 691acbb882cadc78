import made
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbhelpers.evaluation import metrics, splits
from nbhelpers.models import early_stopping, sgd_threads
from nbhelpers.models.ratings_by_user import group
from nbhelpers.models.svd import SVD

FAST = {"n_factors": 5, "n_epochs": 3, "dtype": "float32"}


def factors(model):
    return model.bu, model.bi, model.pu, model.qi


def assert_same(one, other):
    for mine, theirs in zip(factors(one), factors(other), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def steps_in_words(ratings, model, table, n_threads):
    """Take the steps in double precision, one by one, in the order of the turns."""
    start = SVD(**vars_of(model) | {"n_epochs": 0}).fit(ratings)
    bu, bi, pu, qi = (array.astype(float) for array in factors(start))
    by_cell = {}
    frame = ratings.assign(
        u=np.searchsorted(table.user_ids, ratings["user_id"]),
        m=np.searchsorted(table.movie_ids, ratings["movie_id"]),
    )
    rank = {user: place for place, user in enumerate(frame["u"].unique())}
    for row in frame.itertuples():
        part = np.searchsorted(table.edges[1:], row.m, side="right")
        share = part * n_threads // table.parts
        thread = rank[row.u] % n_threads
        turn = (share - thread) % n_threads
        by_cell.setdefault((turn, thread, part, rank[row.u]), []).append((row.u, row.m, row.rating))
    lr, reg, offset = model.lr_all, model.reg_all, model._offset
    for _ in range(model.n_epochs):
        for cell in sorted(by_cell):
            for u, m, r in by_cell[cell]:
                e = r - offset - bu[u] - bi[m] - pu[u] @ qi[m]
                if model.biased:
                    bu[u], bi[m] = bu[u] + lr * (e - reg * bu[u]), bi[m] + lr * (e - reg * bi[m])
                pu[u], qi[m] = (
                    pu[u] + lr * (e * qi[m] - reg * pu[u]),
                    qi[m] + lr * (e * pu[u] - reg * qi[m]),
                )
    return bu, bi, pu, qi


def vars_of(model):
    names = ("n_factors", "n_epochs", "biased", "lr_all", "reg_all", "dtype", "n_threads")
    return {name: getattr(model, name) for name in names}


@pytest.mark.parametrize("n_threads", [1, 2, 3])
@pytest.mark.parametrize("biased", [True, False])
@pytest.mark.parametrize("unit", [1, 0.5, 0.37])
def test_single_precision_takes_the_steps_of_the_equations(n_threads, biased, unit, monkeypatch):
    monkeypatch.setattr(sgd_threads, "CACHE", 128 * 4)  # four movies
    ratings = made.ratings().sample(frac=1, random_state=1, ignore_index=True)
    ratings["rating"] *= unit
    model = SVD(**FAST, n_threads=n_threads, biased=biased, lr_all=0.05).fit(ratings)
    table = sgd_threads.grouped_for(ratings, 5, n_threads)
    assert table.parts >= 5
    assert table.stars.dtype == (np.float32 if unit == 0.37 else np.int8)
    expected = steps_in_words(ratings, model, table, n_threads)
    for mine, theirs in zip(factors(model), expected, strict=True):
        assert mine.dtype == np.float32
        np.testing.assert_allclose(mine, theirs, atol=2e-6)
    error = model.predict(ratings["user_id"], ratings["movie_id"]) - ratings["rating"]
    assert model._prior[2] == pytest.approx(np.mean(error**2), rel=1e-5)


@pytest.mark.parametrize("n_threads", [1, 2])
def test_the_same_threads_give_the_same_numbers(n_threads):
    ratings = made.ratings(users=300, movies=100)
    fits = [SVD(20, 5, dtype="float32", n_threads=n_threads).fit(ratings) for _ in range(3)]
    assert_same(fits[0], fits[1])
    assert_same(fits[0], fits[2])
    assert fits[0].history.equals(fits[1].history)


@pytest.mark.parametrize("n_threads", [1, 2])
def test_single_precision_is_as_good_as_double(n_threads):
    train, test = splits.random_split(made.ratings(users=300, movies=100))
    asked = test["user_id"], test["movie_id"]
    settings = {"n_factors": 4, "n_epochs": 40, "lr_all": 0.02}
    double, single = [], []
    for seed in range(5):
        exact = SVD(**settings, random_state=seed).fit(train)
        fast = SVD(**settings, random_state=seed, dtype="float32", n_threads=n_threads).fit(train)
        double.append(metrics.rmse(test["rating"], exact.predict(*asked)))
        single.append(metrics.rmse(test["rating"], fast.predict(*asked)))
    assert np.mean(single) == pytest.approx(np.mean(double), rel=0.01)
    assert np.mean(double) < 0.75 * test["rating"].std()


def test_on_one_thread_it_is_surprises_svd_but_for_rounding():
    ratings = made.ratings(users=100, movies=40)
    double, single = SVD(6, 4).fit(ratings), SVD(6, 4, dtype="float32").fit(ratings)
    for mine, theirs in zip(factors(single), factors(double), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-5)


def test_one_model_has_the_methods_of_the_other():
    ratings = made.ratings()
    model = SVD(**FAST).fit(ratings)
    users = [*model.user_ids.tolist(), -1]
    for user, row in zip(users, model.scores(users), strict=True):
        np.testing.assert_allclose(row, model.predict(user, model.movie_ids), atol=1e-5)
    double = SVD(5, 3).fit(ratings)
    lists = model.top_n(users)
    assert len(lists) == len(double.top_n(users))
    both = lists.merge(ratings, on=["user_id", "movie_id"])
    assert both.empty
    own = ratings[ratings["user_id"] == users[0]]
    assert np.isfinite(model.fold_in(own)).all()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_it_stops_when_others_ratings_get_worse(dtype):
    train, test = splits.random_split(made.ratings(users=200, movies=60))
    settings = {"n_factors": 30, "lr_all": 0.03, "reg_all": 0, "dtype": dtype}
    model = SVD(n_epochs=200, **settings).fit(train, test, patience=3)
    errors = model.history["validation"]
    best = errors.idxmin()
    assert 1 < best == len(errors) - 3 < 197
    assert_same(model, SVD(n_epochs=best, **settings).fit(train))
    predicted = model.predict(test["user_id"], test["movie_id"])
    assert metrics.rmse(test["rating"], predicted) == pytest.approx(errors[best], abs=1e-6)


def test_patience_needs_something_to_watch():
    with pytest.raises(ValueError, match="needs a validation part"):
        SVD(**FAST).fit(made.ratings(), patience=2)


def test_the_bar_tells_the_error(capsys):
    train, test = splits.random_split(made.ratings())
    model = SVD(**FAST).fit(train, test, progress=True)
    shown = capsys.readouterr().err
    assert "3/3" in shown
    assert f"train={model.history['train'].iloc[-1]:.4f}" in shown
    assert f"validation={model.history['validation'].iloc[-1]:.4f}" in shown
    SVD(**FAST).fit(train)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "odd", [{"dtype": "float16"}, {"n_threads": 2}, {"dtype": "float32", "n_threads": 0}]
)
def test_odd_settings_are_refused(odd):
    with pytest.raises(ValueError):
        SVD(**odd)


@settings(deadline=None)  # the first call may compile
@given(made.frames(), st.integers(1, 4), st.sampled_from([None, 1, 2]))
def test_groups_hold_every_rating_in_its_place(ratings, groups, most):
    ratings = ratings.sample(frac=1, random_state=0)
    table = group(ratings, groups, most)
    assert table.parts % groups == 0
    found = []
    for u, user in enumerate(table.user_ids):
        for part in range(table.parts):
            cell = slice(*table.starts[u * table.parts + part :][:2])
            movies = table.movies[cell]
            assert ((movies >= table.edges[part]) & (movies < table.edges[part + 1])).all()
            rows = ratings[ratings["user_id"] == user]
            places = np.searchsorted(table.movie_ids, rows["movie_id"])
            kept = rows[(places >= table.edges[part]) & (places < table.edges[part + 1])]
            assert table.movie_ids[movies].tolist() == kept["movie_id"].tolist()  # in order
            assert (table.unit * table.stars[cell]).tolist() == kept["rating"].tolist()
            found += movies.tolist()
    assert len(found) == len(ratings)
    assert table.user_ids[table.met[0]].tolist() == ratings["user_id"].unique().tolist()
    assert table.movie_ids[table.met[1]].tolist() == ratings["movie_id"].unique().tolist()
    seen = table.seen().toarray() != 0
    assert seen.sum() == len(ratings)
    assert table.mean() == pytest.approx(ratings["rating"].mean())


@pytest.mark.parametrize("ids", [["b", "a", "c"], [-5, 10**15, 3], [2**62, 0, 1]])
def test_ids_can_be_anything(ids):
    ratings = pd.DataFrame({"user_id": ids, "movie_id": [7, 7, 8], "rating": [0, 4.5, 3]})
    table = group(ratings)
    assert table.user_ids.tolist() == sorted(ids)
    assert table.stars.dtype == np.float32  # a 0 would be no rating
    assert table.seen().nnz == table.seen().sum() == 3


def test_only_ratings_can_be_grouped():
    ratings = made.ratings()
    with pytest.raises(ValueError, match="lack"):
        group(ratings.drop(columns="rating"))
    with pytest.raises(ValueError, match="at least one"):
        group(ratings.iloc[:0])
    with pytest.raises(ValueError, match="may be missing"):
        group(ratings.assign(rating=np.nan))


def test_learning_stops_and_keeps_the_best():
    class Numbers:
        at = 0

        def epoch(self):
            self.at += 1
            return 1 / self.at

        def factors(self):
            return (np.array([self.at]),)

        def put(self, factors):
            (self.kept,) = factors

    walk, errors = Numbers(), [9, 5, 6, 4, 7, 8, 9, 1]
    found = early_stopping.learn(walk, 8, lambda factors: errors[factors[0][0] - 1], patience=3)
    assert [row["validation"] for row in found] == errors[:7]
    assert walk.kept.tolist() == [4]
