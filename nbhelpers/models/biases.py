"""How far users and movies are from the mean, fitted in turns: Koren's bias model."""

import numpy as np
from scipy.sparse import csc_array, csr_array

from nbhelpers.models.knn_kernels import biases

REG_U, REG_I = 15, 10  # Surprise's: number of ratings at which a bias is halved
N_EPOCHS = 10


def als_biases(
    u: np.ndarray,
    m: np.ndarray,
    residual: np.ndarray,
    n_epochs: int = N_EPOCHS,
    reg_u: float = REG_U,
    reg_i: float = REG_I,
) -> tuple[np.ndarray, np.ndarray]:
    """Fit user and movie biases in turns, each to what the other leaves over.

    Parameters
    ----------
    u, m : numpy.ndarray of int, shape (n,)
        Positions of users and movies.
    residual : numpy.ndarray of float, shape (n,)
        Ratings minus their mean.
    n_epochs : int
    reg_u, reg_i : float
        Number of ratings at which a bias is halved.

    Returns
    -------
    bu, bi : numpy.ndarray of float64, shape (n_users,) and (n_movies,)
        In stars.

    References
    ----------
    Koren (2010), "Factor in the neighbors", section 2.1; the defaults are Surprise's.
    """
    by_user = csr_array((residual, (u, m)))
    return biases(parts(by_user), by_user.shape[1], n_epochs, reg_u, reg_i)


def parts(matrix: csr_array | csc_array) -> tuple[np.ndarray, ...]:
    return matrix.indptr, matrix.indices, matrix.data
