"""One person's ratings, exported from elsewhere, joined to the films of a set by title and year."""

import re
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd

from nbhelpers.data.own import columns, scales, tables, values
from nbhelpers.data.own.tables import Found
from nbhelpers.data.titles import SIMILAR, link_titles, spellings, split_title
from nbhelpers.errors import DataError

WATCHED = 4.0  # stars for what was watched to be counted as a like, where nothing was rated
EPISODE = re.compile(
    r": (?:season|series|part|volume|chapter|episode|limited series|staffel|saison|temporada|"
    r"book)\b.*:|: (?:season|episode|limited series|staffel)\b",
    re.IGNORECASE,
)
SERIES = re.compile(r"\s*\([^()]*#[\d.-]+[^()]*\)$")  # Goodreads: "Dune (Dune, #1)"


class Films(Protocol):
    """What is asked of a `Dataset` here: it is made of this room's tables, and imports them."""

    @property
    def label(self) -> str: ...
    @property
    def movies(self) -> pd.DataFrame: ...
    @property
    def scale(self) -> tuple[float, float]: ...


class Shape(NamedTuple):
    """An export that is known by its columns."""

    label: str
    needed: frozenset[str]
    scale: tuple[float, float] | None  # None: it has no ratings
    year: str = "year"


SHAPES = (
    Shape("Letterboxd", frozenset({"name", "year", "letterboxd_uri"}), (0.5, 5)),
    Shape("IMDb", frozenset({"const", "your_rating", "title", "year"}), (1, 10)),
    Shape(
        "Goodreads",
        frozenset({"book_id", "title", "my_rating", "bookshelves"}),
        (1, 5),
        "original_publication_year",
    ),
    Shape("Netflix viewing history", frozenset({"title", "date"}), None),
)


class Mine(NamedTuple):
    """One person's ratings of films that a set knows.

    Links have a row for each title of the export: title, year, rating; movie_id and linked_title
    (of the set; missing where there is no such film), confidence (0 to 1), rule.
    """

    ratings: pd.DataFrame  # movie_id int32, rating float64: what `Engine.recommend` takes
    links: pd.DataFrame
    said: list[str]  # what was found, for people


def known_shape(names: list[str]) -> Shape | None:
    """Return the export that has these columns, if it is a known one."""
    found = {columns.plain(name) for name in names}
    for shape in SHAPES:
        exact = shape.scale is None  # Title and Date are in many tables
        if shape.needed == found if exact else shape.needed <= found:
            return shape
    return None


def my_ratings(
    source: str | Path | pd.DataFrame,
    data: Films,
    *,
    title: str | None = None,
    year: str | None = None,
    rating: str | None = None,
    encoding: str | None = None,
    member: str | None = None,
) -> Mine:
    """Read one person's export, and find its titles among the films of a set.

    Known are the exports of Letterboxd, IMDb and Goodreads, Netflix' viewing history, and any
    table with a title in each row, perhaps a year and a rating. Titles are linked by
    `link_titles`; those without a year if they are spelt like exactly one film (confidence 0.7),
    or nearly so (0.6 times the similarity). Where nothing is rated, what was watched is taken for
    a like of four stars.

    Parameters
    ----------
    source : path-like or DataFrame
    data : Dataset
        The set with the films, as an engine's `data`.
    title, year, rating : str, optional
        Columns, where they are not found by themselves; "none" for a rating to be left aside.
    encoding : str, optional
        Of a file that is not UTF-8, such as cp1252.
    member : str, optional
        Which file of a zip archive, such as Letterboxd's.

    Returns
    -------
    Mine
        Ratings for `Engine.recommend`, and how sure each title is.

    Raises
    ------
    DataError
        If there are no titles, a rating is none, or not one title is a film of the set.
    """
    if not all(hasattr(data, name) for name in ("movies", "label", "scale")):
        raise TypeError(
            f"The films come from a data set or an engine's data, not from a {type(data).__name__}:"
            " my_ratings(file, engine.data)."
        )
    found = tables.read(source, encoding, member)
    shape = known_shape(found.table.column_names)
    given = {"title": title, "year": year, "rating": rating, "time": columns.NONE}
    table, said = _table(found, shape, given)
    if table.empty:
        raise DataError(
            f"No film is left to look for: {'; '.join(said[1:] if shape else said)}.",
            path=found.path,
            expected="titles of films, rated or watched.",
            remedy="Use an export with films in it.",
        )
    links = _linked(table, data.movies)
    matched = links.dropna(subset=["movie_id"])
    if matched.empty:
        raise DataError(
            f"None of the {len(table):,} titles is in {data.label}.",
            path=found.path,
            expected="titles such as " + "; ".join(data.movies["title"].head(3)) + ".",
            remedy="Use a larger set, or check that title= names the column of titles.",
        )
    once = matched.drop_duplicates("movie_id", keep="last")
    if len(once) < len(matched):
        said.append(f"the last of several ratings kept for {len(matched) - len(once):,} films")
    sure = int((matched["confidence"] == 1).sum())
    said.append(
        f"{len(matched):,} of {len(links):,} titles found in {data.label}, {sure:,} of them with "
        "the same title and year"
    )
    low, high = data.scale
    ratings = pd.DataFrame({"movie_id": once["movie_id"].astype("int32")})
    ratings["rating"] = once["rating"].clip(low, high).astype("float64")
    return Mine(ratings.sort_values("movie_id", ignore_index=True), links, said)


