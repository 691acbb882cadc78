"""The Netflix Prize's own files, read strictly and written.

Ratings stand under a line with their movie's number::

    1:
    1488844,3,2005-09-06

Lines may end in LF or, throughout a file, in CRLF; nothing else may differ from this form.
"""

import re
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import numpy as np
import numpy.typing as npt
import pandas as pd

from nbhelpers.data.formats import netflix_tables
from nbhelpers.data.formats.archives import check_raw
from nbhelpers.data.formats.delimited import BOM
from nbhelpers.data.formats.netflix_grammar import MOVIES, PROBE, QUALIFYING, RATINGS, USERS
from nbhelpers.data.formats.netflix_lines import scan
from nbhelpers.data.formats.netflix_tables import YEARS
from nbhelpers.data.formats.raw_files import (
    C1,
    MEND,
    at_byte,
    bad_line,
    control_byte,
    find_file,
    look_for,
    looks_like,
    shorten,
)
from nbhelpers.data.formats.text_damage import check_texts
from nbhelpers.data.sampling import check_share, chosen
from nbhelpers.errors import DataError, odd_bytes
from nbhelpers.files import atomic_path

SIMULATED = "SIMULATED.txt"  # a folder with this file holds simulated ratings

_TITLE = re.compile(r"([1-9][0-9]{0,4}),(?:NULL|([1-9][0-9]{3})(\.0)?|),([^\x00-\x1f\x7f]+)")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
# What tables of ratings are called, and files of titles.
_TABLES = ("Netflix_Dataset_Rating.csv", "ratings.csv", "data.csv")
_TITLES = ("movie_titles.csv", "movie_titles.txt", "Netflix_Dataset_Movie.csv", "movies.csv")
_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")


def find_ratings(folder: str | Path) -> list[Path]:
    """The rating files of a folder in the order of their numbers.

    Parameters
    ----------
    folder : path-like
        Holds, itself or one folder deeper, `combined_data_1.txt` … or, looked for next,
        `training_set/mv_0000001.txt` … (the folder `training_set` itself will do too); or one
        table of all ratings, such as Kaggle's `Netflix_Dataset_Rating.csv`.

    Returns
    -------
    list of pathlib.Path
        At least one.

    Raises
    ------
    DataError
        If the folder or its rating files are missing, or their numbers have a gap.
    """
    folder = Path(folder)
    below = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    for place in (folder, *below):
        for where, name in (
            (place, r"combined_data_([1-9]\d*)\.txt"),
            (place / "training_set", r"mv_(\d{7})\.txt"),
            (place, r"mv_(\d{7})\.txt"),
        ):
            if files := _numbered(where, name):
                return files
    if table := look_for(folder, *_TABLES):
        return [table]
    found = "There is no such folder."
    if folder.is_dir():
        held = sorted(path.name for path in folder.iterdir())
        found = f"No rating files here; it holds {', '.join(held[:8]) or 'nothing'}."
        found += looks_like(held)
    raise DataError(
        found,
        path=folder,
        expected="combined_data_1.txt to combined_data_4.txt, or a folder training_set/.",
        remedy="Put the Netflix Prize's files into this folder, unpacked.",
    )


def find_titles(folder: str | Path) -> Path:
    """The file of titles in a folder, or one folder deeper, under one of the names it goes by.

    Parameters
    ----------
    folder : path-like

    Returns
    -------
    pathlib.Path

    Raises
    ------
    DataError
        If there is none.
    """
    folder = Path(folder)
    below = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    found = (look_for(place, *_TITLES) for place in (folder, *below))
    return next(filter(None, found), None) or find_file(folder, *_TITLES)


def _numbered(folder: Path, name: str) -> list[Path]:
    """The files of a folder whose names hold a number from 1 on, in its order.

    One file alone may have any number: a part of the whole, to begin with.
    """
    paths = sorted(folder.iterdir()) if folder.is_dir() else ()
    pattern = re.compile(name, re.IGNORECASE)
    files = {int(match[1]): path for path in paths if (match := pattern.fullmatch(path.name))}
    missing = sorted(set(range(1, max(files, default=0))) - files.keys())
    if missing and len(files) > 1:
        there = [files[number].name for number in sorted(files)]
        shown = ", ".join(there if len(there) < 6 else [*there[:2], "…", there[-1]])
        raise DataError(
            f"There is {shown}, but no number {missing[0]}.",
            path=folder,
            expected="files numbered from 1 without a gap, or one file only.",
            remedy="Unpack the archive again, all of it.",
        )
    return [files[number] for number in sorted(files)]


