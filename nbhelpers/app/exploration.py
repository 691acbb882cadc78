"""Tab "Data & exploration": what is in the data, before anything is learned from it."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st

from nbhelpers.app import charts, marks
from nbhelpers.app.text import terms
from nbhelpers.data import Dataset, counts, interactions
from nbhelpers.engine import Engine

NAMES = {"count": "ratings", "mean": "mean ★"}


@dataclass(frozen=True)
class Findings:
    """What the tab shows, counted once for all visitors."""

    mean: float
    first: pd.Timestamp
    last: pd.Timestamp
    stars: pd.DataFrame
    genres: pd.DataFrame
    tail: pd.DataFrame
    years: pd.DataFrame | None  # None of a set without times
    most: pd.DataFrame
    sample: pd.DataFrame


@st.cache_resource(show_spinner="Counting …", max_entries=2)
def findings(stamp: str, _data: Dataset) -> Findings:
    """Count what is in a data set; `stamp` is its content hash."""
    ratings, movies = _data.ratings, _data.movies
    each = counts.per(ratings, "movie_id")
    few = ratings.sample(min(8, len(ratings)), random_state=42)
    return Findings(
        mean=float(ratings["rating"].mean()),
        first=ratings["timestamp"].min(),
        last=ratings["timestamp"].max(),
        stars=_stars(ratings),
        genres=_genres(ratings, movies),
        tail=_tail(each["count"]),
        years=_years(ratings) if _data.has("timestamp") else None,
        most=_most(movies, each),
        sample=interactions(replace(_data, ratings=few)),
    )


def show(engine: Engine) -> None:
    """Show the tab."""
    data = engine.data
    found = findings(data.content_hash, data)
    tiles = {
        "ratings": f"{len(data.ratings):,}",
        "people": f"{data.n_users:,}",
        f"{data.items} rated": f"{data.n_movies:,}",
        "mean rating": f"{found.mean:.2f} ★",
        "of all pairs rated": f"{data.density:.1%}",
    }
    if data.has("timestamp"):
        tiles["from - to"] = f"{found.first:%Y}-{found.last:%Y}"
    st.html(f'<dl class="nb-tiles">{terms(tiles)}</dl>')
    _show_stars(found.stars)
    _show_genres(found.genres)
    _show_tail(found.tail, data.n_movies)
    if found.years is not None:
        _show_years(found.years)
    charts.table(
        f"{found.most['film'].iloc[0]} {marks.said('is the film with the most ratings')}",
        found.most.rename(columns=marks.said),
        {"ratings": "{:,}", "mean ★": "{:.2f}"},
    )
    columns = ["user_id", "movie_id", "title", "release_year", "genres", "rating", "timestamp"]
    rows = found.sample[columns].assign(
        genres=found.sample["genres"].str.replace("|", ", "),
        timestamp=found.sample["timestamp"].dt.date.astype(str),
    )
    rows = rows if data.has("timestamp") else rows.drop(columns="timestamp")
    charts.table(
        f"{len(rows)} of the ratings, drawn at random, with what is known of their {data.items}",
        rows.astype({"user_id": str, "movie_id": str}),
        {"rating": "{:g}"},
    )


def _show_stars(stars: pd.DataFrame) -> None:
    top = charts.highest(stars, "ratings")
    likes = stars.loc[stars["stars"].astype(float) >= 4, "share"].sum()
    charts.figure(
        f"{top['stars']} stars are given most often, and {likes:.0%} of all ratings are likes "
        "(4 stars or more)",
        stars,
        charts.columns("ratings", "stars", len(stars)),
        forms={"ratings": "{:,}", "share": "{:.1%}"},
    )


def _show_genres(genres: pd.DataFrame) -> None:
    if genres.empty:
        st.info("This data set names no genres.")
        return
    enough = genres[genres["ratings"] >= 100]  # fewer say little
    best = charts.highest(enough if len(enough) else genres, "mean ★")
    top = genres.iloc[0]
    charts.figure(
        f"{top['genre']} has the most ratings; {best['genre']} is rated best "
        f"({best['mean ★']:.2f} stars on average)",
        genres,
        charts.bars("ratings", "genre"),
        forms={"films": "{:,}", "ratings": "{:,}", "mean ★": "{:.2f}"},
    )


def _show_tail(tail: pd.DataFrame, n: int) -> None:
    rated = marks.said("most-rated films")
    share = tail.loc[tail["films (%)"] == 10, "ratings (%)"].iloc[0]
    charts.figure(
        marks.said(f"A tenth of the films has {share:.0f}% of the ratings: a head and a long tail"),
        tail,
        charts.line("films (%)", "ratings (%)", (0, 100)),
        tail[tail["films (%)"].isin([1, 5, 10, 20, 50, 100])].rename(
            columns={"films (%)": rated, "ratings (%)": "their ratings"}
        ),
        {rated: "{:.0f}%", "their ratings": "{:.1f}%"},
    )


def _show_years(years: pd.DataFrame) -> None:
    top = charts.highest(years, "ratings")
    low, high = years["mean ★"].min(), years["mean ★"].max()
    charts.figure(
        f"Most ratings were given in {top['year']}; the mean of a year lies between "
        f"{low:.2f} and {high:.2f} stars",
        years,
        charts.columns("ratings", "year", len(years)),
        forms={"ratings": "{:,}", "mean ★": "{:.2f}"},
    )


def _stars(ratings: pd.DataFrame) -> pd.DataFrame:
    count = counts.stars(ratings)
    table = {"stars": [f"{star:g}" for star in count.index], "ratings": count.to_numpy()}
    return pd.DataFrame(table).assign(share=count.to_numpy() / count.sum())


def _genres(ratings: pd.DataFrame, movies: pd.DataFrame) -> pd.DataFrame:
    films = movies["genres"].explode().value_counts()
    table = counts.per_genre(ratings, movies).assign(films=films).rename(columns=NAMES)
    table = table.sort_values("ratings", ascending=False).reset_index()
    return table[["genre", "films", "ratings", "mean ★"]]


def _tail(count: pd.Series) -> pd.DataFrame:
    shares = np.array([0, 1, 2, 5, *range(10, 101, 5)])
    rest = len(count) - np.ceil(shares / 100 * len(count)).astype(int)  # films, the least rated
    held = 1 - counts.lorenz(count).share_of_ratings[rest]
    return pd.DataFrame({"films (%)": shares, "ratings (%)": 100 * held})


def _years(ratings: pd.DataFrame) -> pd.DataFrame:
    table = counts.over(ratings, "year").rename(columns=NAMES).reset_index()
    return table.astype({"year": str})


def _most(movies: pd.DataFrame, each: pd.DataFrame) -> pd.DataFrame:
    top = each.nlargest(10, "count")[["count", "mean"]].rename(columns=NAMES)
    films = movies.set_index("movie_id").loc[top.index, ["title", "year", "genres"]]
    return films.rename(columns={"title": "film"}).astype({"year": str}).join(top)
