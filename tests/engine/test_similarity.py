import dataclasses
from pathlib import Path

import made
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from nbhelpers.data import datasets
from nbhelpers.data.movies_table import movies_table
from nbhelpers.engine import film_content, similarity
from nbhelpers.engine.filters import listed
from nbhelpers.engine.similarity import Likeness
from nbhelpers.models.knn import KNN


@pytest.fixture(scope="module")
def data():
    return listed(datasets.load("sample"))


@pytest.fixture(scope="module")
def likeness(data):
    return Likeness().fit(data, KNN().fit(data.ratings))


def dataset(ratings, tags=None, genome=None, **columns):
    return datasets.Dataset(
        *("made", "Made", ratings, movies_table(columns), (1, 5), 1.0, "", "", "0", True),
        *(Path("."), {}, None, tags, genome),
    )


def likeness_of(data, **settings):
    return Likeness(**settings).fit(data, KNN().fit(data.ratings))


def small(**columns):
    """Return simulated ratings of 20 films, and 3 films more that nobody has rated."""
    ids = [*range(1, 41, 2), 100, 101, 102]
    genres = [["Drama"], ["Comedy", "Drama"], ["Comedy"]]
    given = {"title": [f"Film {i} x" for i in ids], "genres": [genres[i % 3] for i in ids]}
    return dataset(made.ratings(users=60), movie_id=ids, **(given | columns))


def titles(data, likeness, title, n=10, by="both"):
    movies = data.movies.set_index("movie_id")["title"]
    return movies[likeness.nearest(movies.index[movies == title][0], n, by)["movie_id"]].tolist()


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Toy Story", {"Toy Story 2", "Monsters, Inc.", "Finding Nemo"}),
        ("The Matrix", {"The Matrix Reloaded", "Terminator 2: Judgment Day"}),
        ("The Godfather", {"The Godfather Part II", "Goodfellas"}),
        ("Alien", {"Aliens", "The Thing"}),
        ("Spirited Away", {"Princess Mononoke", "Kiki's Delivery Service"}),
    ],
)
def test_neighbours_make_sense(data, likeness, title, expected):
    assert expected <= set(titles(data, likeness, title))


def test_neighbours_differ_in_score(data, likeness):
    for film in data.movies["movie_id"][::10]:
        near = likeness.nearest(film, 10)
        assert near["score"].is_monotonic_decreasing
        assert near["score"].round(4).nunique() >= 8
        assert near["score"].between(0, 0.98).all()
        assert film not in set(near["movie_id"])


def test_no_number_dominates(data, likeness):
    """A film's popularity does not make it the neighbour of whatever is as popular."""
    place = likeness.movie_ids.searchsorted(data.ratings["movie_id"].mode()[0])
    lengths = np.linalg.norm(likeness.vectors, axis=1)
    assert (lengths <= 1 + 1e-6).all()
    others = np.delete(likeness.vectors @ likeness.vectors[place], place)
    assert np.ptp(others) > 0.3


def test_behaviour_is_the_formula(data):
    """Compared with a second way to compute it: whole matrices, pandas for the counts."""
    few = data.ratings[data.ratings["movie_id"] <= 60]
    movies = data.movies[data.movies["movie_id"] <= 60].reset_index(drop=True)
    part = dataclasses.replace(data, ratings=few.reset_index(drop=True), movies=movies)
    knn = KNN().fit(part.ratings)
    fitted = Likeness(shrinkage=7).fit(part, knn)
    seen = pd.crosstab(few["movie_id"], few["user_id"]).to_numpy(float)
    both, count = seen @ seen.T, seen.sum(axis=1)
    excess = both - np.outer(count, count) / seen.shape[1]
    expected = 1 - (1 - excess / (np.sqrt(np.outer(count, count)) + 7)) * (1 - knn.similarities)
    np.fill_diagonal(expected, 0)
    rated = fitted.movie_ids.searchsorted(knn.movie_ids)
    found = np.array([fitted.behaviour(film)[rated] for film in knn.movie_ids])
    np.testing.assert_allclose(found, expected.clip(0), atol=1e-5)


def test_only_the_strongest_neighbours_are_kept(data, likeness, monkeypatch):
    monkeypatch.setattr(similarity, "NEAREST", 5)
    fewer = likeness_of(data)
    for film in data.movies["movie_id"][:20]:
        kept, known = fewer.behaviour(film), likeness.behaviour(film)
        np.testing.assert_array_equal(kept[kept > 0], known[kept > 0])
        np.testing.assert_array_equal(np.sort(kept)[-5:], np.sort(known)[-5:])
    both_ways = np.array([fewer.behaviour(film) for film in fewer.movie_ids])
    np.testing.assert_array_equal(both_ways, both_ways.T)


