import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbhelpers.engine.title_search import Titles

TITLES = [
    *("The Matrix", "Amélie", "[REC]", "What the #$*! Do We Know!?", "M*A*S*H", "Big", "Big Fish"),
    *("The Godfather", "Alien", "Aliens"),
]
INDEX = Titles(TITLES)


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("matrix", "The Matrix"),
        ("AMELIE", "Amélie"),
        ("[rec", "[REC]"),
        ("#$*!", "What the #$*! Do We Know!?"),
        ("m*a*s", "M*A*S*H"),
        ("mash", "M*A*S*H"),
        ("big", "Big"),
        ("big fi", "Big Fish"),
        ("teh godfater", "The Godfather"),
        ("alien", "Alien"),
        ("aliens", "Aliens"),
    ],
)
def test_the_best_answer(query, title):
    assert TITLES[INDEX.match(query).argmax()] == title


@pytest.mark.parametrize("query", ["zzzz qqqq", ".*", "\\", "%"])
def test_what_no_title_answers(query):
    assert not INDEX.match(query).any()


def test_nothing_is_answered_by_all():
    assert (INDEX.match("  ") == 1).all()


@given(st.text(max_size=400))
def test_any_text_is_taken_literally(query):
    match = INDEX.match(query)
    assert match.shape == (len(TITLES),)
    assert np.isfinite(match).all()
