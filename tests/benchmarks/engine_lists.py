"""How good an engine's lists are: what they find, how many films they name, and what they say.

    python tests/benchmarks/engine_lists.py ml-latest-small sample --seeds 1 2 3

A random fifth of each user's ratings is held out; an engine learns from the rest, with list
settings tuned on an inner split as `build` does, or the usual ones (`--usual`), and makes lists of
ten films for users with a held-out like who are known. "blend" is what engines had for a default.
"films" are different ones in the lists of 200 people; "favourites" is the median number of films
of ten that are of one of the person's two favourite genres (by share of likes, less the share in
all likes), "westerns" of westerns, for people of whom that is one; "named" the share of
recommendations and of lists whose reasons name a film that carried 15 % or more, "partly" the share
of those that name any film.
"""

import argparse
from dataclasses import replace

import numpy as np
import pandas as pd
from lists import random_per_user
from scipy.special import logit

from nbhelpers.data import Dataset, datasets
from nbhelpers.engine import Engine, light, listed, train
from nbhelpers.engine.building import Settings
from nbhelpers.engine.list_boards import lists_board
from nbhelpers.engine.list_tuning import tuned
from nbhelpers.features.summaries import LIKE_FROM

PEOPLE = 200
CARRIED = 0.15  # share of a score, from which on one film of the person is said to have carried it


def favourites(engine: Engine, users: np.ndarray) -> dict[int, set[str]]:
    """Return each user's two favourite genres."""
    liked = engine.data.ratings.query("rating >= @LIKE_FROM")
    genres = engine.movies[["movie_id", "genres"]].explode("genres")
    pairs = liked[["user_id", "movie_id"]].merge(genres).groupby(["user_id", "genres"]).size()
    counts = pairs.unstack(fill_value=0)
    shares = counts.div(counts.sum(axis=1), axis=0)
    above = shares - counts.sum() / counts.to_numpy().sum()
    best = {user: set(above.loc[user].nlargest(2).index) for user in users if user in above.index}
    return best


def described(engine: Engine, users: np.ndarray, model: str) -> dict[str, float]:
    """Return what lists of ten say and hold."""
    tens = {int(user): engine.recommend(int(user), 10, model) for user in users[:PEOPLE]}
    best = favourites(engine, users[:PEOPLE])
    own = [_of(ten, best[user]) for user, ten in tens.items() if user in best]
    fans = [user for user in best if "Western" in best[user]]
    named = [
        [any(one["share"] >= CARRIED for one in because) for because in ten["because"]]
        for ten in tens.values()
    ]
    return {
        "favourites": float(np.median(own)),
        "fans": len(fans),
        "westerns": float(np.median([_of(tens[user], {"Western"}) for user in fans] or [np.nan])),
        "named": float(np.mean(np.concatenate(named))),
        "lists named": float(np.mean([any(row) for row in named])),
        "partly": float(
            np.mean([bool(len(named)) for ten in tens.values() for named in ten["because"]])
        ),
        "falls": all(ten["score"].is_monotonic_decreasing for ten in tens.values()),
    }


def _of(ten: pd.DataFrame, genres: set[str]) -> int:
    """Return how many films are of one of some genres."""
    return sum(not genres.isdisjoint(names) for names in ten["genres"])


def settings_of(known: Dataset, seed: int, usual: bool) -> Settings:
    """Return the settings of an engine, its lists' tuned on an inner split unless usual."""
    settings = light(known, seed)
    if usual:
        return settings
    inner = random_per_user(known.ratings, seed)
    part = replace(known, ratings=inner.train)
    rehearsal = Engine(part, train(part, settings, seed), {}, {})

    def odds(pairs: pd.DataFrame) -> np.ndarray:
        found = np.zeros(len(pairs))
        for user, rows in pairs.groupby("user_id").indices.items():
            films = pairs["movie_id"].to_numpy()[rows]
            found[rows] = logit(rehearsal.predict(int(user), films)["chance"])
        return found

    return settings._replace(lists=tuned(inner.train, inner.test, odds, seed))


def table(name: str, seed: int, judged: int, usual: bool = False) -> pd.DataFrame:
    data = listed(datasets.load(name))
    split = random_per_user(data.ratings, seed)
    known = replace(data, ratings=split.train)
    settings = settings_of(known, seed, usual)
    print(settings.lists)
    engine = Engine(known, train(known, settings, seed), {}, {})
    board = lists_board(engine, split.test, seed, judged)
    liked = split.test[split.test["rating"] >= LIKE_FROM]
    users = np.intersect1d(liked["user_id"], split.train["user_id"])
    users = np.random.default_rng(seed).permutation(users)
    said = {
        title: described(engine, users, model)
        for title, model in (("blend", "blend"), ("two stages", "two-stage"))
    }
    return board.join(pd.DataFrame(said).T)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("datasets", nargs="*", default=["sample"])
    parser.add_argument("--seeds", nargs="*", type=int, default=[42])
    parser.add_argument("--users", type=int, default=2000)
    parser.add_argument("--usual", action="store_true")
    options = parser.parse_args()
    for name in options.datasets:
        for seed in options.seeds:
            print(f"\n{name}, seed {seed}")
            print(table(name, seed, options.users, options.usual).round(3).to_string(), flush=True)
