"""Write the sample: simulated ratings of real films, in the Netflix Prize's file formats.

Run it as ``python data/sample/generate.py``; it reads catalogue.csv (the films), tastes.csv (what
a genre or theme has to offer) and personas.csv (what a kind of user likes), and always writes
the same bytes. ../README.md tells the idea in words.
"""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtri

from nbhelpers.data import netflix
from nbhelpers.data.formats.netflix_grammar import USERS
from nbhelpers.files import atomic_path
from nbhelpers.simulation.oracle import FIRST_DAY, LAST_DAY, Oracle
from nbhelpers.simulation.world import STAR_SHARES, WEEKDAYS

HERE = Path(__file__).parent
SEED = 6
N_USERS = 3_100

# As in real files, a few things are wrong; notebook 01 finds them.
YEARLESS = ("Underground", 1995)  # written with the year NULL
TWICE = [("Cinema Paradiso", 1988), ("Brazil", 1985)]  # under two ids, as two editions are
MIXED_UP = ("The Italian Job", 2003, 1969)  # the metadata of the first are those of the second
UNLISTED = 3  # films without a title and metadata

# How films are liked, in stars: standard deviations, but for ACCLAIM, SWING and SITE.
ACCLAIM = 0.17  # of quality for each point of acclaim
QUALITY_NOISE = 0.2  # of quality that acclaim does not tell
TASTE = 0.62  # what taste adds
USER_BIAS = 0.42
NOISE = 0.8
SPREAD = 0.22  # of the log of how much of the scale a user uses
SWING = 0.35  # the largest wave of a user's generosity
SITE = {"2004-01-10": -0.13, "2004-03-01": 0.13}  # the jump of early 2004

# Tastes differ along axes of falling weight: those of tastes.csv in their order, and some without
# a name, on which directors leave a mark that no genre explains.
FALL = 0.9  # weight of an axis, where that of the one before is 1
MARKS, MARK = 14, 0.35  # axes without a name; the weight of each, where that of the first is 1
OWN = 0.6  # of a user's taste beside the personas, a standard deviation

# How films are found: log odds of being chosen.
FAME = [0.6, 1.7, 2.9, 4.2, 5.3, 6.4, 8.0, 9.0, 9.8, 10.4]  # of films of fame 1 to 10
TASTE_PULL, QUALITY_PULL = 2.9, 0.3  # for each star that taste or quality adds
LUCK = 0.5  # of a film at being noticed, a standard deviation
NEWS, NEWS_DAYS = 2, 200  # on the day of release, and the days until a third of it is left
REVIVAL, REVIVAL_DAYS = 1.4, 120  # around some day, a standard deviation; how long
TREND = 0.35  # in a year, a standard deviation

MEDIAN_RATINGS, RATINGS_SIGMA = 14, 1.6  # log-normal, of a user
SEEN_AT_MOST = 0.6  # of all films, by those who see the most
GROWTH = 0.3  # of the log volume in a year
SEASON = 0.3  # of the volume, up in January and down in July


class Draws:
    """Random numbers made of uniform ones only, rounded: the same on every machine."""

    def __init__(self, seed: int):
        self.rng = np.random.Generator(np.random.PCG64(seed))

    def uniform(self, *size: int) -> np.ndarray:
        return self.rng.random(size).clip(1e-12)

    def normal(self, *size: int) -> np.ndarray:
        return ndtri(self.uniform(*size)).round(6)

    def gumbel(self, *size: int) -> np.ndarray:
        return -np.log(-np.log(self.uniform(*size))).round(6)

    def order(self, n: int) -> np.ndarray:
        return np.argsort(self.uniform(n))


def generate(folder: Path) -> None:
    """Write all files of the sample into `folder`."""
    draws = Draws(SEED)
    films = read_catalogue(draws)
    axes, tastes = film_tastes(films, draws)
    oracle = make_oracle(films, axes, tastes, draws)
    ratings = rate(oracle, choose(oracle, films, draws), draws)
    oracle = replace(oracle, thresholds=ratings.attrs["thresholds"])
    write(folder, films, ratings, oracle)


