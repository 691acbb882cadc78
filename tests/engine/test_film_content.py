from hypothesis import given
from hypothesis import strategies as st

from nbhelpers.engine import film_content


def test_series():
    names = [
        *("Toy Story", "Toy Story 2", "The Godfather: Part II", "The Godfather Part III"),
        *("The Matrix", "The Matrix Reloaded", "Harry Potter and the Goblet of Fire"),
        *("Harry Potter & the Rest (2030)", "Rocky IV", "Rocky", "Big", "Big Fish", "2001", ""),
        *("Mr. & Mrs. Smith", "Mr. and the Rest"),
    ]
    found = film_content.series(names)
    assert found[:2] == ["toy story"] * 2
    assert found[2:4] == ["the godfather"] * 2
    assert found[4:6] == ["the matrix"] * 2
    assert found[6:8] == ["harry potter"] * 2
    assert found[8:10] == ["rocky"] * 2
    assert len(set(found[10:])) == 6


def test_numbered_items_are_no_series():
    names = [f"item {number}" for number in range(200)] + ["Rocky II", "Rocky III"]
    found = film_content.series(names)
    assert len(set(found[:200])) == 200 and found[-1] == found[-2]


@given(st.lists(st.text(max_size=30), max_size=8))
def test_any_title_has_a_series(names):
    assert len(film_content.series(names)) == len(names)
