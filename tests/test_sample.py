"""The sample is what its generator writes, and looks and learns like real ratings."""

import importlib.util
import zipfile

import numpy as np
import pandas as pd
import pytest
from sample_aims import AIMS, TUNED

from nbhelpers.data import datasets, netflix
from nbhelpers.simulation.oracle import Oracle

SAMPLE = datasets.load("sample")
FOLDER = SAMPLE.folder
RATINGS = SAMPLE.ratings
MOVIES = SAMPLE.movies.set_index("movie_id")
CATALOGUE = pd.read_csv(FOLDER / "catalogue.csv", keep_default_na=False, encoding="utf-8")
DAYS = RATINGS["timestamp"]
GENRES = [
    "Action", "Adventure", "Animation", "Children", "Comedy", "Crime", "Documentary", "Drama",
    "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War",
    "Western",
]  # fmt: skip
WRITTEN = [f"combined_data_{i}.txt" for i in range(1, 5)] + [
    "movie_titles.csv", "movies.csv", "oracle.npz", "probe.txt",
]  # fmt: skip


def content(path):
    """The bytes of a file; of an archive the bytes inside, as its frame names the system."""
    if path.suffix != ".npz":
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_generator_writes_the_shipped_bytes(tmp_path):
    spec = importlib.util.spec_from_file_location("generate", FOLDER / "generate.py")
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    generator.generate(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == WRITTEN
    for name in WRITTEN:
        assert content(tmp_path / name) == content(FOLDER / name), f"{name} differs"


def test_small_enough_to_ship():
    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) < 5e6
    assert (FOLDER / "oracle.npz").stat().st_size < 600e3


# The films


def test_catalogue_is_complete_and_clean():
    assert len(CATALOGUE) >= 1200
    assert not CATALOGUE.duplicated(["title", "year"]).any()
    assert CATALOGUE["year"].between(1900, 2005).all()
    assert CATALOGUE[["fame", "acclaim"]].isin(range(1, 11)).all(axis=None)
    assert set(CATALOGUE["genres"].str.split("|").explode()) == set(GENRES)
    assert CATALOGUE["title"].map(lambda title: title.encode("latin-1")).all()
    assert (CATALOGUE[["title", "directors", "keywords"]] != "").all(axis=None)
    assert CATALOGUE["overview"].str.split().str.len().between(12, 60).all()
    assert not CATALOGUE["overview"].duplicated().any()
    assert CATALOGUE["month"].isin(["", *map(str, range(1, 13))]).all()
    assert (CATALOGUE["month"] != "").mean() > 0.7
    assert CATALOGUE["overview"].str.contains("[.!?]$").all()
    text = CATALOGUE.drop(columns=["fame", "acclaim", "year"])
    assert not text.apply(lambda cells: cells.str.strip() != cells).any(axis=None)


def test_known_to_the_tastes():
    """Hardly a film whose themes say nothing about who will like it."""
    tastes = pd.read_csv(FOLDER / "tastes.csv", encoding="utf-8").fillna(0)
    names = tastes.set_index("kind")["name"]
    assert set(names["genre"]) == set(GENRES)
    known = CATALOGUE["keywords"].str.split("|").explode().isin(names["keyword"])
    assert known.mean() > 0.85
    assert (tastes.iloc[:, 2:] != 0).any(axis=1).all()


def test_many_hardly_known_some_in_series_and_remakes():
    assert (CATALOGUE["fame"] <= 2).mean() > 0.3
    assert CATALOGUE["title"].str.contains(r"\b(?:II|III|IV|2|3)\b|Part |Star Wars:").sum() > 40
    assert CATALOGUE["title"].duplicated().sum() > 20
    assert CATALOGUE["directors"].str.split("|").str[0].value_counts().gt(1).sum() > 100


def test_quirks_of_the_real_titles():
    titles = netflix.read_titles(FOLDER / "movie_titles.csv")
    raw = (FOLDER / "movie_titles.csv").read_bytes().decode("latin-1")
    for quirk, least in ((",", 20), ("'", 40), ('"', 1), (r"\d", 40), ("&", 5), ("!", 10)):
        assert titles["title"].str.contains(quirk).sum() >= least, quirk
    assert (~titles["title"].map(str.isascii)).sum() >= 15
    assert titles["year"].isna().sum() == 1 == raw.count(",NULL,")
    metadata = pd.read_csv(FOLDER / "movies.csv", encoding="utf-8", keep_default_na=False)
    assert list(metadata) == [
        "movieId", "title", "tmdb_id", "overview", "poster_url", "genres", "release_year",
        "actors", "directors", "keywords",
    ]  # fmt: skip
    assert (metadata[["tmdb_id", "poster_url"]] == "").all(axis=None)
    assert metadata["title"].tolist() == titles["title"].tolist()
    assert (metadata["release_year"] == "").tolist() == titles["year"].isna().tolist()


