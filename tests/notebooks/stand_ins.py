"""Simulated ratings in the files of real sets, for notebooks to be tried on: no real one is needed.

Some have the size, span and stars of a set that readers know; others are odd: very small, all in
one month, with hardly any films or users. People have tastes, films have genres and a long tail,
so that models find something to learn.
"""

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import movielens_sets
import numpy as np
import pandas as pd

from nbhelpers.data import adopt, netflix
from nbhelpers.data.catalogue import HETREC, KAGGLE_MOVIES, NETFLIX, about
from nbhelpers.simulation import netflix_set
from nbhelpers.tools import minimum


class Shape(NamedTuple):
    """A set to be made up: whose files it has, how large it is, and when it was rated."""

    dataset: str
    users: int
    movies: int
    ratings: int
    start: str
    days: int
    seed: int = 42


STAND_INS = {
    "ml-100k": Shape("ml-100k", 943, 1_682, 100_000, "1997-09-20", 215),
    "ml-1m": Shape("ml-1m", 1_500, 2_500, 200_000, "2000-04-25", 1_039),  # a fifth of it
    "ml-10m": Shape("ml-10m", 1_400, 2_500, 150_000, "1995-01-09", 5_100),  # far less than it
    "ml-20m": Shape("ml-20m", 1_400, 3_000, 150_000, "1995-01-09", 7_380),  # as Kaggle has it
    "ml-latest-small": Shape("ml-latest-small", 610, 9_724, 100_836, "1996-03-29", 8_200),
    "ml-25m": Shape("ml-25m", 1_200, 4_000, 150_000, "1995-01-09", 9_080),  # far less than it
    "hetrec": Shape(HETREC, 700, 3_000, 150_000, "1997-09-17", 4_120),
    "kaggle-movies": Shape(KAGGLE_MOVIES, 671, 5_000, 100_000, "1996-03-29", 7_500),
    "netflix": Shape(NETFLIX, 1_000, 1_500, 100_000, "1999-11-11", 2_240),
    "thousand": Shape("ml-latest-small", 50, 300, 1_000, "2010-01-01", 2_000),
    "month": Shape("ml-1m", 300, 800, 20_000, "2001-05-01", 29),
    "bare": Shape(NETFLIX, 400, 500, 20_000, "2003-01-01", 1_000),
    "few_films": Shape("ml-1m", 2_000, 40, 24_000, "2000-04-25", 1_039),
    "few_users": Shape("ml-latest-small", 40, 3_000, 10_000, "1996-03-29", 8_200),
    "least": Shape(NETFLIX, *minimum.LEAST.values(), "2003-01-01", 1_000),
}
IDS = "ids"  # a set of one's own, of which nothing is known but ids, stars and times
GENERATED = "generated"  # the least that `nbhelpers data generate` makes
WITHOUT_PROBE = ("bare", "least")
N_TASTES = 4
GENRES = movielens_sets.FLAGS[1:]
TAGS = ["atmospheric", "funny", "based on a book", "twist ending", "slow", "a classic", "space"]
JOBS = ["artist", "doctor", "student"]
GENOME = [*TAGS, *(f"theme {number}" for number in range(1, 41))]
PEOPLE = [f"{first} {last}" for first in ("Ada", "Bo", "Cleo", "Dov") for last in ("Marsh", "Pike")]
KAGGLE_NAMES = {  # of the files of ml-20m, and how it writes times
    "ratings.csv": "rating.csv",
    "movies.csv": "movie.csv",
    "tags.csv": "tag.csv",
    "links.csv": "link.csv",
    "genome-tags.csv": "genome_tags.csv",
    "genome-scores.csv": "genome_scores.csv",
}
CLOCK = {"day": "%d", "month": "%m", "year": "%Y", "hour": "%H", "minute": "%M", "second": "%S"}


class Simulated(NamedTuple):
    """Ratings, the films they are of, and what the films have to offer."""

    ratings: pd.DataFrame  # user_id, movie_id, rating, timestamp
    movies: pd.DataFrame  # movie_id, title, year, genres (list)
    offers: np.ndarray  # shape (movies, N_TASTES)


