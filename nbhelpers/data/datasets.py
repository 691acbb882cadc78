"""Data sets by name, one shape for all."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nbhelpers.data import cache, netflix, sampling
from nbhelpers.data.cache import Notes, Tables
from nbhelpers.data.catalogue import (
    GENERATED,
    HETREC,
    KAGGLE_MOVIES,
    NETFLIX,
    SAMPLE,
    about,
    describe_all,
    find,
    known_names,
    passed_over,
)
from nbhelpers.data.formats import netflix_grammar
from nbhelpers.data.formats.raw_files import note_folder, note_name
from nbhelpers.data.movies_table import LISTS, NO_GENRES, movies_table
from nbhelpers.data.own import adopting, kept
from nbhelpers.data.own.rows import Own
from nbhelpers.data.titles import spellings
from nbhelpers.errors import DataError, is_data, readable, warn
from nbhelpers.files import cache_folder, code_hash

__all__ = ["Dataset", "adopt", "describe_all", "find", "interactions", "load"]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Ratings and movies under one name.

    Parameters
    ----------
    name, label : str
        For programs and for people.
    ratings : DataFrame
        user_id int32, movie_id int32, rating (int8 where stars are whole, else float32),
        timestamp datetime64[s]; sorted by movie_id, then user_id.
    movies : DataFrame
        movie_id int32, title, year Int16, genres (list), overview, directors, actors, keywords
        (lists), tmdb_id Int64, poster_url, genres_meta (list); sorted by movie_id. What a set
        lacks is empty.
    scale : (float, float)
        Lowest and highest rating.
    step : float
        From one rating to the next.
    licence, source : str
    content_hash : str
        SHA-256 of ratings and movies; models are tied to it.
    simulated : bool
        Whether the ratings were made by a program.
    folder : pathlib.Path
        Where the files were found.
    report : dict of int
        What was counted while reading rather than refused.
    probe, tags, genome : DataFrame or None
        Netflix's probe pairs (movie_id, user_id); MovieLens' tags (user_id, movie_id, tag,
        timestamp) and tag genome (movie_id, tag, relevance).
    user_labels, movie_labels : DataFrame or None
        Of an adopted set whose ids are no whole numbers: id, and the label it stands for.
    items : {"films", "items"}
        What was rated: items in a set of one's own, unless its columns name movies or films.
    """

    name: str
    label: str
    ratings: pd.DataFrame
    movies: pd.DataFrame
    scale: tuple[float, float]
    step: float
    licence: str
    source: str
    content_hash: str
    simulated: bool
    folder: Path
    report: dict[str, int]
    probe: pd.DataFrame | None = None
    tags: pd.DataFrame | None = None
    genome: pd.DataFrame | None = None
    user_labels: pd.DataFrame | None = None
    movie_labels: pd.DataFrame | None = None
    items: str = "films"

    @cached_property
    def n_users(self) -> int:
        """How many users rated."""
        return _distinct(self.ratings["user_id"])

    @cached_property
    def n_movies(self) -> int:
        """How many movies were rated."""
        return _distinct(self.ratings["movie_id"])

    @cached_property
    def titles(self) -> pd.Series:
        """Title of every movie that is listed or rated, by movie_id.

        A movie that was rated but is not listed is called "film 17", by its number, or "item 17".
        """
        listed = self.movies.set_index("movie_id")["title"]
        rated = pd.Index(self.ratings["movie_id"].unique())
        unnamed = rated.difference(listed.index)
        kind = self.items[:-1]
        names = pd.Series([f"{kind} {movie}" for movie in unnamed], unnamed, listed.dtype)
        titles: pd.Series = pd.concat([listed, names]).sort_index().rename_axis("movie_id")
        return titles.rename("title")

    @cached_property
    def user_names(self) -> dict[int, str]:
        """What users are called whose ids were no whole numbers, by user_id."""
        if self.user_labels is None:
            return {}
        return dict(zip(self.user_labels["id"].tolist(), self.user_labels["label"], strict=True))

    @property
    def density(self) -> float:
        """The share of all pairs of a rating user and a rated movie that have a rating."""
        return len(self.ratings) / (self.n_users * self.n_movies)

    def has(self, column: str) -> bool:
        """Whether any movie has a value in a column.

        Parameters
        ----------
        column : str
            Of `movies`; or "probe", "tags" or "genome"; or "timestamp", of the ratings.

        Returns
        -------
        bool
            False for a table that the set lacks.
        """
        if column in ("probe", "tags", "genome"):
            table = getattr(self, column)
            return table is not None and len(table) > 0
        if column == "timestamp":
            return bool(self.ratings["timestamp"].notna().any())
        if column not in self.movies:
            return False
        return any(cell is not pd.NA and bool(cell) for cell in self.movies[column])


