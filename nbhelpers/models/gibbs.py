"""Gibbs sampling for factorisation machines: each weight is drawn anew, given all the others.

Features are kept in blocks, of users, films or days: what describes a user is stored once, and not
in each of the user's ratings. A rating only says which row of each block it belongs to. One feature
then costs as much as the block has numbers in its column, however many ratings there are.

References
----------
Rendle (2013), "Scaling factorization machines to relational data", section 4.
"""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def draw_weights(errors, rows, columns, weights, prior, precision, noise):
    """Draw each feature's weight; `errors` are those of all ratings, and follow."""
    starts, places, values = columns
    means, precisions = prior
    n_rows = rows.max() + 1 if len(rows) else 0
    counts, sums, moved = np.zeros(n_rows), np.zeros(n_rows), np.zeros(n_rows)
    for n in range(len(rows)):
        counts[rows[n]] += 1
        sums[rows[n]] += errors[n]
    for j in range(len(weights)):
        square, product = 0.0, 0.0
        for place in range(starts[j], starts[j + 1]):
            row, x = places[place], values[place]
            if row < n_rows:
                square += x * x * counts[row]
                product += x * sums[row]
        certain = precision * square + precisions[j]
        mean = (precision * (product + square * weights[j]) + precisions[j] * means[j]) / certain
        change = mean + noise[j] / np.sqrt(certain) - weights[j]
        weights[j] += change
        for place in range(starts[j], starts[j + 1]):
            row, x = places[place], values[place]
            if row < n_rows:
                sums[row] -= change * x * counts[row]
                moved[row] += change * x
    for n in range(len(rows)):
        errors[n] -= moved[rows[n]]


@njit(cache=True, nogil=True)
def draw_factor(errors, others, rows, columns, weights, tastes, prior, precision, noise):
    """Draw one factor of each feature.

    `tastes` is the factor of each row of the block, the sum over its features, and `others` is the
    sum of the tastes of all other blocks, rating by rating.
    """
    starts, places, values = columns
    means, precisions = prior
    n_rows = len(tastes)
    # Of the ratings of each row: how many, and sums of others, others², errors, errors × others.
    sums = np.zeros((n_rows, 5))
    for n in range(len(rows)):
        row, other, error = rows[n], others[n], errors[n]
        sums[row, 0] += 1
        sums[row, 1] += other
        sums[row, 2] += other * other
        sums[row, 3] += error
        sums[row, 4] += error * other
    before, own = tastes.copy(), np.zeros(n_rows)  # `own`: what within a row is no interaction
    for j in range(len(weights)):
        old = weights[j]
        square, product = 0.0, 0.0
        for place in range(starts[j], starts[j + 1]):
            row, x = places[place], values[place]
            rest = tastes[row] - old * x
            s = sums[row]
            square += x * x * (s[0] * rest * rest + 2 * rest * s[1] + s[2])
            product += x * (rest * s[3] + s[4])
        certain = precision * square + precisions[j]
        mean = (precision * (product + square * old) + precisions[j] * means[j]) / certain
        weights[j] = mean + noise[j] / np.sqrt(certain)
        change = weights[j] - old
        for place in range(starts[j], starts[j + 1]):
            row, x = places[place], values[place]
            rest = tastes[row] - old * x
            s = sums[row]
            s[3] -= change * x * (s[0] * rest + s[1])
            s[4] -= change * x * (rest * s[1] + s[2])
            tastes[row] += change * x
            own[row] += (weights[j] ** 2 - old**2) * x * x
    for row in range(n_rows):
        own[row] = (tastes[row] ** 2 - before[row] ** 2 - own[row]) / 2
        before[row] = tastes[row] - before[row]
    for n in range(len(rows)):
        errors[n] -= before[rows[n]] * others[n] + own[rows[n]]
