"""Titles found by what people type, with slips and in part."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import accumulate, pairwise

import numpy as np

from nbhelpers.data.titles import normalise_title, spellings, split_title

LONGEST = 200  # characters of a query that are looked at; no title is longer
CLOSE = 75  # per cent of agreement from which a title, or a word of it, answers a query
# How well a title answers a query, best first. Of titles that answer equally well, those who
# search mean the best known, so nothing finer is told apart.
EQUAL, BEGINS, HOLDS, WORDS, BEGUN, UNFINISHED, SLIPS, INSIDE = (
    600,
    500,
    400,
    300,
    250,
    200,
    140,
    110,
)
ALIAS = -10  # a name in brackets is not quite the title
LITERAL = 5  # as typed, with accents and all
# Left out in queries, and put in.
IDLE = {"the", "a", "an", "and"}
# One key each for what is written in two ways. Those of `normalise_title` are left alone: it
# links the films of two data sets, where "V" is a title and not five.
SAME = {"vs": "v", "versus": "v", "eleven": "11", "twelve": "12", "thirteen": "13"}
ROMAN = {"1": "i", "5": "v", "10": "x"}


class Titles:
    """Titles to search.

    Parameters
    ----------
    titles : iterable of str
    """

    def __init__(self, titles: Iterable[str]) -> None:
        titles = list(titles)
        self._literal = [f" {title.casefold()}" for title in titles]
        names = [spellings(title) for title in titles]  # of each title, its own and its aliases
        self._owner = np.repeat(np.arange(len(titles)), [len(keys) for keys in names])
        self._less = np.concatenate([[0] + [ALIAS] * (len(keys) - 1) for keys in names] or [[]])
        self._keys = [_key(key) for keys in names for key in keys]
        self._sorted = [" ".join(sorted(key.split())) for key in self._keys]
        self._solid, self._at = defaultdict(list), defaultdict(set)
        for name, key in enumerate(self._keys):
            self._solid[key.replace(" ", "")].append(name)
            for word in key.split():
                self._at[word].add(name)
        self._words = sorted(self._at)
        for name, key in enumerate(self._keys):
            for pair in pairwise(key.split()):  # "spiderman" finds "Spider-Man"
                self._at["".join(pair)].add(name)

    def match(self, query: str) -> np.ndarray:
        """Return how well each title answers a query: float64, 0 if it does not.

        Accents, case, punctuation, hyphens and articles do not matter, nor whether numbers are
        words, digits or Roman. Best is the whole title, then its beginning, then words of it,
        the last of which may be unfinished, then what is close to all that. Names in brackets
        count as well as the title. An empty query is answered by all alike.
        """
        query = split_title(query[:LONGEST])[0]
        literal = query.strip().casefold()
        if not literal:
            return np.ones(len(self._literal))
        inside = np.array([literal in title for title in self._literal], dtype=float)
        match = INSIDE * inside
        begun = f" {literal}"
        match[[begun in title for title in self._literal]] = UNFINISHED
        key = _key(normalise_title(query))
        if key:
            np.maximum.at(match, self._owner, self._match(key))
        return match + LITERAL * inside

    def _match(self, key: str) -> np.ndarray:
        """Return how well each name answers a key."""
        from rapidfuzz import fuzz, process  # here, so that all but this works where it is missing

        words = [word for word in key.split() if word not in IDLE] or key.split()
        solid, match = key.replace(" ", ""), np.zeros(len(self._keys))
        for names, worth in ((self._written, WORDS), (self._unfinished, UNFINISHED)):
            for name in self._all(words, names):
                match[name] = max(match[name], worth, self._order(name, key, solid))
        match[self._solid.get(solid, [])] = EQUAL
        close = process.cdist(
            [" ".join(sorted(key.split()))], self._sorted, scorer=fuzz.ratio, score_cutoff=CLOSE
        )[0]
        if not match.any():
            slips = list(self._all(words, self._close))
            match[slips] = SLIPS + close[slips] / 2
        match = np.maximum(match, close)
        return np.where(match > 0, match + self._less, 0)

    def _order(self, name: int, key: str, solid: str) -> int:
        """Return how well a name answers by the order of its words; 0 if another order is meant."""
        own = self._keys[name]
        if own.startswith(f"{key} ") or solid in accumulate(own.split()):
            return BEGINS
        if f" {key} " in f" {own} ":
            return HOLDS
        return BEGUN if own.startswith(key) else 0

    def _all(self, words: list[str], names: Callable[[list[str], int], Iterable[str]]) -> set[int]:
        """Return which names have all words, in one of the spellings that `names` returns."""
        found: set[int] = set(range(len(self._keys)))
        for k in range(len(words)):
            if found:  # else there is nothing more to lose
                found &= set().union(*(self._at.get(word, ()) for word in names(words, k)))
        return found

    def _written(self, words: list[str], k: int) -> Iterable[str]:
        """Return a word, also with those beside it: "blade runner" finds "Bladerunner"."""
        pairs = {"".join(words[max(k - 1, 0) : k + 1]), "".join(words[k : k + 2])}
        return {words[k], ROMAN.get(words[k], words[k])} | pairs

    def _unfinished(self, words: list[str], k: int) -> Iterable[str]:
        ends = (bisect_left(self._words, words[k] + last) for last in ("", "\uffff"))
        return self._words[slice(*ends)]

    def _close(self, words: list[str], k: int) -> Iterable[str]:
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        alike = process.cdist(
            [words[k]], self._words, scorer=OSA.normalized_similarity, score_cutoff=CLOSE / 100
        )
        return [self._words[near] for near in np.flatnonzero(alike[0])]


def _key(key: str) -> str:
    return " ".join(SAME.get(word, word) for word in key.split())
