import made
import numpy as np
import pytest

from nbhelpers.models.factors import principal_axes
from nbhelpers.models.svd import SVD


@pytest.mark.parametrize("n_factors", [1, 4, 12])
def test_principal_axes_are_those_of_the_completed_table(n_factors):
    model = SVD(n_factors, n_epochs=5).fit(made.ratings(users=30, movies=9))
    users, movies, share = principal_axes(model)
    table = model.pu @ model.qi.T
    np.testing.assert_allclose(users @ movies.T, table, atol=1e-12)
    size = np.linalg.svd(table, compute_uv=False)[: len(share)]
    np.testing.assert_allclose(np.linalg.norm(movies, axis=0) ** 2, size, atol=1e-12)
    np.testing.assert_allclose(share, size**2 / (size**2).sum(), atol=1e-12)
    assert (movies.max(axis=0) >= -movies.min(axis=0)).all()
