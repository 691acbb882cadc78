"""What a list is beside its best films: varied, and with one film of a series."""

import numpy as np

from nbhelpers.engine.similarity import Likeness
from nbhelpers.engine.two_stages import CANDIDATES, Order, spread

ALIKE = 12.0  # spreads that full variety takes off a film which is the same as one before it


class Arranger:
    """Chooses films for a list, the best first, with an eye on those that it has chosen.

    Parameters
    ----------
    likeness : Likeness
    genres : numpy.ndarray of list of str, shape (n,)
        Of each film of the catalogue.
    """

    def __init__(self, likeness: Likeness, genres: np.ndarray):
        self.likeness = likeness
        self._genres = [frozenset(listed) for listed in genres]

    def arrange(self, films: Order, variety: float, series: bool, n: int) -> Order:
        """Return the first `n` films of a list, or fewer where fewer are left.

        With variety v, each place goes to the candidate with the largest

        .. math:: s_i - 12 v \\sigma \\max_{j \\in L} c_{ij}

        where L are the films chosen so far, c the likeness of content, and σ the standard
        deviation of the candidates' values s. That is the new value, and it never rises down the
        list. Candidates are the first 100 films; after them the others follow as they come.

        Parameters
        ----------
        films : Order
        variety : float in [0, 1]
        series : bool
            Whether there may be several films of a series.
        n : int

        Returns
        -------
        Order

        References
        ----------
        Carbonell & Goldstein (1998), "The use of MMR, diversity-based reranking for reordering
        documents and producing summaries".
        """
        rows = np.arange(len(films.at)) if series else self._one_of_each(films.at)
        first, rest = rows[:CANDIDATES], rows[CANDIDATES:]
        values = films.values[rows]
        if variety > 0:
            turn, less = self._varied(films.at[first], films.values[first], variety)
            rows = np.concatenate([first[turn], rest])
            values = np.minimum.accumulate(np.concatenate([less, films.values[rest]]))
        rows, values = rows[:n], values[:n]
        return Order(films.at[rows], values, films.estimates[rows], films.unit)

    def _varied(
        self, at: np.ndarray, values: np.ndarray, variety: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of candidates in the order in which they are chosen, and their values."""
        vectors = self.likeness.vectors[at]
        alike = (vectors @ vectors.T).clip(0) * (ALIKE * variety * spread(values))
        nearest, left = np.zeros(len(at)), np.ones(len(at), bool)
        rows, worth = [], []
        for _ in range(len(at)):
            less = np.where(left, values - nearest, -np.inf)
            row = int(less.argmax())
            rows.append(row)
            worth.append(less[row])
            left[row], nearest = False, np.maximum(nearest, alike[row])
        return np.array(rows, int), np.array(worth)

    def _one_of_each(self, at: np.ndarray) -> np.ndarray:
        """Return the rows of films that are of no series before them."""
        kept: list[int] = []
        by_series: dict[str, list[int]] = {}
        for row, place in enumerate(at.tolist()):
            before = by_series.setdefault(self.likeness.series[place], [])
            if not any(self._alike(place, other) for other in before):
                before.append(place)
                kept.append(row)
        return np.array(kept, int)

    def _alike(self, one: int, other: int) -> bool:
        """Return whether half of two films' genres are the same, or else they are no series."""
        genres = self._genres[one], self._genres[other]
        return 2 * len(genres[0] & genres[1]) >= len(genres[0] | genres[1])
