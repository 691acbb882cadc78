"""The reader's own ratings of ten films, which follow them through the series.

They are kept in one small file beside the notebooks, and nowhere else.
"""

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from nbhelpers.data.datasets import Dataset
from nbhelpers.data.own.personal_exports import my_ratings
from nbhelpers.data.titles import normalise_title, split_title
from nbhelpers.errors import DataError
from nbhelpers.files import atomic_path
from nbhelpers.teaching.lesson import literal, say

FILE = "my_films.csv"  # another place: $NBHELPERS_VIEWER
COLUMNS = ["title", "year", "rating"]
STEP, LOW, HIGH = 0.5, 0.5, 5.0  # whatever the set's own scale
FEWEST = 3  # films of the ten that a set has to know
# Title, year, and the stars of the stand-in who sits in the reader's seat at first.
FILMS = [
    ("The Godfather", 1972, 5),
    ("The Matrix", 1999, 5),
    ("Schindler's List", 1993, 5),
    ("Pulp Fiction", 1994, 4),
    ("The Shining", 1980, 4),
    ("Casablanca", 1942, 4),
    ("Toy Story", 1995, 4),
    ("When Harry Met Sally...", 1989, 3),
    ("Titanic", 1997, 2),
    ("Armageddon", 1998, 2),
]
STAND_IN = {title: stars for title, _, stars in FILMS}


def keep(stars: Mapping[str, float | None], data: Dataset) -> pd.DataFrame:
    """Keep the reader's stars in the file beside the notebooks, and return them.

    The stand-in's stars are not kept: they never take the place of the reader's.

    Parameters
    ----------
    stars : mapping of str to float or None
        By title: half a star to five, in steps of a half; None for a film not seen.
    data : Dataset
        The films that titles are looked up among.

    Returns
    -------
    DataFrame
        As `me` gives it.

    Raises
    ------
    DataError
        If a title is unknown, a rating is none, or fewer than three films are rated.
    """
    if dict(stars) != STAND_IN:
        _write(_checked(stars, data))
    return me(data)


def me(data: Dataset) -> pd.DataFrame:
    """Return the reader's ratings of the films that a data set knows.

    Parameters
    ----------
    data : Dataset

    Returns
    -------
    DataFrame
        ``movie_id`` (int32), ``title``, ``rating`` (float64), the highest rating first. Until
        the reader has rated films, a stand-in's; on a set that knows fewer than three of them,
        ten ratings of somebody of the set.

    Raises
    ------
    DataError
        If the file cannot be read.
    """
    try:
        found = my_ratings(_kept(), data, title="title", year="year", rating="rating").ratings
    except DataError:
        if _file().exists():
            _kept()  # damaged: that is an error
        found = pd.DataFrame()
    if len(found) < FEWEST:
        found = _somebody(data)
        say(
            f"{literal(data.label)} knows too few of your films: where it says “you”, it is "
            "somebody of this set."
        )
    titled = found.assign(title=found["movie_id"].map(data.titles))
    order = titled.sort_values(["rating", "title"], ascending=[False, True], ignore_index=True)
    return order[["movie_id", "title", "rating"]]


def rate(data: Dataset) -> None:
    """Show a slider for each of the ten films, and a button that keeps the stars.

    Parameters
    ----------
    data : Dataset
        As in `keep`.
    """
    try:
        import ipywidgets
        from IPython.display import display
    except ImportError:
        print("ipywidgets is not installed: edit the stars in the code and run the cell again.")
        return
    options = [("not seen", None)] + [(f"{k / 2:g}", k / 2) for k in range(1, 11)]
    look: dict[str, Any] = {
        "style": {"description_width": "18em"},
        "layout": {"width": "36em"},
    }
    sliders = {
        title: ipywidgets.SelectionSlider(
            options=options, value=float(given), description=title, **look
        )
        for title, given in STAND_IN.items()
    }
    button, said = ipywidgets.Button(description="Keep my stars"), ipywidgets.Output()

    def on_click(_: Any) -> None:
        said.clear_output()
        with said:
            try:
                kept = keep({title: slider.value for title, slider in sliders.items()}, data)
                print(f"Kept: {len(kept)} films, in {FILE} beside this notebook.")
            except DataError as error:
                print(error)

    button.on_click(on_click)
    display(ipywidgets.VBox([*sliders.values(), button, said]))


