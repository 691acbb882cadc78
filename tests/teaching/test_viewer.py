"""The reader's ten films: kept in one file, found again in every set."""

import sys

import made
import pytest

from nbhelpers import DataError, load
from nbhelpers.teaching import viewer

MINE = viewer.STAND_IN | {"Titanic": 4.5, "Armageddon": None, "Alien": 5}


@pytest.fixture
def file(monkeypatch, tmp_path):
    path = tmp_path / "my_films.csv"
    monkeypatch.setenv("NBHELPERS_VIEWER", str(path))
    return path


@pytest.fixture(scope="module")
def sample():
    return load("sample")


def test_a_stand_in_sits_in_the_readers_seat(file, sample):
    me = viewer.me(sample)
    assert dict(zip(me["title"], me["rating"], strict=True)) == viewer.STAND_IN
    assert list(me.columns) == ["movie_id", "title", "rating"]
    assert me["rating"].is_monotonic_decreasing
    assert viewer.keep(viewer.STAND_IN, sample).equals(me)
    assert not file.exists()


def test_no_package_that_hosts_lack_is_asked_for(file, sample, monkeypatch):
    monkeypatch.setitem(sys.modules, "rapidfuzz", None)  # importing it raises ModuleNotFoundError
    assert len(viewer.me(sample)) == len(viewer.FILMS)


def test_the_readers_stars_are_kept_and_follow_them(file, sample):
    kept = viewer.keep(MINE, sample)
    expected = {title: stars for title, stars in MINE.items() if stars is not None}
    assert dict(zip(kept["title"], kept["rating"], strict=True)) == expected
    assert viewer.me(load("sample")).equals(kept)
    viewer.keep(viewer.STAND_IN, sample)  # a fresh copy of the notebook
    assert viewer.me(sample).equals(kept)


@pytest.mark.parametrize(
    ("stars", "said"),
    [
        (MINE | {"Alien": 6}, "“Alien” has the rating 6"),
        (MINE | {"Alien": 0}, "has the rating 0"),
        (MINE | {"Alien": 4.3}, "has the rating 4.3"),
        (MINE | {"Alien": "good"}, "has the rating 'good'"),
        (MINE | {"Alien": float("nan")}, "has the rating nan"),
        (MINE | {"The Matricks": 4}, "such as The Matrix"),
        (MINE | {"Inception": 5}, "“Inception”: its newest is from 2005"),
        (MINE | {"Psycho": 5}, "Expected the year as well: Psycho (1960) or Psycho (1998)."),
        (MINE | {"Psycho (1971)": 5}, "called “Psycho” is from 1971. Expected Psycho (1960) or"),
        (dict.fromkeys(("The Matricks", "Alein", "Jawz"), 4), "such as The Matrix"),
        (MINE | {"Brazil": 5}, "lists “Brazil” more than once"),
        (MINE | {"Brazil (1985)": 5}, "lists “Brazil (1985)” more than once"),
        ({"Alien": 4}, "Too few films are rated: 1"),
    ],
)
def test_what_cannot_be_kept_is_refused(file, sample, stars, said):
    with pytest.raises(DataError) as refused:
        viewer.keep(stars, sample)
    assert said in str(refused.value)
    assert not file.exists()


def test_a_year_in_brackets_tells_namesakes_apart(file, sample):
    kept = viewer.keep(MINE | {"Psycho (1960)": 4}, sample)
    psycho = kept.loc[kept["title"] == "Psycho", "movie_id"].item()
    assert sample.movies.set_index("movie_id")["year"][psycho] == 1960


@pytest.mark.parametrize("text", ["", "title,stars\nAlien,5\n", "title,year,rating\nAlien,,good\n"])
def test_a_damaged_file_is_named(file, sample, text):
    file.write_text(text)
    with pytest.raises(DataError, match=r"my_films\.csv.*rate them again in notebook 01"):
        viewer.me(sample)


def test_on_a_set_without_these_films_it_is_somebody_of_the_set(file, monkeypatch):
    ratings = made.ratings()
    data = load(ratings.drop(columns="timestamp", errors="ignore"), name="others")
    said = []
    monkeypatch.setattr(viewer, "say", said.append)
    me = viewer.me(data)
    assert "others knows too few of your films" in said[0]
    theirs = data.ratings.merge(me, on=["movie_id", "rating"])
    assert len(me) > 0
    assert theirs.groupby("user_id").size().max() == len(me)


@pytest.mark.usefixtures("real_data")
def test_the_ten_films_are_known_on_real_ratings(file):
    me = viewer.me(load("ml-latest-small"))
    assert len(me) == len(viewer.FILMS)
    assert me["rating"].tolist() == sorted(viewer.STAND_IN.values(), reverse=True)
