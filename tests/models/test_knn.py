import made
import numpy as np
import pandas as pd
import pytest
import surprise
from scipy.sparse import csr_array

from nbhelpers.models import knn
from nbhelpers.models.baselines import shrunk_mean
from nbhelpers.models.biases import als_biases
from nbhelpers.models.knn import KNN
from nbhelpers.models.surprise_bridge import Surprise

SETTINGS = [
    {},
    {"k": 3},
    {"k": 5, "shrinkage": 0},
    {"min_support": 4, "shrinkage": 10},
]


def pair(by, k=40, min_support=1, shrinkage=100, shuffled=False, unit=1, **made_with):
    """Return our model and Surprise's, fitted on the same ratings."""
    ratings = made.ratings(**made_with)
    ratings["rating"] = ratings["rating"].astype(float) * unit
    if shuffled:
        ratings = ratings.sample(frac=1, random_state=3, ignore_index=True)
    options = {
        "name": "pearson_baseline",
        "user_based": by == "user",
        "min_support": min_support,
        "shrinkage": shrinkage,
    }
    theirs = surprise.KNNBaseline(k=k, sim_options=options, verbose=False)
    mine = KNN(by, k, min_support, shrinkage)
    return mine.fit(ratings), Surprise(theirs).fit(ratings)


def all_pairs(model):
    users, movies = [*model.user_ids.tolist(), -1], [*model.movie_ids.tolist(), -1]
    return np.repeat(users, len(movies)), np.tile(movies, len(users))


@pytest.mark.parametrize("by", ["movie", "user"])
@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("shuffled, unit", [(False, 1), (True, 0.5), (True, 0.37)])
def test_it_is_the_knn_of_surprise(by, settings, shuffled, unit):
    shape = {"users": 60, "movies": 30, "share": 0.3}
    mine, adapter = pair(by, **settings, shuffled=shuffled, unit=unit, **shape)
    trainset = adapter.algo.trainset
    inner = {
        "movie": [trainset.to_inner_iid(i) for i in mine.movie_ids.tolist()],
        "user": [trainset.to_inner_uid(i) for i in mine.user_ids.tolist()],
    }
    np.testing.assert_allclose(mine.bu, adapter.algo.bu[inner["user"]], rtol=0, atol=1e-12)
    np.testing.assert_allclose(mine.bi, adapter.algo.bi[inner["movie"]], rtol=0, atol=1e-12)
    theirs = adapter.algo.sim[np.ix_(inner[by], inner[by])]
    np.testing.assert_allclose(mine.similarities, theirs, rtol=0, atol=1e-9)
    users, movies = all_pairs(mine)
    np.testing.assert_allclose(
        mine.predict(users, movies), adapter.predict(users, movies), rtol=0, atol=1e-9
    )


def test_biases_are_shrunk_means_in_turns():
    ratings = made.ratings()
    u, m = (pd.factorize(ratings[name], sort=True)[0] for name in ("user_id", "movie_id"))
    r = ratings["rating"].to_numpy(float) - 3
    expected_u, expected_m = np.zeros(u.max() + 1), 0
    for _ in range(4):
        expected_m = shrunk_mean(m, r - expected_u[u], 10)
        expected_u = shrunk_mean(u, r - expected_m[m], 15)
    bu, bi = als_biases(csr_array((r, (u, m))), n_epochs=4)
    np.testing.assert_allclose(bu, expected_u, rtol=0, atol=1e-12)
    np.testing.assert_allclose(bi, expected_m, rtol=0, atol=1e-12)


def test_neighbours_matter():
    mine, _ = pair("movie", shrinkage=10, users=60, movies=30)
    users, movies = all_pairs(mine)
    biases_alone = KNN(min_support=10_000).fit(made.ratings(users=60, movies=30))
    difference = mine.predict(users, movies) - biases_alone.predict(users, movies)
    assert np.abs(difference).max() > 0.5


def test_single_precision_is_close(monkeypatch):
    ratings = made.ratings(users=60, movies=30)
    exact = KNN().fit(ratings)
    monkeypatch.setattr(knn, "FULL_PRECISION", 10)
    single = KNN().fit(ratings)
    assert single.similarities.dtype == np.float32
    np.testing.assert_allclose(single.similarities, exact.similarities, atol=1e-7)
    asked = all_pairs(exact)
    np.testing.assert_allclose(single.predict(*asked), exact.predict(*asked), atol=1e-6)


def test_scores_are_predictions():
    model = KNN().fit(made.ratings())
    users = [7, -1]
    for user, row in zip(users, model.scores(users), strict=True):
        np.testing.assert_array_equal(row, model.predict(user, model.movie_ids))