def read_ratings(
    folder: str | Path,
    users: float | None = None,
    seed: int = 42,
    movies: npt.ArrayLike | None = None,
    report: Counter[str] | None = None,
) -> pd.DataFrame:
    """Read all ratings, every line checked.

    Parameters
    ----------
    folder : path-like
        See `find_ratings`.
    users : float in (0, 1], optional
        Read only this share of the users, with all their ratings (see `sampling.chosen`).
    seed : int
        Which users: the same for the same seed, whatever the order of the files.
    movies : array-like of int, optional
        The movie ids that may occur; 1 to 17,770 when left out.
    report : Counter, optional
        Told what was accepted of a table that others made; see `dialects.read_rows`.

    Returns
    -------
    DataFrame
        user_id int32, movie_id int32, rating int8 (stars 1–5), timestamp datetime64[s] (days; not
        a time in a table without dates), sorted by movie_id, then user_id.

    Raises
    ------
    DataError
        For anything that is not as the Netflix Prize wrote it, with its file and line: a line
        of another form, a customer number outside 1–2,649,429, stars off the scale, a date that
        does not exist or lies outside 1999-11-11 to 2005-12-31, a movie number that is not
        allowed or comes twice, a second rating of a movie by a user (looked for among the users
        that are read), a cut last line. A movie without a rating is no error, unless the file
        ends with it: then the file may have been cut.
    """
    keep = None if users is None else chosen(np.arange(USERS + 1), users, seed)
    files = find_ratings(folder)
    if not re.fullmatch(r".*\d\.txt", files[0].name):
        ratings = netflix_tables.read_ratings(files[0], Counter() if report is None else report)
        ratings = ratings if keep is None else ratings[keep[ratings["user_id"]]]
        check_share(ratings, users, folder)
        return ratings.reset_index(drop=True)
    columns = scan(files, RATINGS, movies, keep)
    order = ["user_id", "movie_id", "rating", "timestamp"]
    ratings = pd.DataFrame({name: columns[name] for name in order}, copy=False)
    check_share(ratings, users, folder)
    return ratings


def read_probe(path: str | Path) -> pd.DataFrame:
    """Read `probe.txt`: rated pairs that the Prize set apart for tests of one's own.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    DataFrame
        movie_id and user_id, int32, sorted by both.

    Raises
    ------
    DataError
        As `read_ratings` does.
    """
    columns = scan([Path(path)], PROBE)
    return pd.DataFrame({name: columns[name] for name in ("movie_id", "user_id")}, copy=False)


def read_qualifying(path: str | Path) -> pd.DataFrame:
    """Read `qualifying.txt`: pairs whose ratings were never published.

    They still tell who rated what and when, which SVD++ learns from (Koren 2008).

    Parameters
    ----------
    path : path-like

    Returns
    -------
    DataFrame
        movie_id and user_id, int32, and timestamp datetime64[s] (days); sorted by the ids.

    Raises
    ------
    DataError
        As `read_ratings` does.
    """
    columns = scan([Path(path)], QUALIFYING)
    order = ["movie_id", "user_id", "timestamp"]
    return pd.DataFrame({name: columns[name] for name in order}, copy=False)


