import numpy as np
import pytest
from scipy.sparse import random as random_sparse

from nbhelpers.models import sparse_products


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("columns", [1, 8, sparse_products.TILE + 3])
def test_a_product_with_a_dense_matrix_is_scipys(kind, columns):
    rng = np.random.default_rng(columns)
    sparse = random_sparse(30, 20, density=0.3, format="csr", dtype=kind, random_state=rng)
    dense = rng.standard_normal((20, columns)).astype(kind)
    found = sparse_products.times(sparse, dense)
    assert found.dtype == kind
    np.testing.assert_allclose(found, sparse @ dense, rtol=0, atol=1e-5)
