"""Titles: canonical form, the key of comparison, links between two sets."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbhelpers.data.movies_table import movies_table
from nbhelpers.data.titles import link_titles, normalise_title, split_title


@pytest.mark.parametrize(
    ("raw", "title", "year"),
    [
        ("Toy Story (1995)", "Toy Story", 1995),
        ("Matrix, The (1999)", "The Matrix", 1999),
        (" Superman/Doomsday (2007)  ", "Superman/Doomsday", 2007),
        ("Babylon 5", "Babylon 5", None),
        ("Death Note: Desu nôto (2006–2007)", "Death Note: Desu nôto", 2006),
        ("Big Bang Theory, The (2007-)", "The Big Bang Theory", 2007),
        ("Adventure Time (2009– )", "Adventure Time", 2009),
        ("Misérables, Les (1995)", "Les Misérables", 1995),
        ("Enfer, L' (1994)", "L'Enfer", 1994),
        ("Boot, Das (1981)", "Das Boot", 1981),
        ("Vitelloni, I (1953)", "I Vitelloni", 1953),
        ("Mariachi, El (1992)", "El Mariachi", 1992),
        ("American in Paris, An (1951)", "An American in Paris", 1951),
        ("Good, the Bad and the Ugly, The (1966)", "The Good, the Bad and the Ugly", 1966),
        (
            "City of Lost Children, The (Cité des enfants perdus, La) (1995)",
            "The City of Lost Children (La Cité des enfants perdus)",
            1995,
        ),
        ("Zone, The (a.k.a. Stalker, The) (1979)", "The Zone (a.k.a. The Stalker)", 1979),
        ("Lassie (TV) (1994)", "Lassie (TV)", 1994),
        ("Land Before Time III (1995) (V)", "Land Before Time III", 1995),
        ("(500) Days of Summer (2009)", "(500) Days of Summer", 2009),
        ("1984 (1956)", "1984", 1956),
        ("Paris, Texas (1984)", "Paris, Texas", 1984),
        ("I Love You, Man (2009)", "I Love You, Man", 2009),
        ("Doctor Who (2005) special", "Doctor Who (2005) special", None),
        ("(1999)", "(1999)", None),
    ],
)
def test_split_title(raw, title, year):
    assert split_title(raw) == (title, year)


@settings(deadline=None)
@given(st.from_regex(r"[A-Za-z]{1,8}( [a-z]{1,8}){0,3}", fullmatch=True), st.integers(1874, 2100))
def test_an_article_moves_there_and_back(rest, year):
    assert split_title(f"{rest}, The ({year})") == (f"The {rest}", year)
    assert normalise_title(f"{rest}, The") == normalise_title(f"The {rest}")


@settings(deadline=None)
@given(st.text())
def test_any_text_has_a_title_and_a_key(text):
    title, year = split_title(text)
    assert year is None or 0 <= year <= 9999
    assert (title == "") == (text.strip() == "")
    assert (normalise_title(text) == "") == (text.strip() == "")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Misérables, Les", "les miserables"),
        ("The Matrix", "MATRIX"),
        ("Fast & Furious", "Fast and Furious"),
        ("Rocky II", "Rocky 2"),
        ("The Godfather, Part III", "Godfather: Part 3"),
        ("Kill Bill: Vol. 1", "Kill Bill Vol 1"),
        ("Schindler's List", "Schindlers List"),
        ("Seven (a.k.a. Se7en)", "Seven"),
        ("L'Enfer", "Enfer, L'"),
        ("Star Wars: Episode IV - A New Hope", "Star Wars Episode 4: A New Hope"),
        ("Æon Flux", "Aeon Flux"),
        ("8 ½", "8 1/2"),
    ],
)
def test_the_same_key(one, other):
    assert normalise_title(one) == normalise_title(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rocky", "Rocky II"),
        ("Malcolm X", "Malcolm 10"),
        ("V for Vendetta", "5 for Vendetta"),
        ("Die Hard", "Hard"),
        ("(500) Days of Summer", "Days of Summer"),
        ("[REC]", "(REC) 2"),
    ],
)
def test_another_key(one, other):
    assert normalise_title(one) != normalise_title(other)


def movies(*rows):
    """A table from (id, title, year)."""
    ids, titles, years = zip(*rows, strict=True)
    return movies_table({"movie_id": ids, "title": titles, "year": years})


def link(left, right):
    return {
        row.movie_id: (row.linked_id, round(row.confidence, 3), row.rule)
        for row in link_titles(movies(*left), movies(*right)).itertuples()
    }


def test_rules_and_their_confidence():
    links = link(
        [
            (1, "The Matrix", 1999),
            (2, "Amelie", 2002),
            (3, "Crouching Tiger Hidden Dragon", 2000),
            (4, "Unheard of", 2000),
            (5, "Solaris", None),
            (6, "La Haine", 1995),
            (7, "Caché (Hidden)", 2005),
        ],
        [
            (10, "Matrix, The", 1999),
            (20, "Amélie", 2001),
            (30, "Crouching Tiger, Hidden Dragons", 2000),
            (50, "Solaris", 1972),
            (60, "Solaris", None),
            (70, "Hate (a.k.a. La Haine)", 1995),
            (80, "Hidden (Cache)", 2005),
        ],
    )
    assert links[1] == (10, 1.0, "same title and year")
    assert links[2] == (20, 0.9, "year ±1")
    assert links[3][0] == 30 and 0.74 < links[3][1] < 0.8
    assert links[6] == (70, 0.85, "a.k.a., same year")
    assert links[7] == (80, 0.85, "a.k.a., same year")
    assert set(links) == {1, 2, 3, 6, 7}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ([(1, "Hamlet", 1996)], [(10, "Hamlet", 1996), (11, "Hamlet", 1996)]),
        ([(1, "Hamlet", 1996), (2, "Hamlet", 1996)], [(10, "Hamlet", 1996)]),
        ([(1, "Hamlet", 1996)], [(10, "Hamlet", 1995), (11, "Hamlet", 1997)]),
        ([(1, "Hamlet", 1996), (2, "Hamlet", 1998)], [(10, "Hamlet", 1997)]),
        ([(1, "Hamlet", 1996)], [(10, "Hamlet", 1990)]),
        ([(1, "The Long Goodbye Part 2", 1996)], [(10, "The Long Goodbye Part 3", 1996)]),
        ([(1, "Friends: Season One", 1996)], [(10, "Friends: Season Two", 1996)]),
        (
            [(1, "The Longest Road to the Sea", 1996)],
            [
                (10, "The Longest Road to the Sean", 1996),
                (11, "The Longest Roads to the Sea", 1996),
            ],
        ),
    ],
)
def test_what_is_left_out(left, right):
    assert link(left, right) == {}


def test_an_exact_link_goes_before_a_near_one():
    links = link([(1, "Hamlet", 1996), (2, "Hamlet", 1997)], [(10, "Hamlet", 1996)])
    assert links == {1: (10, 1.0, "same title and year")}


NAMES = st.sampled_from(
    ["Alpha", "The Alpha", "Alpha II", "Beta", "Betas", "Gamma rays", "Gamma ray", "G (Alpha)"]
)
ROWS = st.lists(st.tuples(NAMES, st.sampled_from([1999, 2000, 2001, 2003, None])), max_size=12)


@settings(deadline=None, max_examples=40)
@given(ROWS, ROWS)
def test_links_are_one_to_one_and_symmetric(left, right):
    left = [(i, *row) for i, row in enumerate(left, 1)] or [(1, "Other", 1950)]
    right = [(i, *row) for i, row in enumerate(right, 1)] or [(1, "Different", 1960)]
    there, back = (
        link_titles(movies(*left), movies(*right)),
        link_titles(movies(*right), movies(*left)),
    )
    assert there["movie_id"].is_unique and there["linked_id"].is_unique
    assert there["confidence"].between(0.7, 1).all()
    assert there["movie_id"].is_monotonic_increasing
    turned = back.rename(columns={"movie_id": "linked_id", "linked_id": "movie_id"})
    turned = turned[there.columns].sort_values("movie_id", ignore_index=True)
    pd.testing.assert_frame_equal(there, turned)
    years = dict((i, year) for i, _, year in left), dict((i, year) for i, _, year in right)
    for row in there.itertuples():
        assert abs(years[0][row.movie_id] - years[1][row.linked_id]) <= 1
