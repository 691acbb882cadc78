"""Films as cards of one size, in a grid."""

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from nbhelpers.app import posters, remote
from nbhelpers.app.text import listed, markup

UNITS = {
    "chance of a like": ("{:.0%}", "chance of a like"),
    "stars": ("{:.1f} ★", "expected stars"),
    "similarity": ("{:.2f}", "similarity"),
}
SOURCES = {
    "folded in": "from your ratings",
    "popular": "popular with everyone",
    "content only": "from its content only: nobody rated it",
}
EMPTY = "No film is left for this choice. Choose fewer genres, more years or another mood."


def show(films: pd.DataFrame, movies: pd.DataFrame, compact: bool = False) -> None:
    """Show films as cards, or a message where there is none.

    Parameters
    ----------
    films : DataFrame
        As `Engine.recommend` or `Engine.similar` return them.
    movies : DataFrame
        The catalogue.
    compact : bool
        One below the other with small posters.
    """
    if films.empty:
        st.info(EMPTY, icon="🔎")
        return
    drawn = pictures(films["movie_id"], movies)
    kind = "nb-films nb-compact" if compact else "nb-films"
    cards = [_card(film, drawn[film["movie_id"]]) for film in films.to_dict("records")]
    st.html(f'<ol class="{kind}">{"".join(cards)}</ol>')


def pictures(movie_ids: Iterable[int], movies: pd.DataFrame) -> dict[int, str]:
    """Return the poster of each film as HTML: TMDB's where that is wanted, else a tile of ours."""
    films = movies.set_index("movie_id", drop=False).loc[list(movie_ids)]
    theirs = remote.posters(films)
    return {
        film["movie_id"]: posters.picture(theirs[film["movie_id"]], film["title"], film["year"])
        if film["movie_id"] in theirs
        else posters.tile(film["title"], film["year"], film["genres"], film["movie_id"])
        for film in films.to_dict("records")
    }


def meta(film: dict) -> str:
    """Return year and up to three genres, as HTML."""
    year = str(int(film["year"])) if pd.notna(film["year"]) else ""
    return markup(" · ".join(filter(None, [year, listed(film["genres"])])))


def _card(film: dict, picture: str) -> str:
    title = markup(film["title"])
    return (
        f'<li class="nb-film">{picture}'
        f'<div class="nb-words"><h3 title="{title}"><bdi>{title}</bdi></h3>'
        f'<p class="nb-meta">{meta(film)}</p>{_score(film)}'
        f'<p class="nb-reason" title="{markup(film["reason"])}">{markup(film["reason"])}</p>'
        f'<p class="nb-note">{_note(film)}</p></div></li>'
    )


def _score(film: dict) -> str:
    form, words = UNITS.get(film["unit"], ("{:.2f}", film["unit"]))
    full = 5 if film["unit"] == "stars" else 1
    number = min(film.get("estimate", film["score"]), full)  # the score only sets the order
    share, value = max(number / full, 0), form.format(number)
    return (
        f'<p class="nb-score"><b>{value}</b> {markup(words)}</p>'
        f'<div class="nb-bar" aria-hidden="true"><i style="width:{share:.0%}"></i></div>'
    )


def _note(film: dict) -> str:
    ratings = f"{film['evidence']:,} rating{'' if film['evidence'] == 1 else 's'}"
    said = [ratings if film["evidence"] else "", SOURCES.get(film.get("source", ""), "")]
    if "behaviour" in film:
        said.append(f"content {film['content']:.2f}, behaviour {film['behaviour']:.2f}")
    elif pd.notna(film.get("because_id")):
        content = film["content_share"]
        said.append(f"reason: {content:.0%} content, {1 - content:.0%} behaviour")
    return markup(" · ".join(filter(None, said)))
