"""A simulated world of users and films in the Netflix Prize's proportions, and its ratings.

What is like the real set: how many ratings films and users have, the shares of the stars, growing
traffic from 1999 to 2005 and the jump of early 2004, visits on which several films are rated,
tastes that decide both what is seen and how it is liked. What is not: films, people and opinions.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from nbhelpers.data.formats.netflix_grammar import FIRST_DAY, LAST_DAY, MOVIES, USERS

FULL, FULL_USERS = 100_480_507, 480_189  # ratings and users of the Netflix Prize
STAR_SHARES = [0.046, 0.101, 0.287, 0.336]  # the rest are five stars

# Ratings of a film, and its year, by its place among all films in this respect, from 0 to 1.
_RATINGS = (
    [0, 0.04, 0.25, 0.5, 0.75, 0.9, 0.97, 0.995, 1],
    [
        *(3, 60, 192, 561, 2_668, 13_000, 42_000, 100_000, 232_944),
    ],
)
_YEARS = [0, 0.05, 0.15, 0.318, 0.61, 1], [1896, 1944, 1970, 1990, 2000, 2005.99]
_ACTIVITY = 1.35  # spread of the log of how much users rate
_LOTS = 16  # of a user, on average
_PROBE = 2.35  # pairs of a user who has many ratings
_LATE = 0.3  # of a user's ratings from which the probe set is taken
_TASTES = 8
WEEKDAYS = np.array([1.25, 1.3, 1.05, 0.95, 0.85, 0.75, 0.85])  # Monday to Sunday
_FIRST_YEAR = FIRST_DAY.year + FIRST_DAY.timetuple().tm_yday / 365.25
_GROWTH = 0.2  # of the log of the daily traffic in a year
_GOLDEN = 0.6180339887  # its multiples spread evenly over the unit interval


class World(NamedTuple):
    """Users and films before anybody rates."""

    user_ids: np.ndarray
    lots: np.ndarray  # rows of users, each as often as the user is active: who is drawn sees a film
    joined: np.ndarray  # the share of all traffic before the user came
    phase: np.ndarray  # sets the user's visits apart
    visits: np.ndarray
    user_bias: np.ndarray  # stars
    user_noise: np.ndarray  # stars
    probe: np.ndarray  # the chance that one of the user's late ratings is in the probe set
    user_tastes: np.ndarray  # shape (n_users, 8)
    movie_tastes: np.ndarray  # shape (n_movies, 8)
    counts: np.ndarray  # how many ratings a film gets
    years: np.ndarray  # of release
    released: np.ndarray  # the share of all traffic before the film came out
    quality: np.ndarray  # stars


def make_world(n: int, rng: np.random.Generator) -> World:
    """Draw users (in proportion to `n`) and films (17,770, or fewer if `n` is small)."""
    n_users, n_movies = round(n * FULL_USERS / FULL), min(MOVIES, n // 3)
    weight = np.exp(_ACTIVITY * rng.standard_normal(n_users))
    lots = np.maximum(1, np.rint(weight / weight.mean() * _LOTS)).astype(np.int64)
    expected = lots / lots.sum() * n
    counts = rng.permutation(film_counts(n, n_movies, most=n_users // 2))
    fame = np.log(counts) - np.log(counts).mean()
    years = np.floor(np.interp(rng.random(n_movies), *_YEARS)).astype(np.int64)
    days = (years + rng.random(n_movies) - _FIRST_YEAR) * 365.25
    # The last films are early enough for their many ratings not to fall on a few days.
    released = np.interp(days, np.arange(len(TRAFFIC)), TRAFFIC).clip(0, 0.97)

    def normal(spread: float, *shape: int) -> np.ndarray:
        return (spread * rng.standard_normal(shape)).astype(np.float32)

    return World(
        user_ids=np.sort(1 + rng.choice(USERS, n_users, replace=False)).astype(np.int32),
        lots=np.repeat(np.arange(n_users, dtype=np.int32), lots),
        joined=(0.95 * rng.random(n_users) ** 1.5).astype(np.float32),
        phase=rng.random(n_users, dtype=np.float32),
        visits=(1 + expected / (5 + 15 * rng.random(n_users))).astype(np.int32),
        user_bias=normal(0.4, n_users),
        user_noise=np.exp(normal(0.22, n_users) - np.float32(0.3)),
        probe=(_PROBE / _LATE / expected).clip(0, 1).astype(np.float32),
        user_tastes=normal(0.55 / _TASTES**0.5, n_users, _TASTES),
        movie_tastes=normal(1, n_movies, _TASTES),
        counts=counts,
        years=years,
        released=released.astype(np.float32),
        quality=normal(0.33, n_movies) + (0.12 * fame).astype(np.float32),
    )


def rate(
    world: World, start: int, counts: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, ...]:
    """Rate the films from row `start` on; `counts` says how many different users rate each.

    Returned are four arrays, film by film, in no order within a film: rows of `world.user_ids`; the
    liking in stars, before it is cut to whole stars; days since the first one of the Netflix
    Prize's data; whether the rating belongs to the probe set.
    """
    rated: tuple[np.ndarray, ...] = _rate(rng, world, start, counts, _DAY_AT, _LEVEL)
    return rated


@njit(cache=True)
def _rate(
    rng: np.random.Generator,
    world: World,
    start: int,
    counts: np.ndarray,
    day_at: np.ndarray,
    level: np.ndarray,
) -> tuple[np.ndarray, ...]:
    n = counts.sum()
    users, liking = np.empty(n, np.int32), np.empty(n, np.float32)
    days, late = np.empty(n, np.int16), np.empty(n, np.bool_)
    taken = np.full(len(world.user_ids), -1, np.int32)
    row = 0
    for film in range(start, start + len(counts)):
        stop = row + counts[film - start]
        while row < stop:
            user = world.lots[int(rng.random() * len(world.lots))]
            if taken[user] == film:
                continue
            match = np.float32(0)
            for k in range(world.user_tastes.shape[1]):
                match += world.user_tastes[user, k] * world.movie_tastes[film, k]
            if rng.random() > 0.55 + 0.45 * match / (1 + abs(match)):  # not to the user's taste
                continue
            taken[user] = film
            visit = int(rng.random() * world.visits[user]) * _GOLDEN + world.phase[user]
            visit -= np.floor(visit)
            first = max(world.joined[user], world.released[film])
            days[row] = day_at[int((first + (1 - first) * visit) * len(day_at))]
            noise = world.user_noise[user] * rng.standard_normal()
            liking[row] = match + world.user_bias[user] + world.quality[film] + noise
            liking[row] += level[days[row]]
            late[row] = visit > 1 - _LATE and rng.random() < world.probe[user]
            users[row] = user
            row += 1
    return users, liking, days, late


def film_counts(n: int, n_movies: int, most: int) -> np.ndarray:
    """How many of `n` ratings each film gets, sorted: at least 1, at most `most`."""
    shape = np.exp(np.interp((np.arange(n_movies) + 0.5) / n_movies, _RATINGS[0], _LOG_RATINGS))
    counts: np.ndarray = (shape / shape.sum() * n).astype(np.int64).clip(1, most)
    while rest := n - counts.sum():  # what rounding and the bounds took or gave
        room = np.flatnonzero(counts < most if rest > 0 else counts > 1)[-abs(rest) :]
        counts[room] += np.sign(rest)
    return counts


def _traffic() -> np.ndarray:
    days = np.arange(np.datetime64(FIRST_DAY), np.datetime64(LAST_DAY) + 1)
    volume = np.exp(_GROWTH * np.arange(len(days)) / 365.25)
    total = np.cumsum(volume * WEEKDAYS[(days.astype(int) + 3) % 7])
    traffic: np.ndarray = total / total[-1]
    return traffic


_LOG_RATINGS = np.log(_RATINGS[1])
TRAFFIC = _traffic()  # the share of all ratings up to the end of each day
_DAY_AT = np.searchsorted(TRAFFIC, (np.arange(1 << 16) + 0.5) / (1 << 16)).astype(np.int16)
_LEVEL = np.zeros(len(TRAFFIC), np.float32)  # of all ratings, in stars, each day
_LEVEL[: (np.datetime64("2004-02-01") - np.datetime64(FIRST_DAY)).astype(int)] = -0.2
