"""A simulated set has Netflix's proportions, reads strictly, and comes out the same again."""

import numpy as np
import pytest
from processes import of_the_dead

from nbhelpers import load
from nbhelpers.data import netflix
from nbhelpers.errors import DataError
from nbhelpers.simulation import netflix_set, world

N = 60_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "netflix"
    netflix_set.generate(folder, N, seed=1)
    return folder


@pytest.fixture(scope="module")
def ratings(folder):
    return netflix.read_ratings(folder)


def test_all_files_are_there_and_hold_what_was_asked_for(folder, ratings):
    titles = netflix.read_titles(folder / "movie_titles.csv")
    assert len(ratings) == N
    assert len(netflix.find_ratings(folder)) == 4
    assert list(titles["movie_id"]) == sorted(set(ratings["movie_id"]))
    assert list(titles["title"]) == [f"Simulated film {movie}" for movie in titles["movie_id"]]
    assert titles["year"].isna().sum() == 7
    assert "simulated" in (folder / "SIMULATED.txt").read_text(encoding="utf-8")
    probe = netflix.read_probe(folder / "probe.txt")
    held = probe.merge(ratings, on=["movie_id", "user_id"])
    assert len(held) == len(probe) and 0.008 < len(probe) / N < 0.03


def test_proportions_are_netflixs(ratings):
    shares = np.bincount(ratings["rating"], minlength=6)[1:] / N
    np.testing.assert_allclose(shares, [0.046, 0.101, 0.287, 0.336, 0.23], atol=0.01)
    users, movies = (ratings.groupby(name).size() for name in ("user_id", "movie_id"))
    assert users.median() == pytest.approx(96, rel=0.3) and users.max() > 5 * users.mean()
    assert len(users) == pytest.approx(N * 480_189 / 100_480_507, rel=0.01)
    assert movies.max() > 10 * movies.mean() > 20 * movies.median() > 0
    years = ratings["timestamp"].dt.year
    assert years.value_counts(normalize=True)[2005] == pytest.approx(0.55, abs=0.1)
    means = ratings["rating"].groupby(ratings["timestamp"] < "2004-02-01").mean()
    assert means[False] - means[True] > 0.1


def test_tastes_are_shared(ratings):
    """Deviations from the means hold on to the films: they are more than noise."""
    rows = ratings.assign(rest=ratings["rating"] - ratings["rating"].mean())
    by_movie = rows.groupby("movie_id")["rest"].agg(["mean", "size"])
    popular = by_movie[by_movie["size"] >= 50]["mean"]
    assert popular.std() > 0.25


def test_movies_of_a_full_size_are_counted_exactly():
    counts = world.film_counts(world.FULL, 17_770, most=world.FULL_USERS // 2)
    assert counts.sum() == world.FULL and (np.diff(counts) >= 0).all()
    assert np.median(counts) == pytest.approx(561, rel=0.05)
    assert (counts.min(), counts.max()) == pytest.approx((3, 232_944), rel=0.05)


@pytest.mark.parametrize("n", [10_000, 17_771, 123_456])
def test_counts_add_up_at_any_size(n):
    most = round(n * world.FULL_USERS / world.FULL) // 2
    counts = world.film_counts(n, min(17_770, n // 3), most)
    assert counts.sum() == n and counts.min() >= 1 and counts.max() <= most


def test_seed_decides_every_byte(folder, tmp_path):
    netflix_set.generate(tmp_path / "a", N, seed=1)
    for path in folder.iterdir():
        assert (tmp_path / "a" / path.name).read_bytes() == path.read_bytes()
    netflix_set.generate(tmp_path / "b", N, seed=2)
    first = "combined_data_1.txt"
    assert (tmp_path / "b" / first).read_bytes() != (folder / first).read_bytes()


def test_folder_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    target = tmp_path / "new" / "netflix"
    monkeypatch.setattr(netflix, "write_titles", None)
    with pytest.raises(TypeError):
        netflix_set.generate(target, 10_000)
    assert list(target.parent.iterdir()) == []
    monkeypatch.undo()
    target.mkdir()
    netflix_set.generate(target, 10_000)
    with pytest.raises(DataError, match="This folder is not empty"):
        netflix_set.generate(target, 10_000)
    for n in (9_999, 500_000_001):
        with pytest.raises(ValueError, match="can be made"):
            netflix_set.generate(tmp_path / "other", n)
    assert list(tmp_path.iterdir()) == [tmp_path / "new"]


def test_simulated_set_says_so_when_it_is_loaded(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("NBHELPERS_DATA", str(folder.parent))
    monkeypatch.setenv("NBHELPERS_CACHE", str(tmp_path))
    data = load("netflix", users=0.3)
    assert data.simulated and "simulated" in data.label and "simulated" in data.source
    assert data.report["probe pairs without a rating"] == 0


def test_room_is_asked_for_before_anything_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr(netflix_set, "_BYTES", 10**15)
    monkeypatch.setattr(netflix_set, "_write", pytest.fail)
    with pytest.raises(DataError, match="no room for the simulated set"):
        netflix_set.generate(tmp_path / "new", 10_000)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_generator_left_is_removed(tmp_path, monkeypatch):
    (tmp_path / f".new-{of_the_dead()}").mkdir()
    monkeypatch.setattr(netflix_set, "_write", lambda folder, *_: (folder / "x").write_text("x"))
    netflix_set.generate(tmp_path / "new", 10_000)
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
