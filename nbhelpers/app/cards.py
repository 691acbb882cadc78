"""Films as cards of one size, in a grid, and what can be done on each of them."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import streamlit as st

from nbhelpers.app import marks, posters, remote
from nbhelpers.app.text import listed, markup
from nbhelpers.data import Dataset
from nbhelpers.engine import Engine

UNITS = {
    "chance of a like": ("{:.0%}", "chance of a like"),
    "stars": ("{:.1f} ★", "expected stars"),
    "match": ("{:.0%}", "match"),
    "likes lately": ("{:,.0f}", "likes lately"),
    "similarity": ("{:.2f}", "similarity"),
}
FULL = {"chance of a like": 1, "stars": 5, "match": 1, "similarity": 1}  # else the best one's
EMPTY = "No film is left for this choice. Choose fewer genres, more years or another mood."
ICONS = {
    "save": '<path d="M6 3h12v18l-6-4.5L6 21z"/>',
    "hide": '<circle cx="12" cy="12" r="9"/><path d="M5.7 5.7l12.6 12.6"/>',
    "similar": '<path d="M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 16.5h7M16.5 13v7"/>',
}
_HERE = Path(__file__)
_list = st.components.v2.component(
    "nbhelpers.films",
    css=_HERE.with_name("cards.css").read_text("utf-8"),
    js=_HERE.with_name("cards.js").read_text("utf-8"),
    isolate_styles=False,
)


def show(films: pd.DataFrame, engine: Engine, key: str, compact: bool = False) -> None:
    """Show films, as an engine returns them, as cards, or a message where there is none.

    The key is that of this list on the page; compact cards are one below the other with small
    posters.
    """
    if films.empty:
        st.info(marks.said(EMPTY), icon="🔎")
        return
    drawn = pictures(films["movie_id"], engine.movies)
    kind = "nb-films nb-compact" if compact else "nb-films"
    top = films["score"].max() if "score" in films else 1
    cards = [
        _card(film, drawn[film["movie_id"]], FULL.get(str(film.get("unit")), top), engine.data)
        for film in films.to_dict("records")
    ]
    body = f'<ol class="{kind}">{"".join(cards)}</ol>'
    acts = lambda: marks.act(key, st.session_state[key].acts, engine.movies)  # noqa: E731
    _list(key=key, data=body, on_acts_change=acts)


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


def _card(film: dict, picture: str, full: float, data: Dataset) -> str:
    title = markup(film["title"])
    return (
        f'<li class="nb-film" data-movie="{film["movie_id"]}">{picture}'
        f'<div class="nb-words"><h3 title="{title}"><bdi>{title}</bdi></h3>'
        f'<p class="nb-meta">{meta(film)}</p>{_score(film, full)}{_reason(film)}'
        f"{_controls(film, title, data)}</div></li>"
    )


def _score(film: dict, full: float) -> str:
    if "score" not in film:
        return ""
    form, words = UNITS.get(film["unit"], ("{:.2f}", film["unit"]))
    number = min(film["score"], full)
    return (
        f'<p class="nb-score"><b>{form.format(number)}</b> {markup(words)}</p>'
        f'<div class="nb-bar" aria-hidden="true"><i style="width:{max(number / full, 0):.0%}"></i>'
        "</div>"
    )


def _reason(film: dict) -> str:
    if "reason" not in film:
        return ""
    said = markup(film["reason"])
    named = [one for one in film.get("because", []) if pd.notna(one["share"])]
    if named:
        shares = "".join(
            f"<li><span><bdi>{markup(one['title'])}</bdi> <small>{_given(one)}</small></span>"
            f"<b>{one['share']:.0%}</b></li>"
            for one in named
        )
        begun = markup(film["reason"].partition(" liked ")[0])
        words = f'<p>{begun} liked</p><ul class="nb-because">{shares}</ul>'
    else:
        words = f"<p>{said}</p>"
    # What is said of a film without named ones has its ratings in it.
    note = f'<p class="nb-note">{_note(film)}</p>' if named or "behaviour" in film else ""
    return f'<div class="nb-reason" title="{said}">{words}</div>{note}'


def _given(one: dict) -> str:
    return markup(", ".join(filter(None, [f"{one['rating']:g}★", one["word"]])))


def _note(film: dict) -> str:
    count = film["evidence"]
    said = [f"{count:,} rating{'' if count == 1 else 's'}" if count else "nobody rated it yet"]
    if "behaviour" in film:
        said.append(f"content {film['content']:.2f}, behaviour {film['behaviour']:.2f}")
    return markup(" · ".join(said))


def _controls(film: dict, title: str, data: Dataset) -> str:
    stars, saved, hidden = marks.of(film["movie_id"])
    most = f"{data.scale[1]:g}"
    said = f"{stars:g} of {most} stars" if stars else "not rated"
    rate = (
        f'<span class="nb-stars" style="--full:{stars / data.scale[1]:.0%}" '
        f'data-said="{f"{stars:g} ★" if stars else "Rate it"}">'
        f'<input type="range" data-do="rate" min="0" max="{most}" step="{data.step:g}" '
        f'value="{stars:g}" data-given="{stars:g}" aria-valuetext="{said}" '
        f'aria-label="Your stars for {title}; Enter to rate"></span>'
    )
    buttons = (
        _button("save", "Saved" if saved else "Save", f"Save {title} to the watch list", saved),
        _button("hide", "Not for me", f"Not for me: never show {title} again", hidden),
        _button("similar", "Similar", f"Similar to {title}"),
    )
    return f'<div class="nb-do">{rate}{"".join(buttons)}</div>'


def _button(what: str, word: str, meaning: str, pressed: bool | None = None) -> str:
    state = "" if pressed is None else f' aria-pressed="{str(pressed).lower()}"'
    return (
        f'<button type="button" data-do="{what}"{state} aria-label="{meaning}" title="{meaning}">'
        f'<svg viewBox="0 0 24 24" aria-hidden="true">{ICONS[what]}</svg>{word}</button>'
    )
