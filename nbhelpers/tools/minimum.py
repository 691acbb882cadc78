"""How large a set has to be for the series, and the least share of its users that is."""

from bisect import bisect_left

from nbhelpers.data import datasets
from nbhelpers.data.datasets import Dataset
from nbhelpers.data.sampling import NobodyLeft
from nbhelpers.errors import DataError
from nbhelpers.tools.parameters import SHARE

# Of fewer, a fifth held out is hardly anybody, and a list of ten shows half of what there is.
LEAST = {"users": 20, "films": 40, "ratings": 500}
# Notebooks by number that make no sense without times, or with likes alone.
NEED_TIMES = {"01", "02", "03", "06", "07", "08", "09", "11", "12"}
NEED_STARS = {"01", "02", "03", "04", "05", "06", "07", "09", "10", "11", "12"}
SHARES = [float(f"{digit}e{power}") for power in range(-9, 0) for digit in (1, 2, 5)] + [1.0]


def load(dataset: str, users: float | None = None, seed: int = 42) -> Dataset:
    """Load a data set, or a share of its users, that is large enough for the notebooks.

    If there are fewer users, films or ratings than in `LEAST`, a DataError names a share that has
    as many. `datasets.load` refuses the rest.
    """
    data = _load(dataset, users, seed)
    lacking = _lacking(data)
    if data is not None and not lacking:
        return data
    share = _enough(dataset, users, seed) if users and users < 1 else None
    where = f"At {SHARE} = {users:g} the" if users else "The"
    raise DataError(
        f"{where} set {dataset!r} has {lacking}.",
        expected=f"at least {LEAST['users']} users, {LEAST['films']} films and "
        f"{LEAST['ratings']} ratings.",
        remedy="choose a larger set."
        if share is None
        else f"use -p {SHARE} {share:g}" + (" or more." if share < 1 else ", which is all users."),
    )


def lacking_for(notebook: str, data: Dataset) -> str:
    """Say what a notebook, named by its number, needs and a set lacks; "" if nothing."""
    number, stars = notebook[:2], data.ratings["rating"]
    if number in NEED_TIMES and not data.has("timestamp"):
        return f"{notebook} is about when people rated, and this set has no times."
    if number in NEED_STARS and stars.min() == stars.max():
        return f"{notebook} needs ratings of several kinds, and here all are the same."
    return ""


def _load(dataset: str, users: float | None, seed: int) -> Dataset | None:
    try:
        return datasets.load(dataset, users=users, seed=seed)
    except NobodyLeft:
        return None


def _lacking(data: Dataset | None) -> str:
    """What there is too little of, as "2 users"; "" if there is enough."""
    found = (data.n_users, data.n_movies, len(data.ratings)) if data else (0, 0, 0)
    sizes = zip(found, LEAST.items(), strict=True)
    return next((f"{n} {what}" for n, (what, least) in sizes if n < least), "")


def _enough(dataset: str, users: float, seed: int) -> float | None:
    """The least share, in round numbers, that has enough of all: by bisection, few are loaded.

    A smaller share's users are among a larger one's.
    """
    larger = [share for share in SHARES if share > users]
    at = bisect_left(larger, 1, key=lambda share: not _lacking(_load(dataset, share, seed)))
    return larger[at] if at < len(larger) else None