def load(
    data: str | Path | pd.DataFrame = SAMPLE,
    *,
    name: str | None = None,
    users: float | None = None,
    seed: int = 42,
    **options: Any,
) -> Dataset:
    """Load a data set by name, or ratings of your own from a file or a frame.

    It is looked for in `$NBHELPERS_DATA/<name>/` (or that folder itself, if it has the set's
    name), in `data/<name>/` of the project and of the
    current folder and those above it, and where Kaggle mounts data; MovieLens is downloaded
    otherwise. A file `metadata.csv` in the set's folder is merged into its movies. Parsed sets
    are cached; a damaged or outdated cache is noticed and rebuilt.

    A file or a frame is read each time; `adopt` keeps it under a name.

    Parameters
    ----------
    data : str, path-like or DataFrame
        One of "sample", "ml-latest-small", "ml-100k", "ml-1m", "ml-10m", "ml-20m", "ml-25m",
        "ml-32m", "ml-latest", "hetrec2011-movielens-2k", "netflix", "the-movies-dataset", or the
        name of a set that you have adopted. Or a file (CSV, TSV, Parquet, JSON lines; packed or
        not), or a frame.
    name : str, optional
        What the set is called, for a file or a frame.
    users : float in (0, 1], optional
        Only this share of the users, with all their ratings; `sampling.chosen` has the rule.
    seed : int
        Which users.
    **options : str, optional
        What you say of a file or a frame: its columns and more, see `adopt`.

    Returns
    -------
    Dataset
        Everything the set has, in one shape.

    Raises
    ------
    DataError
        For an unknown name, a set that is not there, and data that is not as it should be.
    ValueError
        For a share outside (0, 1].
    """
    if adopting.is_own(data):
        kept_as = {} if name is None else {"name": name}
        return _own(*adopting.read(data, kept_as | options), users, seed)
    name = name if name and data == SAMPLE else str(data)
    if options:
        raise TypeError(
            f"{name!r} takes no options such as {', '.join(options)}: only a file or a frame does."
        )
    if name not in known_names() and kept.find(name):
        return _own(name, kept.read(name), users, seed)
    known = about(name)
    if users is not None:
        sampling.chosen(np.empty(0, np.int64), users, seed)  # refuses a wrong share at once
    folder = find(name) or _fetch(name)
    if said := passed_over(name, folder):
        warn(said)
    if name == SAMPLE:
        tables, report = _read(name, folder, users, seed)
        notes = _notes(tables, report)
    else:
        tables, notes = _cached(name, folder, users, seed)
    if (folder / netflix.SIMULATED).exists():
        known = GENERATED
    return Dataset(
        name=name,
        label=known.label,
        scale=known.scale,
        step=known.step,
        licence=known.licence,
        source=known.source,
        simulated=known is GENERATED or name == SAMPLE,
        folder=folder,
        content_hash=notes["content_hash"],
        report=notes["report"],
        ratings=tables["ratings"],
        movies=tables["movies"],
        probe=tables.get("probe"),
        tags=tables.get("tags"),
        genome=tables.get("genome"),
    )


