"""A visitor's own films: some to rate, what is marked so far, and files of ratings."""

import pandas as pd
import streamlit as st

from nbhelpers import DataError
from nbhelpers.app import cards, controls, marks, ratings_files
from nbhelpers.app.text import markdown
from nbhelpers.engine import ENOUGH, Engine

SHOWN = 7
PAGE = "own-page"
FILE = "own-file"
LOADED = "own-loaded"  # what became of the last file
GROUPS = {
    marks.RATED: ("Rated by you", "Nothing yet: click the stars of a film."),
    marks.SAVED: ("Your watch list", "Nothing yet: click “Save” on a film."),
    marks.HIDDEN: ("Not for you", "Nothing yet: “Not for me” takes a film out of all lists."),
}


def ask(engine: Engine) -> pd.DataFrame:
    """Let the visitor rate films; return their ratings."""
    query = st.text_input(
        marks.said("Find films to rate"),
        key="own-query",
        max_chars=controls.LONGEST,
        placeholder="Any part of a title, then Enter - or rate some of those below",
    )
    found = _offered(engine, query)
    if found.empty:
        st.info(controls.NO_TITLE, icon="🔎")
    else:
        with st.container(key="own-tiles"):
            cards.show(found, engine, "offered")
    if not query.strip():
        st.button(marks.said("Show other films"), key="own-other", on_click=_turn_page)
    ratings = marks.ratings()
    left = ENOUGH - len(ratings)
    if left > 0:
        films = "film" if left == 1 else "films"
        said = marks.said(f"Rate {left} more {films} for a list of your own")
        st.progress(len(ratings) / ENOUGH, f"{said}; until then you see what everyone likes.")
    return ratings


def _offered(engine: Engine, query: str) -> pd.DataFrame:
    """Return films to rate: those that answer a query, or the best-known ones, page by page."""
    if query.strip():
        return engine.find(query, SHOWN)[["movie_id", "title", "year", "genres"]]
    return page_of(engine, st.session_state.get(PAGE, 0))[["movie_id", "title", "year", "genres"]]


def page_of(engine: Engine, turn: int) -> pd.DataFrame:
    """Return some of the best-known films: after the last full page come the first again."""
    known = engine.find("", 100)
    first = SHOWN * (turn % max(len(known) // SHOWN, 1))
    return known.iloc[first : first + SHOWN]


def _turn_page() -> None:
    st.session_state[PAGE] = st.session_state.get(PAGE, 0) + 1


def shelf(engine: Engine) -> None:
    """Show what the visitor marked, and the ways to keep it."""
    counts = {name: len(st.session_state[name]) for name in GROUPS}
    rated, saved, hidden = counts.values()
    said = f"{marks.said('Your films')}: {rated} rated · {saved} saved · {hidden} not for you"
    st.html(f'<p class="nb-taste">{said}</p>')
    # With the numbers in its name it would close.
    with st.expander(marks.said("Show and keep your films")):
        for name, (title, nothing) in GROUPS.items():
            st.html(f'<h3 class="nb-finding">{title} ({counts[name]})</h3>')
            if counts[name]:
                _show_marked(engine, name)
            else:
                st.caption(marks.said(nothing))
        st.html('<h3 class="nb-finding">Keep them</h3>')
        _files(engine)


def _show_marked(engine: Engine, name: str) -> None:
    movies = engine.movies.set_index("movie_id", drop=False)
    newest_first = list(st.session_state[name])[::-1]
    films = movies.loc[newest_first, ["movie_id", "title", "year", "genres"]]
    cards.show(films.reset_index(drop=True), engine, f"marked-{name}", compact=True)
    if name == marks.RATED:
        st.button("Take all ratings back", key="forget-all", on_click=_forget)


def _forget() -> None:
    marks.forget(st.session_state[marks.RATED])


def _files(engine: Engine) -> None:
    if marks.fit(engine.data):
        st.caption(
            marks.said(
                "The address of this page holds your films and settings: a bookmark keeps them, "
                "and whoever opens it sees what you see. Nothing is stored elsewhere."
            )
        )
    else:
        st.caption(
            f"{len(st.session_state[marks.RATED]):,} ratings are too many for a link. Download "
            "them, and load the file when you come back: after a reload they would be gone."
        )
    left, right = st.columns(2, gap="medium")
    own = marks.ratings()
    left.download_button(
        "Download your ratings (CSV)",
        ratings_files.write(own, engine.movies),
        "ratings.csv",
        "text/csv",
        key="own-download",
        disabled=own.empty,
        on_click="ignore",
    )
    right.file_uploader(
        "Load ratings from a file",
        key=FILE,
        max_upload_size=5,
        on_change=_load,
        args=(engine,),
    )
    kind, said = st.session_state.get(LOADED, ("", ""))
    if said:
        (right.error if kind == "error" else right.success)(markdown(said))


def _load(engine: Engine) -> None:
    """Take over a file's ratings; those that are there already stay, if it says nothing of them."""
    file = st.session_state[FILE]
    if file is None:
        st.session_state.pop(LOADED, None)
        return
    try:
        ratings, missing = ratings_files.read(file.getvalue(), engine.data)
    except DataError as error:
        st.session_state[LOADED] = "error", f"{error} Your ratings are as they were."
        return
    for movie, stars in ratings.items():
        marks.rate(movie, stars)
    lacks = marks.said("films that this data set has not")
    left_out = f" {missing:,} are of {lacks}." if missing else ""
    st.session_state[LOADED] = "ok", f"{len(ratings):,} ratings are loaded.{left_out}"
