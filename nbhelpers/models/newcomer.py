"""What a newcomer's bias and factors probably are: a ridge regression towards the others'."""

from collections.abc import Iterator

import numpy as np

BLOCK = 1 << 17  # users whose factors are held in double precision at a time

Prior = tuple[np.ndarray, np.ndarray, float]


def prior(bu: np.ndarray, pu: np.ndarray, noise: float) -> Prior:
    """Return mean and a square root of the covariance of the users' (bu, pu), and the noise.

    The root has the shape (k + 1, min(n, k + 1)) for n users with k factors. The noise is the mean
    squared error of the predictions, but not quite 0 for a table that was learnt by heart.
    """
    n, size = len(bu), 1 + pu.shape[1]
    mean, triangle = np.zeros(size), np.empty((0, size))
    for users in _blocks(bu, pu):
        mean += users.sum(axis=0)
    mean /= n
    for users in _blocks(bu, pu):  # QR of all users, some at a time
        triangle = np.asarray(np.linalg.qr(np.vstack([triangle, users - mean]), mode="r"))
    return mean, triangle.T / np.sqrt(n), max(float(noise), 1e-6)


def most_probable(prior: Prior, known: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Return the most probable (b, p), given ``known @ (b, p)`` up to noise.

    `known` has a row for each rating: 1, and the factors of its movie. `rest` are the ratings, less
    what does not hang on the newcomer.

    References
    ----------
    Bishop (2006), "Pattern Recognition and Machine Learning", equations 3.49 to 3.51.
    """
    mean, root, noise = prior
    shift = known @ root  # in units of the prior's spread, where it is a plain ridge
    target = shift.T @ (rest - known @ mean)
    ridge = shift.T @ shift + noise * np.eye(shift.shape[1])
    found: np.ndarray = mean + root @ np.linalg.solve(ridge, target)
    return found


def _blocks(bu: np.ndarray, pu: np.ndarray) -> Iterator[np.ndarray]:
    for first in range(0, len(bu), BLOCK):
        block = slice(first, first + BLOCK)
        yield np.column_stack([bu[block], pu[block]]).astype(np.float64, copy=False)