def test_a_film_nobody_rated_has_content_only():
    fitted = likeness_of(small())
    assert not fitted.behaviour(100).any()
    assert (fitted.nearest(100)["score"] > 0).any()


def test_ties_go_by_id(data, likeness):
    near = likeness.nearest(data.movies["movie_id"][99], len(data.movies), "behaviour")
    tied = near["movie_id"][near["score"] == 0]
    assert len(tied) > 50
    assert tied.is_monotonic_increasing


def test_little_known_is_not_taken_for_alike():
    """Two films with one tag in common are less alike than two with four in common."""
    tags = {1: ["a"], 3: ["a"], 5: list("bcde"), 7: list("bcde")}
    pairs = [(1, film, tag) for film, listed in tags.items() for tag in listed]
    table = pd.DataFrame(pairs, columns=["user_id", "movie_id", "tag"])
    data = small(genres=[["Drama"]] * 23)
    content = likeness_of(dataclasses.replace(data, tags=table), weights={"numbers": 0})
    assert content.cosines(5)[3] > content.cosines(1)[1]


def test_genome_counts_where_present():
    ids = small().movies["movie_id"]
    close = {1: (0.9, 0.1), 3: (0.8, 0.1)}
    rows = [(i, tag, close.get(i, (0.1, 0.5))[t]) for i in ids for t, tag in enumerate("ab")]
    genome = pd.DataFrame(rows, columns=["movie_id", "tag", "relevance"])
    fitted = likeness_of(dataclasses.replace(small(), genome=genome))
    assert "genome" in fitted.blocks
    assert fitted.nearest(1, 1, "content")["movie_id"].tolist() == [3]


def test_it_is_made_of_arrays_and_plain_values(likeness):
    kinds = {type(value) for value in vars(likeness).values()}
    assert kinds <= {np.ndarray, csr_array, dict, list, float, int}
    assert all(a.dtype != object for a in vars(likeness).values() if isinstance(a, np.ndarray))


def test_what_it_refuses(data, likeness):
    with pytest.raises(ValueError, match="KNN of movies"):
        Likeness().fit(data, KNN("user").fit(made.ratings()))
    with pytest.raises(ValueError, match="not 'taste'"):
        likeness.nearest(1, by="taste")
    for unknown in (0, 10**6):
        with pytest.raises(KeyError, match=f"id {unknown}"):
            likeness.nearest(unknown)


def test_what_it_knows_of_each_film(data, likeness):
    films, rated = data.movies.set_index("movie_id"), data.ratings.groupby("movie_id")["rating"]
    place = likeness.position(film := 1)
    assert (
        set(likeness.themes[place].split("\n")) == set(films["keywords"][film]) - film_content.NOTES
    )
    assert likeness.counts[place] == rated.size()[film]
    assert likeness.means[place] == pytest.approx(rated.mean()[film])
    of_films = films["genres"].explode().value_counts()
    assert of_films[likeness.genres].is_monotonic_increasing
    assert len(likeness.genres) == len(of_films)
    of_themes = pd.Series("\n".join(likeness.themes).split("\n")).value_counts()
    assert all(of_themes[text.split("\n")].is_monotonic_increasing for text in likeness.themes)


@pytest.mark.slow
def test_neighbours_in_real_ratings(real_data):
    data = datasets.load("ml-latest-small")
    fitted = likeness_of(data)
    for title, expected in {
        "Toy Story": {"Toy Story 2", "Toy Story 3", "Monsters, Inc.", "Finding Nemo"},
        "The Matrix": {"The Matrix Reloaded", "The Matrix Revolutions"},
        "Alien": {"Aliens", "Predator", "Blade Runner"},
        "The Godfather": {"The Godfather: Part II", "Goodfellas"},
        "The Lion King": {"Aladdin", "Beauty and the Beast"},
        "Before Sunset": {"Before Sunrise"},
    }.items():
        assert expected <= set(titles(data, fitted, title))
    rarely = data.ratings["movie_id"].value_counts().loc[lambda count: count < 5].index
    known = data.ratings["movie_id"].value_counts().head(100).index
    near = pd.concat([fitted.nearest(film) for film in known])
    assert near["movie_id"].isin(rarely).mean() < 0.05  # 70 % of the films
