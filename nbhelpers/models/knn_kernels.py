"""Ratings row by row: their biases, the correlations of rows, and what the nearest rated.

Rows are given by where each starts, and by the columns and values of all.
"""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def biases(by_user, n_movies, n_epochs, reg_u, reg_i):
    """Fit biases of users and movies in turns; what they leave over takes the residuals' place."""
    starts, movies, residuals = by_user
    counts, sums = np.zeros(n_movies, np.int64), np.zeros(n_movies)
    for place in range(len(movies)):
        counts[movies[place]] += 1
        sums[movies[place]] += residuals[place]
    bu, bi = np.zeros(len(starts) - 1), np.zeros(n_movies)
    for _ in range(n_epochs):
        bi[:] = sums / (reg_i + counts)
        sums[:] = 0
        for u in range(len(bu)):
            first, last = starts[u], starts[u + 1]
            left = 0.0
            for place in range(first, last):
                left += residuals[place] - bi[movies[place]]
            bu[u] = left / (reg_u + last - first)
            for place in range(first, last):  # once more while they are at hand
                sums[movies[place]] += residuals[place] - bu[u]
    for u in range(len(bu)):
        for place in range(starts[u], starts[u + 1]):
            residuals[place] -= bu[u] + bi[movies[place]]
    return bu, bi


@njit(cache=True, nogil=True)
def correlate(by_x, by_y, support, shrinkage, similarities, first, step):
    """Fill each so many-th row, and column, of shrunk correlations; `by_y` is sorted by x."""
    (x_starts, ys, x_residuals), (y_starts, xs, y_residuals) = by_x, by_y
    n = len(similarities)
    sums = np.zeros((n, 4))  # of one pair side by side: number, products, own and other squares
    for x in range(first, n, step):
        similarities[x, x] = 1
        sums[x:] = 0
        for start in range(x_starts[x], x_starts[x + 1]):
            y, a = ys[start], np.float64(x_residuals[start])
            for place in range(y_starts[y + 1] - 1, y_starts[y] - 1, -1):
                x2, b = xs[place], np.float64(y_residuals[place])
                if x2 <= x:  # done when x2 was x
                    break
                sums[x2, 0] += 1
                sums[x2, 1] += a * b
                sums[x2, 2] += a * a
                sums[x2, 3] += b * b
        for x2 in range(x + 1, n):
            common, product = sums[x2, 0], sums[x2, 1]
            size = np.sqrt(sums[x2, 2] * sums[x2, 3])
            if common >= support and size > 0:
                shrunk = (common - 1) / (common - 1 + shrinkage)
                similarities[x, x2] = similarities[x2, x] = product / size * shrunk


@njit(cache=True, nogil=True)
def neighbourhood(x, y, by_y, similarities, k, caution):
    """Return the mean residual of each pair's nearest neighbours, 0 if there are none."""
    starts, xs, y_residuals = by_y
    nearest, residuals = np.empty(k), np.empty(k)
    means = np.zeros(len(x))
    for pair in range(len(x)):
        if x[pair] < 0 or y[pair] < 0:
            continue
        row = similarities[x[pair]]
        count = 0
        for start in range(starts[y[pair]], starts[y[pair] + 1]):
            similarity = row[xs[start]]
            if similarity <= 0 or (count == k and similarity <= nearest[k - 1]):
                continue
            count = min(count + 1, k)
            place = count - 1
            while place > 0 and nearest[place - 1] < similarity:
                nearest[place], residuals[place] = nearest[place - 1], residuals[place - 1]
                place -= 1
            nearest[place], residuals[place] = similarity, y_residuals[start]
        if count:
            weights = nearest[:count]
            means[pair] = (weights * residuals[:count]).sum() / (weights.sum() + caution)
    return means