def adopt(data: str | Path | pd.DataFrame, name: str | None = None, **options: Any) -> Dataset:
    """Keep ratings of your own under a name, by which everything knows them from then on.

    They are read once and checked row by row; `Dataset.report` counts what was changed or left
    out. docs/own_data.md shows which files are known, what is asked, and what is refused.

    Parameters
    ----------
    data : path-like or DataFrame
        CSV, TSV, Parquet or JSON lines, packed (gz, zip) or not; a row for each rating, or for
        each click.
    name : str, optional
        By default that of the file.
    **options : str, optional
        ``user, item, rating, time``: columns, where they are not found by themselves ("none": do
        without). ``items``: a file of titles, years and genres. ``duplicates="last"``,
        ``faulty="drop"``: keep the last of two ratings, leave out faulty rows. ``unrated=0``: the
        number that stands for none. ``scale=(1, 10)``, ``as_is=True``: the scale, and whether to
        keep it where it is not of five stars. ``dates="dmy"`` or ``"mdy"``. ``encoding``,
        ``member`` (of a zip). ``label``, ``licence``, ``source``: what people should know of it.
        ``replace=True``: take the place of an adopted set of this name.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        If the name is taken; or the file is no table of ratings, or has faults: where, and what
        to do.
    """
    kept_as = {} if name is None else {"name": name}
    return _own(*adopting.adopt(data, kept_as | options, known_names()), None, 42)


def _own(name: str, own: Own, users: float | None, seed: int) -> Dataset:
    """Ratings of a reader's own as a `Dataset`."""
    notes, ratings = own.notes, own.tables["ratings"]
    if users is not None:
        kept_rows = sampling.chosen(ratings["user_id"], users, seed)
        ratings = ratings[kept_rows].reset_index(drop=True)
        sampling.check_share(ratings, users, name)
    movies = own.tables["movies"]
    content = notes.get("content_hash") if users in (None, 1) else None
    return Dataset(
        name=name,
        label=notes["label"],
        ratings=ratings,
        movies=movies,
        scale=tuple(notes["scale"]),
        step=notes["step"],
        licence=notes["licence"],
        source=notes["source"],
        content_hash=content or cache.content_hash(ratings, movies),
        simulated=False,
        folder=kept.find(name) or Path(notes.get("file") or "."),
        report=notes["report"] | _count(ratings, movies),
        user_labels=own.tables.get("user_labels"),
        movie_labels=own.tables.get("movie_labels"),
        items="films" if re.search("film|movie", str(notes["columns"]), re.I) else "items",
    )


def interactions(dataset: Dataset) -> pd.DataFrame:
    """The full interaction table: each rating with what is known of its movie.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    DataFrame
        One row per rating, in the order of `dataset.ratings`: user_id, movie_id, rating float32,
        timestamp, release_year Int16, and as categories (so that a hundred million rows fit)
        title, genres, genres_meta, directors, actors, keywords (names parted by ``|``) and
        overview. No genres read "(no genres listed)", what else is missing is "".
    """
    ratings, movies = dataset.ratings, dataset.movies
    at = pd.Index(movies["movie_id"]).get_indexer(ratings["movie_id"])  # -1 for an unlisted movie
    table = ratings.assign(rating=ratings["rating"].astype("float32"))
    years = pd.array([*movies["year"], pd.NA], dtype="Int16")
    table["release_year"] = years[at]
    for column in ("title", *LISTS, "overview"):
        cells = ["|".join(cell) if column in LISTS else cell for cell in movies[column]] + [""]
        if column == "genres":
            cells = [cell or NO_GENRES for cell in cells]
        codes, values = pd.factorize(np.array(cells, dtype=object))
        small = np.min_scalar_type(-len(values))
        codes = codes.astype(small)[at]
        table[column] = pd.Categorical.from_codes(codes, pd.Index(values))
    return table


def _distinct(ids: pd.Series) -> int:
    from nbhelpers.data import counts  # here, because numba takes a while to import

    return counts.distinct(ids)


def _fetch(name: str) -> Path:
    if not name.startswith("ml-"):
        raise DataError(
            f"The data set {name!r} is not on this machine.",
            expected=f"a folder data/{name}/, or {name}/ in the folder that $NBHELPERS_DATA names.",
            remedy=about(name).remedy,
        )
    from nbhelpers.data import movielens

    return movielens.download(name)


def _cached(name: str, folder: Path, users: float | None, seed: int) -> tuple[Tables, Notes]:
    from nbhelpers.data import movielens

    settings = () if users in (None, 1) else (float(users), int(seed))
    place = cache_folder() / "parsed" / "-".join(map(str, (name, *settings)))
    places = movielens.beside(folder, name)
    source = cache.source_hash(folder, code_hash("data"), *settings, beside=places)
    found = cache.read_cache(place, source)
    if found is None:
        tables, report = _read(name, folder, users, seed)
        notes = cache.write_cache(place, source, tables, partial(_notes, tables, report))
        return tables, notes
    return found