def read_catalogue(draws: Draws) -> pd.DataFrame:
    """Return the films under ids in no order, as Netflix's are, with the day of release.

    Where the month is not certain, nobody has seen the film before December.
    """
    films = pd.read_csv(HERE / "catalogue.csv", encoding="utf-8", keep_default_na=False)
    again = films[[film in TWICE for film in zip(films["title"], films["year"], strict=True)]]
    films = pd.concat([films, again], ignore_index=True)
    films = films.iloc[draws.order(len(films))].reset_index(drop=True)
    films.insert(0, "movie_id", films.index + 1)
    months = films["year"].astype(str) + "-" + films["month"].replace("", "12").astype(str)
    first = pd.to_datetime(months, format="%Y-%m").to_numpy("datetime64[D]")
    films["release"] = (first - FIRST_DAY).astype(int) + np.floor(28 * draws.uniform(len(films)))
    return films


def film_tastes(films: pd.DataFrame, draws: Draws) -> tuple[list[str], np.ndarray]:
    """Place the films on the taste axes: by genre, theme, age and fame, and by their makers."""
    table = pd.read_csv(HERE / "tastes.csv", encoding="utf-8").fillna(0.0)
    axes = list(table.columns[2:])
    weights = {
        kind: dict(zip(rows["name"], rows[axes].to_numpy(), strict=True))
        for kind, rows in table.groupby("kind")
    }
    place = total(films["genres"], weights["genre"], len(axes))
    place += 0.7 * total(films["keywords"], weights["keyword"], len(axes))
    place[:, axes.index("spectacle")] += 0.12 * (films["fame"] - films["acclaim"])
    place[:, axes.index("classic")] += ((1982 - films["year"]) / 14).clip(-1.2, 2.0)
    people = films["directors"].str.split("|").str[0]
    marks = total(people, signatures(people, MARKS, draws), MARKS)
    place += 0.1 * place.std(axis=0) * draws.normal(len(films), len(axes))
    place = apart(np.hstack([place, marks]), films["fame"].to_numpy(float))
    # The square root keeps a few films of many themes from holding most of the taste.
    place /= np.sqrt(np.linalg.norm(place, axis=1, keepdims=True))
    return [*axes, *(f"mark {k + 1}" for k in range(MARKS))], place


def signatures(names: pd.Series, n_axes: int, draws: Draws) -> dict[str, np.ndarray]:
    """Give every name of several films a hand of its own, which no genre explains."""
    counts = names.str.split("|").explode().value_counts()
    known = sorted(name for name in counts.index[counts > 1] if name)
    return dict(zip(known, draws.normal(len(known), n_axes), strict=True))


def total(cells: pd.Series, weights: dict[str, np.ndarray], n_axes: int) -> np.ndarray:
    """Add up what the names in each cell weigh, the first most, over the root of their number."""
    out = np.zeros((len(cells), n_axes))
    for row, cell in enumerate(cells):
        found = [weights[name] for name in cell.split("|") if name in weights]
        for place, weight in enumerate(found):
            out[row] += 0.85**place * weight / np.sqrt(len(found))
    return out


