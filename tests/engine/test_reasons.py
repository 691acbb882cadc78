import dataclasses

import numpy as np
import pandas as pd
import pytest

from nbhelpers.data import datasets
from nbhelpers.engine import reasons
from nbhelpers.engine.filters import listed
from nbhelpers.engine.reasons import WEAK, Because, Reasons, explain
from nbhelpers.engine.similarity import Likeness
from nbhelpers.models.knn import KNN


@pytest.fixture(scope="module")
def data():
    return listed(datasets.load("sample"))


@pytest.fixture(scope="module")
def likeness(data):
    return Likeness().fit(data, KNN().fit(data.ratings))


def film(data, title):
    return int(data.movies["movie_id"][data.movies["title"] == title].iloc[0])


def likes(data, **stars):
    ids = [film(data, title.replace("_", " ")) for title in stars]
    return pd.DataFrame({"movie_id": ids, "rating": list(stars.values())})


def likes_of_somebody(data):
    liked = data.ratings[data.ratings["rating"] >= 4]
    counts = liked["user_id"].value_counts()
    user = counts.index[counts.between(30, 60)].min()
    return liked.loc[liked["user_id"] == user, ["movie_id", "rating"]]


def why(data, likeness, title, liked):
    (reason,) = explain([film(data, title)], liked, likeness, data.movies)
    return reason


def test_it_names_the_film_that_speaks_for_it(data, likeness):
    liked = likes(data, Alien=5, Pretty_Woman=5, Pulp_Fiction=5, Toy_Story=5)
    films = {"Aliens": "Alien", "Jackie Brown": "Pulp Fiction", "Finding Nemo": "Toy Story"}
    for title, expected in films.items():
        assert why(data, likeness, title, liked).because[0].title == expected


def test_what_is_shared(data, likeness):
    reason = why(data, likeness, "Toy Story 2", likes(data, Toy_Story=4.5))
    assert reason.because[0][:3] == (film(data, "Toy Story"), "Toy Story", 4.5)
    assert reason.shared["directors"] == ["John Lasseter"]
    assert reason.shared["actors"][:2] == ["Tom Hanks", "Tim Allen"]
    assert reason.shared["genres"][0] == "Animation"  # the rarest of them first
    said = reason.sentence()
    assert said.startswith("Like Toy Story, to which you gave 4.5★: same series, also by John")
    assert reason.shared_sentence().startswith("Same series, also by John Lasseter")


def test_what_only_sounds_alike_is_no_series(data, likeness):
    liked = likes(data, Psycho=5)
    places = np.flatnonzero(data.movies["title"] == "Psycho")
    remake = [i for i in data.movies["movie_id"].iloc[places] if i != liked["movie_id"][0]]
    (reason,) = explain(remake, liked, likeness, data.movies)
    assert ": same title, " in reason.sentence()
    movies = data.movies.copy()
    movies.at[int(places[0]), "genres"] = ["Musical"]
    (reason,) = explain(remake, liked, likeness, movies)
    assert reason.shared["series"] == []


def test_every_shared_name_is_true(data, likeness):
    movies = data.movies.set_index("movie_id")
    liked = likes_of_somebody(data)
    found = explain(data.movies["movie_id"][:200], liked, likeness, data.movies)
    assert len(found) == 200
    for reason in found:
        if reason.because == ():
            assert reason.shared == {}
            continue
        assert reason.because[0].movie_id != reason.movie_id
        assert reason.because[0].movie_id in set(liked["movie_id"])
        assert 0 <= reason.content_share <= 1
        for kind in ("directors", "actors", "genres"):
            for other in (reason.movie_id, reason.because[0].movie_id):
                assert set(reason.shared[kind]) <= set(movies[kind][other])


def test_the_formula(data, likeness):
    """What speaks most, computed film by film from what `Likeness` shows."""
    liked = likes_of_somebody(data)
    rated = data.ratings.groupby("movie_id")["rating"].mean()
    share = likeness.share
    for reason in explain(data.movies["movie_id"][::40], liked, likeness, data.movies):
        best = (0, 0, None)
        for other, stars in zip(liked["movie_id"], liked["rating"], strict=True):
            if other == reason.movie_id:
                continue
            at = likeness.position(other)
            content = (1 - share) * max(likeness.cosines(reason.movie_id)[at], 0)
            residual = min(max(stars - rated[other], 0.25), 2)
            behaviour = share * likeness.behaviour(reason.movie_id)[at] * residual
            best = max(best, (content + behaviour, content, other))
        if best[0] < WEAK:
            assert reason.because == ()
            continue
        assert reason.because[0].movie_id == best[2]
        assert reason.content_share == pytest.approx(best[1] / best[0], abs=1e-5)


