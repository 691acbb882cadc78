"""The MovieLens sets, every size in its own format, read strictly."""

from pathlib import Path
from typing import Any

import numpy as np

from nbhelpers.data.formats import downloads
from nbhelpers.data.formats.movielens_files import (
    read_genome,
    read_links,
    read_movies,
    read_ratings,
    read_tags,
)
from nbhelpers.data.formats.movielens_layouts import LAYOUTS
from nbhelpers.data.formats.raw_files import find_file, nearest
from nbhelpers.errors import DataError, is_data
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
    """Fetch a set from GroupLens into the cache folder, unless it is there already.

    Parameters
    ----------
    name : str
        One of `SHA256`.

    Returns
    -------
    pathlib.Path
        The folder with its files, ready for `read`.

    Raises
    ------
    DataError
        Without a connection, and when the archive is not the published one (SHA-256).
    """
    target = cache_folder() / _known(name)
    return downloads.fetch_folder(ADDRESS.format(name), SHA256[name], target, ROOM[name] * 10**6)


def read(folder: str | Path, name: str) -> dict[str, Any]:
    """Read a MovieLens set.

    Parameters
    ----------
    folder : path-like
        The folder with the set's files, or one that holds that folder under the set's name or
        under the name in the archive (``ml-10M100K``).
    name : str
        One of `SHA256`; it decides the format.

    Returns
    -------
    dict
        ``ratings``, ``movies`` (see `movies_table.movies_table`; tmdb_id from links.csv), ``tags``
        (user_id, movie_id, tag, timestamp) and ``genome`` (movie_id, tag, relevance float32 from
        0 to 1), None where the set has no such file, and ``report``: what was counted rather than
        refused - ratings, tags and links of movies that are not listed, movies without a year or
        without a genre, empty tags, missing files of tags, links or genome. Such ratings and
        tags stay, such links do not.

    Raises
    ------
    DataError
        If the ratings' or the movies' file is missing, or a line of any file is not as the set's
        README describes it. Only this counts as the same: lines that end in LF or CRLF,
        ``4`` and ``4.0``, blanks at the end of a title.
    """
    layout = LAYOUTS[_known(name)]
    folder = _locate(Path(folder), name, layout.ratings)
    ratings = read_ratings(find_file(folder, layout.ratings), layout.style, layout.stars)
    movies = read_movies(find_file(folder, layout.movies), layout)
    listed = movies["movie_id"].to_numpy()
    report = {
        "ratings of unlisted movies": int((~np.isin(ratings["movie_id"], listed)).sum()),
        "movies without a year": int(movies["year"].isna().sum()),
        "movies without a genre": int((movies["genres"].str.len() == 0).sum()),
    }
    tags = genome = None
    present = [file for file in layout.extras if is_data(folder / file)]
    if layout.extras:
        report["optional files missing"] = len(layout.extras) - len(present)
    if present and present[0].startswith("tags."):
        tags = read_tags(folder / present[0], layout.style)
        report["tags of unlisted movies"] = int((~np.isin(tags["movie_id"], listed)).sum())
        report["empty tags"] = int((tags["tag"] == "").sum())
    if "links.csv" in present:
        links = read_links(folder / "links.csv")
        report["links of unlisted movies"] = int((~links.index.isin(listed)).sum())
        movies["tmdb_id"] = links.reindex(listed).array
    if "genome-scores.csv" in present:
        genome = read_genome(folder)
    return {"ratings": ratings, "movies": movies, "tags": tags, "genome": genome, "report": report}


def beside(folder: Path, name: str) -> list[Path]:
    """Where else a set's files may lie, but for its folder and what is in it."""
    return [folder.with_name(other) for other in _names(name)[1:]] if folder.name == name else []


def _names(name: str) -> tuple[str, ...]:
    """How the folder of a set is called: by its name, and in its archive."""
    return (name, "ml-10M100K") if name == "ml-10m" else (name,)


def _known(name: str) -> str:
    if name in LAYOUTS:
        return name
    guess = nearest(name, LAYOUTS)
    raise DataError(
        f"There is no MovieLens set {name!r}" + (f"; there is {guess}." if guess else "."),
        expected=f"one of {', '.join(LAYOUTS)}.",
    )


def _locate(folder: Path, name: str, ratings: str) -> Path:
    """The folder that holds the files: `folder`, one below it, or the archive's name for it."""
    for place in (folder, *(folder / other for other in _names(name)), *beside(folder, name)):
        if (place / ratings).is_file():
            return place
    return folder
