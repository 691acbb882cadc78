import copy

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from nbhelpers.app import list_boards
from nbhelpers.engine.list_boards import SETTINGS

LISTS = pd.DataFrame(
    {
        "model": ["most rated", "blend", "two stages"],
        "ndcg": [0.2, 0.1, 0.3],
        "recall": [0.25, 0.15, 0.35],
        "low": [0.19, 0.09, 0.28],
        "high": [0.21, 0.11, 0.32],
        "difference": [0, -0.1, 0.1],
        "diff_low": [0, -0.12, 0.08],
        "diff_high": [0, -0.08, 0.12],
    }
)
KNOBS = pd.DataFrame(
    {
        "knob": ["surprise", "variety", "surprise", "variety", "series", "series"],
        "value": [0, 0, 1, 0.5, 0, 1],
        "ndcg": [0.3, 0.3, 0.12, 0.28, 0.3, 0.31],
        "films": [400, 400, 1234, 450, 400, 390],
        "novelty": [8.0, 8, 9.5, 8.2, 8, 7.9],
    }
)


def script():
    import streamlit as st

    from nbhelpers.app import list_boards

    list_boards.show(st.session_state["engine"])


@pytest.fixture
def shown(engine):
    """Return a function that shows boards and returns the page's HTML and charts."""

    def show(**boards):
        other = copy.copy(engine)
        kept = engine.boards.keys() - {"lists", "knobs"}
        other.boards = {name: engine.boards[name] for name in kept} | boards
        app = AppTest.from_function(script)
        app.session_state["engine"] = other
        app.run()
        assert not app.exception
        html = "\n".join(element.proto.body for element in app.get("html"))
        return html, app

    return show


def test_an_engine_without_these_boards_shows_nothing(shown):
    html, app = shown()
    assert html == "" and not app.subheader


def test_the_highest_lists_are_named_with_their_lead(shown):
    html, _ = shown(lists=LISTS)
    assert "Highest nDCG: Two stages, 0.300, 0.100 more than" in html
    assert "(0.080 to 0.120)" in html
    rows = html.split("<tbody>")[1]
    places = [rows.index(f"<td>{name}</td>") for name in ("Two stages", "Most rated", "Blend")]
    assert places == sorted(places)
    assert "-0.100 (-0.120 to -0.080)" in rows and "true stars" not in html


def test_true_stars_are_shown_where_they_are_known(shown):
    html, _ = shown(lists=LISTS.assign(true_stars=[3.4, 3.5, 4.081], films=[12, 1300, 400]))
    assert "true stars" in html and "<td>4.08</td>" in html and "<td>1,300</td>" in html


def test_a_lead_within_its_interval_is_not_called_one(shown):
    html, _ = shown(lists=LISTS.assign(diff_low=-0.01))
    assert "not surely more" in html and "0.100 more than" not in html


def test_each_position_of_a_knob_has_its_price(shown):
    html, _ = shown(knobs=KNOBS)
    said = "“Familiar ↔ surprising” at 100% names 1,234 different films instead of 400"
    assert f"{said}, at an nDCG of 0.120 instead of 0.300" in html
    body = html.split("<tbody>")[1]
    assert body.count("<tr>") == len(KNOBS)
    assert body.rindex("surprising") < body.index("varied") < body.index("a series")
    assert "<td>yes</td>" in body and "<td>50%</td>" in body


def test_boards_are_shown_as_they_come_out_of_a_file(shown):
    html, _ = shown(lists=LISTS.set_index("model"), knobs=KNOBS.set_index("knob"))
    assert "Highest nDCG" in html and "instead of 400" in html


def test_every_knob_has_a_name():
    assert set(SETTINGS) == set(list_boards.KNOBS)