def test_a_dearer_film_speaks_more(data, likeness):
    """Of two films as alike, the one that gets more stars above its mean is named."""
    one, two = (likeness.position(film(data, t)) for t in ("Reservoir Dogs", "Jackie Brown"))
    twins = copy_of(likeness)
    twins.vectors[two], twins.means[two] = twins.vectors[one], twins.means[one]
    behaviour = np.full(len(likeness.movie_ids), 0.3, "float32")
    twins.behaviour = lambda movie_id: behaviour
    for stars, expected in (([5, 4], "Reservoir Dogs"), ([4, 5], "Jackie Brown")):
        liked = likes(data, Reservoir_Dogs=stars[0], Jackie_Brown=stars[1])
        assert why(data, twins, "Pulp Fiction", liked).because[0].title == expected


def test_of_equal_reasons_the_best_liked_is_given(data, likeness):
    one, two = (likeness.position(film(data, t)) for t in ("Reservoir Dogs", "Jackie Brown"))
    twins = copy_of(likeness)
    twins.vectors[two] = twins.vectors[one]
    twins.behaviour = lambda movie_id: np.zeros(len(likeness.movie_ids), "float32")
    for stars, expected in (([5, 4], "Reservoir Dogs"), ([4, 5], "Jackie Brown")):
        liked = likes(data, Reservoir_Dogs=stars[0], Jackie_Brown=stars[1])
        assert why(data, twins, "Pulp Fiction", liked).because[0].title == expected


def test_a_genre_is_not_said_twice(data, likeness):
    twin = copy_of(likeness)
    twin.themes = ["space\nsci-fi\nship"] * len(likeness.themes)
    assert why(data, twin, "Aliens", likes(data, Alien=5)).shared["tags"] == ["space", "ship"]


def copy_of(likeness):
    twin = Likeness()
    vars(twin).update(vars(likeness))
    twin.vectors, twin.means = likeness.vectors.copy(), likeness.means.copy()
    return twin


@pytest.mark.parametrize("ids", [[], [10**6, -3]])
def test_without_likes_it_says_what_everyone_says(data, likeness, ids):
    liked = pd.DataFrame({"movie_id": ids, "rating": [5.0] * len(ids)})
    own = data.ratings[data.ratings["movie_id"] == film(data, "The Godfather")]["rating"]
    reason = why(data, likeness, "The Godfather", liked)
    assert reason.because == ()
    assert reason.sentence() == f"Liked by many: {own.mean():.1f}★ from {len(own):,} ratings."
    assert reason.content_share == 0


def test_a_weak_reason_is_not_given(data, likeness, monkeypatch):
    liked = likes(data, Pretty_Woman=4)
    assert why(data, likeness, "Alien", liked).because == ()
    monkeypatch.setattr(reasons, "WEAK", 0)
    assert why(data, likeness, "Alien", liked).because[0].title == "Pretty Woman"


def test_a_liked_film_does_not_explain_itself(data, likeness):
    liked = likes(data, Alien=5, Aliens=4)
    assert why(data, likeness, "Alien", liked).because[0].title == "Aliens"
    assert why(data, likeness, "Alien", liked.head(1)).because == ()


def test_no_films_and_unknown_films(data, likeness):
    assert explain([], likes(data, Alien=5), likeness, data.movies) == []
    with pytest.raises(KeyError, match="id 999999"):
        explain([999999], likes(data, Alien=5), likeness, data.movies)


@pytest.mark.parametrize(
    ("count", "mean", "expected"),
    [
        (0, np.nan, "Nobody has rated it yet."),
        (1, 5.0, "Few ratings so far: 5.0★ from 1 rating."),
        (20, 2.04, "Rated by some: 2.0★ from 20 ratings."),
        (20, 4.0, "Liked by some: 4.0★ from 20 ratings."),
        (1234, 4.0, "Liked by many: 4.0★ from 1,234 ratings."),
    ],
)
def test_sentences_of_everyone(count, mean, expected):
    assert Reasons(1, count=count, mean=mean).sentence() == expected


def test_a_sentence_always_ends():
    nothing = {kind: [] for kind in ("series", "directors", "actors", "tags", "genres")}
    reason = Reasons(1, "A", (Because(2, "M*A*S*H", 4.0),), nothing, content_share=1.0)
    expected = "similar in time and reception."
    assert reason.sentence() == f"Like M*A*S*H, to which you gave 4★: {expected}"
    assert reason.shared_sentence() == expected.capitalize()
    behaved = dataclasses.replace(reason, content_share=0.2)
    assert behaved.shared_sentence() == "Liked by the same people."
    assert Reasons(1).shared_sentence() == "Little in common."
