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
        pd.DataFrame({"film": names, "stars": films["rating"]}),
        {"stars": "{:g} ★"},
    )
