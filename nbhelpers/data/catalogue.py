"""Which data sets there are: what may be done with each, and where it is looked for."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from nbhelpers.data.formats import raw_files
from nbhelpers.errors import DataError, readable
from nbhelpers.files import PROJECT, cache_folder

SAMPLE, NETFLIX, KAGGLE_MOVIES = "sample", "netflix", "the-movies-dataset"
KAGGLE = Path("/kaggle/input")  # where Kaggle mounts data


@dataclass(frozen=True)
class About:
    """What is known of a data set without reading it."""

    label: str
    licence: str
    source: str
    scale: tuple[float, float] = (0.5, 5.0)
    step: float = 0.5
    redistributable: bool = False
    remedy: str = "Nothing: it is downloaded when it is first loaded."


def _movielens(name: str, size: str, redistributable: bool = False, stars: bool = False) -> About:
    licence = "GroupLens: non-commercial, acknowledge; " + (
        "sharing under the same terms" if redistributable else "no sharing"
    )
    scale, step = ((1.0, 5.0), 1.0) if stars else ((0.5, 5.0), 0.5)
    source = f"https://grouplens.org/datasets/movielens/ ({name})"
    return About(f"MovieLens {size}", licence, source, scale, step, redistributable)


_KNOWN = {
    SAMPLE: About(
        "Sample (simulated ratings)",
        "CC BY 4.0",
        "made by this project; the ratings are simulated",
        scale=(1.0, 5.0),
        step=1.0,
        redistributable=True,
        remedy="Get the project's folder data/sample/ again; it is shipped with it.",
    ),
    "ml-latest-small": _movielens("ml-latest-small", "latest small", redistributable=True),
    "ml-100k": _movielens("ml-100k", "100K", stars=True),
    "ml-1m": _movielens("ml-1m", "1M", stars=True),
    "ml-10m": _movielens("ml-10m", "10M"),
    "ml-20m": _movielens("ml-20m", "20M", redistributable=True),
    "ml-25m": _movielens("ml-25m", "25M", redistributable=True),
    "ml-32m": _movielens("ml-32m", "32M", redistributable=True),
    NETFLIX: About(
        "Netflix Prize",
        "Netflix Prize rules: non-commercial, acknowledge; no sharing",
        "https://www.kaggle.com/datasets/netflix-inc/netflix-prize-data",
        scale=(1.0, 5.0),
        step=1.0,
        remedy="Download it from Kaggle (netflix-inc/netflix-prize-data) and unpack "
        "combined_data_1.txt to combined_data_4.txt, movie_titles.csv and probe.txt into "
        "data/netflix/.",
    ),
    KAGGLE_MOVIES: About(
        "The Movies Dataset",
        "ratings: GroupLens, non-commercial, no sharing; metadata: TMDB, non-commercial",
        "https://www.kaggle.com/datasets/rounakbanik/the-movies-dataset",
        remedy="Download it from Kaggle (rounakbanik/the-movies-dataset) and unpack ratings.csv, "
        "movies_metadata.csv, credits.csv, keywords.csv and links.csv into "
        "data/the-movies-dataset/.",
    ),
}

GENERATED = About(
    "Netflix-shaped (simulated ratings)",
    "none: made on this machine",
    "nbhelpers data generate; the ratings are simulated",
    scale=(1.0, 5.0),
    step=1.0,
    redistributable=True,
)


class Listing(NamedTuple):
    """A line in the list of data sets; `where` says what to do if it was not found."""

    name: str
    where: str
    licence: str
    redistributable: bool


def about(name: str) -> About:
    """What is known of a data set.

    Parameters
    ----------
    name : str

    Returns
    -------
    About
        Its label, licence, source and scale.

    Raises
    ------
    DataError
        For a name that is not among those known.
    """
    if name not in _KNOWN:
        guess = raw_files.nearest(str(name), _KNOWN)
        raise DataError(
            f"There is no data set {name!r}." + (f" Did you mean {guess!r}?" if guess else ""),
            expected=f"one of {', '.join(_KNOWN)}.",
            remedy="Choose one of these names.",
        )
    return _KNOWN[name]


def find(name: str) -> Path | None:
    """Look for a data set on this machine, in the places that `datasets.load` names.

    Parameters
    ----------
    name : str

    Returns
    -------
    pathlib.Path or None
        Its folder, if there is one.

    Raises
    ------
    DataError
        For a name that is not among those known, or a folder $NBHELPERS_DATA that nobody may enter.
    """
    about(name)
    names = (name, "netflix-prize-data") if name == NETFLIX else (name,)
    roots = [PROJECT, Path.cwd(), *Path.cwd().parents]
    folders = [root / "data" / name for root in roots]
    if given := os.environ.get("NBHELPERS_DATA"):
        folders.insert(0, Path(given) / name)
        with readable(given):  # what may not be looked into is not passed over
            folders[0].is_dir()
    for name in names:
        folders += [KAGGLE / name, *KAGGLE.glob(f"datasets/*/{name}")]
    if name.startswith("ml-"):
        folders.append(cache_folder() / name)  # where downloads go
    return next((folder for folder in folders if os.path.isdir(folder)), None)


def describe_all() -> list[Listing]:
    """List every data set, without loading any.

    Returns
    -------
    list of Listing
        Name, where it was found or what to do, licence, and whether it may be passed on.
    """
    return [
        Listing(name, str(find(name) or known.remedy), known.licence, known.redistributable)
        for name, known in _KNOWN.items()
    ]
