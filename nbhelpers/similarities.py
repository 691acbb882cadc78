"""Correlations between all pairs of rows, and what the nearest of them rated."""

import numpy as np
from numba import njit
from scipy.sparse import csr_array


def rows(values: np.ndarray, row: np.ndarray, column: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return where each row starts, and the columns, in order, and values of all rows."""
    matrix = csr_array((values, (row, column)))
    matrix.sort_indices()
    return matrix.indptr, matrix.indices, matrix.data


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
            y, a = ys[start], x_residuals[start]
            for place in range(y_starts[y + 1] - 1, y_starts[y] - 1, -1):
                x2, b = xs[place], y_residuals[place]
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


@njit(cache=True)
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
