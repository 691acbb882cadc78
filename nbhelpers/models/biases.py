"""How far users and movies are from the mean, fitted in turns: Koren's bias model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csc_array, csr_array

REG_U, REG_I = 15, 10  # Surprise's: number of ratings at which a bias is halved


def als_biases(by_user: csr_array, n_epochs: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Fit user and movie biases, in stars, in turns: each to what the other leaves over.

    The matrix (users, movies) holds ratings minus their mean; what the biases leave over takes
    their place.

    References
    ----------
    Koren (2010), "Factor in the neighbors", section 2.1; the settings are Surprise's.
    """
    from nbhelpers.models.knn_kernels import biases

    bu, bi = biases(parts(by_user), by_user.shape[1], n_epochs, REG_U, REG_I)
    return bu, bi


def bias_of(left: np.ndarray) -> float:
    """Return the bias of one user by what the movies' biases leave over of their ratings."""
    return float(left.sum() / (REG_U + len(left)))


def parts(matrix: csr_array | csc_array) -> tuple[np.ndarray, ...]:
    return matrix.indptr, matrix.indices, matrix.data
