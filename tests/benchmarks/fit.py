"""How long SVD learns beside Surprise's, from the same simulated ratings in the same run.

    python tests/benchmarks/fit.py --size 1e6

Each fit has a process of its own, ours and Surprise's in turns. Ours begins with the table of
ratings, Surprise's with its trainset, which takes it longer to build than ours to learn. The
RMSE on held-out ratings is the mean of several seeds; the float64 class stands for Surprise's
there, whose numbers it has to the last bit.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from rounds import paired, read, show, write

from nbhelpers.models.svd import SVD
from nbhelpers.teaching.costs import alone, seconds

FACTORS = {10**5: 20, 10**6: 100, 10**7: 50, 10**8: 50}
BIGGEST_PEER = 10**7  # Surprise needs 330 bytes a rating
TOLERANCE = 0.001


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=float, default=1e6)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=5, help="for the RMSE; 0: not compared")
    options = parser.parse_args()
    show(rows(int(options.size), options.rounds, options.epochs, options.seeds))


def rows(size: int, rounds: int = 3, epochs: int = 20, seeds: int = 5) -> list[dict[str, Any]]:
    """Return a row for one thread and one for two."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        alone(write, folder, "ratings", size, 0.02)
        settings = {"n_factors": FACTORS[size], "n_epochs": epochs}
        ours, theirs = {1: [], 2: []}, []
        for _ in range(rounds):
            for threads, done in ours.items():
                fast = settings | {"dtype": "float32", "n_threads": threads}
                (took, _), peak = alone(fit_ours, folder, fast)
                done.append((took, peak))
            if size <= BIGGEST_PEER:
                theirs.append(alone(fit_surprise, folder, settings))
        equal = alone(compare, folder, settings, seeds)[0] if seeds and theirs else {}
    found = []
    for threads, done in ours.items():
        peer = f"surprise.SVD, ours on {threads} thread{'s' * (threads > 1)}"
        same = abs(equal[threads] - equal[0]) < TOLERANCE if equal else None
        row = paired(done, theirs, task="fit", size=size, peer=peer, equal=same)
        if equal:
            row["detail"] = (
                f"held-out RMSE, mean of {seeds} seeds: {equal[threads]:.5f}, "
                f"Surprise's {equal[0]:.5f}"
            )
        found.append(row)
    return found


def fit_ours(folder: Path, settings: dict) -> tuple[float, float]:
    """Return seconds and held-out RMSE."""
    train, test = (read(folder, "ratings", part) for part in ("train", "test"))
    SVD(**settings | {"n_epochs": 1}).fit(train[:1000])  # loads what is compiled
    took, model = seconds(lambda: SVD(**settings).fit(train))
    return took, error(model, test)


def fit_surprise(folder: Path, settings: dict) -> float:
    """Return seconds."""
    import surprise

    table = read(folder, "ratings")
    data = surprise.Dataset.load_from_df(table, surprise.Reader(rating_scale=(1, 5)))
    del table
    trainset = data.build_full_trainset()
    algo = surprise.SVD(**settings, random_state=42)
    return seconds(lambda: algo.fit(trainset))[0]


def compare(folder: Path, settings: dict, seeds: int) -> dict[int, float]:
    """Return the mean RMSE on one and on two threads, and at 0 that of float64."""
    train, test = (read(folder, "ratings", part) for part in ("train", "test"))
    kinds = {0: {}} | {n: {"dtype": "float32", "n_threads": n} for n in (1, 2)}
    errors = {
        n: [error(SVD(**settings, **kind, random_state=s).fit(train), test) for s in range(seeds)]
        for n, kind in kinds.items()
    }
    return {n: float(np.mean(each)) for n, each in errors.items()}


def error(model: SVD, test) -> float:
    predicted = model.predict(test["user_id"], test["movie_id"])
    return float(np.sqrt(np.mean((test["rating"] - predicted) ** 2)))


if __name__ == "__main__":
    main()
