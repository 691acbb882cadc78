import numpy as np
import pytest
from liked import SHAPES, only_nearest, table, with_popularity

from nbhelpers.models.rp3beta import RP3beta


def chances(weights):
    sums = weights.sum(axis=1, keepdims=True)
    return np.divide(weights, sums, out=np.zeros_like(weights), where=sums > 0)


def expected(x, k, alpha, beta):
    on, back = chances(x) ** alpha, chances(x.T) ** alpha
    degrees = x.sum(axis=0)
    paths = (back @ on) / np.where(degrees > 0, degrees, 1) ** beta
    np.fill_diagonal(paths, 0)
    return on @ only_nearest(paths.T, k).T


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("alpha, beta", [(1, 0), (1, 0.6), (0.7, 0.3)])
@pytest.mark.parametrize("k, weight_other", [(3, 0), (100, 0), (100, 0.3)])
def test_it_walks_as_dense_matrices_do(shape, alpha, beta, k, weight_other):
    ratings = SHAPES[shape]
    model = RP3beta(k, alpha, beta, weight_other=weight_other).fit(ratings)
    x = table(ratings, weight_other)
    scores = with_popularity(expected(x, k, alpha, beta), x)
    np.testing.assert_allclose(model.scores(model.user_ids), scores, rtol=0, atol=1e-12)


def test_plain_walks_end_somewhere():
    """Their chances, with the way back to the film that one came from, add up to one."""
    model = RP3beta(k=1000, alpha=1, beta=0).fit(SHAPES["more users"])
    x = model.likes.toarray()
    to_itself = ((chances(x.T) @ chances(x)).diagonal() * chances(x)).sum(axis=1)
    ended = model.scores(model.user_ids).sum(axis=1) + to_itself
    some = x.any(axis=1)
    np.testing.assert_allclose(ended[some], 1, atol=1e-12)


def test_negative_steps_are_refused():
    with pytest.raises(ValueError, match="at least 0"):
        RP3beta(weight_other=-1)
