import made
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from liked import SHAPES, only_nearest, table, with_popularity

from nbhelpers.models.implicit_knn import ItemKNN, UserKNN


def similarities(rows, shrinkage):
    """Return shrunk cosines of rows, in loops."""
    size = len(rows)
    found = np.zeros((size, size))
    for i in range(size):
        for j in range(size):
            length = np.sqrt((rows[i] ** 2).sum()) * np.sqrt((rows[j] ** 2).sum()) + shrinkage
            if i != j and length > 0:
                found[i, j] = (rows[i] * rows[j]).sum() / length
    return found


def expected(model, x):
    rows = x.T if isinstance(model, ItemKNN) else x
    near = only_nearest(similarities(rows, model.shrinkage), model.k)
    return x @ near.T if isinstance(model, ItemKNN) else near @ x


@pytest.mark.parametrize("kind", [ItemKNN, UserKNN])
@pytest.mark.parametrize("settings", [{}, {"k": 3, "shrinkage": 0}, {"k": 1, "weight_other": 0.4}])
@pytest.mark.parametrize("shape", SHAPES)
def test_they_are_the_neighbours_of_loops(kind, settings, shape):
    ratings = SHAPES[shape]
    model = kind(**settings).fit(ratings)
    x = table(ratings, model.weight_other)
    scores = with_popularity(expected(model, x), x)
    np.testing.assert_allclose(model.scores(model.user_ids), scores, rtol=0, atol=1e-12)


@given(made.frames(), st.integers(1, 4), st.floats(0, 5), st.sampled_from([ItemKNN, UserKNN]))
def test_few_ratings_with_many_ties(ratings, k, shrinkage, kind):
    assume((ratings["rating"] >= 4).any())
    model = kind(k, shrinkage).fit(ratings)
    x = table(ratings)
    scores = with_popularity(expected(model, x), x)
    np.testing.assert_allclose(model.scores(model.user_ids), scores, rtol=0, atol=1e-12)


@pytest.mark.parametrize("k, shrinkage", [(4, 2), (3, 0), (100, 0)])
def test_a_newcomer_has_all_users_as_neighbours(k, shrinkage):
    likes_nothing = made.frame_of([0, 0], [1, 5], [3, 2])
    ratings = pd.concat([made.ratings(), likes_nothing])
    model = UserKNN(k, shrinkage).fit(ratings)
    x = table(ratings)
    own = made.frame_of([1, 1, 1], [1, 5, 9], [5, 4, 2])
    row = np.isin(model.movie_ids, [1, 5]).astype(float)
    near = similarities(np.vstack([x, row]), shrinkage)[-1:, :-1]
    np.testing.assert_allclose(model.fold_in(own), (only_nearest(near, k) @ x)[0], atol=1e-12)


def test_similar_users_need_no_table_of_all_pairs():
    """480,000 users have 230 billion pairs; only the nearest are kept."""
    n = 20_000
    ratings = made.frame_of(np.arange(n), np.arange(n) % 500, np.full(n, 5))
    model = UserKNN(k=3).fit(ratings)
    assert model.similarities.shape == (n, n) and model.similarities.nnz == 3 * n
