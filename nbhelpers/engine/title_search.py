"""Titles found by what people type, with slips and in part."""

from collections.abc import Iterable

import numpy as np
from rapidfuzz import fuzz, process

from nbhelpers.data.titles import normalise_title

LONGEST = 200  # characters of a query that are looked at; no title is longer
CLOSE = 75  # per cent of agreement from which a title answers a query


class Titles:
    """Titles to search.

    Parameters
    ----------
    titles : iterable of str
    """

    def __init__(self, titles: Iterable[str]) -> None:
        titles = list(titles)
        self._literal = [title.casefold() for title in titles]
        self._keys = [normalise_title(title) for title in titles]
        self._solid = [key.replace(" ", "") for key in self._keys]
        self._lengths = np.array([len(key) for key in self._keys])

    def match(self, query: str) -> np.ndarray:
        """Return how well each title answers a query: float64, 0 if it does not.

        The text itself counts most, then what is left of it without accents, punctuation and
        leading articles, then how much of it agrees. An empty query is answered by all alike.
        """
        query = query[:LONGEST]
        literal, key = query.strip().casefold(), normalise_title(query)
        if not literal:
            return np.ones(len(self._keys))
        match = np.array([300.0 * (literal in title) for title in self._literal])
        if key:
            match += [
                200 * (k == key) + 100 * k.startswith(key) + 50 * (key in k) for k in self._keys
            ]
            match += [200 * (solid == key.replace(" ", "")) for solid in self._solid]  # M*A*S*H
            whole = process.cdist([key], self._keys, scorer=fuzz.token_sort_ratio)[0]
            part = process.cdist([key], self._keys, scorer=fuzz.partial_ratio)[0]
            # A title that is part of the query does not answer it.
            part = np.where(self._lengths >= max(len(key), 5), part, 0)
            close = np.maximum(whole, 0.9 * part)
            match += np.where(close >= CLOSE, close, 0)
        return match