def _read(name: str, folder: Path, users: float | None, seed: int) -> tuple[Tables, dict[str, int]]:
    """Tables of a set by name, and the report."""
    with readable(folder):
        tables = _parse(name, folder, users, seed)
    report = Counter(tables.pop("report"))
    note_folder(folder, name, report)
    tables = {key: table for key, table in tables.items() if table is not None}
    ratings, movies = tables["ratings"], movies_table(tables["movies"].to_dict("series"))
    extra = metadata_file(name, folder)
    if is_data(extra):
        from nbhelpers.data import metadata

        known = metadata.read_metadata(extra)
        unlisted = ~known["movie_id"].isin(movies["movie_id"])
        report["metadata of unlisted movies"] = int(unlisted.sum())
        years = known["movie_id"].map(movies.set_index("movie_id")["year"])
        report["metadata that name another year"] = int((known["year"] != years).sum())
        if any(known.attrs["report"].values()):
            report.update(known.attrs["report"])
        report["metadata that name another title"] = _other_titles(movies, known, extra)
        movies = metadata.merge_metadata(movies, known)
    tables["movies"] = movies
    return tables, _count(ratings, movies) | dict(report)


def _other_titles(movies: pd.DataFrame, known: pd.DataFrame, path: Path) -> int:
    """How many titles of the metadata are not those of the set; DataError if most are not."""
    both = movies[["movie_id", "title"]].merge(known[["movie_id", "title"]], on="movie_id")
    pairs = zip(both["movie_id"], both["title_x"], both["title_y"], strict=True)
    other = [
        (movie, ours, theirs)
        for movie, ours, theirs in pairs
        if ours != theirs and not set(spellings(ours)) & set(spellings(theirs))
    ]
    if len(both) > 2 and 2 * len(other) > len(both):
        movie, ours, theirs = other[0]
        raise DataError(
            f"{len(other):,} of {len(both):,} titles are not those of the set: movie {movie} is "
            f"{theirs!r} here, {ours!r} there.",
            path=path,
            expected="the same movies under the same ids.",
            remedy="Write the ids of this set into movieId: those of TMDB or IMDb are others.",
        )
    return len(other)


def _against_published(name: str, ratings: pd.DataFrame) -> dict[str, int]:
    """How many ratings and rated movies there are more or fewer than were published; and a warning.

    A file cut at the end of a line is a whole file to look at; so is one whose columns of users and
    movies were exchanged.
    """
    editions = about(name).published
    if not editions:
        return {}
    ids = ratings["movie_id"].to_numpy()
    rated = int(np.count_nonzero(np.diff(np.searchsorted(ids, np.arange(ids[-1] + 2)))))
    least = min((e[0] for e in editions if e[0] >= len(ids)), default=max(editions)[0])
    near = [e for e in editions if least <= e[0] < 2 * least]
    published = next((e for e in editions if e[0] == len(ids)), near[0])
    report = {}
    for what, found, told in zip(
        ("ratings", "rated movies"), (len(ids), rated), published, strict=True
    ):
        if found != told:
            key = f"{what} {'fewer' if found < told else 'more'} than published"
            report[key] = abs(told - found)
    if report:
        told_ratings, told_movies = published
        warn(
            f"{name} was published with {told_ratings:,} ratings of {told_movies:,} movies, but "
            f"this copy has {len(ids):,} ratings of {rated:,} movies. Unless you cut it down on "
            "purpose, a file is incomplete or was changed: get it again."
        )
    return report


def metadata_file(name: str, folder: Path) -> Path:
    """Return where a set's metadata table is, if it has one."""
    return folder / ("movies.csv" if name == SAMPLE else "metadata.csv")


def _notes(tables: Tables, report: dict[str, int]) -> Notes:
    """What is kept with the tables."""
    content = cache.content_hash(tables["ratings"], tables["movies"])
    return {"report": report, "content_hash": content}


