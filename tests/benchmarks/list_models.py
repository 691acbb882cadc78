"""How long models for lists take: EASE and its lists beside NumPy's, iALS beside implicit's.

    python tests/benchmarks/list_models.py --size 1e6

All learn from the same simulated ratings, in turns, each in a process of its own, on two threads.
Ours begin with the table of ratings, the peers with a matrix of the likes.
"""

import argparse
import tempfile
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np
from rounds import Outcome, in_turns, paired, read, show, write
from scipy.sparse import csr_array, csr_matrix
from threadpoolctl import threadpool_limits

from nbhelpers.features.summaries import LIKE_FROM
from nbhelpers.models import EASE, IALS
from nbhelpers.models.top_n import write_lists
from nbhelpers.teaching.costs import seconds

REG = 500
FACTORS, EPOCHS = 64, 5
THREADS = 2
LISTED = 2048  # users for whom NumPy's lists are timed
SCORED = 100  # users whose scores are compared
CLOSE = 1e-3  # in single precision


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=float, default=1e6)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    show(rows(int(options.size), options.rounds))


def rows(size: int = 10**6, rounds: int = 1) -> list[dict[str, Any]]:
    """Return rows for EASE, for its lists, and for iALS where `implicit` is installed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        in_turns({"ratings": (drawn, folder, size)}, 1)
        tasks = {"ease": (our_ease, folder), "numpy": (numpy_ease, folder)}
        if util.find_spec("implicit"):
            tasks |= {"ials": (our_ials, folder)}
            tasks |= {f"implicit {kind}": (implicit_als, folder, kind) for kind in ("cg", "exact")}
        done = in_turns(tasks, rounds)
    ours, theirs = done.pop("ease"), done.pop("numpy")
    fit = row("ease", size, ours, theirs, "NumPy's inverse")
    if theirs.found:
        fit["equal"] = bool(np.abs(ours.found[1] - theirs.found[1]).max() < CLOSE)
    lists = row("ease_lists", size, listed(ours), listed(theirs), f"NumPy, {LISTED:,} users")
    ials = done.pop("ials", None)
    return [fit, lists, *(row("ials", size, ials, peer, name) for name, peer in done.items())]


def row(task: str, size: int, ours: Outcome, theirs: Outcome, peer: str) -> dict[str, Any]:
    found = paired(ours.rounds, theirs.rounds, task=task, size=size, peer=peer, equal=None)
    return found | ({"note": theirs.note} if theirs.note else {})


def listed(outcome: Outcome) -> Outcome:
    """Return the time of the lists, which were made after the fit, of the last round."""
    if not outcome.found:
        return outcome
    return Outcome([(outcome.found[0], outcome.rounds[-1][1])], None, outcome.note)


def drawn(folder: Path, size: int) -> tuple[float, None]:
    write(folder, "ratings", size)
    return 0.0, None


def our_ease(folder: Path) -> tuple[float, tuple[float, np.ndarray]]:
    """Return seconds of the fit, then those of all users' lists, and some users' scores."""
    ratings = read(folder, "ratings")
    few = ratings[ratings["user_id"] <= 50]
    write_lists(EASE(REG).fit(few), folder / "few.parquet")  # loads what is compiled
    with threadpool_limits(THREADS):
        took, model = seconds(lambda: EASE(REG, n_threads=THREADS).fit(ratings))
    path = folder / "lists.parquet"
    listing, _ = seconds(lambda: write_lists(model, path, 10, THREADS))
    return took, (listing, model.scores_at(np.arange(SCORED)))


def numpy_ease(folder: Path) -> tuple[float, tuple[float, np.ndarray]]:
    """Return the same of EASE as it is mostly written, its lists multiplied from some users."""
    likes, seen = matrices(folder)
    with threadpool_limits(THREADS):
        took, weights = seconds(lambda: plain(likes))
        listing, _ = seconds(lambda: lists(likes[:LISTED], seen[:LISTED], weights))
    return took, (listing * likes.shape[0] / LISTED, likes[:SCORED] @ weights)


def plain(likes: csr_matrix) -> np.ndarray:
    common = (likes.T @ likes).toarray()
    common[np.diag_indices_from(common)] += REG
    weights = np.linalg.inv(common)
    weights /= -np.diag(weights)
    np.fill_diagonal(weights, 0)
    return weights


def lists(likes: csr_matrix, seen: csr_matrix, weights: np.ndarray, block: int = 256) -> list:
    found = []
    for first in range(0, likes.shape[0], block):
        scores = likes[first : first + block] @ weights
        scores[seen[first : first + block].nonzero()] = -np.inf
        best = np.argpartition(-scores, 10, axis=1)[:, :10]
        order = np.argsort(-np.take_along_axis(scores, best, 1), axis=1)
        found.append(np.take_along_axis(best, order, 1))
    return found


def our_ials(folder: Path) -> tuple[float, None]:
    ratings = read(folder, "ratings")
    settings = {"n_factors": FACTORS, "n_threads": THREADS}
    IALS(n_epochs=1, **settings).fit(ratings[ratings["user_id"] <= 50])
    return seconds(lambda: IALS(n_epochs=EPOCHS, **settings).fit(ratings))[0], None


def implicit_als(folder: Path, kind: str) -> tuple[float, None]:
    """Return the time of `implicit`: by conjugate gradients, its default, or exactly, as ours."""
    from implicit.cpu.als import AlternatingLeastSquares

    likes, _ = matrices(folder)
    als = AlternatingLeastSquares(
        FACTORS, iterations=EPOCHS, num_threads=THREADS, use_cg=kind == "cg", random_state=0
    )
    with threadpool_limits(1, "blas"):  # as implicit asks for
        return seconds(lambda: als.fit(likes, show_progress=False))[0], None


def matrices(folder: Path) -> tuple[csr_matrix, csr_matrix]:
    """Return likes, in single precision, and what was seen."""
    ratings = read(folder, "ratings")
    users, films = (ratings[name].to_numpy() - 1 for name in ("user_id", "movie_id"))
    liked = ratings["rating"].to_numpy() >= LIKE_FROM
    shape = int(users.max()) + 1, int(films.max()) + 1
    seen = csr_array((np.ones(len(users), np.int8), (users, films)), shape=shape)
    ones = np.ones(int(liked.sum()), np.float32)
    return csr_matrix((ones, (users[liked], films[liked])), shape=shape), csr_matrix(seen)


if __name__ == "__main__":
    main()