def test_planted_faults():
    unlisted = ~RATINGS["movie_id"].isin(MOVIES.index)
    assert RATINGS["movie_id"][unlisted].nunique() == 3 and 15 <= unlisted.sum() <= 60
    assert SAMPLE.report["ratings of unlisted movies"] == unlisted.sum()
    twice = MOVIES[MOVIES.duplicated(["title", "year"])]
    assert sorted(twice["title"]) == ["Brazil", "Cinema Paradiso"]
    assert SAMPLE.report["metadata that name another year"] == 1
    old, new = (MOVIES[(MOVIES["title"] == "The Italian Job") & (MOVIES["year"] == year)]
                for year in (1969, 2003))  # fmt: skip
    assert old["directors"].tolist() == new["directors"].tolist() == [["Peter Collinson"]]


# The ratings


def test_stars_are_shared_as_netflix_shares_them():
    shares = 100 * RATINGS["rating"].value_counts(normalize=True).sort_index()
    np.testing.assert_allclose(shares, [4.6, 10.1, 28.7, 33.6, 23.1], atol=2)


def test_films_from_none_to_a_thousand_ratings():
    counts = RATINGS["movie_id"].value_counts().reindex(MOVIES.index, fill_value=0)
    assert 10 <= (counts == 0).sum() <= 60
    assert all((counts == n).sum() >= 10 for n in range(1, 10))
    assert 800 < counts.max() < len(MOVIES)


def test_users_of_very_different_length():
    counts = RATINGS["user_id"].value_counts()
    assert 2_500 <= len(counts) <= 4_000 and 100_000 <= len(RATINGS) <= 130_000
    assert counts.min() == 1 and 10 <= counts.median() <= 30 and counts.max() > 500
    assert counts.value_counts()[counts.max()] == 1, "a limit shows"
    assert counts.nlargest(20).nunique() >= 15
    assert RATINGS["user_id"].between(1, 2_649_429).all()
    assert np.median(np.diff(np.sort(counts.index))) > 500


def test_some_users_use_only_the_top_and_some_the_whole_scale():
    users = RATINGS.groupby("user_id")["rating"].agg(["size", "min", "nunique"])
    users = users[users["size"] >= 10]
    assert 10 <= (users["min"] >= 4).sum() <= 200
    assert (users["nunique"] == 5).mean() > 0.3


def test_dates_grow_over_the_years():
    """Growth and season are built in apart: the same month grows from year to year."""
    assert str(DAYS.min())[:10] == "1999-11-11" and str(DAYS.max())[:10] == "2005-12-31"
    years = DAYS.dt.year.value_counts().sort_index()
    assert years.is_monotonic_increasing


def test_jump_early_in_2004():
    before = RATINGS["rating"][DAYS < "2004-01-10"].mean()
    after = RATINGS["rating"][DAYS >= "2004-03-01"].mean()
    assert before < 3.5 and after > 3.6
    assert 0.15 < after - before < 0.3


def test_high_in_winter_and_early_in_the_week():
    weekdays = DAYS.dt.day_of_week.value_counts()
    assert set(weekdays.index[:2]) == {0, 1} and weekdays.max() > 1.4 * weekdays.min()
    # Compared with the mean of the half years around it, as volume grows all the time.
    months = DAYS.dt.to_period("M").value_counts().sort_index()
    trend = months.rolling(13, center=True).mean().dropna()
    ratio = (months / trend).dropna().groupby(lambda month: month.month).mean()
    assert ratio[[11, 12, 1, 2]].mean() > 1.2 * ratio[[5, 6, 7, 8]].mean()


def test_films_are_not_rated_before_their_year():
    released = MOVIES["year"].reindex(RATINGS["movie_id"])
    late = DAYS.dt.year.to_numpy() >= released.fillna(0).to_numpy(int)
    assert late.all()
    assert (MOVIES["year"] == 2005).sum() > 5


def test_nobody_rates_a_film_before_its_month():
    month = pd.to_numeric(CATALOGUE["month"]).fillna(1).astype(int).astype(str)
    films = CATALOGUE.assign(first=pd.to_datetime(CATALOGUE["year"].astype(str) + "-" + month))
    listed = MOVIES.reset_index().merge(films[["title", "year", "first"]], on=["title", "year"])
    first = listed.set_index("movie_id")["first"].reindex(RATINGS["movie_id"])
    assert first.notna().mean() > 0.99
    assert (DAYS.to_numpy() >= first.fillna("1999").to_numpy()).all()


def test_films_rise_and_fall():
    """Many films are rated in other years than films are in general."""
    years = pd.crosstab(RATINGS["movie_id"], DAYS.dt.year)
    years = years[years.sum(axis=1) >= 200]
    expected = np.outer(years.sum(axis=1), years.sum(axis=0) / years.to_numpy().sum())
    surprise = ((years - expected) ** 2 / expected).sum(axis=1)  # chi², 6 degrees of freedom
    assert (surprise > 20).mean() > 0.5