def read_titles(path: str | Path, report: Counter[str] | None = None) -> pd.DataFrame:
    """Read `movie_titles.csv`, latin-1 text without quotes, or a table with named columns.

    Parameters
    ----------
    path : path-like
        Lines `MovieID,YearOfRelease,Title`, parted at the first two commas only.
    report : Counter, optional
        Told what else was accepted: UTF-8 throughout, a byte order mark, years such as 1999.0 or
        none, blank lines at the end; titles in quotation marks, if no other title has a comma.

    Returns
    -------
    DataFrame
        movie_id int32, title str, year Int16 (missing where the file says NULL), sorted by
        movie_id.

    Raises
    ------
    DataError
        For a line of another form, a movie number outside 1-17,770 or used twice, a year outside
        1888-2005, an empty title, control characters, text of two encodings, a last line without
        its end (a title cut short could not be told from a whole one).
    """
    path, report = Path(path), Counter() if report is None else report
    data = path.read_bytes() if path.is_file() else b""
    if not data.startswith(BOM):
        check_raw(path, "lines MovieID,YearOfRelease,Title.")
    if netflix_tables.is_table(path):
        return netflix_tables.read_titles(path, report)
    lines = _title_lines(path, data, report)
    rows: dict[int, tuple[str, int | None]] = {}
    for number, line in enumerate(lines, start=1):
        match = _TITLE.fullmatch(line)
        if match is None:
            _refuse_title(path, data, number)
        movie, year = int(match[1]), int(match[2]) if match[2] else None
        report[f"{path.name}: years such as 1999.0"] += match[3] is not None
        report[f"{path.name}: no year instead of NULL"] += f"{movie},," == line[: len(match[1]) + 2]
        if movie > MOVIES:
            _refuse_title(path, data, number, f"Movie {movie} is not from 1 to {MOVIES:,}.")
        if movie in rows:
            _refuse_title(path, data, number, f"Movie {movie} comes a second time.")
        if year and not YEARS[0] <= year <= YEARS[1]:
            _refuse_title(path, data, number, f"Year {year} is not from {YEARS[0]} to {YEARS[1]}.")
        if match[4].endswith(","):
            _refuse_title(path, data, number, "The title ends in a comma: saved by a spreadsheet?")
        rows[movie] = match[4], year
    titles = _unquoted(path, data, [title for title, _ in rows.values()], report)
    check_texts(path, titles, range(1, len(rows) + 1), "titles", report)
    years = [year for _, year in rows.values()]
    movies = pd.DataFrame({"movie_id": list(rows), "title": titles, "year": years})
    movies = movies.astype({"movie_id": "int32", "year": "Int16"})
    for key in [key for key, count in report.items() if not count]:
        del report[key]
    return movies.sort_values("movie_id", ignore_index=True)


def _title_lines(path: Path, data: bytes, report: Counter[str]) -> list[str]:
    """The lines of a file of titles as text, if they are all of one encoding and end."""
    body = data.removeprefix(BOM)
    report[f"{path.name}: byte order mark"] += len(body) < len(data)
    end = b"\r\n" if body.partition(b"\n")[0].endswith(b"\r") else b"\n"
    lines = body.split(end)
    if lines.pop():
        _refuse_title(path, data, len(lines) + 1, "The last line has no end: it may be cut.")
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
        report[f"{path.name}: blank lines at the end"] += 1
    with suppress(UnicodeDecodeError):
        report[f"{path.name}: UTF-8 instead of latin-1"] += not body.isascii()
        return [line.decode() for line in lines]
    del report[f"{path.name}: UTF-8 instead of latin-1"]
    for number, line in enumerate(lines, start=1):
        if _UTF8.search(line) or C1.search(line):
            _refuse_title(path, data, number)
    return [line.decode("latin-1") for line in lines]


def _unquoted(path: Path, data: bytes, titles: list[str], report: Counter[str]) -> list[str]:
    """Titles without the quotation marks that a CSV file has around those with a comma.

    They are part of the title if they stand around titles without a comma only.
    """
    quoted = [bool(_QUOTED.fullmatch(title)) for title in titles]
    marked = [i for i, q in enumerate(quoted) if q and set(titles[i][1:-1]) & set(',"')]
    if not marked:
        return titles
    plain = [i for i, title in enumerate(titles) if not quoted[i] and set(title) & set(',"')]
    if plain:
        found = f"The title {shorten(titles[marked[0]])} is in quotation marks, but that of line "
        found += f"{plain[0] + 1}, {shorten(titles[plain[0]])}, is not."
        _refuse_title(path, data, marked[0] + 1, found)
    report[f"{path.name}: titles in quotation marks"] += sum(quoted)
    return [
        title[1:-1].replace('""', '"') if q else title
        for title, q in zip(titles, quoted, strict=True)
    ]


