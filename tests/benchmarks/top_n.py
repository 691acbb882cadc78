"""How long it takes to list the best films, for one user and for all of them.

    python tests/benchmarks/top_n.py --users 480189

The models are drawn, not learned: neither the time nor the lists' equality hangs on what is in
them. The peer is the usual loop over Surprise's ``algo.predict``, timed on some users and, for
all of them, multiplied.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import surprise
from rounds import paired, show
from scipy.sparse import csr_array

from nbhelpers.models.svd import SVD
from nbhelpers.models.top_n import Ranker, write_lists
from nbhelpers.teaching.costs import alone, seconds

USERS, FILMS, SEEN = 480_189, 17_770, 209  # of the Netflix Prize; films seen by a user, on average
LOOPED = 3  # users for whom the loop is timed
MEAN = 3.6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=USERS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--progress", action="store_true")
    options = parser.parse_args()
    show(rows(options.users, options.rounds, options.threads, options.progress))


def rows(
    users: int = USERS, rounds: int = 3, threads: int = 2, progress: bool = False
) -> list[dict[str, Any]]:
    """Return a row for one user, with 100 factors, and one for all, with 50."""
    one, all_of_them = [alone(one_user) for _ in range(rounds)], []
    with tempfile.TemporaryDirectory() as name:
        for _ in range(rounds):
            path = Path(name) / "lists.parquet"
            all_of_them.append(alone(all_users, path, users, threads, progress))
    loop = "loop over surprise.SVD.predict"
    single = [[(took[side], peak) for (took, _), peak in one] for side in (0, 1)]
    equal = all(same for (_, same), _ in one)
    ours = [(took, peak) for (took, _), peak in all_of_them]
    theirs = [(per_user * users, peak) for (_, per_user), peak in all_of_them]
    first = paired(*single, task="top_n", size=FILMS, peer=loop, equal=equal)
    # Its peak is not that of a loop over all users, which nobody would wait for.
    peer = f"{loop}, from {LOOPED} users"
    last = paired(ours, theirs, task="top_n_all", size=users, peer=peer, equal=None)
    return [first, last | {"peer_peak_mb": None}]


def one_user(n: int = 300) -> tuple[tuple[float, float], bool]:
    """Return seconds a user, ours and the loop's, and whether the lists are the same."""
    model = drawn(1000, 100)
    ranker, algo = Ranker(model), twin(model, LOOPED)
    ranker.best(1)
    ours = [seconds(lambda user=user: ranker.best(user)) for user in range(1, n + 1)]
    theirs = [seconds(lambda user=user: loop(algo, user)) for user in range(1, LOOPED + 1)]
    pairs = zip(ours, theirs, strict=False)
    same = all(mine[1][0].tolist() == its[1] for mine, its in pairs)
    return tuple(float(np.median([took for took, _ in side])) for side in (ours, theirs)), same


def all_users(path: Path, users: int, threads: int, progress: bool) -> tuple[float, float]:
    """Return seconds for all users, and seconds a user of the loop."""
    Ranker(drawn(10, 50)).best(1)
    model = drawn(users, 50)
    took, _ = seconds(lambda: write_lists(model, path, 10, threads, progress))
    algo = twin(model, LOOPED)
    asked = range(1, LOOPED + 1)
    return took, float(np.median([seconds(lambda u=u: loop(algo, u))[0] for u in asked]))


def drawn(users: int, n_factors: int) -> SVD:
    """Return a model of Netflix' films as if it had been fitted."""
    rng = np.random.default_rng(0)
    model = SVD(n_factors, dtype="float32")
    model.user_ids = np.arange(1, users + 1, dtype=np.int32)
    model.movie_ids = np.arange(1, FILMS + 1, dtype=np.int32)
    model.global_mean = MEAN
    for name, size in (("pu", users), ("qi", FILMS)):
        setattr(model, name, rng.standard_normal((size, n_factors), np.float32) / np.float32(10))
    model.bu, model.bi = (rng.standard_normal(n, np.float32) / 2 for n in (users, FILMS))
    films = rng.integers(0, FILMS, users * SEEN, dtype=np.int32)
    starts = np.arange(users + 1, dtype=np.int32) * SEEN
    model.seen = csr_array((np.ones(len(films), np.int8), films, starts), shape=(users, FILMS))
    return model


def twin(model: SVD, users: int) -> surprise.SVD:
    """Return Surprise's SVD with the same factors, of some users."""
    user, film = model.seen[:users].nonzero()
    everyone = np.zeros(FILMS, int), np.arange(1, FILMS + 1)  # user 0 has seen all films
    columns = (np.concatenate(pair) for pair in zip((user + 1, film + 1), everyone, strict=True))
    table = pd.DataFrame(dict(zip(("user", "film"), columns, strict=True))).assign(stars=3.0)
    data = surprise.Dataset.load_from_df(table, surprise.Reader(rating_scale=(1, 5)))
    trainset = data.build_full_trainset()
    algo = surprise.SVD(n_factors=model.n_factors, n_epochs=0).fit(trainset)
    trainset._global_mean = MEAN
    for user in range(1, users + 1):
        inner = trainset.to_inner_uid(user)
        algo.pu[inner], algo.bu[inner] = model.pu[user - 1], model.bu[user - 1]
    inner = [trainset.to_inner_iid(film) for film in range(1, FILMS + 1)]
    algo.qi[inner], algo.bi[inner] = model.qi, model.bi
    return algo


def loop(algo: surprise.SVD, user: int) -> list[int]:
    """Return the best ten films of a user, as it is usually done."""
    trainset = algo.trainset
    seen = {trainset.to_raw_iid(film) for film, _ in trainset.ur[trainset.to_inner_uid(user)]}
    films = [film for film in range(1, FILMS + 1) if film not in seen]
    estimates = [(algo.predict(user, film, clip=False).est, -film) for film in films]
    return [-film for _, film in sorted(estimates, reverse=True)[:10]]


if __name__ == "__main__":
    main()
