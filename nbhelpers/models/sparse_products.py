"""Products of sparse matrices: half of one, what is nearest, or with a dense matrix."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numba import njit
from scipy.sparse import csr_array

TILE = 4096  # columns whose sums stay in the processor's cache


def gram(rows: csr_array, columns: csr_array, n_threads: int = 1) -> np.ndarray:
    """Return the lower triangle of ``rows @ columns``; above it are zeros.

    One is the transpose of the other, with sorted indices. The numbers are the same with any number
    of threads.
    """
    product = np.zeros((rows.shape[0], rows.shape[0]), rows.dtype)
    _on_threads(partial(_fill_triangle, _parts(rows), _parts(columns), product), n_threads)
    return product


def nearest(
    left: csr_array,
    right: csr_array,
    k: int,
    sizes: tuple[np.ndarray, np.ndarray],
    shrinkage: float = 0,
    n_threads: int = 1,
) -> csr_array:
    """Return the highest `k` similarities of each row that are positive; ties go by column.

    .. math:: s_{ij} = (LR)_{ij} / (a_i b_j + c), \\quad i \\neq j

    of the matrices L (`left`) and R, the sizes a and b, and the shrinkage c. What all rows have in
    common is never in memory at once. The numbers are the same with any number of threads.
    """
    n = left.shape[0]
    k = min(k, n)
    columns, values = np.zeros((n, k), np.int32), np.zeros((n, k), left.dtype)
    fill = partial(_fill_nearest, _parts(left), _parts(right), sizes, shrinkage, columns, values)
    _on_threads(fill, n_threads)
    starts = np.arange(n + 1, dtype=np.int64) * k
    found = csr_array((values.ravel(), columns.ravel(), starts), shape=(n, n))
    found.eliminate_zeros()
    return found


def times(sparse: csr_array, dense: np.ndarray) -> np.ndarray:
    """Return ``sparse @ dense``, twice as fast as SciPy's where the dense matrix is large.

    It lies row by row in memory, and is of the same type.
    """
    product = np.empty((sparse.shape[0], dense.shape[1]), dense.dtype)
    _add_rows(_parts(sparse), dense, product)
    return product


def _on_threads(fill: Callable[[int, int], None], n_threads: int) -> None:
    """Let each thread fill every so many-th row."""
    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(fill, range(n_threads), [n_threads] * n_threads))


def _parts(matrix: csr_array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return matrix.indptr, matrix.indices, matrix.data


@njit(cache=True, nogil=True)
def _fill_triangle(left, right, product, first, step):
    (starts, others, weights), (other_starts, columns, other_weights) = left, right
    for row in range(first, len(product), step):
        for place in range(starts[row], starts[row + 1]):
            other, weight = others[place], weights[place]
            for at in range(other_starts[other], other_starts[other + 1]):
                if columns[at] > row:
                    break
                product[row, columns[at]] += weight * other_weights[at]


@njit(cache=True, nogil=True)
def _add_rows(sparse, dense, product):
    """Add up weighted rows, four at a time, so that each sum is read and written less often."""
    starts, others, weights = sparse
    sums = np.empty(min(TILE, dense.shape[1]), dense.dtype)
    for first in range(0, dense.shape[1], TILE):
        last = min(first + TILE, dense.shape[1])
        for row in range(len(product)):
            sums[:] = 0
            place, end = starts[row], starts[row + 1]
            while place + 4 <= end:
                a, b, c, d = weights[place : place + 4]
                one = dense[others[place], first:last]
                two = dense[others[place + 1], first:last]
                three = dense[others[place + 2], first:last]
                four = dense[others[place + 3], first:last]
                for k in range(last - first):
                    sums[k] = sums[k] + a * one[k] + b * two[k] + c * three[k] + d * four[k]
                place += 4
            for rest in range(place, end):
                one = dense[others[rest], first:last]
                for k in range(last - first):
                    sums[k] += weights[rest] * one[k]
            product[row, first:last] = sums[: last - first]


@njit(cache=True, nogil=True)
def _fill_nearest(left, right, sizes, shrinkage, columns, values, first, step):
    """Fill in each row's nearest, by column."""
    (starts, others, weights), (other_starts, targets, other_weights) = left, right
    row_sizes, column_sizes = sizes
    n, k = columns.shape
    products, near, which = np.zeros(n), np.empty(n), np.empty(n, np.int32)
    for row in range(first, n, step):
        products[:] = 0
        for place in range(starts[row], starts[row + 1]):
            other, weight = others[place], weights[place]
            for at in range(other_starts[other], other_starts[other + 1]):
                products[targets[at]] += weight * other_weights[at]
        found = 0
        for column in range(n):
            if products[column] > 0 and column != row:
                size = row_sizes[row] * column_sizes[column] + shrinkage
                near[found], which[found] = products[column] / size, column
                found += 1
        least, tied = -1.0, 0
        if found > k:
            least = np.partition(near[:found], found - k)[found - k]
            tied = k - (near[:found] > least).sum()
        count = 0
        for place in range(found):
            if near[place] == least:
                tied -= 1
            if near[place] > least or (near[place] == least and tied >= 0):
                columns[row, count], values[row, count] = which[place], near[place]
                count += 1


@njit(cache=True, nogil=True)
def mirror_weights(inverse, diagonal):
    """Turn the lower triangle of an inverse P into the weights I - P / diag P, in place."""
    for row in range(len(inverse)):
        inverse[row, row] = 0
        for column in range(row):
            value = inverse[row, column]
            inverse[row, column] = -value / diagonal[column]
            inverse[column, row] = -value / diagonal[row]