def write_ratings(ratings: pd.DataFrame, folder: str | Path, files: int = 4) -> None:
    """Write `combined_data_1.txt` … in the Netflix Prize's format.

    Parameters
    ----------
    ratings : DataFrame
        user_id, movie_id, rating (whole stars), timestamp. A movie's rows keep their order.
    folder : path-like
        Where to write; made if missing.
    files : int
        How many files the movies are spread over; fewer if there are fewer movies.
    """
    chunks = np.array_split(np.unique(ratings["movie_id"]), files)
    for number, movies in enumerate((chunk for chunk in chunks if len(chunk)), start=1):
        part = ratings[ratings["movie_id"].between(movies[0], movies[-1])]
        with atomic_path(Path(folder) / f"combined_data_{number}.txt") as path:
            path.write_bytes(as_text(part))


def write_titles(movies: pd.DataFrame, path: str | Path) -> None:
    """Write `movie_titles.csv`: latin-1, nothing quoted.

    Parameters
    ----------
    movies : DataFrame
        movie_id, title, year (NULL is written where it is missing).
    path : path-like
    """
    years = movies["year"].astype(object).where(movies["year"].notna(), "NULL")
    rows = map("{},{},{}\n".format, movies["movie_id"], years, movies["title"])
    with atomic_path(path) as temporary:
        temporary.write_bytes("".join(rows).encode("latin-1"))


def write_probe(pairs: pd.DataFrame, path: str | Path) -> None:
    """Write `probe.txt`: the users of each movie.

    Parameters
    ----------
    pairs : DataFrame
        movie_id and user_id.
    path : path-like
    """
    with atomic_path(path) as temporary:
        temporary.write_bytes(as_text(pairs[["movie_id", "user_id"]]))


def as_text(pairs: pd.DataFrame) -> bytes:
    """Return the Netflix Prize's lines of ratings, or of pairs to be rated.

    Parameters
    ----------
    pairs : DataFrame
        movie_id, user_id and, for ratings, rating (whole stars) and timestamp. A movie's rows
        keep their order.

    Returns
    -------
    bytes
        Movie after movie, by their numbers.
    """
    import pyarrow as pa  # here, as all that only reads does without it
    from pyarrow import compute

    if not pairs["movie_id"].is_monotonic_increasing:
        pairs = pairs.sort_values("movie_id", kind="stable")
    movies = pairs["movie_id"].to_numpy()
    cells = [pa.array(pairs["user_id"])]
    if "rating" in pairs:
        cells += [pa.array(pairs["rating"].astype("int8"))]
        cells += [pa.array(pairs["timestamp"]).cast(pa.date32())]
    large = pa.large_string()  # there may be more than two gigabytes of them
    rows = compute.binary_join_element_wise(*(c.cast(large) for c in cells), pa.scalar(",", large))
    starts = np.flatnonzero(np.diff(movies, prepend=-1))
    of_movies = pa.LargeListArray.from_arrays(pa.array([*starts, len(movies)], pa.int64()), rows)
    texts = compute.binary_join(of_movies, pa.scalar("\n", large)).to_pylist()
    found = zip(movies[starts], texts, strict=True)
    return "".join(f"{movie}:\n{text}\n" for movie, text in found).encode()


def _refuse_title(path: Path, data: bytes, number: int, found: str | None = None) -> NoReturn:
    offset = sum(map(len, data.splitlines(keepends=True)[: number - 1]))
    line = data[offset:].partition(b"\n")[0].removesuffix(b"\r")
    if found is None:
        found = odd_bytes(line, offset, ascii_only=False)
    if found is None and (two := _UTF8.search(line)):
        found = f"UTF-8 text at byte {offset + two.start()} of the file, other lines are latin-1."
    control = C1.search(line) if found is None else None
    if control:
        place = control.start()
        found = at_byte(control_byte(line, place), offset + place)
    found = found or f"The line {shorten(line.decode('latin-1'))} is not of that form."
    expected = "MovieID,YearOfRelease (or NULL),Title in latin-1, parted by commas."
    remedy = "Save the file as UTF-8, or get it again from its source."
    raise bad_line(path, number, found, expected, remedy if control else MEND)
