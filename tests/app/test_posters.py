import base64
import re
from xml.etree import ElementTree

import pytest
from contrast import contrast
from hypothesis import given
from hypothesis import strategies as st

from nbhelpers.app import posters
from nbhelpers.app.posters import LOOKS, PLAIN

ODD = ["M*A*S*H", "What the #$*! Do We Know!?", "[REC]", "Secret of My Succe$s", "<script>&\"'"]
TITLES = st.text(max_size=300)  # lone surrogates and control characters included


def texts(svg: str) -> list[str]:
    """Return the texts of a poster; fails if it is no well-formed XML."""
    root = ElementTree.fromstring(svg)
    return [node.text or "" for node in root.iter("{http://www.w3.org/2000/svg}text")]


@given(TITLES, st.one_of(st.none(), st.integers(1880, 2030)), st.integers(0, 10**6))
def test_any_title_gives_a_drawing_that_can_run_and_load_nothing(title, year, seed):
    svg = posters.poster(title, year, ["Drama"], seed)
    assert texts(svg)
    assert set(re.findall(r"<(\w+)", svg)) <= {
        *("svg", "clipPath", "rect", "g", "path", "circle", "ellipse", "polygon", "text")
    }
    assert "href" not in re.sub(r"<text[^>]*>[^<]*</text>", "", svg)
    base64.b64decode(posters.address(svg).split(",")[1]).decode()


@pytest.mark.parametrize("title", ODD)
def test_odd_titles_stand_on_the_poster_as_they_are(title):
    assert " ".join(texts(posters.poster(title))[:-1]) == title


@given(TITLES, st.booleans())
def test_titles_find_room(title, serif):
    lines, size = posters.fit(title, serif)
    assert 1 <= len(lines) <= 5
    scale = 1.06 if serif else 1
    assert all(posters.width(line) * size * scale <= posters.WIDTH - 36 + 1e-9 for line in lines)


def test_long_titles_keep_their_words_and_end_in_an_ellipsis():
    lines, _ = posters.fit("The Lord of the Rings: The Fellowship of the Ring")
    assert " ".join(lines) == "The Lord of the Rings: The Fellowship of the Ring"
    cut, _ = posters.fit("word " * 100)
    assert cut[-1].endswith("…")


@pytest.mark.parametrize("look", [*LOOKS.values(), PLAIN])
def test_text_can_be_read_on_every_ground(look):
    assert contrast(posters.INK, look.ground) >= 7
    assert contrast(look.main, look.ground) >= 3  # the drawing, too


def test_contrast_is_that_of_the_standard():
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


def test_genres_differ_in_more_than_colour():
    assert len({look.motif for look in LOOKS.values()}) == len(LOOKS)
    assert len({look.ground for look in LOOKS.values()}) == len(LOOKS)


def test_year_and_genre_are_said_and_may_be_missing():
    assert texts(posters.poster("Alien", 1979, ["Sci-Fi"]))[-1] == "1979 · SCI-FI"
    assert texts(posters.poster("Alien", 1979, ["Unheard-of"]))[-1] == "1979"
    assert texts(posters.poster("Alien"))[-1] == ""


def test_a_film_has_the_same_poster_each_time_and_another_has_another():
    one, again, other = (posters.poster("Alien", 1979, ["Horror"], n) for n in (1, 1, 2))
    assert one == again != other


@given(st.lists(st.sampled_from([*LOOKS, "Family", "Else"])), st.integers(0, 10**6))
def test_the_genre_on_a_poster_is_one_of_the_film(genres, seed):
    genre = posters.genre_of(genres, seed)
    known = {"Children" if name == "Family" else name for name in genres if name != "Else"}
    assert genre in known if known else genre == ""
