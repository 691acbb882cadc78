import re
from html.parser import HTMLParser

import pytest
from contrast import contrast
from hypothesis import given
from hypothesis import strategies as st

from nbhelpers.app import posters
from nbhelpers.app.posters import GREY, LOOKS

ODD = ["M*A*S*H", "What the #$*! Do We Know!?", "[REC]", "Secret of My Succe$s", "<script>&\"'"]
TITLES = st.text(max_size=300)  # lone surrogates and control characters included
INK = "#ffffff"  # of style.css


class Tile(HTMLParser):
    """What a browser makes of a tile: its elements with their attributes, and its texts."""

    def __init__(self, html: str):
        super().__init__()
        self.elements, self.texts = [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.texts.append(data)


@given(TITLES, st.one_of(st.none(), st.integers(1880, 2030)), st.integers(0, 10**6))
def test_any_title_gives_a_tile_that_can_run_and_load_nothing(title, year, number):
    tile = Tile(posters.tile(title, year, ["Drama"], number))
    assert [tag for tag, _ in tile.elements] == ["div", "b", "bdi", "small"]
    assert set(tile.elements[0][1]) == {"class", "role", "aria-label", "style"}
    assert re.fullmatch(r"[\w :;.,#%-]+", tile.elements[0][1]["style"])
    assert tile.texts[0].strip()


@pytest.mark.parametrize("title", ODD)
def test_odd_titles_stand_on_the_tile_and_in_its_alternative_text_as_they_are(title):
    tile = Tile(posters.tile(title, 1999, [], 1))
    assert "".join(tile.texts[:-1]) == title
    assert tile.elements[0][1]["aria-label"] == f"Poster of {title} (1999)"
    picture = Tile(posters.picture("data:image/png;base64,AA", title, None))
    assert picture.elements[0][1]["alt"] == f"Poster of {title}"


@pytest.mark.parametrize("look", {*LOOKS.values(), GREY})
def test_text_can_be_read_on_every_ground(look):
    assert contrast(INK, look.ground) >= 7
    assert contrast(look.light, look.ground) >= 3


def test_contrast_is_that_of_the_standard():
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(
    ("year", "genres", "foot"),
    [
        (1979, ["Sci-Fi"], ["1979 · Sci-Fi"]),
        (1979, ["Drama", "Family"], ["1979 · Children"]),
        (1979, ["Unheard-of"], ["1979"]),
        (None, [], []),
    ],
)
def test_year_and_the_most_telling_genre_are_said_and_may_be_missing(year, genres, foot):
    assert Tile(posters.tile("Alien", year, genres, 1)).texts == ["Alien", *foot]


def test_a_film_has_the_same_tile_each_time_and_another_has_another():
    one, again, other = (posters.tile("Alien", 1979, ["Horror"], n) for n in (1, 1, 2))
    assert one == again != other
