import json
from html.parser import HTMLParser

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from nbhelpers.app import charts, server

ODD = '"<b>" & $x$'


def script():
    import pandas as pd

    from nbhelpers.app import charts

    frame = pd.DataFrame({"name": ["One", "Two"], "length": [1.25, 2.0]})
    charts.figure("Two is longer", frame, charts.bars("length", "name"), forms={"length": "{:.1f}"})
    charts.table('"<b>" & $x$', frame.assign(name=[["a", "<i>"], None]))


@pytest.fixture(scope="module")
def shown():
    app = AppTest.from_function(script).run()
    assert not app.exception
    return app


class Tags(HTMLParser):
    """What stands in a page: each tag with its attributes."""

    def __init__(self, page: str):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def all(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


def test_tables_and_what_scrolls_them_have_their_findings_as_names(shown):
    page = "".join(element.proto.body for element in shown.get("html"))
    groups = [group for group in Tags(page).all("div") if group.get("role") == "group"]
    assert [group["aria-label"] for group in groups] == ["Two is longer", ODD]
    assert page.count("<caption") == 2 == len(Tags(page).all("table"))
    assert all(head["scope"] == "col" for head in Tags(page).all("th"))
    assert not Tags(page).all("b") and not Tags(page).all("i")
    assert "<td>1.2</td>" in page and "a, &lt;i&gt;" in page


def test_charts_say_what_they_show_and_leave_colours_to_the_theme(shown):
    [chart] = shown.get("vega_lite_chart") or shown.get("arrow_vega_lite_chart")
    spec = json.loads(chart.proto.spec)
    assert spec["description"].startswith("Chart: Two is longer.")
    assert chart.proto.theme == "streamlit"
    assert "#" not in chart.proto.spec


@pytest.mark.parametrize("theme", server.THEMES)
def test_there_is_a_colour_for_each_group(theme):
    """Of splits there are two, of knobs three."""
    colours = json.loads(server.OPTIONS[f"theme.{theme}.chartCategoricalColors"])
    assert len(set(colours)) == 3


def test_the_highest_row_is_the_one_with_the_largest_number():
    table = pd.DataFrame({"name": ["a", "b", "c"], "n": [1, 3, 2]})
    assert charts.highest(table, "n")["name"] == "b"
