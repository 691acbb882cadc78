import sys

import pandas as pd
import pytest

from nbhelpers.teaching import widgets


@pytest.fixture
def shown(monkeypatch) -> list:
    """What is displayed, in order."""
    seen = []
    monkeypatch.setattr(widgets, "display", lambda *things: seen.extend(things))
    return seen


@pytest.fixture(scope="module")
def stars(engine) -> dict[int, float]:
    return dict(zip(engine.find("", 5)["movie_id"], [5.0, 1.0, 4.0, 2.0, 5.0], strict=True))


def test_the_list_is_the_engines(engine, stars):
    newcomer = pd.DataFrame({"movie_id": list(stars), "rating": list(stars.values())})
    expected, table = engine.recommend(newcomer, 7), widgets.listing(engine, stars, 7)
    assert table["film"].tolist() == expected["title"].tolist()
    assert table["match"].tolist() == [f"{100 * score:.0f} %" for score in expected["score"]]
    assert set(table["how"]) == {"folded in"}


def test_without_ratings_is_listed_what_everyone_liked_lately(engine):
    table = widgets.listing(engine, {})
    assert set(table["how"]) == {"popular"}
    assert (table["likes lately"].diff().dropna() <= 0).all() and (table["likes lately"] > 0).all()


def test_tables_are_shown_unless_sliders_are_asked_for(engine, stars, shown):
    widgets.rate(engine, stars)
    given, listed = shown
    assert given["your rating"].tolist() == list(stars.values())
    pd.testing.assert_frame_equal(listed, widgets.listing(engine, stars))


def test_the_list_follows_the_sliders(engine, stars, shown):
    pytest.importorskip("ipywidgets")
    widgets.rate(engine, stars, live=True)
    *_, box, _ = shown
    assert [slider.value for slider in box.children] == list(stars.values())
    assert box.children[0].options[0] == widgets.UNSEEN
    shown.clear()
    box.children[0].value = widgets.UNSEEN
    box.children[1].value = 5.0
    film, other, *_ = stars
    changed = {f: s for f, s in (stars | {other: 5.0}).items() if f != film}
    pd.testing.assert_frame_equal(shown[-1], widgets.listing(engine, changed))


def test_tables_are_shown_where_ipywidgets_is_missing(engine, stars, shown, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    widgets.rate(engine, stars, live=True)
    assert len(shown) == 2
    assert "not installed" in capsys.readouterr().out
