import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from nbhelpers.teaching import evaluation_figures, factor_figures, plots


@pytest.fixture
def said(monkeypatch):
    """What stands for the figures that are shown."""
    said = []
    monkeypatch.setattr(plots, "display", lambda shown, **_: said.append(shown["text/plain"]))
    return said


def gaps(*highs: float) -> pd.DataFrame:
    rows = [
        ("SVD", kept, high - 0.02, high - 0.04, high)
        for kept, high in zip((1, 0.1), highs, strict=True)
    ]
    return pd.DataFrame(rows, columns=["model", "kept", "difference", "low", "high"])


@pytest.mark.parametrize(("highs", "melts"), [((-0.01, 0.01), True), ((-0.01, -0.005), False)])
def test_a_lead_melts_only_if_the_intervals_say_so(highs, melts, said):
    factor_figures.leads(gaps(*highs), ratings=1000)
    assert ("melts away" in said[0]) == melts


@pytest.mark.parametrize(("again", "real"), [((0.9, 0.7), True), ((0.9, 0.3), False)])
@pytest.mark.parametrize(
    "genres", [[["Drama"], ["Crime"], ["Drama", "War"]], None], ids=["genres", ""]
)
def test_a_map_of_chance_is_called_so(again, real, genres, said):
    place = pd.DataFrame([[0.1, 0.2], [-0.2, 0.1], [0.3, -0.4]], [1, 2, 3])
    movies = pd.DataFrame({"movie_id": [1, 2, 3], "title": ["Alien", "Heat", "Big"]})
    movies["genres"] = genres
    arrows = {"you": np.array([1.0, 0.5]), "user 7": np.array([-1.0, 0.2])}
    weight, again = np.array([0.3, 0.2]), pd.Series(again)
    factor_figures.taste_map(place, movies, arrows, weight, again)
    assert ("of the taste" in said[0]) == real
    assert "arrows for you, user 7" in said[0]


def test_a_map_has_films_with_a_name_only(monkeypatch):
    monkeypatch.setattr(plots, "show", lambda alt: None)  # and close nothing
    place = pd.DataFrame([[0.9, 0.9], [0.1, 0.2], [-0.2, 0.1], [0.3, -0.4]], [99, 1, 2, 3])
    titles = ["Alien", "Heat", "Big"]
    movies = pd.DataFrame({"movie_id": [1, 2, 3], "title": titles, "genres": [["A"], [], []]})
    again = pd.Series([0.9, 0.9])
    factor_figures.taste_map(place, movies, {"you": np.ones(2)}, np.array([0.3, 0.2]), again)
    axes = plt.gcf().axes[0]
    assert len(axes.collections[0].get_offsets()) == 3
    assert {text.get_text() for text in axes.texts} <= {
        *titles,
        "you",
        "A",
        "",
    }  # the arrow is a text as well
    plt.close()


def test_fillings_are_told_by_their_medians(said):
    filled = {"zeros": np.full(5, 1.0), "means": np.full(5, 3.5)}
    factor_figures.fillings(filled, pd.Series([3, 4, 4]))
    assert "with zeros around 1.0 stars, with means around 3.5 stars" in said[0]


def test_a_learning_curve_names_its_turning_point(said):
    curve = pd.DataFrame({"train": [1.0, 0.9, 0.8], "validation": [1.0, 0.95, 0.99]}, [1, 2, 3])
    factor_figures.learning_curves({0.02: curve, 0.1: curve}, bar=0.96)
    assert said[0].endswith("With λ = 0.02, the validation error is lowest after epoch 2")


def test_a_corner_counts_what_is_missing(said):
    ratings = pd.DataFrame({"user_id": [1, 1, 2], "movie_id": [1, 2, 1], "rating": [5, 4, 3]})
    factor_figures.corner(ratings, [1, 2], pd.Series(["Alien", "Heat"], [1, 2]))
    assert "This corner is 25% empty, the whole table 25.0%" in said[0]


def test_parts_of_a_prediction_add_up(said):
    factor_figures.taken_apart({"mean": 3.5, "you": 0.25, "taste": -0.5}, 3, "Alien", "Ada")
    assert "add up to 3.25 stars; Ada gave 3. Taste takes 0.50 stars from Alien" in said[0]


def test_pairing_says_how_much_wider_the_other_interval_is(said):
    draws = pd.Series(np.linspace(-1, 1, 101))
    evaluation_figures.pairing(draws, 4 * draws, "stars")
    assert "4.0 times as wide" in said[0]


def test_two_tasks_name_who_is_in_front(said):
    board = {"low": [0.8, 0.9], "high": [1.0, 1.1]}
    stars, lists = (pd.DataFrame({of: [0.9, 1.0], **board}, ["a", "b"]) for of in ("rmse", "ndcg"))
    evaluation_figures.two_tasks(stars, lists, {"stars": ["a"], "lists": ["a", "b"]})
    assert said[0].endswith("In front at stars: a; lists: a, b")
