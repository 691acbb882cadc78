"""Why a film is recommended: the liked films that carried it or are like it, and what is shared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from nbhelpers.engine.contributions import NAMED
from nbhelpers.engine.similarity import Likeness

Carriers = Sequence[Sequence[tuple[int, float]]]

WEAK = 0.17  # what speaks less than that for a film is not worth saying
RESIDUAL = 0.25, 2.0  # stars above a film's mean count as no less and no more than that
FEW, MANY = 10, 50  # ratings
NAMES = 2  # at most said of each kind


class Because(NamedTuple):
    """A film that the person likes, and its share of the score of the film recommended."""

    movie_id: int
    title: str
    rating: float
    share: float = float("nan")  # unknown; see `carriers`
    word: str = ""  # what it has in common with the film recommended


@dataclass(frozen=True)
class Reasons:
    """Why one film is recommended.

    Its `because` are the liked films that carried the recommendation; or the one most like it; or
    none, if none is worth naming. What that film has in common with it is `shared`: ``series``
    (at most one, and only if half of the genres are the same), ``directors``, ``actors``, ``tags``
    (keywords and users' tags), ``genres``; the rarest first.
    """

    movie_id: int
    title: str = ""
    because: tuple[Because, ...] = ()
    shared: dict[str, list[str]] = field(default_factory=dict)
    content_share: float = 0.0  # in what speaks for it; the rest is the behaviour of others
    count: int = 0  # of the film's ratings
    mean: float = float("nan")  # in stars, NaN without ratings

    def sentence(self, who: str = "you", lately: bool = False) -> str:
        """Return the reason in words; without a liked film, what everyone says of this one.

        The person is "you" or "they"; `lately` says that the film is recommended because it was
        liked lately.
        """
        if self.shared:
            [one] = self.because
            parts = ", ".join(self._parts())
            return f"Like {one.title}, to which {who} gave {one.rating:g}★: {parts}."
        if self.because:
            liked = [f"{_short(one.title)} ({_brackets(one)})" for one in self.because]
            why = "Because" if self.because[0].share >= NAMED else "Partly because"
            return f"{why} {who} liked {_enumerated(liked)}."
        if not self.count:
            return "Nobody has rated it yet."
        plural = "" if self.count == 1 else "s"
        how = "Popular lately" if lately else self._liked()
        return f"{how}: {self.mean:.1f}★ from {self.count:,} rating{plural}."

    def shared_sentence(self) -> str:
        """Return only what the two films have in common, in words."""
        if not self.shared:
            return "Little in common."
        text = ", ".join(self._parts())
        return f"{text[0].upper()}{text[1:]}."

    def _liked(self) -> str:
        if self.count < FEW:
            return "Few ratings so far"
        many = "many" if self.count >= MANY else "some"
        return f"{'Liked' if self.mean >= 3.5 else 'Rated'} by {many}"

    def _parts(self) -> list[str]:
        """Return what is in common, the most telling first, four parts at most."""
        said = []
        if self.shared["series"]:
            same = self.because and self.title == self.because[0].title
            said.append("same title" if same else "same series")
        if self.shared["directors"]:
            said.append(f"also by {_listed(self.shared['directors'])}")
        if self.shared["actors"]:
            said.append(f"with {_listed(self.shared['actors'])}")
        if self.shared["tags"]:
            said.append(" and ".join(f"“{tag}”" for tag in self.shared["tags"][:NAMES]))
        audience = ["liked by the same people"] if self.content_share < 0.6 else []
        if self.shared["genres"] and len(said) + len(audience) < 3:
            said.append(f"both {_listed(self.shared['genres'])}")
        return [*said[: 4 - len(audience)], *audience] or ["similar in time and reception"]


def carried(
    films: ArrayLike,
    carriers: Carriers,
    ratings: pd.DataFrame,
    likeness: Likeness,
    movies: pd.DataFrame,
) -> list[Reasons]:
    """Return why films are recommended by a model that says which rated films carried them.

    Carriers are rows of the person's ratings and their shares, see `contributions.carriers`.
    """
    ids, stars = ratings["movie_id"].to_numpy(), ratings["rating"].to_numpy(float)
    columns = {name: movies[name].array for name in ("title", "directors", "actors", "genres")}
    found = []
    for film, named in zip(np.asarray(films).tolist(), carriers, strict=True):
        place, because = likeness.position(film), []
        for row, share in named:
            other = likeness.position(ids[row])
            word = _word(place, other, likeness, columns)
            title = columns["title"][other]
            because.append(Because(int(ids[row]), title, float(stars[row]), share, word))
        found.append(
            Reasons(
                film,
                columns["title"][place],
                tuple(because),
                count=int(likeness.counts[place]),
                mean=float(likeness.means[place]),
            )
        )
    return found


def _word(place: int, other: int, likeness: Likeness, columns: dict) -> str:
    """Return the one thing most worth saying that two films have in common, or nothing."""
    shared = _shared(place, other, likeness, columns)
    if shared["series"]:
        return "same series"
    if shared["directors"]:
        return f"also by {_listed(shared['directors'])}"
    if shared["actors"]:
        return f"also with {_listed(shared['actors'])}"
    return f"“{shared['tags'][0]}”" if shared["tags"] else ""


def _brackets(one: Because) -> str:
    return ", ".join(filter(None, [f"{one.rating:g}★", one.word]))


def _short(title: str) -> str:
    """Return a title without its other names, which stand in brackets."""
    return title.split(" (")[0]


def _enumerated(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def explain(
    films: ArrayLike, liked: pd.DataFrame, likeness: Likeness, movies: pd.DataFrame
) -> list[Reasons]:
    """Return which liked film is most like each film recommended, and what they share.

    That says nothing of the model that has recommended it: see `carried`. What a liked film j
    speaks for a film i is their likeness, behaviour the more, the more the person likes j above its
    mean:

    .. math:: (1 - w) \\, c_{ij} + w \\, b_{ij} (r_j - \\bar r_j)

    with the share w of behaviour; see `Likeness` for :math:`c, b`. The residual is held within
    `RESIDUAL`. Liked films that are not in the catalogue are left out; one of `films` that is not
    is a KeyError.
    """
    films = np.asarray(films, dtype="int64").ravel()
    at = np.array([likeness.position(film) for film in films], dtype="int64")
    others, stars = _known(liked, likeness)
    content, behaviour = _speaking(films, at, others, stars, likeness)
    total = content + behaviour
    best = total.argmax(axis=1) if len(others) else np.zeros(len(films), "int64")
    # Columns, looked up once: a cell of a table takes as long as all else for a film.
    columns = {name: movies[name].array for name in ("title", "directors", "actors", "genres")}
    found = []
    for row, (film, place) in enumerate(zip(films.tolist(), at, strict=True)):
        title = columns["title"][place]
        count, mean = int(likeness.counts[place]), float(likeness.means[place])
        if not len(others) or total[row, best[row]] < WEAK:
            found.append(Reasons(film, title, count=count, mean=mean))
            continue
        j = best[row]
        other = int(likeness.movie_ids[others[j]])
        because = Because(other, columns["title"][others[j]], float(stars[j]))
        shared = _shared(place, others[j], likeness, columns)
        content_share = float(content[row, j] / total[row, j])
        found.append(Reasons(film, title, (because,), shared, content_share, count, mean))
    return found


def _known(liked: pd.DataFrame, likeness: Likeness) -> tuple[np.ndarray, np.ndarray]:
    """Return places and stars of liked films that are in the catalogue, the best liked first."""
    ids, stars = liked["movie_id"].to_numpy(), liked["rating"].to_numpy("float64")
    at = np.searchsorted(likeness.movie_ids, ids).clip(max=len(likeness.movie_ids) - 1)
    listed = likeness.movie_ids[at] == ids
    at, stars = at[listed], stars[listed]
    order = np.lexsort((at, -stars))
    return at[order], stars[order]


def _speaking(films, at, others, stars, likeness) -> tuple[np.ndarray, np.ndarray]:
    """Return the two parts of what each of `others` speaks for each film; 0 for itself."""
    content = (likeness.vectors[at] @ likeness.vectors[others].T).clip(0)
    rows = [likeness.behaviour(film)[others] for film in films] if len(others) else []
    behaviour = np.array(rows, "float64").reshape(content.shape)
    residual = np.nan_to_num(stars - likeness.means[others], nan=1.0).clip(*RESIDUAL)
    itself = at[:, None] == others
    content = np.where(itself, 0, (1 - likeness.share) * content)
    return content, np.where(itself, 0, likeness.share * behaviour * residual)


def _shared(i: int, j: int, likeness: Likeness, columns: dict) -> dict[str, list[str]]:
    """Return what the films at two places have in common."""
    order = {genre: k for k, genre in enumerate(likeness.genres)}
    themes = [likeness.themes[place].split("\n") for place in (i, j)]
    genres = {genre.casefold() for genre in likeness.genres}  # users give them as tags, too
    both = {
        kind: _common(columns[kind][i], columns[kind][j])
        for kind in ("directors", "actors", "genres")
    }
    either = {*columns["genres"][i], *columns["genres"][j]}
    alike = len(both["genres"]) >= len(either) / 2  # or else "The American" is a president's
    return {
        "series": _common([likeness.series[i]], [likeness.series[j]]) if alike else [],
        "directors": both["directors"],
        "actors": [name for name in both["actors"] if name not in both["directors"]],
        "tags": [tag for tag in _common(*themes) if tag not in genres],
        "genres": sorted(both["genres"], key=lambda genre: order.get(genre, len(order))),
    }


def _common(names: Iterable[str], others: Iterable[str]) -> list[str]:
    others = set(others)
    return [name for name in names if name and name in others]


def _listed(names: list[str]) -> str:
    return " and ".join(names[:NAMES])