def write(name: str, folder: Path) -> Path:
    """Write a stand-in to a new folder named as its data set, in `folder` ($NBHELPERS_DATA).

    One's own set is kept in $NBHELPERS_CACHE, as all adopted ones are.
    """
    target = folder / dataset_of(name)
    target.mkdir(parents=True)
    if name == IDS:
        ratings = simulate(STAND_INS["thousand"]).ratings
        items = "B" + ratings["movie_id"].astype(str).str.zfill(6)
        adopt(ratings.assign(movie_id=items), name=IDS)
    elif name == GENERATED:
        netflix_set.generate(target, netflix_set.FEWEST)
    elif target.name == NETFLIX:
        write_netflix(simulate(STAND_INS[name]), target, probe=name not in WITHOUT_PROBE)
    else:
        simulated = simulate(STAND_INS[name])
        files = WRITTEN.get(target.name, movielens_files)(simulated, target.name)
        for file, content in files.items():
            (target / file).write_bytes(content)
    return target


def dataset_of(name: str) -> str:
    """The data set whose files a stand-in has."""
    return {GENERATED: NETFLIX, IDS: IDS}.get(name) or STAND_INS[name].dataset


def simulate(shape: Shape) -> Simulated:
    """Make up films, people and ratings; the same shape gives the same."""
    rng = np.random.default_rng(shape.seed)
    movies, offers = _films(shape, rng)
    tastes = rng.normal(size=(shape.users, N_TASTES))
    match = tastes @ offers.T / N_TASTES**0.5
    fame = -1.1 * np.log(1 + rng.permutation(shape.movies))
    counts = _counts(shape, rng)
    # The first of the films, ordered by this, are a draw without replacement (Gumbel's trick).
    order = np.argsort(-(fame + 0.7 * match + rng.gumbel(size=match.shape)), axis=1)
    u = np.repeat(np.arange(shape.users), counts)
    m = np.concatenate([films[:n] for films, n in zip(order, counts, strict=True)])
    quality = 0.05 * fame + rng.normal(0, 0.4, shape.movies)
    liking = 3.4 + rng.normal(0, 0.4, shape.users)[u] + quality[m] + 0.5 * match[u, m]
    liking += rng.normal(0, 0.8, len(u))
    about_set = about(shape.dataset)
    ratings = pd.DataFrame(
        {
            "user_id": _ids(shape.users, shape.dataset == NETFLIX, rng)[u],
            "movie_id": movies["movie_id"].to_numpy()[m],
            "rating": (np.round(liking / about_set.step) * about_set.step).clip(*about_set.scale),
            "timestamp": _times(shape, u, movies["year"].to_numpy()[m], rng),
        }
    )
    if about_set.step == 1:
        ratings["rating"] = ratings["rating"].astype("int8")
    return Simulated(ratings, movies, offers)


