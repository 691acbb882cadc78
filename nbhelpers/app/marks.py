"""What a visitor marked: ratings, a watch list, films not for them. In the session and its link."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from nbhelpers.app import links
from nbhelpers.app.text import markdown
from nbhelpers.data import Dataset
from nbhelpers.tools import of_items

RATED, SAVED, HIDDEN = "own", "saved", "not-for-me"  # in the session and in a link
LONGEST = 2000  # letters in a link: some programs cut what is longer
DAMAGED = "link-damaged"
TAB, FILM, QUERY = "tab", "similar-film", "similar-query"
ELSEWHERE = "elsewhere"  # what was clicked leads to another tab
SIMILAR = "Similar films"
SAID = "said"  # what was done, in words
DONE = "acts-done"  # when the last one of each list was
ITEMS = "items"  # what the set is of, see `Dataset`
TURNED = {
    (SAVED, True): "is on your watch list, in “Your films”.",
    (SAVED, False): "is off your watch list.",
    (HIDDEN, True): "is not shown again. “Your films” takes that back.",
    (HIDDEN, False): "may be shown again.",
}


def begin(data: Dataset) -> None:
    """Take over what a link holds, once in a session."""
    st.session_state[ITEMS] = data.items
    for name in (RATED, SAVED, HIDDEN):
        if name not in st.session_state:
            st.session_state[name] = _linked(name, data)


def said(text: str) -> str:
    """Return a text of the app's own; on a set of other things than films it speaks of items."""
    return text if st.session_state.get(ITEMS, "films") == "films" else of_items(text)


def _linked(name: str, data: Dataset) -> dict[int, float]:
    try:
        values = links.decode(st.query_params.get(name, ""), _largest(name, data), data.name)
    except ValueError as error:
        st.session_state[DAMAGED] = str(error)
        return {}
    known = set(data.movies["movie_id"])
    return {movie: value * data.step for movie, value in values.items() if movie in known}


def _largest(name: str, data: Dataset) -> int:
    return round(data.scale[1] / data.step) if name == RATED else 0


def keep(data: Dataset) -> None:
    """Write the marks into the page's address, as far as they fit."""
    for name in (RATED, SAVED, HIDDEN):
        text = _letters(name, data)
        if text and len(text) <= LONGEST:
            if st.query_params.get(name) != text:
                st.query_params[name] = text
        elif name in st.query_params:
            del st.query_params[name]


def fit(data: Dataset) -> bool:
    """Whether a link holds all that the visitor marked."""
    return all(len(_letters(name, data)) <= LONGEST for name in (RATED, SAVED, HIDDEN))


def _letters(name: str, data: Dataset) -> str:
    values = {movie: round(stars / data.step) for movie, stars in st.session_state[name].items()}
    return links.encode(values, _largest(name, data), data.name)


def ratings() -> pd.DataFrame:
    """Return the visitor's ratings so far: movie_id, rating."""
    own = st.session_state.get(RATED, {})
    columns = {"movie_id": list(own), "rating": list(own.values())}
    return pd.DataFrame(columns).astype({"movie_id": "int32", "rating": "float64"})


def of(movie: int) -> tuple[float, bool, bool]:
    """Return what a film is to the visitor: its stars (0: none), whether saved, whether hidden."""
    state = st.session_state
    return (
        state.get(RATED, {}).get(movie, 0.0),
        movie in state.get(SAVED, {}),
        movie in state.get(HIDDEN, {}),
    )


def without_hidden(films: pd.DataFrame, n: int) -> pd.DataFrame:
    """Return the first films of a list that the visitor has not called "not for me"."""
    left = films[~films["movie_id"].isin(list(st.session_state.get(HIDDEN, {})))]
    return left.head(n).assign(rank=range(1, min(n, len(left)) + 1))


def longer(n: int, longest: int = 100) -> int:
    """Return how many films to ask for, so that `n` are left without the hidden ones."""
    return min(n + len(st.session_state.get(HIDDEN, {})), longest)


def act(key: str, acts: Sequence[Mapping[str, Any]], movies: pd.DataFrame) -> None:
    """Do what was asked on the cards of a list and was not done before, and have it said.

    Acts are the last ones there, each with ``when`` (milliseconds since the page was opened),
    ``do`` ("rate", "save", "hide" or "similar"), ``movie``, and for "rate" the ``stars`` (0: none).
    Movies are all films: one that was clicked may have left the list since.
    """
    done = st.session_state.setdefault(DONE, {})
    for one in acts:
        if one["when"] > done.get(key, 0):
            done[key] = one["when"]
            movie = int(one["movie"])
            title = movies.loc[movies["movie_id"] == movie, "title"].iloc[0]
            _act(one["do"], movie, float(one["stars"]), markdown(title))


def _act(what: str, movie: int, stars: float, title: str) -> None:
    state = st.session_state
    if what == "similar":
        state[TAB], state[FILM], state[QUERY], state[ELSEWHERE] = said(SIMILAR), movie, "", True
    elif what == "rate":
        rate(movie, stars)
        state[SAID] = f"**{title}**: " + (f"{stars:g} ★ from you" if stars else "rating taken back")
    else:
        name = {"save": SAVED, "hide": HIDDEN}[what]
        _turn(name, movie)
        state[SAID] = f"**{title}** {said(TURNED[name, movie in state[name]])}"


def rate(movie: int, stars: float) -> None:
    """Give a film stars; 0 takes them back."""
    own = dict(st.session_state[RATED])
    own.pop(movie, None)
    st.session_state[RATED] = own | ({movie: stars} if stars else {})


def forget(movies: Iterable[int]) -> None:
    """Take ratings back."""
    for movie in list(movies):
        rate(movie, 0)


def _turn(name: str, movie: int) -> None:
    marked = dict(st.session_state[name])
    if marked.pop(movie, None) is None:
        marked[movie] = 0.0
    st.session_state[name] = marked
