import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from nbhelpers.teaching import Mistakes, plots


def by_user(value, n=30):
    spread = np.linspace(0.9, 1.1, n)
    return pd.Series(value * spread, index=range(n))


@pytest.fixture
def book():
    book = Mistakes()
    book.note(1, "a leak", "nDCG", by_user(0.4), by_user(0.2))
    book.note(3, "zeros", "RMSE", by_user(4.0), by_user(1.0))
    book.note(2, "nothing", "nDCG", by_user(0.2), by_user(0.2))
    return book


def test_what_mistakes_do(book):
    assert book.table["effect"].to_dict() == {
        1: "flatters",
        3: "harms",
        2: "has no clear effect",
    }
    assert book.table["gain"].round(6).tolist() == [100, -100, 0]
    assert book.table.loc[3, ["wrong", "right"]].tolist() == pytest.approx([2, 1])
    assert (book.table["low"] <= book.table["gain"]).all()
    assert (book.table["gain"] <= book.table["high"]).all()


def test_a_lower_error_flatters():
    book = Mistakes()
    book.note(1, "a leak", "RMSE", by_user(1.0), by_user(4.0))
    assert book.table.loc[1, "effect"] == "flatters"
    assert book.table.loc[1, "gain"] == pytest.approx(50)


def test_too_few_people_tell_nothing():
    book = Mistakes()
    book.note(1, "a leak", "nDCG", by_user(0.4, 3), by_user(0.2, 3))
    assert book.table.loc[1, "effect"] == "meets too few people to tell"


def test_without_a_right_value_nothing_is_kept():
    book = Mistakes()
    book.note(1, "a leak", "nDCG", by_user(0.4), by_user(0.0))
    book.note(2, "a leak", "nDCG", by_user(0.4)[:0], by_user(0.2))
    assert book.table.empty
    assert book.metrics({1: "leak"}) == {}


def test_both_sides_are_recorded(book):
    recorded = book.metrics({1: "leak", 7: "not_noted"})
    assert recorded == pytest.approx({"leak_wrong": 0.4, "leak_right": 0.2})


def test_the_picture_counts_what_flatters_and_harms(book, monkeypatch):
    shown = {}
    monkeypatch.setattr("nbhelpers.teaching.plots.show", lambda alt: shown.update(alt=alt))
    with plt.rc_context():
        plots.style()
        book.draw()
    better, worse = plt.gcf().axes
    assert better.get_title("left") == "1 of 3 mistakes flatter"
    assert worse.get_title("left") == "1 harm"
    assert "zeros -100 %" in shown["alt"]
    plt.close("all")
