"""What several tabs ask a visitor: filters, and a film."""

from collections import Counter
from typing import Any

import pandas as pd
import streamlit as st

from nbhelpers.app import marks
from nbhelpers.app.text import plain, titled
from nbhelpers.engine import MOODS, Engine, tags_of

LONGEST = 10_000  # characters of a search
NO_TITLE = "No title is like that. Try fewer or other letters."


@st.cache_resource(show_spinner=False, max_entries=2)
def _choices(stamp: str, _engine: Engine) -> tuple[list[str], int, int, list[str]]:
    """Return genres, first and last year, and tags of an engine's data."""
    movies = _engine.movies
    genres = sorted({plain(genre) for genres in movies["genres"] for genre in genres})
    years = movies["year"].dropna()
    first, last = (int(years.min()), int(years.max())) if len(years) else (1900, 2000)
    tags = [tag for tag, _ in tags_of(_engine.data)[:200]]
    return genres, first, last, tags


def filters(engine: Engine, key: str) -> dict[str, Any]:
    """Ask for genres, years and a mood; return them as the engine takes them."""
    genres, first, last, tags = _choices(engine.data.content_hash, engine)
    moods = [f"mood: {mood}" for mood in MOODS]
    left, middle, right = st.columns(3, gap="medium")
    chosen = left.multiselect(
        "Genres (all of them)", genres, key=f"{key}-genres", bind="query-params"
    )
    mood = middle.selectbox(
        "Mood or theme",
        [*moods, *tags],
        index=None,
        placeholder="Any - choose or type one",
        accept_new_options=True,
        key=f"{key}-mood",
        bind="query-params",
    )
    years = (
        right.slider(
            "Released", first, last, (first, last), key=f"{key}-years", bind="query-params"
        )
        if first < last
        else (first, last)
    )
    return {
        "genres": tuple(chosen),
        "years": None if years == (first, last) else years,
        "tag": plain(mood).removeprefix("mood: ") if mood else "",
    }


def film(engine: Engine, key: str, label: str = "Find a film") -> int | None:
    """Ask for a film by a search; return its movie_id, None if nothing was found.

    Another part of the page may set the film under ``{key}-film``; a link holds it there, too.
    """
    choice = f"{key}-film"
    if choice not in st.session_state and st.query_params.get(choice, "").isdecimal():
        st.session_state[choice] = int(st.query_params[choice])
    left, right = st.columns(2, gap="medium")
    query = left.text_input(
        marks.said(label),
        key=f"{key}-query",
        max_chars=LONGEST,
        placeholder="Any part of a title, then Enter",
        # Another search begins with its own best match.
        on_change=lambda: st.session_state.pop(choice, None),
    )
    found = _found(engine, query, st.session_state.get(choice))
    if found.empty:
        right.info(NO_TITLE, icon="🔎")
        return None
    chosen = right.selectbox(
        marks.said("Films found" if query.strip() else "Best-known films"),
        found["movie_id"].tolist(),
        format_func=names_of(found).__getitem__,
        key=choice,
    )
    if chosen != engine.find("", 1)["movie_id"].iloc[0]:
        st.query_params[choice] = str(chosen)
    else:
        st.query_params.pop(choice, None)
    return chosen


def _found(engine: Engine, query: str, chosen: int | None) -> pd.DataFrame:
    """Return what a search finds; without one, the film that was chosen before leads."""
    found = engine.find(query, 20)
    if query.strip() or chosen is None or (found["movie_id"] == chosen).any():
        return found
    movies = engine.movies
    return pd.concat([movies[movies["movie_id"] == chosen], found])[found.columns]


def names_of(films: pd.DataFrame) -> dict[int, str]:
    """Return what to call films in a list of choices."""
    rows = zip(films["movie_id"], films["title"], films["year"], strict=True)
    names = {movie: titled(title, year) for movie, title, year in rows}
    count = Counter(names.values())  # Streamlit tells choices apart by what they are called
    return {m: name if count[name] == 1 else f"{name}, no. {m}" for m, name in names.items()}
