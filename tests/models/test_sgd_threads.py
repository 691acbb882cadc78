import made
import numpy as np
import pytest

from nbhelpers.evaluation import metrics, splits
from nbhelpers.models import sgd_threads
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


@pytest.mark.parametrize(
    "odd", [{"dtype": "float16"}, {"n_threads": 2}, {"dtype": "float32", "n_threads": 0}]
)
def test_odd_settings_are_refused(odd):
    with pytest.raises(ValueError):
        SVD(**odd)