def _checked(stars: Mapping[str, float | None], data: Dataset) -> pd.DataFrame:
    given = {title: value for title, value in stars.items() if value is not None}
    for title, value in given.items():
        if not _is_rating(value):
            raise DataError(
                f"“{title}” has the rating {value!r}.",
                expected=f"{LOW:g} to {HIGH:g} stars in steps of {STEP:g}, or None if not seen.",
            )
    if len(given) < FEWEST:
        raise DataError(
            f"Too few films are rated: {len(given)}.",
            expected=f"at least {FEWEST}; ten are better.",
        )
    table = pd.DataFrame({"title": list(given), "rating": list(given.values())})
    table["year"] = table["title"].map({title: year for title, year, _ in FILMS})
    try:
        links = my_ratings(table, data, title="title", year="year", rating="rating").links
    except DataError:  # not one of them is a film of the set
        raise _unknown(table["title"][0], data) from None
    for title in links.loc[links["movie_id"].isna(), "title"]:
        raise _unknown(title, data)
    return table


def _unknown(title: str, data: Dataset) -> DataError:
    """Return the error about a title that no film has, or several."""
    movies = data.movies.dropna(subset=["title"])
    name, year = split_title(title)
    namesakes = movies[movies["title"].map(normalise_title) == normalise_title(name)]
    if len(namesakes) > 1:
        dated = _dated(namesakes.sort_values("year"))
        if year is not None and year not in set(namesakes["year"].dropna()):
            return DataError(
                f"No film of {data.label} called “{name}” is from {year}.",
                expected=f"{' or '.join(dated)}.",
            )
        if len(dated) == len(namesakes) and title not in dated:
            return DataError(
                f"{len(namesakes)} films of {data.label} are called “{title}”.",
                expected=f"the year as well: {' or '.join(dated)}.",
            )
        return DataError(
            f"{data.label} lists “{title}” more than once, so it is not clear which is meant.",
            remedy="put another film in its place, or write None for it.",
        )
    near = difflib.get_close_matches(name, movies["title"].unique().tolist(), n=3, cutoff=0.6)
    found = movies.set_index("title").loc[near].reset_index() if near else movies.head(3)
    newest = movies["year"].max()
    ends = "" if pd.isna(newest) else f": its newest is from {newest}"
    return DataError(
        f"No film of {data.label} is called “{title}”{ends}.",
        expected=f"a title such as {'; '.join(_dated(found))}.",
        remedy="put another film in its place, or write None for it.",
    )


def _dated(movies: pd.DataFrame) -> list[str]:
    """Return titles with the year in brackets, each once."""
    pairs = zip(movies["title"], movies["year"], strict=True)
    return list(dict.fromkeys(t if pd.isna(year) else f"{t} ({year})" for t, year in pairs))


def _is_rating(value: Any) -> bool:
    try:
        return LOW <= value <= HIGH and value % STEP == 0 and not isinstance(value, bool)
    except TypeError:
        return False


def _somebody(data: Dataset) -> pd.DataFrame:
    """Return ten ratings of the first user who has as many, or of the one who has the most."""
    counts = data.ratings["user_id"].value_counts().sort_index()
    many = counts[counts >= len(STAND_IN)]
    user = many.index[0] if len(many) else counts.idxmax()
    theirs = data.ratings[data.ratings["user_id"] == user]
    known = theirs[theirs["movie_id"].isin(data.titles.index)]
    return known.head(len(STAND_IN))[["movie_id", "rating"]].astype({"rating": "float64"})


def _file() -> Path:
    return Path(os.environ.get("NBHELPERS_VIEWER", "").strip() or FILE).expanduser()


def _kept() -> pd.DataFrame:
    file = _file()
    if not file.exists():
        return pd.DataFrame(FILMS, columns=COLUMNS).astype({"rating": "float64"})
    try:
        table = pd.read_csv(file, encoding="utf-8")[COLUMNS]
        table["rating"] = table["rating"].astype("float64")
    except (ValueError, KeyError, OSError) as error:
        raise DataError(
            f"Your films cannot be read: {error}",
            path=file,
            expected=f"a table in CSV with the columns {', '.join(COLUMNS)}.",
            remedy="rate them again in notebook 01, or delete the file.",
        ) from error
    return table


def _write(table: pd.DataFrame) -> None:
    with atomic_path(_file()) as temporary:
        table[COLUMNS].to_csv(temporary, index=False)
