"""Where a film that somebody liked stands among all that the person has not rated."""

import numpy as np
import pandas as pd

from nbhelpers.data.ids import whole
from nbhelpers.models.base import Model
from nbhelpers.models.base import places as places_of

BLOCK = 256  # users scored together


def hit_rates(
    model: Model, wanted: pd.DataFrame, n: int = 10, among: int | None = None
) -> pd.Series:
    """Return how surely each wanted movie is among the first `n`, whoever wins ties.

    Movies with the same score as the wanted one are put in a random order. So a model that
    scores everything alike finds as much as a draw by lot, which is `n` of all places.

    Parameters
    ----------
    model : Model
        Fitted.
    wanted : pandas.DataFrame
        ``user_id, movie_id``, such as the likes of a test part. A movie that the model does not
        know is missed.
    n : int
        Places that count.
    among : int, optional
        The wanted movie competes with so many random ones only, the popular shortcut; all of
        its `among` draws are taken into account, none is made. Left out, it competes with all.
        Competitors are movies that the model knows and the user had not rated.

    Returns
    -------
    pandas.Series of float in [0, 1], index user_id
        One for each row of `wanted`, in its order: the chance of a hit over random orders of
        ties and random competitors. Their mean is the hit rate, or recall@n of single movies.

    Raises
    ------
    ValueError
        If `n` or `among` is less than 1.

    Notes
    -----
    With b of m competitors better and t tied, the wanted movie has b, b + 1, … or b + t others
    before it, each with the same chance. When a are before it, s competitors that are drawn hold
    fewer than n of these with the chance of the hypergeometric distribution:

    .. math::
        \\frac{1}{t + 1} \\sum_{a=b}^{b+t} \\sum_{k=0}^{n-1}
        \\binom{a}{k} \\binom{m - a}{s - k} \\Big/ \\binom{m}{s}

    References
    ----------
    Krichene & Rendle (2020), "On sampled metrics for item recommendation", on why the shortcut
    can turn the order of models around.
    """
    if n < 1 or (among is not None and among < 1):
        raise ValueError(f"Hits are counted among the first of some, not n={n}, among={among}.")
    better, tied, others = _places(model, wanted)
    if among is None:
        chances = np.clip(n - better, 0, tied + 1) / (tied + 1)
    else:
        chances = _sampled(better, tied, others, n, among)
    return pd.Series(chances, index=wanted["user_id"].to_numpy(), name="hit").rename_axis("user_id")


def _places(model: Model, wanted: pd.DataFrame) -> np.ndarray:
    """Return how many unseen films are better than the wanted one, tied, and others at all."""
    users, row = np.unique(whole(wanted["user_id"], "user"), return_inverse=True)
    u = places_of(model.user_ids, users, "user")
    m = places_of(model.movie_ids, wanted["movie_id"], "movie")
    by_user = np.split(np.argsort(row, kind="stable"), np.bincount(row).cumsum()[:-1])
    places = np.zeros((3, len(wanted)), np.int64)
    for first in range(0, len(users), BLOCK):
        scores = model.scores_at(u[first : first + BLOCK])
        for mine, at, pairs in zip(scores, u[first:], by_user[first:], strict=False):
            targets = m[pairs]
            rest = np.ones(len(mine), bool)
            if at >= 0:
                rest[model.seen[[at]].indices] = False
            ordered = np.sort(mine[rest])
            low, high = (
                np.searchsorted(ordered, mine[targets], side) for side in ("left", "right")
            )
            itself = rest[targets]
            found = [len(ordered) - high, high - low - itself, len(ordered) - itself]
            unknown = [[len(ordered)], [0], [len(ordered)]]
            places[:, pairs] = np.where(targets < 0, unknown, found)
    return places


def _sampled(
    better: np.ndarray, tied: np.ndarray, others: np.ndarray, n: int, among: int
) -> np.ndarray:
    chances = np.zeros(len(better))
    for size in np.unique(others).tolist():
        rows = others == size
        low, high = better[rows], better[rows] + tied[rows] + 1
        sums = np.zeros(size + 2)
        np.cumsum(_survival(size, n, min(among, size)), out=sums[1:])
        chances[rows] = (sums[high] - sums[low]) / (high - low)
    return chances


def _survival(size: int, n: int, drawn: int) -> np.ndarray:
    """Return the chance of a hit with 0, 1, … all of the competitors before the wanted film.

    One more of them before it costs the hit if that one is drawn, and with it exactly n - 1 of
    those that were before it already.
    """
    from scipy.special import gammaln

    if drawn < n:
        return np.ones(size + 1)

    def log_binomial(m: np.ndarray | int, k: int) -> np.ndarray:
        found: np.ndarray = gammaln(np.add(m, 1)) - gammaln(k + 1) - gammaln(np.subtract(m, k) + 1)
        return found

    before = np.arange(n - 1, size - drawn + n)  # elsewhere the cost is 0
    log_ways = log_binomial(before, n - 1) + log_binomial(size - 1 - before, drawn - n)
    cost = np.zeros(size + 1)
    cost[before + 1] = drawn / size * np.exp(log_ways - log_binomial(size - 1, drawn - 1))
    survival: np.ndarray = 1 - np.cumsum(cost)
    return survival
