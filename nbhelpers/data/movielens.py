"""The MovieLens sets, every size in its own format, read strictly."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from nbhelpers.data.catalogue import ARCHIVES, about
from nbhelpers.data.formats import downloads
from nbhelpers.data.formats.delimited import CSV, Style
from nbhelpers.data.formats.movielens_files import (
    read_genome,
    read_links,
    read_movies,
    read_ratings,
    read_tags,
)
from nbhelpers.data.formats.movielens_layouts import LAYOUTS, Layout
from nbhelpers.data.formats.raw_files import find_file, look_for, nearest, note_folder, note_name
from nbhelpers.errors import DataError, warn
from nbhelpers.files import cache_folder

ADDRESS = "https://files.grouplens.org/datasets/movielens/{}.zip"

# SHA-256 of the archives, from TensorFlow Datasets (url_checksums/movielens.txt). It lacks ml-10m
# and ml-32m: on those, unrelated public projects agree, and on the MD5 that GroupLens publishes.
SHA256 = {
    "ml-latest-small": "696d65a3dfceac7c45750ad32df2c259311949efec81f0f144fdfb91ebc9e436",
    "ml-100k": "50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",
    "ml-1m": "a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20",
    "ml-10m": "813c411ccb6122564edfe752e7f80c4dcc5aa25fa94c93622f6877a7ba252862",
    "ml-20m": "96f243c338a8665f6bcc89c53edf6ee39162a846940de6b7c8c48aeada765ff3",
    "ml-25m": "8b21cfb7eb1706b4ec0aac894368d90acf26ebdfb6aced3ebd4ad5bd1eb9c6aa",
    "ml-32m": "e4a68655d7386b8f95f2f2424b2ff975dfdd15ffd59e0d864a14dca43e99d6ee",
}

# Under which names the files are passed on, too; then they may be written as CSV.
_ALSO = {
    "ratings.csv": ("rating.csv",),
    "movies.csv": ("movie.csv",),
    "tags.csv": ("tag.csv",),
    "links.csv": ("link.csv",),
    "genome-tags.csv": ("genome_tags.csv",),
    "genome-scores.csv": ("genome_scores.csv",),
    **dict.fromkeys(("ratings.dat", "u.data"), ("ratings.csv", "rating.csv")),
    **dict.fromkeys(("movies.dat", "u.item"), ("movies.csv", "movie.csv")),
}
# Megabytes that a set takes while it is unpacked: six times its archive, whose size GroupLens says.
ROOM = {
    "ml-latest-small": 6,
    "ml-100k": 30,
    "ml-1m": 36,
    "ml-10m": 380,
    "ml-20m": 1_140,
    "ml-25m": 1_500,
    "ml-32m": 1_440,
}


def download(name: str) -> Path:
    """Fetch one of `SHA256` from GroupLens into the cache folder, unless it is there already.

    A DataError says that there is no connection, or that the archive is not the published one.
    """
    target = cache_folder() / _known(name)
    if name not in SHA256:
        raise DataError(
            f"The data set {name!r} is not on this machine, and is no longer the same every time "
            "it is downloaded.",
            expected=f"a folder data/{name}/, or {name}/ in the folder that $NBHELPERS_DATA names.",
            remedy=about(name).remedy,
        )
    return downloads.fetch_folder(ADDRESS.format(name), SHA256[name], target, ROOM[name] * 10**6)


def read(folder: str | Path, name: str) -> dict[str, Any]:
    """Read a MovieLens set, one of `SHA256`, whose name decides the format.

    The folder has the set's files, or holds a folder that has them under the set's name or under
    the name in the archive (``ml-10M100K``).

    The dict holds ``ratings``, ``movies`` (see `movies_table`; tmdb_id from links.csv), ``tags``
    (user_id, movie_id, tag, timestamp) and ``genome`` (movie_id, tag, relevance float32 from 0 to
    1), None where the set has no such file, and ``report``: what was counted rather than refused -
    ratings, tags and links of movies that are not listed, movies without a year or without a genre,
    empty tags, missing files of tags, links or genome. Such ratings and tags stay, such links do
    not.

    A DataError says that the ratings' or the movies' file is missing, or a line of them is neither
    as the set's README describes it nor in a dialect that cannot be misread (see `dialects`). If a
    file of tags, links or the genome is damaged, a warning says that it is left out.
    """
    layout = LAYOUTS[_known(name)]
    given, report = Path(folder), Counter[str]()
    folder = locate(given, name)
    note_folder(folder, given.name, report)
    path = _find(folder, layout.ratings, report)
    ratings = read_ratings(path, _style(path, layout.style), layout.stars, report)
    path = _find(folder, layout.movies, report)
    movies = read_movies(path, _layout(path, layout), report)
    listed = movies["movie_id"].to_numpy()
    counts = {
        "ratings of unlisted movies": int((~np.isin(ratings["movie_id"], listed)).sum()),
        "movies without a year": int(movies["year"].isna().sum()),
        "movies without a genre": int((movies["genres"].str.len() == 0).sum()),
    }
    if zero := int((ratings["user_id"] == 0).sum()):
        counts["ratings by user 0"] = zero
    present = {file: look_for(folder, file, *_ALSO.get(file, ())) for file in layout.extras}
    missing = [file for file, path in present.items() if path is None]
    if layout.extras:
        counts["optional files missing"] = len(missing)
    tags, links, genome = (
        _optional(read, files, present, report)
        for read, files in (
            (partial(read_tags, style=layout.style), [f for f in present if f[:5] == "tags."]),
            (read_links, ["links.csv"]),
            (read_genome, ["genome-tags.csv", "genome-scores.csv"]),
        )
    )
    if tags is not None:
        counts["tags of unlisted movies"] = int((~np.isin(tags["movie_id"], listed)).sum())
        counts["empty tags"] = int((tags["tag"] == "").sum())
    if links is not None:
        counts["links of unlisted movies"] = int((~links.index.isin(listed)).sum())
        movies["tmdb_id"] = links.reindex(listed).array
    return {
        "ratings": ratings,
        "movies": movies,
        "tags": tags,
        "genome": genome,
        "report": counts | dict(report),
    }


def _find(folder: Path, name: str, report: Counter[str]) -> Path:
    """A file under its name, or under another that the set is passed on with."""
    path = find_file(folder, name, *_ALSO.get(name, ()))
    note_name(path, folder / name, report)
    return path


def _is_csv(path: Path) -> bool:
    return path.name.lower().removesuffix(".gz").endswith((".csv", ".parquet"))


def _style(path: Path, style: Style) -> Style:
    return CSV if _is_csv(path) else style


def _layout(path: Path, layout: Layout) -> Layout:
    if not _is_csv(path):
        return layout
    return replace(layout, item_style=CSV, item_fields=Layout.item_fields)


def _optional(
    read: Callable[..., Any],
    files: list[str],
    present: dict[str, Path | None],
    report: Counter[str],
) -> Any:
    """What files hold that a set may lack; what is damaged costs them, not the set."""
    paths = [path for file in files if (path := present.get(file))]
    if not files or len(paths) < len(files):
        return None
    try:
        return read(*paths, report=report)
    except DataError as error:
        path = error.path or paths[0]
        report[f"{path.name} left out, for what is in line {error.line}"] += 1
        warn(f"{path.name} is left out, and the set is read without it. {error}")
        return None


def beside(folder: Path, name: str) -> list[Path]:
    """Where else a set's files may lie, but for its folder and what is in it."""
    return [folder.with_name(other) for other in _names(name)[1:]] if folder.name == name else []


def _names(name: str) -> tuple[str, ...]:
    """How the folder of a set is called: by its name, and in its archive."""
    return (name, *ARCHIVES.get(name, ()))


def _known(name: str) -> str:
    if name in LAYOUTS:
        return name
    guess = nearest(name, LAYOUTS)
    raise DataError(
        f"There is no MovieLens set {name!r}" + (f"; there is {guess}." if guess else "."),
        expected=f"one of {', '.join(LAYOUTS)}.",
    )


def locate(folder: Path, name: str) -> Path:
    """The folder that holds the files: `folder`, one below it, or the archive's name for it."""
    ratings = LAYOUTS[name].ratings
    for place in (folder, *(folder / other for other in _names(name)), *beside(folder, name)):
        if (place / ratings).is_file():
            return place
    for place in (folder, *(folder / other for other in _names(name))):
        if look_for(place, ratings, *_ALSO.get(ratings, ())):
            return place
    return folder
