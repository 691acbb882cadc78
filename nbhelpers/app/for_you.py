"""Tab "For you": what to watch next, for somebody of the data or for the visitor."""

import pandas as pd
import streamlit as st

from nbhelpers.app import cards, charts, controls, own_ratings
from nbhelpers.app.text import markup, plain, titled
from nbhelpers.engine import MODELS, Engine, Profile

WHO = {"person": "Somebody of the data", "own": "Me: I rate some films"}


def show(engine: Engine) -> None:
    """Show the tab."""
    who = st.segmented_control(
        "Whose taste?",
        list(WHO),
        default="person",
        format_func=WHO.__getitem__,
        key="who",
    )
    user = _pick(engine) if who != "own" else own_ratings.ask(engine)
    if user is None:
        return
    profile = engine.profile(user)
    _say(profile)
    _recommend(engine, user)
    if profile.n:
        st.divider()
        _show_profile(engine, profile, user)


def _pick(engine: Engine) -> int | None:
    """Ask for a user by number."""
    counts = engine.users(500)
    names = {
        str(user): f"Person {user} · {count:,} rating{'' if count == 1 else 's'}"
        for user, count in zip(counts["user_id"], counts["count"], strict=True)
    }
    chosen = st.selectbox(
        "Person - choose one, or type any number",
        list(names),
        format_func=lambda user: names.get(user, user),
        accept_new_options=True,
        key="person",
    )
    digits = plain(chosen).removeprefix("Person ").split(" ")[0]
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
        st.info("People have numbers: type one, such as " + next(iter(names)) + ".", icon="🔎")
        return None
    try:
        engine.history(int(digits))
    except LookupError as error:
        st.info(plain(error), icon="🔎")
        return None
    return int(digits)


def _say(profile: Profile) -> None:
    said = " ".join(profile.sentences())
    st.html(f'<p class="nb-taste">{markup(said)}</p>')


def _recommend(engine: Engine, user: int | pd.DataFrame) -> None:
    left, middle, right = st.columns([2, 1, 1])
    model = left.selectbox(
        "Model", list(MODELS), format_func=lambda name: MODELS[name].label, key="model"
    )
    n = middle.slider("How many films", 4, 40, 12, step=4, key="n")
    weight = right.slider(
        "Share of the classifier in the blend",
        0.0,
        1.0,
        round(float(engine.manifest["weight"]), 1),
        0.1,
        key="weight",
        disabled=model != "blend",
    )
    with st.expander("Only some films: genre, mood, years"):
        chosen = controls.filters(engine, "for-you")
    films = engine.recommend(user, n, model, weight if model == "blend" else None, **chosen)
    cards.show(films, engine.movies)
    st.caption("Ranked with caution: a film with few ratings has to promise more to come first.")
    _side_by_side(engine, user, n, chosen)


def _side_by_side(engine: Engine, user: int | pd.DataFrame, n: int, chosen: dict) -> None:
    best = engine.manifest["best"]
    lists = {model: engine.recommend(user, min(n, 10), model, **chosen) for model in (best, "svd")}
    ids = [set(films["movie_id"]) for films in lists.values()]
    st.subheader("Two views of the same taste", anchor=False)
    st.caption(
        f"The classifier asks whether a film will be liked, SVD how many stars it will get. "
        f"Of {len(ids[0])} and {len(ids[1])} films they share {len(ids[0] & ids[1])}."
    )
    for column, (model, films) in zip(st.columns(2), lists.items(), strict=True):
        with column:
            st.markdown(f"**{MODELS[model].label}**")
            cards.show(films, engine.movies, compact=True)


def _show_profile(engine: Engine, profile: Profile, user: int | pd.DataFrame) -> None:
    st.subheader("The taste behind it", anchor=False)
    genres = profile.genres.rename(columns={"name": "genre", "lift": "times as often as others"})
    if len(genres):
        top = genres.iloc[0]
        charts.figure(
            f"{top['genre']} is chosen {top['times as often as others']:.1f} times as often as "
            "by others",
            genres,
            charts.bars("times as often as others", "genre", ".1f"),
            genres.rename(columns={"count": "ratings", "mean": "mean ★"}),
            {"times as often as others": "{:.1f}", "mean ★": "{:.1f}"},
        )
    left, right = st.columns(2, gap="large")
    for place, kind in ((left, "directors"), (right, "actors")):
        _show_people(place, kind, getattr(profile, kind))
    _show_timeline(profile.timeline)
    _show_favourites(engine, profile.favourites)


def _show_people(place, kind: str, table: pd.DataFrame) -> None:
    with place:
        if table.empty:
            return
        charts.heading(f"{kind.capitalize()}: above all {table['name'].iloc[0]}")
        names = {"name": kind[:-1], "count": "ratings", "mean": "mean ★", "lift": "× as often"}
        charts.show_table(
            table.head(8).rename(columns=names), {"mean ★": "{:.1f}", "× as often": "{:.1f}"}
        )


def _show_timeline(timeline: pd.DataFrame) -> None:
    if len(timeline) < 2:
        return
    yearly = (timeline["when"].dt.month == 1).all() and timeline["when"].dt.year.is_unique
    form = "%Y" if yearly else "%Y-%m"
    table = timeline.assign(when=timeline["when"].dt.strftime(form))
    table = table.rename(columns={"count": "ratings", "mean": "mean ★"})
    top = charts.highest(table, "ratings")
    charts.figure(
        f"Most ratings were given in {top['when']}: {top['ratings']:,}",
        table,
        charts.columns("ratings", "when", len(table)),
        table[table["ratings"] > 0],
        {"mean ★": "{:.1f}"},
    )


def _show_favourites(engine: Engine, favourites: pd.DataFrame) -> None:
    if favourites.empty:
        return
    films = favourites.merge(engine.movies[["movie_id", "year"]], on="movie_id")
    names = [titled(film.title, film.year) for film in films.itertuples()]
    charts.heading("Rated best, and above what others give")
    charts.show_table(pd.DataFrame({"film": names, "stars": films["rating"]}), {"stars": "{:g} ★"})