@pytest.mark.parametrize("by", ["movie", "user"])
def test_neighbours_are_the_most_similar_others(by):
    model = KNN(by, shrinkage=5).fit(made.ratings())
    ids = getattr(model, f"{by}_ids")
    near = model.neighbours(ids[3], n=4)
    row = model.similarities[3].copy()
    row[3] = -2
    assert near[f"{by}_id"].tolist() == ids[np.argsort(-row, kind="stable")[:4]].tolist()
    assert near["similarity"].tolist() == np.sort(row)[::-1][:4].tolist()
    with pytest.raises(KeyError):
        model.neighbours(-1)


def test_a_residual_of_zero_is_no_reason_to_divide_by_it():
    ratings = made.frame_of([1, 1, 2, 2], [1, 2, 1, 2], [3, 3, 3, 3])
    model = KNN(shrinkage=0).fit(ratings)
    assert model.similarities.tolist() == [[1, 0], [0, 1]]
    assert model.predict(1, 2).tolist() == [3]


def test_neighbours_are_by_movie_or_user():
    with pytest.raises(ValueError, match="'item'"):
        KNN(by="item")


def test_of_equally_similar_neighbours_the_first_counts():
    # Movies 1 and 2 are rated alike by users 3 to 6, who also rated movie 3; users 1 and 2,
    # who mirror each other, did not.
    alike = [5, 2, 4, 1]
    ratings = made.frame_of(
        [1, 2, 3, 4, 5, 6] * 2 + [3, 4, 5, 6], [1] * 6 + [2] * 6 + [3] * 4,
        [5, 1, *alike, 1, 5, *alike, 4, 2, 5, 1],
    )  # fmt: skip
    mine = KNN(k=1, shrinkage=0).fit(ratings)
    assert mine.similarities[0, 2] == mine.similarities[1, 2] > 0
    options = {"name": "pearson_baseline", "user_based": False, "shrinkage": 0}
    adapter = Surprise(surprise.KNNBaseline(k=1, sim_options=options, verbose=False)).fit(ratings)
    assert mine.predict([1, 2], 3).tolist() == pytest.approx(adapter.predict([1, 2], 3).tolist())
    assert mine.predict(1, 3)[0] > mine.predict(2, 3)[0] + 1


@pytest.mark.parametrize("caution", [0, 0.5])
def test_folding_in_a_trained_users_ratings_gives_their_scores(caution):
    ratings = made.ratings()
    model = KNN(shrinkage=5, caution=caution).fit(ratings)
    for user, own in ratings.groupby("user_id"):
        own = own.sample(frac=1, random_state=1)
        np.testing.assert_allclose(model.fold_in(own), model.scores(user)[0], rtol=0, atol=1e-12)


def test_without_ratings_a_newcomer_is_an_unknown_user():
    model = KNN().fit(made.ratings())
    nothing = made.frame_of([], [], [])
    np.testing.assert_array_equal(model.fold_in(nothing), model.scores(-1)[0])


def test_newcomers_are_no_neighbours():
    model = KNN("user").fit(made.ratings())
    with pytest.raises(NotImplementedError, match='by="movie"'):
        model.fold_in(made.frame_of([1], [1], [5]))


def test_caution_asks_for_similar_neighbours():
    ratings = made.ratings(users=60)
    plain, cautious = (KNN(k=1, shrinkage=5, caution=c).fit(ratings) for c in (0, 0.5))
    own = made.frame_of([1], [1], [5])
    bias_alone = KNN(min_support=10_000).fit(ratings).fold_in(own)
    near = (plain.fold_in(own) - bias_alone)[1:]  # of other movies than the one rated
    alike = plain.similarities[0, 1:]
    expected = near * alike / (alike + 0.5)
    np.testing.assert_allclose((cautious.fold_in(own) - bias_alone)[1:], expected, atol=1e-12)
    assert (near > 0).sum() > 5


@pytest.mark.parametrize("by", ["movie", "user"])
def test_threads_change_nothing(by):
    ratings = made.ratings(users=60, movies=30)
    alone = KNN(by).fit(ratings)
    for n_threads in (2, 3):
        together = KNN(by, n_threads=n_threads).fit(ratings)
        np.testing.assert_array_equal(together.similarities, alone.similarities)


def test_a_matrix_that_does_not_fit_is_refused():
    n = 400_000
    ratings = made.frame_of(np.arange(n), np.ones(n), np.full(n, 3))
    with pytest.raises(MemoryError, match=r"between 400,000 users take 640 GB.*other side"):
        KNN("user").fit(ratings)
