"""The sample is what its generator writes, and looks and learns like real ratings."""

import importlib.util
import zipfile

import numpy as np
import pandas as pd
import pytest

from nbhelpers.data import datasets, netflix
from nbhelpers.evaluation.leaderboards import leaderboard
from nbhelpers.evaluation.metrics import rmse
from nbhelpers.evaluation.splits import random_split
from nbhelpers.models.baselines import Biases, Popularity
from nbhelpers.models.svd import SVD
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
    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) < 4e6
    assert (FOLDER / "oracle.npz").stat().st_size < 600e3


# The films


def test_catalogue_is_complete_and_clean():
    assert len(CATALOGUE) >= 500
    assert not CATALOGUE.duplicated(["title", "year"]).any()
    assert CATALOGUE["year"].between(1900, 2005).all()
    assert CATALOGUE[["fame", "acclaim"]].isin(range(1, 11)).all(axis=None)
    assert set(CATALOGUE["genres"].str.split("|").explode()) == set(GENRES)
    assert CATALOGUE["title"].map(lambda title: title.encode("latin-1")).all()
    assert (CATALOGUE[["title", "directors", "keywords"]] != "").all(axis=None)
    assert CATALOGUE["overview"].str.split().str.len().between(12, 60).all()
    assert not CATALOGUE["overview"].duplicated().any()
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


def test_quirks_of_the_real_titles():
    titles = netflix.read_titles(FOLDER / "movie_titles.csv")
    raw = (FOLDER / "movie_titles.csv").read_bytes().decode("latin-1")
    assert titles["title"].str.contains(",").sum() >= 5 and '"' not in raw
    assert not titles["title"].map(str.isascii).all()
    assert titles["title"].duplicated().sum() >= 3
    assert titles["year"].isna().sum() == 1 == raw.count(",NULL,")
    metadata = pd.read_csv(FOLDER / "movies.csv", encoding="utf-8", keep_default_na=False)
    assert list(metadata) == [
        "movieId", "title", "tmdb_id", "overview", "poster_url", "genres", "release_year",
        "actors", "directors", "keywords",
    ]  # fmt: skip
    assert (metadata[["tmdb_id", "poster_url"]] == "").all(axis=None)
    assert metadata["title"].tolist() == titles["title"].tolist()
    assert (metadata["release_year"] == "").tolist() == titles["year"].isna().tolist()


# The ratings


def test_stars_are_shared_as_netflix_shares_them():
    shares = 100 * RATINGS["rating"].value_counts(normalize=True).sort_index()
    np.testing.assert_allclose(shares, [4.6, 10.1, 28.7, 33.6, 23.1], atol=2)


def test_long_tail_of_films():
    counts = RATINGS["movie_id"].value_counts().reindex(MOVIES.index, fill_value=0)
    assert counts.nlargest(len(counts) // 10).sum() >= 0.35 * len(RATINGS)
    assert 3 <= (counts < 5).sum() <= 12


def test_users_from_a_handful_to_hundreds():
    counts = RATINGS["user_id"].value_counts()
    assert len(counts) == pytest.approx(2000, rel=0.05)
    assert len(RATINGS) == pytest.approx(100_000, rel=0.1)
    assert counts.min() <= 10 and counts.max() >= 400
    assert counts.between(15, 25).mean() > 0.15
    assert 20 <= (counts >= 200).sum() <= 100
    assert RATINGS["user_id"].between(1, 2_649_429).all()
    assert np.median(np.diff(np.sort(counts.index))) > 500


def test_some_users_use_only_the_top_and_some_the_whole_scale():
    users = RATINGS.groupby("user_id")["rating"].agg(["min", "nunique"])
    assert 10 <= (users["min"] >= 4).sum() <= 200
    assert (users["nunique"] == 5).mean() > 0.3


def test_dates_grow_over_the_years():
    assert str(DAYS.min())[:10] == "1999-11-11" and str(DAYS.max())[:10] == "2005-12-31"
    years = DAYS.dt.year.value_counts().sort_index()
    assert years.is_monotonic_increasing


def test_jump_early_in_2004():
    before = RATINGS["rating"][DAYS < "2004-01-10"].mean()
    after = RATINGS["rating"][DAYS >= "2004-03-01"].mean()
    assert before < 3.45 and after > 3.6
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


@pytest.fixture(scope="module")
def board():
    """Errors on a fifth held out: tuned biases, tuned factors and the truth."""
    split = random_split(RATINGS)
    pairs = split.test["user_id"], split.test["movie_id"]
    tuned = [Biases(u, m).fit(split.train) for u in (2, 5, 10) for m in (2, 5, 10)]
    biases = min((model.predict(*pairs) for model in tuned), key=error_on(split.test))
    svd = SVD(n_factors=50, n_epochs=40, lr_all=0.01, reg_all=0.1).fit(split.train)
    predictions = {
        "biases": biases,
        "svd": svd.predict(*pairs),
        "oracle": Oracle.load(FOLDER).predict(*pairs, split.test["timestamp"]),
    }
    return leaderboard(predictions, split.test, "biases", SAMPLE.scale, n=300)


def error_on(test):
    return lambda predicted: rmse(test["rating"], np.clip(predicted, 1, 5))


def test_factors_beat_biases_and_the_truth_beats_both(board):
    assert board.index.tolist() == ["oracle", "svd", "biases"]
    assert board.loc["svd", "difference"] < -0.02 and board.loc["svd", "diff_high"] < 0
    assert board.loc["oracle", "rmse"] < board.loc["svd", "rmse"] - 0.03
    assert 0.92 < board.loc["biases", "rmse"] < 0.98
    assert 0.88 < board.loc["svd", "rmse"] < 0.94
    assert 0.80 < board.loc["oracle", "rmse"] < 0.88


def test_neighbours_make_sense_to_a_film_goer():
    """Of the five films nearest by learned factors, most share the genre that matters."""
    svd = SVD(n_factors=50, n_epochs=40, lr_all=0.01, reg_all=0.1).fit(RATINGS)
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
}


def test_popularity_is_hard_to_beat():
    split = random_split(RATINGS)
    liked = split.test[split.test["rating"] >= 4]
    users = liked["user_id"].unique()
    found = {}
    for model in (Popularity(), Biases()):
        lists = model.fit(split.train).top_n(users, n=10)
        found[type(model)] = len(lists.merge(liked, on=["user_id", "movie_id"]))
    assert found[Popularity] > 2 * found[Biases] > 0