def _parse(name: str, folder: Path, users: float | None, seed: int) -> dict[str, Any]:
    if name in (SAMPLE, NETFLIX):
        return _read_netflix(name, folder, users, seed)
    from nbhelpers.data import movielens
    from nbhelpers.data.formats.the_movies_dataset import read_the_movies_dataset

    if name == KAGGLE_MOVIES:
        tables = read_the_movies_dataset(folder)
    elif name == HETREC:
        from nbhelpers.data.formats.hetrec import read_hetrec

        tables = read_hetrec(folder)
    else:
        tables = movielens.read(folder, name)
    tables["report"] |= _against_published(name, tables["ratings"])
    if users is not None:
        for key in {"ratings", "tags"} & tables.keys():
            if tables[key] is not None:
                kept = sampling.chosen(tables[key]["user_id"], users, seed)
                tables[key] = tables[key][kept].reset_index(drop=True)
        sampling.check_share(tables["ratings"], users, folder)
    return tables


def _read_netflix(name: str, folder: Path, users: float | None, seed: int) -> dict[str, Any]:
    report: Counter[str] = Counter()
    titles = netflix.find_titles(folder)
    if titles.name != "movie_titles.txt":  # as in Netflix's own archive; Kaggle's is .csv
        note_name(titles, titles.with_name("movie_titles.csv"), report)
    movies = netflix.read_titles(titles, report)
    ratings = netflix.read_ratings(folder, users, seed, report=report)
    probe = None
    places = {folder: None, titles.parent: None}
    if name == NETFLIX:
        first, *others = netflix.find_ratings(folder)
        places[first.parent.parent if first.parent.name == "training_set" else first.parent] = None
        start = first.name.lower()
        whole = (
            4 if start[:8] == "combined" else netflix_grammar.MOVIES if start[:3] == "mv_" else 1
        )
        usual = start if start[:8] == "combined" or start[:3] == "mv_" else "combined_data_1.txt"
        note_name(first, first.with_name(usual), report)
        report["rating files missing"] = max(whole - len([first, *others]), 0)
        report["movies missing from movie_titles.csv"] = netflix_grammar.MOVIES - len(movies)
        if users is None and not (folder / netflix.SIMULATED).exists():
            report.update(_against_published(name, ratings))
    for place in places:
        note_folder(place, folder.name, report)
    probes = [place / "probe.txt" for place in places if is_data(place / "probe.txt")]
    if probes:
        probe = netflix.read_probe(probes[0])
        if users is not None:
            kept = sampling.chosen(probe["user_id"], users, seed)
            probe = probe[kept].reset_index(drop=True)
        report["probe pairs without a rating"] = int((~among(probe, ratings)).sum())
    return {"ratings": ratings, "movies": movies, "probe": probe, "report": dict(report)}


def among(pairs: pd.DataFrame, ratings: pd.DataFrame) -> np.ndarray:
    """Which pairs of movie and user are rated; both tables are sorted by both."""
    among = np.zeros(len(pairs), bool)
    movies = np.unique(pairs["movie_id"])
    users, asked = (frame["user_id"].to_numpy() for frame in (ratings, pairs))
    for (start, stop), (first, last) in zip(
        _ranges(ratings["movie_id"], movies), _ranges(pairs["movie_id"], movies), strict=True
    ):
        if start < stop:
            at = start + np.searchsorted(users[start:stop], asked[first:last])
            among[first:last] = users[np.minimum(at, stop - 1)] == asked[first:last]
    return among


def _ranges(column: pd.Series, values: np.ndarray) -> np.ndarray:
    """Where each value begins and ends in a sorted column, shape (n, 2)."""
    held = column.to_numpy()
    values = values.astype(held.dtype)
    begin, end = np.searchsorted(held, values), np.searchsorted(held, values, "right")
    return np.stack([begin, end], axis=1)


def _count(ratings: pd.DataFrame, movies: pd.DataFrame) -> dict[str, int]:
    n = np.diff(_ranges(ratings["movie_id"], movies["movie_id"].to_numpy()))
    return {
        "ratings of unlisted movies": int(len(ratings) - n.sum()),
        "listed movies without a rating": int((n == 0).sum()),
    }