def _table(
    found: Found, shape: Shape | None, given: dict[str, str | None]
) -> tuple[pd.DataFrame, list[str]]:
    """title, year and rating of each row."""
    said = [shape.label] if shape else []
    if shape and shape.scale is None:
        given = given | {"rating": columns.NONE}
    chosen = columns.choose(found, given, needed=("title",)).columns
    table = pd.DataFrame({"title": _cells(found, chosen["title"])})
    by_plain = {columns.plain(name): name for name in found.table.column_names}
    year = chosen.get("year") or (shape and by_plain.get(shape.year))
    table["year"] = pd.to_numeric(_cells(found, year), errors="coerce") if year else np.nan
    table["rating"], said_of = _stars(found, chosen.get("rating"), shape)
    untitled = table["title"] == ""
    unrated = table["rating"].isna() & ~untitled
    episodes = table["title"].str.contains(EPISODE) & (shape is not None and shape.scale is None)
    for what, rows in {
        "rows without a title": untitled,
        "titles without a rating": unrated,
        "episodes of series": episodes & ~untitled & ~unrated,
    }.items():
        if rows.any():
            said.append(f"{what} left out: {int(rows.sum()):,}")
    kept = table[~untitled & ~unrated & ~episodes].reset_index(drop=True)
    parted = [split_title(SERIES.sub("", title)) for title in kept["title"]]
    kept["year"] = kept["year"].fillna(pd.Series([year for _, year in parted], dtype="float64"))
    kept["name"] = [name for name, _ in parted]
    return kept, said + said_of


def _cells(found: Found, name: str) -> pd.Series:
    cells = found.table[name].to_pylist()
    return pd.Series([(cell or "").strip() for cell in cells], dtype=object)


def _stars(found: Found, name: str | None, shape: Shape | None) -> tuple[np.ndarray, list[str]]:
    if name is None:
        stars = np.full(len(found.table), WATCHED)
        return stars, [f"nothing is rated: what is listed counts as a like ({WATCHED:g} stars)"]
    cells = found.table[name].to_pylist()
    read = values.ratings(cells)
    wrong = [place for place, reason in read.faults.items() if reason != "is missing"]
    if wrong:
        cell = cells[wrong[0]]
        raise DataError(
            f"The rating {cell!r} is not a number.",
            path=found.path,
            line=found.line(wrong[0]),
            expected="ratings in numbers, or nothing.",
        )
    stars = read.values.copy()
    if shape and shape.scale:
        stars[stars < shape.scale[0]] = np.nan  # Goodreads writes 0 for none
    known = stars[~np.isnan(stars)]
    if not len(known):
        raise DataError(
            "Nothing is rated in this file.",
            path=found.path,
            expected="some ratings.",
            remedy="Export it again, or take all as likes: my_ratings(…, rating='none').",
        )
    distinct, counts = np.unique(known, return_counts=True)
    try:
        scale = scales.find(distinct, counts, shape.scale if shape else None)
    except DataError as error:
        error.path = found.path
        if shape and shape.scale:  # whose scale is known
            error.expected = f"ratings from {shape.scale[0]:g} to {shape.scale[1]:g}, as exported."
            error.remedy = "Mend the ratings outside it, or export the file again."
        else:  # there are no options for it here
            error.remedy = (
                "Remove what is not rated and bring the ratings to one scale, or take all rows as "
                "likes: my_ratings(…, rating='none')."
            )
        raise
    return scale.kept(stars), [scale.described()]


# --- Titles --------------------------------------------------------------------------------


def _linked(table: pd.DataFrame, movies: pd.DataFrame) -> pd.DataFrame:
    rows = np.arange(len(table), dtype=np.int32)
    own = pd.DataFrame({"movie_id": rows, "title": table["name"], "year": table["year"]})
    # The same film on several rows would look ambiguous: each title and year is linked once.
    own["first"] = own.groupby(["title", "year"], dropna=False)["movie_id"].transform("first")
    once = own[own["first"] == own["movie_id"]]
    links = link_titles(once[["movie_id", "title", "year"]], movies)
    undated = once[once["year"].isna()]
    links = pd.concat([links, _by_title(undated, movies)], ignore_index=True)
    by_row = links.set_index("movie_id")
    result = table[["title", "year", "rating"]].copy()
    result["year"] = result["year"].astype("Int16")
    result["movie_id"] = own["first"].map(by_row["linked_id"]).astype("Int32")
    titles = movies.set_index("movie_id")["title"]
    result["linked_title"] = result["movie_id"].map(titles)
    result["confidence"] = own["first"].map(by_row["confidence"]).fillna(0.0)
    result["rule"] = own["first"].map(by_row["rule"]).astype(object).fillna("")
    return result


def _by_title(undated: pd.DataFrame, movies: pd.DataFrame) -> pd.DataFrame:
    """Links of titles without a year: to the one film that is spelt so, or nearly so."""
    films: dict[str, set[int]] = {}
    for movie, title in zip(movies["movie_id"], movies["title"], strict=True):
        for key in spellings(title):
            films.setdefault(key, set()).add(int(movie))
    links, keys = [], list(films)
    for row, title in zip(undated["movie_id"], undated["title"], strict=True):
        key = spellings(title)[0]
        rule, share = "same title, no year", 0.7
        if key not in films:
            from rapidfuzz import fuzz, process  # all but this works where it is missing

            near = process.extract(key, keys, scorer=fuzz.ratio, score_cutoff=SIMILAR, limit=2)
            near = [one for one in near if re.findall(r"\d+", one[0]) == re.findall(r"\d+", key)]
            if len(near) != 1:
                continue
            key, share = near[0][0], 0.6 * near[0][1] / 100
            rule = "similar title, no year"
        if len(films[key]) == 1:
            links.append((row, next(iter(films[key])), share, rule))
    return pd.DataFrame(links, columns=["movie_id", "linked_id", "confidence", "rule"])
