import made
import numpy as np
import pytest
from liked import SHAPES, table, with_popularity

from nbhelpers.models.pure_svd import PureSVD


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("n_factors, weight_other", [(1, 0), (5, 0), (14, 0.3), (1000, 0)])
def test_it_is_a_full_decomposition_cut(shape, n_factors, weight_other):
    ratings = SHAPES[shape]
    model = PureSVD(n_factors, weight_other=weight_other).fit(ratings)
    x = table(ratings, weight_other)
    left, sizes, right = np.linalg.svd(x, full_matrices=False)
    cut = left[:, :n_factors] * sizes[:n_factors] @ right[:n_factors]
    scores = with_popularity(cut, x)
    np.testing.assert_allclose(model.scores(model.user_ids), scores, rtol=0, atol=1e-9)
    assert model.axes.shape[1] == min(n_factors, np.linalg.matrix_rank(x))


def test_with_all_axes_likes_are_what_they_were():
    model = PureSVD(1000).fit(made.ratings())
    some = model.popularity > 0
    scores = model.scores(model.user_ids)
    liking = model.likes.sum(axis=1) > 0
    np.testing.assert_allclose(scores[liking], model.likes.toarray()[liking], atol=1e-9)
    assert some.any()


def test_the_start_changes_rounding_only():
    ratings = made.ratings(users=60, movies=40)
    first, second = (PureSVD(5, random_state=seed).fit(ratings) for seed in (1, 2))
    users = first.user_ids
    np.testing.assert_allclose(second.scores(users), first.scores(users), rtol=0, atol=1e-9)
