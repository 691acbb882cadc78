"""Which data sets there are: what may be done with each, and where it is looked for."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from nbhelpers.data.formats import raw_files
from nbhelpers.data.own import kept
from nbhelpers.errors import SettingError, readable
from nbhelpers.files import PROJECT, cache_folder

SAMPLE, NETFLIX, KAGGLE_MOVIES = "sample", "netflix", "the-movies-dataset"
HETREC = "hetrec2011-movielens-2k"
KAGGLE = Path("/kaggle/input")  # where Kaggle mounts data
# How the folders of a set are called as its archives unpack.
ARCHIVES = {
    NETFLIX: ("netflix-prize-data", "nf_prize_dataset"),
    "ml-10m": ("ml-10M100K",),
    "ml-20m": ("movielens-20m-dataset",),
    HETREC: ("hetrec2011-movielens-2k-v2", "hetrec2011-movielens"),
}


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
    published: tuple[tuple[int, int], ...] = ()  # ratings and rated movies, of each edition


# Ratings and rated movies, as each set's README says or its files have them.
_PUBLISHED = {
    "ml-latest-small": ((100_836, 9_724), (100_004, 9_066), (105_339, 10_325)),
    "ml-100k": ((100_000, 1_682),),
    "ml-1m": ((1_000_209, 3_706),),
    "ml-10m": ((10_000_054, 10_677),),
    "ml-20m": ((20_000_263, 26_744),),
    "ml-25m": ((25_000_095, 59_047),),
    "ml-32m": ((32_000_204, 84_432),),
}


def _movielens(name: str, size: str, redistributable: bool = False, stars: bool = False) -> About:
    licence = "GroupLens: non-commercial, acknowledge; " + (
        "sharing under the same terms" if redistributable else "no sharing"
    )
    scale, step = ((1.0, 5.0), 1.0) if stars else ((0.5, 5.0), 0.5)
    source = f"https://grouplens.org/datasets/movielens/ ({name})"
    known = About(f"MovieLens {size}", licence, source, scale, step, redistributable)
    return replace(known, published=_PUBLISHED.get(name, ()))


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
    "ml-latest": replace(
        _movielens("ml-latest", "latest"),
        remedy="Download ml-latest.zip from https://grouplens.org/datasets/movielens/latest/ and "
        "unpack it into data/ml-latest/. It changes from time to time.",
    ),
    HETREC: About(
        "HetRec 2011 (MovieLens 2K)",
        "non-commercial, acknowledge; no sharing",
        "https://grouplens.org/datasets/hetrec-2011/",
        remedy="Download hetrec2011-movielens-2k-v2.zip from "
        "https://grouplens.org/datasets/hetrec-2011/ and unpack it into "
        "data/hetrec2011-movielens-2k/.",
        published=((855_598, 10_109),),
    ),
    NETFLIX: About(
        "Netflix Prize",
        "Netflix Prize rules: non-commercial, acknowledge; no sharing",
        "https://www.kaggle.com/datasets/netflix-inc/netflix-prize-data",
        scale=(1.0, 5.0),
        step=1.0,
        remedy="Download it from Kaggle (netflix-inc/netflix-prize-data) and unpack "
        "combined_data_1.txt to combined_data_4.txt, movie_titles.csv and probe.txt into "
        "data/netflix/.",
        published=((100_480_507, 17_770),),
    ),
    KAGGLE_MOVIES: About(
        "The Movies Dataset",
        "ratings: GroupLens, non-commercial, no sharing; metadata: TMDB, non-commercial",
        "https://www.kaggle.com/datasets/rounakbanik/the-movies-dataset",
        remedy="Download it from Kaggle (rounakbanik/the-movies-dataset) and unpack ratings.csv, "
        "movies_metadata.csv, credits.csv, keywords.csv and links.csv into "
        "data/the-movies-dataset/.",
        published=((26_024_289, 45_115), (100_004, 9_066)),
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
    if name not in _KNOWN and (mine := kept.about(name)):
        return About(mine["label"], mine["licence"], mine["source"], mine["scale"], mine["step"])
    if name not in _KNOWN:
        guess = raw_files.nearest(str(name), [*_KNOWN, *kept.names()])
        raise SettingError(
            f"There is no data set {name!r}." + (f" Did you mean {guess!r}?" if guess else ""),
            expected=f"one of {', '.join([*_KNOWN, *kept.names()])}.",
            remedy="Choose one of these names; a file of your own comes in with `nbhelpers adopt`.",
        )
    return _KNOWN[name]


def known_names() -> list[str]:
    """Names of the sets that are not a reader's own."""
    return [*_KNOWN]


def given_folder() -> Path | None:
    """Return the folder that $NBHELPERS_DATA names, if any; refuse one that is not there."""
    given = os.environ.get("NBHELPERS_DATA", "").strip()
    if not given:
        return None
    folder = Path(given).expanduser()
    if folder.is_dir():
        return folder
    raise SettingError(
        f"$NBHELPERS_DATA names {given}, which is "
        + ("a file." if folder.exists() else "not there."),
        expected="the folder that holds ml-latest-small/, netflix/ and so on.",
        remedy="correct the variable NBHELPERS_DATA, or unset it.",
    )


def passed_over(name: str, folder: Path) -> str:
    """Say that a set comes from a folder, and not from where $NBHELPERS_DATA says; "" if it does.

    The sample comes with the project.
    """
    given = given_folder()
    if (
        given is None
        or name == SAMPLE
        or given.resolve() in (folder.resolve(), *folder.resolve().parents)
    ):
        return ""
    return f"$NBHELPERS_DATA names {given}, where there is no {name}: {folder} is used instead."


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
    if name not in _KNOWN:
        return kept.find(name)
    names = (name, *ARCHIVES.get(name, ()))
    roots = [PROJECT, Path.cwd(), *Path.cwd().parents]
    folders = [root / "data" / one for root in roots for one in names]
    if given := given_folder():
        own = [given] if given.name in names else []
        folders = [*own, *(given / one for one in names), *folders]
        with readable(given):  # what may not be looked into is not passed over
            folders[0].is_dir()
    for one in names:
        folders += [KAGGLE / one, *KAGGLE.glob(f"datasets/*/{one}")]
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
    known = _KNOWN | {name: about(name) for name in kept.names()}
    return [
        Listing(name, str(find(name) or one.remedy), one.licence, one.redistributable)
        for name, one in known.items()
    ]
