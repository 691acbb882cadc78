import made
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbhelpers.models import top_n
from nbhelpers.models.baselines import Biases, UserMean
from nbhelpers.models.ease import EASE
from nbhelpers.models.implicit_knn import ItemKNN
from nbhelpers.models.knn import KNN
from nbhelpers.models.svd import SVD

MODELS = [
    SVD(4, 3),
    SVD(4, 3, dtype="float32"),
    SVD(4, 3, biased=False),
    KNN(),
    EASE(5),
    ItemKNN(4),
    Biases(),
    UserMean(),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("n", [1, 4, 100])
def test_the_fast_lists_are_the_models_own(model, n, tmp_path, monkeypatch):
    model.fit(made.ratings().astype({"user_id": np.int32}))
    expected = model.top_n(model.user_ids, n)
    ranker = top_n.Ranker(model)
    for user in [*model.user_ids.tolist(), -1, 2**32 + int(model.user_ids[0])]:
        movies, scores = ranker.best(user, n)
        own = model.recommend(user, n)
        assert movies.tolist() == own["movie_id"].tolist()
        np.testing.assert_allclose(scores, own["score"], rtol=1e-6)
    monkeypatch.setattr(top_n, "BLOCK", 7)
    some = [-1, *model.user_ids[::-1].tolist()]
    lists = ranker.lists(some, n)
    pd.testing.assert_frame_equal(lists, model.top_n(some, n), check_dtype=False, rtol=1e-6)
    assert ranker.lists([], n).empty
    monkeypatch.setattr(top_n, "WRITTEN", 2)
    for n_threads in (1, 2):
        assert top_n.write_lists(model, tmp_path / "lists.parquet", n, n_threads) == len(expected)
        written = pd.read_parquet(tmp_path / "lists.parquet")
        expected_now = expected.reset_index(drop=True)
        pd.testing.assert_frame_equal(written, expected_now, check_dtype=False, rtol=1e-6)


@settings(deadline=None)  # the first call may compile
@given(made.frames(max_movies=70), st.integers(1, 8))
def test_lists_against_a_sort(ratings, n):
    model = UserMean().fit(ratings)  # all scores of a user are equal
    for user in model.user_ids.tolist():
        seen = set(ratings.loc[ratings["user_id"] == user, "movie_id"])
        rest = [movie for movie in model.movie_ids.tolist() if movie not in seen]
        assert top_n.Ranker(model).best(user, n)[0].tolist() == rest[:n]


def test_best_of_many_columns_are_those_of_a_sort():
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 40, (50, 500)).astype(np.float32)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :10]
    nothing = np.zeros(51, np.int32), np.zeros(0, np.int32)
    places, values, counts = top_n._best(scores.copy(), np.arange(50), *nothing, 10)
    np.testing.assert_array_equal(places, order)
    np.testing.assert_array_equal(values, np.take_along_axis(scores, order, axis=1))
    assert (counts == 10).all()


def test_progress_counts_users(tmp_path, capsys):
    model = Biases().fit(made.ratings())
    top_n.write_lists(model, tmp_path / "lists.parquet", progress=True)
    assert f"{len(model.user_ids)}.0" in capsys.readouterr().err


def test_what_cannot_be_listed_is_refused(tmp_path):
    with pytest.raises(RuntimeError, match="call fit"):
        top_n.Ranker(Biases())
    with pytest.raises(ValueError, match="at least 1"):
        top_n.write_lists(Biases().fit(made.ratings()), tmp_path / "lists.parquet", 0)
    assert not list(tmp_path.iterdir())