def test_bursts_on_one_day():
    sizes = RATINGS.groupby(["user_id", "timestamp"]).size()
    assert sizes.median() >= 3 and sizes.max() > 50


def test_some_films_drift():
    """What is left of a film's stars, its users and the time aside, moves over the years."""
    oracle = Oracle.load(FOLDER)
    gains = oracle.movie_ageing * 5
    assert (gains > 0.2).sum() > 50 and (gains < -0.2).sum() > 20
    still = np.full(len(RATINGS), DAYS.min().to_datetime64())
    moved = oracle.predict(RATINGS["user_id"], RATINGS["movie_id"], DAYS)
    first = oracle.predict(RATINGS["user_id"], RATINGS["movie_id"], still)
    residual = RATINGS["rating"] - first
    assert np.corrcoef(residual, moved - first)[0, 1] > 0.15


def test_people_rate_what_they_expect_to_like():
    oracle = Oracle.load(FOLDER)
    rng = np.random.default_rng(0)
    users = RATINGS["user_id"].sample(5000, random_state=0)
    anything = oracle.predict(users, rng.choice(oracle.movie_ids, 5000))
    chosen = oracle.predict(RATINGS["user_id"], RATINGS["movie_id"])
    assert chosen.mean() > anything.mean() + 0.1


def test_probe_is_late_and_inside_the_training_files():
    probe = SAMPLE.probe
    assert 0.014 <= len(probe) / len(RATINGS) <= 0.05
    assert len(probe.merge(RATINGS, on=["user_id", "movie_id"])) == len(probe)
    by_time = RATINGS.sort_values(["user_id", "timestamp", "movie_id"])
    by_time["left"] = by_time.groupby("user_id").cumcount(ascending=False)
    assert probe.merge(by_time, on=["user_id", "movie_id"])["left"].max() < 6


# What models learn from it


@pytest.mark.slow
@pytest.mark.parametrize("aim", AIMS, ids=lambda aim: aim.name)
def test_aims(aim):
    value = aim.of(SAMPLE)
    assert aim.reached(value), f"{value} is not from {aim.low} to {aim.high}"


def test_at_least_ten_dimensions_of_taste_of_falling_weight():
    oracle = Oracle.load(FOLDER)
    tastes = oracle.user_tastes[:, :11]  # those with a name
    strength = tastes.std(axis=0) * oracle.movie_tastes[:, :11].std(axis=0)
    assert len(oracle.axes) > 11 and strength[:2].min() > 1.3 * strength[-2:].max()
    singular = np.linalg.svd(oracle.user_tastes @ oracle.movie_tastes.T, compute_uv=False)
    shares = singular**2 / (singular**2).sum()
    assert shares[:2].sum() < 0.45 and shares[9] > 0.01


@pytest.mark.slow
def test_neighbours_make_sense_to_a_film_goer():
    """Of the five films nearest by learned factors, most share the genre that matters."""
    svd = TUNED.fit(RATINGS)
    counts = RATINGS["movie_id"].value_counts().reindex(svd.movie_ids)
    known = (counts >= 30).to_numpy()
    directions = svd.qi[known] / np.linalg.norm(svd.qi[known], axis=1, keepdims=True)
    films = MOVIES.loc[svd.movie_ids[known]]
    hits = []
    for title, genres in EXPECTED.items():
        place = films["title"].tolist().index(title)
        near = np.argsort(-(directions @ directions[place]))[1:6]
        hits += [bool(genres & set(found)) for found in films["genres"].iloc[near]]
    assert np.mean(hits) > 0.8


EXPECTED = {
    "The Matrix": {"Sci-Fi"},
    "Star Wars": {"Sci-Fi", "Fantasy"},
    "Toy Story": {"Animation", "Children"},
    "The Godfather": {"Crime"},
    "Pretty Woman": {"Romance"},
    "Scream": {"Horror"},
    "The Lord of the Rings: The Fellowship of the Ring": {"Fantasy", "Sci-Fi", "Adventure"},
    "Saving Private Ryan": {"War"},
    "The Sound of Music": {"Musical", "Children", "Romance"},
    "Die Hard": {"Action"},
    "Pulp Fiction": {"Crime"},
    "Finding Nemo": {"Animation", "Children"},
    "Halloween": {"Horror"},
    "Titanic": {"Romance"},
    "The Shining": {"Horror"},
    "Goodfellas": {"Crime"},
    "Aladdin": {"Animation", "Children", "Musical"},
    "Notting Hill": {"Romance"},
    "Alien": {"Sci-Fi", "Horror"},
    "Airplane!": {"Comedy"},
}
