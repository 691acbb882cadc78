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
from nbhelpers.simulation.oracle import FIRST_DAY, LAST_DAY, Oracle
from nbhelpers.simulation.world import STAR_SHARES, WEEKDAYS

HERE = Path(__file__).parent
SEED = 6
N_USERS = 2_000
YEARLESS = ("Underground", 1995)  # written with the year NULL, as a few of Netflix's films are

ACCLAIM = 0.2  # stars of quality for each point of acclaim
QUALITY_NOISE = 0.15  # stars of quality that acclaim does not tell, a standard deviation
TASTE = 0.57  # what taste adds, the same
USER_BIAS = 0.4  # the same
NOISE = 0.78  # the same
SPREAD = 0.22  # of the log of how much of the scale a user uses
FAME_PULL, TASTE_PULL, QUALITY_PULL = 0.72, 1.65, 0.3  # how films are chosen, in log odds
LUCK = 0.5  # of a film at being noticed, in log odds
MEDIAN_RATINGS, RATINGS_SIGMA, MOST_RATINGS = 31, 1.0, 460  # log-normal, of a user
GROWTH = 0.3  # of the log volume in a year
SITE = {"2004-01-10": -0.13, "2004-03-01": 0.13}  # the jump of early 2004


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
    axes, films_tastes = film_tastes(films, draws)
    oracle = make_oracle(films, axes, films_tastes, draws)
    ratings = rate(oracle, choose(oracle, films, draws), draws)
    oracle = replace(oracle, thresholds=ratings.attrs["thresholds"])
    write(folder, films, ratings, oracle)


def read_catalogue(draws: Draws) -> pd.DataFrame:
    """Return the films under ids in no order, as Netflix's are, with the day of release."""
    films = pd.read_csv(HERE / "catalogue.csv", encoding="utf-8", keep_default_na=False)
    films = films.iloc[draws.order(len(films))].reset_index(drop=True)
    films.insert(0, "movie_id", films.index + 1)
    january = pd.to_datetime(films["year"].astype(str) + "-01-01").to_numpy("datetime64[D]")
    films["release"] = (january - FIRST_DAY).astype(int) + np.floor(330 * draws.uniform(len(films)))
    return films


def film_tastes(films: pd.DataFrame, draws: Draws) -> tuple[list[str], np.ndarray]:
    """Place the films on the taste axes: by genre, theme, people, age and fame."""
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
    place = (place - np.average(place, axis=0, weights=films["fame"])) / place.std(axis=0)
    people = films["directors"] + "|" + films["actors"]
    place += 0.35 * total(people, signatures(people, len(axes), draws), len(axes))
    place += 0.05 * draws.normal(len(films), len(axes))
    # The square root keeps a few films of many themes from holding most of the taste.
    return axes, place / np.sqrt(np.linalg.norm(place, axis=1, keepdims=True))


def signatures(names: pd.Series, n_axes: int, draws: Draws) -> dict[str, np.ndarray]:
    """Give whoever made several films a hand of their own, which no genre explains."""
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


def user_tastes(n: int, draws: Draws) -> np.ndarray:
    """Mix two personas for each user and add what is the user's own."""
    table = pd.read_csv(HERE / "personas.csv", encoding="utf-8").fillna(0.0)
    personas = table.iloc[:, 2:].to_numpy()
    share = table["percent"].to_numpy() / table["percent"].sum()
    personas = personas - (share[:, None] * personas).sum(axis=0)
    first, second = (np.searchsorted(np.cumsum(share), draws.uniform(n)) for _ in range(2))
    mine = 0.7 * personas[first] + 0.3 * personas[second]
    return mine + 0.35 * draws.normal(n, personas.shape[1])


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
        "swing": 0.25 * draws.uniform(n),
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
    """Let every user choose films, more likely famous, good ones to the user's taste."""
    match = np.einsum("uk,mk->um", oracle.user_tastes, oracle.movie_tastes, dtype=float)
    appeal = FAME_PULL * films["fame"].to_numpy() + QUALITY_PULL * oracle.movie_quality
    appeal = appeal + LUCK * draws.normal(len(films))
    odds = (appeal + TASTE_PULL * match).round(6) + draws.gumbel(*match.shape)
    counts = np.exp(np.log(MEDIAN_RATINGS) + RATINGS_SIGMA * draws.normal(N_USERS))
    counts = counts.clip(6, MOST_RATINGS).astype(int)
    calendar = cumulated_days()
    joined = draws.uniform(N_USERS) * 0.95
    joined[joined.argmin()] = 0
    chosen = []
    for user, count in enumerate(counts):
        days = visits(joined[user], count, calendar, draws)
        open_ = np.flatnonzero(films["release"] <= days[-1])
        seen = open_[np.argsort(-odds[user, open_], kind="stable")[:count]]
        first = np.searchsorted(days, films["release"].to_numpy()[seen])
        at = first + np.floor(draws.uniform(len(seen)) ** 1.5 * (len(days) - first)).astype(int)
        chosen.append(pd.DataFrame({"u": user, "i": seen, "day": days[at]}))
    return pd.concat(chosen, ignore_index=True)


def cumulated_days() -> np.ndarray:
    """Return the share of all visits up to each day: growing, high in winter and on Mondays."""
    days = np.arange(FIRST_DAY, LAST_DAY + np.timedelta64(1, "D"))
    dates = pd.DatetimeIndex(days)
    season = 1 + 0.3 * np.cos(2 * np.pi * (dates.day_of_year - 10) / 365.25)
    volume = np.exp(GROWTH * np.arange(len(days)) / 365.25)
    total = np.cumsum(volume * season * WEEKDAYS[dates.day_of_week])
    return (total / total[-1]).round(9)


def visits(joined: float, count: int, calendar: np.ndarray, draws: Draws) -> np.ndarray:
    """Return the days on which a user rates: the day of joining and a few later ones."""
    n = 1 + int(count / (5 + 15 * draws.uniform(1)[0]))
    stay = 1 if draws.uniform(1)[0] < 0.6 else draws.uniform(1)[0]
    at = joined + (1 - joined) * stay * np.append(0, draws.uniform(n))
    return np.sort(np.searchsorted(calendar, at))


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
    netflix.write_ratings(ratings, folder)
    netflix.write_titles(films, folder / "movie_titles.csv")
    netflix.write_probe(probe(ratings), folder / "probe.txt")
    oracle.save(folder)
    metadata = films.rename(columns={"movie_id": "movieId", "year": "release_year"})
    columns = (
        "movieId title tmdb_id overview poster_url genres release_year actors directors keywords"
    )
    metadata.assign(tmdb_id="", poster_url="")[columns.split()].to_csv(
        folder / "movies.csv", index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL
    )


if __name__ == "__main__":
    generate(HERE)
