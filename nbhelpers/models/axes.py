"""The directions in which tastes differ most."""

import numpy as np

from nbhelpers.models.base import Model


def principal_axes(model: Model) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Turn the factors so that taste moves the predictions most along the first axis.

    The axes are those of the singular value decomposition of ``pu @ qi.T``, a table that is
    never built: it has the singular values of the product of two small triangles.

    Parameters
    ----------
    model : SVD or ALS
        Fitted.

    Returns
    -------
    users, movies : numpy.ndarray of float64, shape (n_users, k) and (n_movies, k)
        With ``users @ movies.T`` equal to ``pu @ qi.T``, and k the number of factors or, if
        there are fewer, of users or movies. On each axis the movie farthest out is positive.
    share : numpy.ndarray of float64, shape (k,)
        Of the table's sum of squares; the largest first.
    """
    (user_basis, user_rest), (movie_basis, movie_rest) = (
        np.linalg.qr(model.pu),
        np.linalg.qr(model.qi),
    )
    left, size, right = np.linalg.svd(user_rest @ movie_rest.T, full_matrices=False)
    users, movies = user_basis @ left * np.sqrt(size), movie_basis @ right.T * np.sqrt(size)
    farthest = np.abs(movies).argmax(axis=0)
    sign = np.where(movies[farthest, np.arange(len(size))] < 0, -1, 1)
    return users * sign, movies * sign, size**2 / (size**2).sum()
