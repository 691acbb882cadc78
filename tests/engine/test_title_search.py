import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbhelpers.engine.title_search import Titles

TITLES = [
    *("The Matrix", "Amélie", "[REC]", "What the #$*! Do We Know!?", "M*A*S*H", "Big", "Big Fish"),
    *("The Godfather", "The Godfather: Part II", "The Godfather: Part III", "Alien", "Aliens"),
    *("Spider-Man", "Spider-Man 2", "Superman", "The Amazing Spider-Man", "Bladerunner 2049"),
    *("Léon: The Professional (a.k.a. The Professional) (Léon)", "Napoleon Dynamite", "Legion"),
    *("Seven (a.k.a. Se7en)", "Seven Samurai", "WALL·E", "Walled In", "X-Men", "Ocean's Eleven"),
    *("Mr. & Mrs. Smith", "Mr. Smith Goes to Washington", "Schindler's List", "Kill Bill: Vol. 1"),
    *("Kill Bill: Vol. 2", "Star Wars: Episode IV - A New Hope", "E.T. the Extra-Terrestrial"),
    *("Star Wars: Episode V - The Empire Strikes Back", "Batman v Superman: Dawn of Justice"),
    *("Life Is Beautiful (La Vita è bella)", "It", "The Italian Job", "Eternal Sunshine"),
    *("The Good, the Bad and the Ugly", "The Lord of the Rings: The Two Towers"),
    *("Harry Potter and the Goblet of Fire", "Inglourious Basterds", "Inglorious Bastards"),
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
        ("spiderman", "Spider-Man"),
        ("SPIDER MAN 2", "Spider-Man 2"),
        ("spiderman2", "Spider-Man 2"),
        ("amazing spiderman", "The Amazing Spider-Man"),
        ("blade runner", "Bladerunner 2049"),
        ("leon", "Léon: The Professional (a.k.a. The Professional) (Léon)"),
        ("the professional", "Léon: The Professional (a.k.a. The Professional) (Léon)"),
        ("se7en", "Seven (a.k.a. Se7en)"),
        ("seve", "Seven (a.k.a. Se7en)"),
        ("7 samurai", "Seven Samurai"),
        ("walle", "WALL·E"),
        ("xmen", "X-Men"),
        ("oceans 11", "Ocean's Eleven"),
        ("mr and mrs smith", "Mr. & Mrs. Smith"),
        ("schindler list", "Schindler's List"),
        ("godfather 2", "The Godfather: Part II"),
        ("the godfather part three", "The Godfather: Part III"),
        ("kill bill 2", "Kill Bill: Vol. 2"),
        ("star wars 4", "Star Wars: Episode IV - A New Hope"),
        ("star wars 5", "Star Wars: Episode V - The Empire Strikes Back"),
        ("batman vs. superman", "Batman v Superman: Dawn of Justice"),
        ("vita e bella", "Life Is Beautiful (La Vita è bella)"),
        ("it", "It"),
        ("et", "E.T. the Extra-Terrestrial"),
        ("good bad ugly", "The Good, the Bad and the Ugly"),
        ("lord of rings towers", "The Lord of the Rings: The Two Towers"),
        ("harry poter", "Harry Potter and the Goblet of Fire"),
        ("samurai seven", "Seven Samurai"),
        ("Matrix, The (1999)", "The Matrix"),
    ],
)
def test_the_best_answer(query, title):
    assert TITLES[INDEX.match(query).argmax()] == title


@pytest.mark.parametrize(
    "spell", [str.lower, str.upper, lambda title: re.sub("[-':.,]", " ", title)]
)
@pytest.mark.parametrize("title", [title for title in TITLES if "(" not in title])
def test_a_title_is_found_by_itself_however_it_is_written(title, spell):
    match = INDEX.match(spell(title))
    assert TITLES[match.argmax()] == title and (match == match.max()).sum() == 1


def test_all_of_a_series_come_before_what_is_merely_alike():
    match = dict(zip(TITLES, INDEX.match("spiderman"), strict=True))
    assert match["Spider-Man"] > match["Spider-Man 2"] > match["The Amazing Spider-Man"]
    assert match["The Amazing Spider-Man"] > match["Superman"]


def test_a_slip_finds_what_was_meant_and_both_that_may_be_meant():
    match = INDEX.match("inglourious bastards")
    assert {TITLES[k] for k in match.argsort()[-2:]} == {
        "Inglourious Basterds",
        "Inglorious Bastards",
    }


def test_without_titles_nothing_is_found():
    assert Titles([]).match("matrix").tolist() == Titles([]).match("").tolist() == []


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
