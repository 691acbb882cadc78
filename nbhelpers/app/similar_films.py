"""Tab "Similar films": what is like a film, and what everyone likes of a genre or mood."""

import streamlit as st

from nbhelpers.app import cards, controls, marks
from nbhelpers.app.text import listed, markup, terms
from nbhelpers.engine import Engine

WAYS = {
    "both": "Content and behaviour",
    "content": "Content",
    "behaviour": "Behaviour",
}
MEANING = {
    "both": "Alike in what they are, and liked by the same people.",
    "content": "Alike in what they are: genres, people, themes, time.",
    "behaviour": "Liked by the same people, whatever they are.",
}


def show(engine: Engine) -> None:
    """Show the tab."""
    st.subheader(marks.said("More like this film"), anchor=False)
    movie = controls.film(engine, "similar")
    if movie is not None:
        _show_film(engine, movie)
        _show_near(engine, movie)
    st.divider()
    st.subheader("Explore by genre and mood", anchor=False)
    st.caption(
        marks.said("What everyone likes; films with few ratings are drawn towards the mean.")
    )
    chosen = controls.filters(engine, "explore")
    films = engine.explore(marks.longer(18), **chosen)
    cards.show(marks.without_hidden(films, 18), engine, "explored")


def _show_near(engine: Engine, movie: int) -> None:
    chosen_way = st.segmented_control(
        "Alike in",
        list(WAYS),
        default="both",
        format_func=WAYS.__getitem__,
        key="similar-by",
        bind="query-params",
    )
    by = chosen_way or "both"  # a second click takes the choice back
    st.caption(MEANING[by])
    with st.expander("Only some of them"):
        chosen = controls.filters(engine, "similar")
    films = engine.similar(movie, marks.longer(12), by, **chosen)
    cards.show(marks.without_hidden(films, 12), engine, "near")


def _show_film(engine: Engine, movie: int) -> None:
    film = engine.movies.set_index("movie_id", drop=False).loc[movie].to_dict()
    picture = cards.pictures([movie], engine.movies)[movie]
    likeness, at = engine.likeness, engine.likeness.position(movie)
    rated = f"{likeness.means[at]:.2f} ★ on average, {likeness.counts[at]:,} ratings"
    facts = {
        "Directed by": listed(film["directors"]),
        "With": listed(film["actors"], 5),
        "Themes": listed(likeness.themes[at].splitlines(), 8),
        "Rated": rated if likeness.counts[at] else "by nobody yet",
    }
    overview = f"<p>{markup(film['overview'])}</p>" if film["overview"] else ""
    st.html(
        f'<article class="nb-hero">{picture}<div>'
        f"<h3><bdi>{markup(film['title'])}</bdi></h3>"
        f'<p class="nb-meta">{cards.meta(film)}</p>{overview}'
        f"<dl>{terms(facts)}</dl></div></article>"
    )
