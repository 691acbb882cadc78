"""Restricted Boltzmann machines: their steps by contrastive divergence, and what they expect."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def epoch(by_user, order, draws, weights, visible, hidden, rate, decay):
    """Change weights and biases by a step per user; return the mean loss of what was guessed.

    A user's hidden units are switched on by the ratings; the ratings are guessed from the units,
    and the units once more from the guess. What goes together in reality is strengthened,
    what goes together in the guess is weakened.
    """
    starts, movies, levels = by_user
    _, n_levels, n_hidden = weights.shape
    loss = 0.0
    on, again, flipped = np.empty(n_hidden), np.empty(n_hidden), np.empty(n_hidden)
    for turn in range(len(order)):
        first, last = starts[order[turn]], starts[order[turn] + 1]
        switched_on(movies[first:last], levels[first:last], weights, hidden, on)
        for f in range(n_hidden):
            flipped[f] = 1.0 if draws[turn, f] < on[f] else 0.0
        guess = np.empty((last - first, n_levels))
        for f in range(n_hidden):
            again[f] = hidden[f]
        for place in range(first, last):
            i, chance = movies[place], guess[place - first]
            chances(weights[i], visible[i], flipped, chance)
            loss -= np.log(chance[levels[place]])
            for k in range(n_levels):
                for f in range(n_hidden):
                    again[f] += chance[k] * weights[i, k, f]
        for f in range(n_hidden):
            again[f] = 1 / (1 + np.exp(-again[f]))
            hidden[f] += rate * (on[f] - again[f])
        for place in range(first, last):
            i = movies[place]
            for k in range(n_levels):
                real = 1.0 if levels[place] == k else 0.0
                guessed = guess[place - first, k]
                visible[i, k] += rate * (real - guessed)
                for f in range(n_hidden):
                    together = real * on[f] - guessed * again[f]
                    weights[i, k, f] += rate * (together - decay * weights[i, k, f])
    return loss / len(movies)


@njit(cache=True, nogil=True)
def switched_on(movies, levels, weights, hidden, on):
    """Fill in how probable it is that each hidden unit is on, given somebody's ratings."""
    for f in range(len(on)):
        on[f] = hidden[f]
    for place in range(len(movies)):
        for f in range(len(on)):
            on[f] += weights[movies[place], levels[place], f]
    for f in range(len(on)):
        on[f] = 1 / (1 + np.exp(-on[f]))


@njit(cache=True, nogil=True)
def chances(weights, visible, on, chance):
    """Fill in the chance of each level of one film, given the hidden units."""
    for k in range(len(chance)):
        chance[k] = visible[k]
        for f in range(len(on)):
            chance[k] += on[f] * weights[k, f]
    largest, total = chance.max(), 0.0
    for k in range(len(chance)):
        chance[k] = np.exp(chance[k] - largest)
        total += chance[k]
    for k in range(len(chance)):
        chance[k] /= total


@njit(cache=True, nogil=True)
def expected(u, m, by_user, weights, visible, hidden, stars):
    """Return the expected stars of pairs of positions; -1 is nobody, or no film we know."""
    starts, movies, levels = by_user
    n = len(starts) - 1
    on = np.empty((n + 1, len(hidden)))  # the last one has rated nothing
    for user in range(n):
        first, last = starts[user], starts[user + 1]
        switched_on(movies[first:last], levels[first:last], weights, hidden, on[user])
    switched_on(movies[:0], levels[:0], weights, hidden, on[n])
    found, chance = np.empty(len(u)), np.empty(len(stars))
    for pair in range(len(u)):
        if m[pair] < 0:
            found[pair] = np.nan
            continue
        chances(weights[m[pair]], visible[m[pair]], on[u[pair]], chance)
        found[pair] = 0
        for k in range(len(stars)):
            found[pair] += chance[k] * stars[k]
    return found
