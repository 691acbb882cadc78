"""What `nbhelpers reproduce liang2018` costs at the shape of MovieLens 20M, on random likes.

python tests/benchmarks/strong.py --models popularity ease
"""

import argparse
import resource
import time

import numpy as np
import pandas as pd

from nbhelpers.evaluation.protocols import strong_split
from nbhelpers.tools import reproduce

USERS, FILMS, LIKES, HELD_OUT = 136_677, 20_108, 9_990_682, 10_000
TASTES = 16


def random_likes(seed: int = 0) -> pd.DataFrame:
    """Return likes with a long tail of films and of users, who prefer films of one kind."""
    rng = np.random.default_rng(seed)
    activity = rng.lognormal(0, 1.1, USERS)
    # A tenth more, as films drawn twice for the same user count once.
    counts = np.maximum(activity / activity.sum() * LIKES * 1.2, 8).astype(np.int64)
    users = np.repeat(np.arange(USERS, dtype=np.int64), counts)
    films = (FILMS * rng.random(len(users)) ** 3.5).astype(np.int64)  # low numbers are popular
    own_kind = rng.random(len(users)) < 0.6
    kind = rng.integers(0, TASTES, USERS)[users]
    films[own_kind] = (films // TASTES * TASTES + kind)[own_kind].clip(max=FILMS - 1)
    pairs = np.unique(films * USERS + users)
    pairs = pairs[np.sort(rng.permutation(len(pairs))[:LIKES])]
    return pd.DataFrame(
        {"user_id": pairs % USERS, "movie_id": pairs // USERS, "rating": np.int8(5)}
    ).astype({"user_id": "int32", "movie_id": "int32"})


def peak() -> str:
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB at most"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="*", default=reproduce.USUAL)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    likes = random_likes()
    print(f"{len(likes):,} likes of {likes['user_id'].nunique():,} users; {peak()}", flush=True)
    start = time.perf_counter(), time.process_time()

    def tell(text: str) -> None:
        wall, cpu = time.perf_counter() - start[0], time.process_time() - start[1]
        print(f"{wall:5.0f} s, {cpu:5.0f} s of CPU, {peak()}: {text}", flush=True)

    task = reproduce.Task("random likes", strong_split(likes, HELD_OUT), None)
    del likes
    print(reproduce.described(task), reproduce.memory(task.split, options.models), sep="\n")
    for row in reproduce.rows(task, options.models, options.threads, tell):
        tell(f"{row.model} {row.settings}: {row.measured}")


if __name__ == "__main__":
    main()
