"""How long the similarities of films take beside Surprise's, at the shape of MovieLens 1M.

    python tests/benchmarks/similarity.py --size 1e6

Both fit biases and similarities (pearson_baseline) from the same simulated ratings, in turns,
each in a process of its own; ours begins with the table, Surprise's with its trainset.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import surprise
from rounds import paired, read, show, write

from nbhelpers.models.knn import KNN
from nbhelpers.teaching.costs import alone, seconds

CLOSE = 1e-9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=float, default=1e6)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    show(rows(int(options.size), options.rounds))


def rows(size: int = 10**6, rounds: int = 3) -> list[dict[str, Any]]:
    """Return a row for one thread and one for two."""
    ours, theirs = {1: [], 2: []}, []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        alone(write, folder, "ratings", size)
        for _ in range(rounds):
            for threads, done in ours.items():
                done.append(alone(fit_ours, folder, threads))
            theirs.append(alone(fit_surprise, folder))
        similarities = [np.load(folder / f"{who}.npy") for who in ("ours", "theirs")]
    equal = bool(np.abs(similarities[0] - similarities[1]).max() < CLOSE)
    peer = "surprise.KNNBaseline"
    return [
        paired(
            done,
            theirs,
            task="similarity",
            size=size,
            peer=f"{peer}, ours on {threads} thread{'s' * (threads > 1)}",
            equal=equal,
        )
        for threads, done in ours.items()
    ]


def fit_ours(folder: Path, threads: int) -> float:
    ratings = read(folder, "ratings")
    KNN(n_threads=threads).fit(ratings[:1000])  # loads what is compiled
    took, model = seconds(lambda: KNN(n_threads=threads).fit(ratings))
    np.save(folder / "ours.npy", model.similarities)
    return took


def fit_surprise(folder: Path) -> float:
    ratings = read(folder, "ratings")
    data = surprise.Dataset.load_from_df(ratings, surprise.Reader(rating_scale=(1, 5)))
    trainset = data.build_full_trainset()
    options = {"name": "pearson_baseline", "user_based": False}
    algo = surprise.KNNBaseline(sim_options=options, verbose=False)
    took, _ = seconds(lambda: algo.fit(trainset))
    movies = [trainset.to_inner_iid(movie) for movie in np.unique(ratings["movie_id"]).tolist()]
    np.save(folder / "theirs.npy", algo.sim[np.ix_(movies, movies)])
    return took


if __name__ == "__main__":
    main()
