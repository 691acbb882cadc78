"""What each step costs at one size, in processes of their own: how cost grows with the ratings."""

import ctypes
import sys
import tempfile
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import psutil

from nbhelpers.data import counts, netflix
from nbhelpers.models import model_files, sgd_threads
from nbhelpers.models.svd import SVD
from nbhelpers.models.top_n import Ranker, write_lists
from nbhelpers.teaching.costs import alone, seconds

COLUMNS = ["user_id", "movie_id", "rating"]
EPOCHS = 5  # of which the shortest counts
_NAMELESS = "0"  # the data that the model kept between two steps belongs to
_Costs = tuple[float, int, dict[str, float]]  # memory before, in MB; ratings; seconds of each step


def measure(folder: str | Path, n_factors: int = 50, n_threads: int = 2) -> pd.DataFrame:
    """Load Netflix's text, count, group, learn for an epoch, and list ten films for everyone.

    Compiled code is loaded, and text is in the file cache, before a clock is started.

    Parameters
    ----------
    folder : path-like
        See `netflix.read_ratings`.
    n_factors, n_threads : int
        Of the model, `SVD` in single precision.

    Returns
    -------
    DataFrame
        ``step`` (load, count, group, epoch, lists), ``ratings``, ``seconds``, and ``peak_mb``, the
        memory that the step's process took at most, in MB: ratings included, Python and compiled
        code not. Group and epoch share a process.
    """
    settings = {"n_factors": n_factors, "dtype": "float32", "n_threads": n_threads}
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for task, *args in ((_load, folder), (_count,), (_learn, settings), (_list,)):
            (idle, n, took), peak = alone(task, Path(name), *args)
            rows += [
                {"step": step, "ratings": n, "seconds": s, "peak_mb": peak - idle}
                for step, s in took.items()
            ]
    return pd.DataFrame(rows)


def measure_surprise(
    folder: str | Path, n_factors: int = 50, n_epochs: int = 2
) -> dict[str, float]:
    """Let Surprise's SVD learn from Netflix's text in a process of its own.

    Parameters
    ----------
    folder : path-like
        See `netflix.read_ratings`.
    n_factors, n_epochs : int

    Returns
    -------
    dict of float
        ``ratings``, seconds to ``prepare`` them and for an ``epoch``, and ``bytes`` a rating that
        both take at most, on top of our own table.
    """
    (idle, n, took), peak = alone(_surprise, folder, n_factors, n_epochs)
    return {"ratings": n, **took, "bytes": (peak - idle) * 1e6 / n}


def slope(sizes: np.ndarray, costs: np.ndarray) -> float:
    """Return the exponent b of the power law, cost = a · size^b, that fits best in logarithms.

    1 means: ten times the ratings, ten times the cost.

    Parameters
    ----------
    sizes, costs : array_like of float, shape (n,)
        Above 0.

    Returns
    -------
    float
    """
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def blocks(ratings: pd.DataFrame, n_factors: int = 50, n_threads: int = 2) -> np.ndarray:
    """Return which share of the ratings is in each block that a thread works on in one turn.

    Parameters
    ----------
    ratings : DataFrame (user_id, movie_id, rating)
    n_factors, n_threads : int
        Of the model that learns, see `models.SVD`.

    Returns
    -------
    numpy.ndarray of float64, shape (n_threads, n_threads)
        Each thread's users by shares of the movies, see `sgd_threads`; all together are 1.
    """
    table = sgd_threads.grouped_for(ratings, n_factors, n_threads)
    n_each = np.diff(table.starts).reshape(len(table.user_ids), n_threads, -1).sum(axis=2)
    users = table.met[0]  # the threads take them in turns, in the order in which they are met
    return np.array([n_each[users[t::n_threads]].sum(axis=0) for t in range(n_threads)]) / len(
        ratings
    )


def _load(work: Path, folder: Path) -> _Costs:
    idle, read = _memory(), partial(netflix.read_ratings, folder)
    read()
    took, ratings = seconds(read)
    for column in COLUMNS:
        np.save(work / column, ratings[column].to_numpy())
    return idle, len(ratings), {"load": took}


def _count(work: Path) -> _Costs:
    def per_user_and_movie(ratings: pd.DataFrame) -> None:
        for column in ("user_id", "movie_id"):
            counts.per(ratings, column)

    per_user_and_movie(_ratings(work, 1000))
    idle, ratings = _memory(), _ratings(work)
    return idle, len(ratings), {"count": seconds(lambda: per_user_and_movie(ratings))[0]}


def _learn(work: Path, settings: dict[str, Any]) -> _Costs:
    SVD(**settings, n_epochs=1).fit(_ratings(work, 1000))
    idle, ratings, svd = _memory(), _ratings(work), SVD(**settings)
    grouping, training = seconds(lambda: svd.training(ratings))
    epoch = min(seconds(training.epoch)[0] for _ in range(EPOCHS))
    svd.keep(training)
    model_files.save_model(svd, work / "model", _NAMELESS)
    return idle, len(ratings), {"group": grouping, "epoch": epoch}


def _list(work: Path) -> _Costs:
    Ranker(SVD(dtype="float32", n_epochs=0).fit(_ratings(work, 1000))).best(0)
    idle, svd = _memory(), model_files.load_model(SVD, work / "model", _NAMELESS)
    write = partial(write_lists, svd, work / "lists.parquet", n_threads=svd.n_threads)
    return idle, svd.seen.nnz, {"lists": seconds(write)[0]}


def _surprise(folder: Path, n_factors: int, n_epochs: int) -> _Costs:
    import surprise

    ratings = netflix.read_ratings(folder)[COLUMNS]
    idle = _memory()

    def prepare() -> surprise.Trainset:
        reader = surprise.Reader(rating_scale=(1, 5))
        return surprise.Dataset.load_from_df(ratings, reader).build_full_trainset()

    preparing, trainset = seconds(prepare)
    algo = surprise.SVD(n_factors=n_factors, n_epochs=n_epochs, random_state=42)
    learning, _ = seconds(lambda: algo.fit(trainset))
    return idle, len(ratings), {"prepare": preparing, "epoch": learning / n_epochs}


def _ratings(work: Path, n: int | None = None) -> pd.DataFrame:
    """Return the ratings that the first step has kept, all or the first `n`."""
    how: Literal["r"] | None = None if n is None else "r"
    columns = {name: np.load(work / f"{name}.npy", mmap_mode=how)[:n] for name in COLUMNS}
    return pd.DataFrame({name: np.asarray(column) for name, column in columns.items()}, copy=False)


def _memory() -> float:
    """Return what this process takes now, in MB; its peak counts from here on, where it can."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "malloc_trim"):
            libc.malloc_trim(0)  # gives back what is free, but kept for later
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return psutil.Process().memory_info().rss / 1e6
