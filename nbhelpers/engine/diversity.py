"""What a list is beside its best films: of a person's genres, varied, one film of a series."""

import numpy as np

from nbhelpers.engine.similarity import Likeness
from nbhelpers.engine.two_stages import CANDIDATES, Order, spread

ALIKE = 12.0  # spreads that full variety takes off a film which is the same as one before it
PAGE = 10  # films, to which each genre of a person brings its share
SHRINKAGE = 1  # rating of everyone's that is added to a person's own
NOTHING = np.empty(0, int)


class Arranger:
    """Chooses films for a list, the best first, with an eye on those that it has chosen.

    Parameters
    ----------
    likeness : Likeness
    genres : numpy.ndarray of list of str, shape (n,)
        Of each film of the catalogue.
    evidence : numpy.ndarray of int, shape (n,)
        Number of ratings of each.
    """

    def __init__(self, likeness: Likeness, genres: np.ndarray, evidence: np.ndarray):
        self.likeness = likeness
        self._genres = [frozenset(listed) for listed in genres]
        names = sorted(frozenset().union(*self._genres))
        self._of = np.array([[name in listed for name in names] for listed in self._genres], float)
        self._usual = evidence @ self._of / max(evidence.sum(), 1)

    def arrange(
        self,
        films: Order,
        variety: float,
        series: bool,
        n: int,
        own_genres: float = 0.0,
        rated: np.ndarray = NOTHING,
    ) -> Order:
        """Return the first `n` films of a list, or fewer where fewer are left.

        With variety v and the weight w of one's own genres, each place goes to the candidate with
        the largest

        .. math:: s_i - 12 v \\sigma \\max_{j \\in L} c_{ij}
            + w \\sigma \\sum_{g \\in i} \\min(1, o_g)
            \\max\\Big(0, \\ln \\frac{n_g + 1}{e_g + 1}\\Big)

        where L are the films chosen so far, c the likeness of content, and σ the standard
        deviation of the candidates' values s. Of a person's n ratings n_g are of films of the genre
        g, and e_g would be if they chose as everyone does. Ten films owe the genre o_g = 10 n_g /
        n, less those in L. So a list is filled with what sets a person apart, and with no more of
        it than they choose themselves.

        That is the new value, and it never rises down the list. Candidates are those of the first
        100 films; after them the others follow as they come.

        Parameters
        ----------
        films : Order
        variety : float in [0, 1]
        series : bool
            Whether there may be several films of a series.
        n : int
        own_genres : float in [0, 1]
        rated : numpy.ndarray of int
            Places in the catalogue of the films that the person has rated.

        Returns
        -------
        Order

        References
        ----------
        Carbonell & Goldstein (1998), "The use of MMR, diversity-based reranking for reordering
        documents and producing summaries"; Steck (2018), "Calibrated recommendations", whose aim
        it is that a list holds genres as the person does (he measures it by a divergence).
        """
        rows = np.arange(len(films.at)) if series else self._one_of_each(films.at)
        values = films.values[rows]
        if variety > 0 or own_genres > 0:
            first, rest = rows[rows < CANDIDATES], rows[rows >= CANDIDATES]
            own = self._taste(rated, own_genres)
            turn, worth = self._chosen(films.at[first], films.values[first], variety, own, n)
            rest = rest[: max(n - len(turn), 0)]
            rows = np.concatenate([first[turn], rest])
            values = np.minimum.accumulate(np.concatenate([worth, films.values[rest]]))
        rows, values = rows[:n], values[:n]
        return Order(films.at[rows], values, films.estimates[rows], films.unit)

    def _chosen(
        self,
        at: np.ndarray,
        values: np.ndarray,
        variety: float,
        own: tuple[np.ndarray, np.ndarray],
        n: int,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of candidates in the order in which they are chosen, and their values."""
        vectors, far = self.likeness.vectors[at], spread(values)
        alike = (vectors @ vectors.T).clip(0) * (ALIKE * variety * far)
        genres, (owed, telling) = self._of[at], own
        nearest, left = np.zeros(len(at)), np.ones(len(at), bool)
        rows, worth = [], []
        for _ in range(min(n, len(at))):
            gain = far * (np.minimum(genres, owed) @ telling)
            now = np.where(left, values - nearest + gain, -np.inf)
            row = int(now.argmax())
            rows.append(row)
            worth.append(now[row])
            left[row], nearest = False, np.maximum(nearest, alike[row])
            owed = (owed - genres[row]).clip(0)
        return np.array(rows, int), np.array(worth)

    def _taste(self, rated: np.ndarray, own_genres: float) -> tuple[np.ndarray, np.ndarray]:
        """Return how many films are owed to each genre, and what it counts that a film is of it."""
        chosen, expected = self._of[rated].sum(axis=0), len(rated) * self._usual
        telling = np.log((chosen + SHRINKAGE) / (expected + SHRINKAGE)).clip(0)
        return PAGE * chosen / max(len(rated), 1), own_genres * telling

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