def _films(shape: Shape, rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    flags = rng.random((shape.movies, len(GENRES))) < np.geomspace(0.4, 0.02, len(GENRES))
    offers = flags @ rng.normal(size=(len(GENRES), N_TASTES))
    offers += rng.normal(0, 0.6, offers.shape)
    first, last = (pd.Timestamp(shape.start) + pd.Timedelta(d, "D") for d in (0, shape.days))
    years = last.year - (rng.exponential(12, shape.movies) + (first.year == last.year)).astype(int)
    sparse = shape.dataset not in (NETFLIX, "ml-100k")  # ids with gaps
    ids = _ids(shape.movies, sparse and shape.movies > 1_000, rng)
    movies = pd.DataFrame({"movie_id": ids, "title": [f"Simulated film {i}" for i in ids]})
    movies["year"] = years.clip(1920)
    movies["genres"] = [[g for g, has in zip(GENRES, row, strict=True) if has] for row in flags]
    return movies, offers


def _ids(n: int, gaps: bool, rng: np.random.Generator) -> np.ndarray:
    return np.sort(rng.choice(8 * n, n, replace=False)) + 1 if gaps else np.arange(1, n + 1)


def _counts(shape: Shape, rng: np.random.Generator) -> np.ndarray:
    """How many ratings each user gives: some hardly any, some hundreds."""
    least = min(20, shape.ratings // shape.users // 3)
    most = shape.movies // 2 + 10
    weights = np.exp(rng.normal(size=shape.users))
    counts = (weights / weights.sum() * shape.ratings).astype(int).clip(least, most)
    while rest := shape.ratings - counts.sum():
        room = np.flatnonzero(counts < most if rest > 0 else counts > least)
        counts[rng.permutation(room)[: abs(rest)]] += np.sign(rest)
    return counts


def _times(shape: Shape, u: np.ndarray, years: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """When: several films on each of a user's few visits, and none before its year."""
    day = 86_400
    start = np.datetime64(shape.start, "s").astype(int)
    end = start + shape.days * day
    joined = rng.random(shape.users) ** 0.7 * 0.95
    visits = joined[:, None] + (1 - joined[:, None]) * rng.random((shape.users, 12)) ** 3
    visits[:, 0] = joined
    at = start + visits[u, (rng.random(len(u)) ** 2 * 12).astype(int)] * (end - start - day)
    released = (years - 1970).astype("datetime64[Y]").astype("datetime64[s]").astype(int)
    later = released + rng.random(len(u)) * (end - day - released).clip(0)
    at = np.where(at < released, later, at) + rng.integers(0, 3_600, len(u))
    return at.astype(np.int64).astype("datetime64[s]")


def movielens_files(simulated: Simulated, name: str) -> dict[str, bytes]:
    """MovieLens's files, with tags, links and tag genome where the set has them."""
    ratings, movies, offers = simulated
    rng = np.random.default_rng(0)
    seconds = ratings["timestamp"].to_numpy().astype("datetime64[s]").astype(int)
    columns = [ratings["user_id"], ratings["movie_id"], ratings["rating"], seconds]
    rows = list(zip(*columns, strict=True))
    ids = movies["movie_id"].tolist()
    relevance = 1 / (1 + np.exp(2 - offers @ rng.normal(size=(N_TASTES, len(GENOME)))))
    tag_of = dict(zip(ids, relevance[:, : len(TAGS)].argmax(axis=1), strict=True))
    tagged = [rows[i] for i in np.flatnonzero(rng.random(len(rows)) < 0.03)]
    half = len(ids) // 2  # the genome knows some films only
    content = movielens_sets.encode(
        name,
        ratings=rows,
        movies=list(zip(ids, _titles(movies), _genres(movies, name), strict=True)),
        tags=[(user, movie, TAGS[tag_of[movie]], time) for user, movie, _, time in tagged],
        links=[(i, f"{i:07}", i if i % 9 else "") for i in ids],
        genome_tags=list(enumerate(GENOME, start=1)),
        genome_scores=[
            (movie, tag, f"{score:.5f}")
            for movie, scores in zip(ids[:half], relevance, strict=False)
            for tag, score in enumerate(scores, start=1)
        ],
    )
    if name == "ml-100k":
        content |= _extras_of_100k(content["u.data"], simulated, rng)
    return content


def files_of_20m(simulated: Simulated, name: str) -> dict[str, bytes]:
    """The files of MovieLens 20M as Kaggle has them: other names, and dates instead of seconds."""
    content = movielens_files(simulated, name)
    for file in ("ratings.csv", "tags.csv"):
        frame = pd.read_csv(io.BytesIO(content[file]))
        frame["timestamp"] = pd.to_datetime(frame["timestamp"], unit="s").astype(str)
        text = frame.to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC)
        content[file] = text.encode()
    return {KAGGLE_NAMES[file]: data for file, data in content.items()}


def files_of_hetrec(simulated: Simulated, name: str) -> dict[str, bytes]:
    """The files of HetRec 2011: tables parted by tabs, with people, and times in six parts."""
    ratings, movies, offers = simulated
    rng = np.random.default_rng(0)
    clock = {f"date_{part}": ratings["timestamp"].dt.strftime(f) for part, f in CLOCK.items()}
    given = ratings.rename(columns={"user_id": "userID", "movie_id": "movieID"})
    given = given.drop(columns="timestamp").assign(**clock)
    tagged = given[rng.random(len(given)) < 0.03].drop(columns="rating")
    tagged.insert(2, "tagID", rng.integers(1, len(TAGS) + 1, len(tagged)))
    ids, directors, actors = movies["movie_id"], _directors(offers), _actors(offers)
    titles = {"id": ids, "title": movies["title"], "imdbID": ids, "year": movies["year"]}
    tables = {
        "user_ratedmovies.dat": given,
        "user_taggedmovies.dat": tagged,
        "tags.dat": pd.DataFrame({"id": range(1, len(TAGS) + 1), "value": TAGS}),
        "movies.dat": pd.DataFrame(titles),
        "movie_genres.dat": _pairs(ids, movies["genres"], "genre"),
        "movie_directors.dat": _pairs(ids, ([one] for one in directors), "directorName"),
        "movie_actors.dat": _pairs(ids, actors, "actorName").assign(ranking=1),
    }
    text = {file: table.to_csv(index=False, sep="\t") for file, table in tables.items()}
    return {file: table.encode("latin-1") for file, table in text.items()}


def files_of_kaggles_movies(simulated: Simulated, name: str) -> dict[str, bytes]:
    """The small files of The Movies Dataset: lists as Python writes them, by ids of TMDB."""
    ratings, movies, offers = simulated
    tmdb = movies["movie_id"] + 100_000
    known = np.arange(len(movies)) % 50 > 0  # of some there is nothing but ratings
    people = zip(_directors(offers), _actors(offers), strict=True)
    metadata = {
        "genres": [_named(genres) for genres in movies["genres"]],
        "id": tmdb,
        "overview": [f"A simulated film, number {i}." for i in movies["movie_id"]],
        "poster_path": "/poster.jpg",
        "release_date": [f"{year}-06-15" for year in movies["year"]],
        "title": movies["title"],
    }
    crew, cast = zip(
        *((str([{"job": "Director", "name": one}]), _named(names)) for one, names in people),
        strict=True,
    )
    themes = [_named([TAGS[i]]) for i in offers.argmax(axis=1) % len(TAGS)]
    links = {"movieId": movies["movie_id"], "imdbId": movies["movie_id"], "tmdbId": tmdb}
    seconds = ratings["timestamp"].astype("datetime64[s]").astype("int64")
    columns = {"user_id": "userId", "movie_id": "movieId"}
    tables = {
        "movies_metadata.csv": pd.DataFrame(metadata)[known],
        "credits.csv": pd.DataFrame({"cast": cast, "crew": crew, "id": tmdb})[known],
        "keywords.csv": pd.DataFrame({"id": tmdb, "keywords": themes})[known],
        "links_small.csv": pd.DataFrame(links),
        "ratings_small.csv": ratings.rename(columns=columns).assign(timestamp=seconds),
    }
    return {file: table.to_csv(index=False).encode() for file, table in tables.items()}


WRITTEN = {
    "ml-20m": files_of_20m,
    HETREC: files_of_hetrec,
    KAGGLE_MOVIES: files_of_kaggles_movies,
}


def _directors(offers: np.ndarray) -> list[str]:
    """Somebody for each film; who makes what somebody likes is no accident."""
    return [PEOPLE[i] for i in offers.argmax(axis=1) + N_TASTES * (offers[:, 0] > 0)]


def _actors(offers: np.ndarray) -> list[list[str]]:
    return [[PEOPLE[i], PEOPLE[-1 - i]] for i in offers.argmin(axis=1)]


def _pairs(ids: pd.Series, lists: Iterable[list[str]], column: str) -> pd.DataFrame:
    """A row for each name in the list of a film."""
    rows = [(movie, name) for movie, names in zip(ids, lists, strict=True) for name in names]
    return pd.DataFrame(rows, columns=["movieID", column])


def _named(names: Iterable[str]) -> str:
    return str([{"id": number, "name": name} for number, name in enumerate(names)])


def _extras_of_100k(rows: bytes, simulated: Simulated, rng: np.random.Generator) -> dict:
    """The first of its five splits, and its users; who somebody is says nothing here."""
    lines = rows.splitlines(keepends=True)
    test = rng.random(len(lines)) < 0.2
    people = [
        f"{user}|{rng.integers(10, 70)}|{rng.choice(['F', 'M'])}|{rng.choice(JOBS)}|00000\n"
        for user in np.unique(simulated.ratings["user_id"])
    ]
    return {
        "u1.base": b"".join(line for line, held in zip(lines, test, strict=True) if not held),
        "u1.test": b"".join(line for line, held in zip(lines, test, strict=True) if held),
        "u.user": "".join(people).encode(),
    }


def _titles(movies: pd.DataFrame) -> list[str]:
    """Titles as MovieLens writes them, one in a hundred without its year."""
    rows = zip(movies["movie_id"], movies["title"], movies["year"], strict=True)
    return [title if i % 100 == 99 else f"{title} ({year})" for i, title, year in rows]


def _genres(movies: pd.DataFrame, name: str) -> list[str]:
    none = "unknown" if name == "ml-100k" else "(no genres listed)"
    texts = ["|".join(genres) or none for genres in movies["genres"]]
    old = name in ("ml-100k", "ml-1m", "ml-10m")
    return texts if old else [text.replace("Children's", "Children") for text in texts]


def write_netflix(simulated: Simulated, folder: Path, probe: bool = True) -> None:
    """Write the Netflix Prize's files; the probe pairs are late ratings of most users."""
    ratings, movies, _ = simulated
    netflix.write_ratings(ratings, folder)
    netflix.write_titles(movies, folder / "movie_titles.csv")
    if probe:
        late = ratings.sort_values("timestamp").groupby("user_id").tail(3)
        netflix.write_probe(late, folder / "probe.txt")
