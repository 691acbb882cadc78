"""Tab "For you": what to watch next, for somebody of the data or for the visitor."""

from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nbhelpers.app import cards, charts, controls, marks, own_ratings
from nbhelpers.app.text import markup, plain, titled
from nbhelpers.engine import MODELS, Engine, Profile

WHO = ["A person of the data", "Me"]
TELLING = 30  # ratings of the person who is shown first
SHARES = (
    "A match of 50% is the middle of the hundred best candidates; genres of one's own raise it. "
    "The percentage beside a film is its share of the list model's score: without it, the score "
    "would be lower by as much."
)
TOO_FEW = "Too few ratings for a personal list yet: what people have liked lately."


def show(engine: Engine) -> None:
    """Show the tab."""
    if marks.DAMAGED in st.session_state:
        st.warning(st.session_state[marks.DAMAGED] + " What it held is left out.")
    who, right = st.columns([2, 3], gap="small", vertical_alignment="bottom")
    own = WHO[1] == who.segmented_control(
        "For whom?", WHO, default=WHO[0], required=True, key="who", bind="query-params"
    )
    with right:
        user: int | pd.DataFrame | None = None if own else _pick(engine)
    if own:
        user = own_ratings.ask(engine)
    elif user is None:
        return
    profile = engine.profile(user)
    films = _recommend(engine, user, _settings(engine))
    own_ratings.shelf(engine)
    _say(profile)
    # Of nothing there are no two views; nor would a stranger's lists differ.
    if not films.empty and engine.answering(user) != "popular":
        _side_by_side(engine, user)
    if profile.n:
        st.divider()
        _show_profile(engine, profile, user)


def _pick(engine: Engine) -> int | None:
    """Ask for a user by number."""
    counts = engine.users(500)
    labels = engine.data.user_names
    names = {
        str(user): f"{labels.get(user, user)} ({count:,} rating{'' if count == 1 else 's'})"
        for user, count in zip(counts["user_id"], counts["count"], strict=True)
    }
    chosen = st.selectbox(
        "Person - choose one, or type any number",
        list(names),
        index=int((counts["count"] >= TELLING).argmax()),
        format_func=lambda user: names.get(user, user),
        accept_new_options=True,
        key="person",
        bind="query-params",
    )
    typed = plain(chosen)
    known = {label: str(user) for user, label in labels.items()}
    digits = typed if typed in names else known.get(typed) or typed.split(" ")[0]
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
        st.info(
            f"Nobody is called so: type one of them, such as {next(iter(names.values()))}.",
            icon="🔎",
        )
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


def _settings(engine: Engine) -> dict[str, Any]:
    """Ask how the list is to be; return it as the engine takes it."""
    with st.expander("Tune the list"):
        left, middle, right = st.columns(3, gap="medium")
        surprise = left.slider(
            "Familiar ↔ surprising",
            0.0,
            1.0,
            0.0,
            0.1,
            "percent",
            key="surprise",
            bind="query-params",
        )
        variety = middle.slider(
            "Alike ↔ varied", 0.0, 1.0, 0.0, 0.1, "percent", key="variety", bind="query-params"
        )
        n = right.slider(
            marks.said("How many films"), 4, 40, 12, step=4, key="n", bind="query-params"
        )
        model = left.selectbox(
            "Model",
            list(MODELS),
            format_func=lambda name: MODELS[name].label,
            key="model",
            bind="query-params",
        )
        weight = None
        if model == "blend":
            usual = round(float(engine.manifest["weight"]), 1)
            weight = _share(middle, "Share of the classifier in the blend", "weight", usual)
        one = right.toggle(
            marks.said("Only one film of a series"),
            True,
            key="one-of-series",
            bind="query-params",
        )
        chosen = controls.filters(engine, "for-you")
    knobs = {"surprise": surprise, "variety": variety, "series": not one}
    return {"n": n, "model": model, "weight": weight, **knobs, **chosen}


def _share(place: DeltaGenerator, label: str, key: str, usual: float = 0.0) -> float:
    return place.slider(label, 0.0, 1.0, usual, 0.1, "percent", key=key, bind="query-params")


def _recommend(engine: Engine, user: int | pd.DataFrame, settings: dict[str, Any]) -> pd.DataFrame:
    n = settings.pop("n")
    films = engine.recommend(user, marks.longer(n), **settings)
    films = marks.without_hidden(films, n)
    if engine.answering(user, settings["model"]) != settings["model"]:
        st.info(TOO_FEW, icon=":material/trending_up:")
    cards.show(films, engine, "for-you")
    if not films.empty and films["unit"].iloc[0] == "match":
        st.caption(marks.said(SHARES))
    return films


def _side_by_side(engine: Engine, user: int | pd.DataFrame) -> None:
    best = engine.manifest["best"]
    with st.expander("Two views of the same taste", key="views", on_change="rerun") as views:
        if not views.open:
            return
        lists = {
            model: marks.without_hidden(engine.recommend(user, marks.longer(10), model), 10)
            for model in (best, "svd")
        }
        ids = [set(films["movie_id"]) for films in lists.values()]
        st.caption(
            marks.said(
                "The classifier asks whether a film will be liked, SVD how many stars it will "
                f"get. Of {len(ids[0])} and {len(ids[1])} films they share {len(ids[0] & ids[1])}."
            )
        )
        for column, (model, films) in zip(st.columns(2), lists.items(), strict=True):
            with column:
                st.markdown(f"**{MODELS[model].label}**")
                cards.show(films, engine, f"view-{model}", compact=True)


def _show_profile(engine: Engine, profile: Profile, user: int | pd.DataFrame) -> None:
    st.subheader("The taste behind it", anchor=False)
    names = {"name": "genre", "lift": "times as often as others"}
    genres = profile.genres.rename(columns=names)
    if len(genres):
        charts.figure(
            _finding(profile),
            genres,
            charts.bars("times as often as others", "genre", ".1f"),
            _lifts(profile.genres, "genre"),
            dict.fromkeys(["mean ★", "× as often"], "{:.1f}"),
        )
    left, right = st.columns(2, gap="large")
    for place, kind in ((left, "directors"), (right, "actors")):
        _show_people(place, kind, profile)
    _show_timeline(profile.timeline)
    _show_favourites(engine, profile.favourites)


def _finding(profile: Profile) -> str:
    """Say which genre is surely chosen more often than by others, if one is."""
    sure = profile.notable("genres")
    if sure.empty:
        return "No genre is surely chosen more often than by others"
    top = sure.iloc[0]
    return f"{top['name']} is chosen {top['lift']:.1f} times as often as by others"


def _lifts(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    names = {"name": kind, "count": "ratings", "mean": "mean ★", "lift": "× as often"}
    between = [f"{row.low:.1f} to {row.high:.1f}" for row in table.itertuples()]
    return table.rename(columns=names)[list(names.values())].assign(**{"likely between": between})


def _show_people(place, kind: str, profile: Profile) -> None:
    table: pd.DataFrame = getattr(profile, kind)
    if table.empty:
        return
    sure = profile.notable(kind)
    with place:
        charts.table(
            f"{kind.capitalize()}: above all {sure['name'].iloc[0]}"
            if len(sure)
            else f"{kind.capitalize()}: nobody is surely chosen more often than by others",
            _lifts(table.head(8), kind[:-1]),
            dict.fromkeys(["mean ★", "× as often"], "{:.1f}"),
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
    charts.table(
        "Rated best, and above what others give",
        pd.DataFrame({marks.said("film"): names, "stars": films["rating"]}),
        {"stars": "{:g} ★"},
    )