def apart(place: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Take from each axis what those before it tell already (Gram and Schmidt), and scale it."""
    weights = weights / weights.sum()
    out = place - weights @ place
    for k in range(out.shape[1]):
        for j in range(k):
            out[:, k] -= (weights * out[:, j] * out[:, k]).sum() * out[:, j]
        out[:, k] /= np.sqrt((weights * out[:, k] ** 2).sum())
    return out


def user_tastes(n: int, draws: Draws) -> np.ndarray:
    """Mix two personas for each user and add what is the user's own, on axes of falling weight."""
    table = pd.read_csv(HERE / "personas.csv", encoding="utf-8").fillna(0.0)
    personas = table.iloc[:, 2:].to_numpy()
    share = table["percent"].to_numpy() / table["percent"].sum()
    personas = personas - (share[:, None] * personas).sum(axis=0)
    first, second = (np.searchsorted(np.cumsum(share), draws.uniform(n)) for _ in range(2))
    mine = 0.7 * personas[first] + 0.3 * personas[second]
    mine = np.hstack([mine + OWN * draws.normal(*mine.shape), draws.normal(n, MARKS)])
    mine = apart(mine, np.ones(n))
    return mine * np.append(FALL ** np.arange(personas.shape[1]), np.full(MARKS, MARK))


def make_oracle(films: pd.DataFrame, axes: list, tastes: np.ndarray, draws: Draws) -> Oracle:
    """Draw everything that decides an expected rating, but for the thresholds."""
    n, m = N_USERS, len(films)
    mine = user_tastes(n, draws)
    spread_of_match = np.sqrt(np.square(np.einsum("uk,mk->um", mine, tastes)).mean())
    quality = ACCLAIM * (films["acclaim"] - 6.7) + QUALITY_NOISE * draws.normal(m)
    arrays = {
        "user_bias": USER_BIAS * draws.normal(n),
        "user_spread": np.exp(SPREAD * draws.normal(n)).clip(0.4, 1.8),
        "user_tastes": mine * TASTE / spread_of_match,
        "swing": SWING * draws.uniform(n),
        "swing_days": 400 + 1200 * draws.uniform(n),
        "swing_phase": draws.uniform(n),
        "movie_quality": quality,
        "movie_ageing": 0.01 + 0.04 * draws.normal(m),
        "movie_tastes": tastes,
        "site_days": [int((np.datetime64(day) - FIRST_DAY).astype(int)) for day in SITE],
        "site_level": list(SITE.values()),
        "thresholds": np.zeros(4),
        "noise": NOISE,
    }
    user_ids = np.unique(1 + np.floor(USERS * draws.uniform(2 * n)))
    return Oracle(
        user_ids=np.sort(user_ids[draws.order(len(user_ids))[:n]]).astype(np.int32),
        movie_ids=films["movie_id"].to_numpy(np.int32),
        axes=np.array(axes),
        **{
            name: np.asarray(values, float).round(4).astype("f4") for name, values in arrays.items()
        },
    )


def choose(oracle: Oracle, films: pd.DataFrame, draws: Draws) -> pd.DataFrame:
    """Let every user come now and then, and choose films that are known and to their taste."""
    match = np.einsum("uk,mk->um", oracle.user_tastes, oracle.movie_tastes, dtype=float)
    appeal = np.array(FAME)[films["fame"] - 1] + QUALITY_PULL * oracle.movie_quality
    appeal = appeal + LUCK * draws.normal(len(films))
    talk = talk_of_the_day(films, draws)
    counts = np.exp(np.log(MEDIAN_RATINGS) + RATINGS_SIGMA * draws.normal(N_USERS))
    # Nobody has seen everything: very many become fewer, without a number at which they stop.
    within = SEEN_AT_MOST * len(films)
    counts = np.rint(within * (1 - np.exp(-counts / within))).clip(1).astype(int)
    calendar = cumulated_days()
    joined = draws.uniform(N_USERS) * 0.95
    joined[joined.argmin()] = 0
    chosen = []
    for user, count in enumerate(counts):
        odds = appeal + TASTE_PULL * match[user]
        unseen = np.ones(len(films), bool)
        for day, size in zip(*visits(joined[user], count, calendar, draws), strict=True):
            there = np.flatnonzero(unseen & (films["release"].to_numpy() <= day))
            drawn = (odds + talk[day])[there].round(6) + draws.gumbel(len(there))
            seen = there[np.argsort(-drawn, kind="stable")[:size]]
            unseen[seen] = False
            chosen.append((np.full(len(seen), user), seen, np.full(len(seen), day)))
    columns = (np.concatenate(column) for column in zip(*chosen, strict=True))
    return pd.DataFrame(dict(zip(("u", "i", "day"), columns, strict=True)))


def talk_of_the_day(films: pd.DataFrame, draws: Draws) -> np.ndarray:
    """Return how much each film is in people's minds on each day, in log odds."""
    days = np.arange((LAST_DAY - FIRST_DAY).astype(int) + 1)[:, None]
    age = (days - films["release"].to_numpy()).clip(0)
    again = np.floor(len(days) * draws.uniform(len(films)))
    return (
        NEWS * np.exp(-age / NEWS_DAYS)
        + REVIVAL * draws.normal(len(films)) * np.exp(-np.square((days - again) / REVIVAL_DAYS))
        + TREND * draws.normal(len(films)) * (days / 365.25 - 3)
    )


def cumulated_days() -> np.ndarray:
    """Return the share of all visits up to each day: growing, high in winter and on Mondays."""
    days = np.arange(FIRST_DAY, LAST_DAY + np.timedelta64(1, "D"))
    dates = pd.DatetimeIndex(days)
    season = 1 + SEASON * np.cos(2 * np.pi * (dates.day_of_year - 10) / 365.25)
    volume = np.exp(GROWTH * np.arange(len(days)) / 365.25)
    total = np.cumsum(volume * season * WEEKDAYS[dates.day_of_week])
    return (total / total[-1]).round(9)


def visits(joined: float, count: int, calendar: np.ndarray, draws: Draws) -> tuple[np.ndarray, ...]:
    """Return the days on which a user rates, and how many films on each.

    Half of the ratings or more come on the day of joining; most people never return after a few.
    """
    n = int(count / (5 + 15 * draws.uniform(1)[0]))
    stay = 1 if draws.uniform(1)[0] < 0.6 else draws.uniform(1)[0]
    at = joined + (1 - joined) * stay * np.append(0, draws.uniform(n))
    share = np.append(0.35 * n + 1, -np.log(draws.uniform(n)))
    edges = np.rint(count * np.cumsum(share) / share.sum()).astype(int)
    order = np.argsort(at, kind="stable")
    return np.searchsorted(calendar, at[order]), np.diff(edges, prepend=0)[order]


def rate(oracle: Oracle, chosen: pd.DataFrame, draws: Draws) -> pd.DataFrame:
    """Turn likings into stars, with thresholds that give Netflix's shares of stars."""
    u, i, day = (chosen[name].to_numpy() for name in ("u", "i", "day"))
    noise = oracle.noise * oracle.user_spread[u].astype(float) * draws.normal(len(u))
    strength = (oracle.liking(u, i, day) + noise).round(6)
    cuts = np.sort(strength)[(np.cumsum(STAR_SHARES) * len(u)).astype(int)]
    thresholds = cuts.round(4).astype("f4")
    ratings = pd.DataFrame(
        {
            "user_id": oracle.user_ids[u],
            "movie_id": oracle.movie_ids[i],
            "rating": 1 + np.searchsorted(thresholds.astype(float), strength),
            "timestamp": FIRST_DAY + day,
        }
    ).sort_values(["movie_id", "user_id"], ignore_index=True)
    ratings.attrs["thresholds"] = thresholds
    return ratings


def probe(ratings: pd.DataFrame) -> pd.DataFrame:
    """Take two of the latest six ratings of everybody who has at least 18."""
    by_time = ratings.sort_values(["user_id", "timestamp", "movie_id"])
    users = by_time.groupby("user_id")
    from_end = users.cumcount(ascending=False)
    enough = users["movie_id"].transform("size") >= 18
    return by_time[enough & from_end.isin([1, 4])].sort_values(["movie_id", "user_id"])


def write(folder: Path, films: pd.DataFrame, ratings: pd.DataFrame, oracle: Oracle) -> None:
    """Write the ratings, titles, probe, metadata and the oracle."""
    yearless = (films["title"] == YEARLESS[0]) & (films["year"] == YEARLESS[1])
    films = films.assign(year=films["year"].astype("Int16").mask(yearless))
    counts = films["movie_id"].map(ratings["movie_id"].value_counts())
    films = films.drop(counts.index[counts.between(5, 20)][:UNLISTED])
    netflix.write_ratings(ratings, folder)
    netflix.write_titles(films, folder / "movie_titles.csv")
    netflix.write_probe(probe(ratings), folder / "probe.txt")
    oracle.save(folder)
    metadata = mix_up(films).rename(columns={"movie_id": "movieId", "year": "release_year"})
    columns = (
        "movieId title tmdb_id overview poster_url genres release_year actors directors keywords"
    )
    metadata = metadata.assign(tmdb_id="", poster_url="")[columns.split()]
    with atomic_path(folder / "movies.csv") as path:  # last: whoever finds it has them all
        metadata.to_csv(path, index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)


def mix_up(films: pd.DataFrame) -> pd.DataFrame:
    """Give one film the row of another with its title."""
    title, *years = MIXED_UP
    to, of = (films.index[(films["title"] == title) & (films["year"] == year)] for year in years)
    mixed = films.copy()
    columns = films.columns.drop(["movie_id", "title"])
    mixed.loc[to, columns] = films.loc[of, columns].to_numpy()
    return mixed


if __name__ == "__main__":
    generate(HERE)
