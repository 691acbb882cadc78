"""A visitor's own ratings. They are kept in the visitor's session and nowhere else."""

import pandas as pd
import streamlit as st

from nbhelpers.app import cards, controls
from nbhelpers.app.text import markdown, markup, titled
from nbhelpers.engine import ENOUGH, Engine

KEY = "own-ratings"  # movie_id -> stars
SHOWN = 7
PAGE = "own-page"


def table() -> pd.DataFrame:
    """Return the visitor's ratings so far: movie_id, rating."""
    own = st.session_state.get(KEY, {})
    columns = {"movie_id": list(own), "rating": [float(stars) for stars in own.values()]}
    return pd.DataFrame(columns).astype({"movie_id": "int32", "rating": "float64"})


def ask(engine: Engine) -> pd.DataFrame:
    """Let the visitor rate films; return their ratings."""
    own = st.session_state.setdefault(KEY, {})
    query = st.text_input(
        "Find films to rate",
        key="own-query",
        max_chars=controls.LONGEST,
        placeholder="Any part of a title, then Enter - or rate some of those below",
    )
    found = _offered(engine, query)
    if found.empty:
        st.info(controls.NO_TITLE, icon="🔎")
    _tiles(engine, found)
    if not query.strip():
        st.button("Show other films", key="own-other", on_click=_turn_page)
    left = ENOUGH - len(own)
    if left > 0:
        said = f"Rate {left} more film{'' if left == 1 else 's'} for a list of your own"
        st.progress(len(own) / ENOUGH, f"{said}; until then you see what everyone likes.")
    if own:
        with st.expander(f"Your ratings ({len(own)})", expanded=True):
            _show_own(engine, own)
    return table()


def _offered(engine: Engine, query: str) -> pd.DataFrame:
    """Return films to rate: those that answer a query, or the best-known ones, page by page."""
    if query.strip():
        return engine.find(query, SHOWN)
    return page_of(engine, st.session_state.get(PAGE, 0))


def page_of(engine: Engine, turn: int) -> pd.DataFrame:
    """Return some of the best-known films: after the last full page come the first again."""
    known = engine.find("", 100)
    first = SHOWN * (turn % max(len(known) // SHOWN, 1))
    return known.iloc[first : first + SHOWN]


def _turn_page() -> None:
    st.session_state[PAGE] = st.session_state.get(PAGE, 0) + 1


def _tiles(engine: Engine, films: pd.DataFrame) -> None:
    pictures = cards.pictures(films["movie_id"], engine.movies)
    with st.container(horizontal=True, key="own-tiles"):
        for film in films.to_dict("records"):
            with st.container(width=140, key=f"tile-{film['movie_id']}"):
                title = markup(titled(film["title"], film["year"]))
                st.html(
                    f"{pictures[film['movie_id']]}"
                    f'<p class="nb-tile" title="{title}"><bdi>{title}</bdi></p>'
                )
                _stars(film["movie_id"])


def _stars(movie: int) -> None:
    key = f"stars-{movie}"
    given = st.session_state[KEY].get(movie)
    if key not in st.session_state and given is not None:
        st.session_state[key] = int(given) - 1
    st.feedback("stars", key=key, on_change=_rate, args=(movie,))


def _rate(movie: int) -> None:
    chosen = st.session_state.get(f"stars-{movie}")
    if chosen is None:
        st.session_state[KEY].pop(movie, None)
    else:
        st.session_state[KEY][movie] = chosen + 1


def _show_own(engine: Engine, own: dict[int, int]) -> None:
    movies = engine.movies.set_index("movie_id")
    with st.container(horizontal=True, key="own-list"):
        for movie, stars in own.items():
            title = titled(movies.at[movie, "title"], movies.at[movie, "year"])
            st.button(
                f"{markdown(title)} · {stars} ★ ✕",
                key=f"forget-{movie}",
                help="Take this rating back",
                on_click=_forget,
                args=(movie,),
                width="content",
            )
    st.button("Take all back", key="forget-all", on_click=_forget, args=(None,), type="tertiary")


def _forget(movie: int | None) -> None:
    own = st.session_state[KEY]
    for one in [movie] if movie is not None else list(own):
        own.pop(one, None)
        st.session_state[f"stars-{one}"] = None
