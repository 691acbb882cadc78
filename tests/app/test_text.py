import html
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from nbhelpers.app import text

ODD = [
    *(
        "M*A*S*H",
        "What the #$*! Do We Know!?",
        "[REC]",
        "Secret of My Succe$s",
        "<script>x</script>",
    ),
    *(
        "$a$ and $b$",
        "1. One",
        "# One",
        "> One",
        "a_b_c",
        "`code`",
        "![a](b)",
        "https://example.org",
    ),
]


def rendered(label: str) -> str:
    """Return what a label shows, by CommonMark, without the joiners that take no room."""
    page = MarkdownIt().renderInline(label)
    assert not re.search(r"<(?!/?p>)", page), f"markup is left in {page}"
    return html.unescape(page).replace(text._JOINER, "")


@pytest.mark.parametrize("title", ODD)
def test_odd_titles_show_as_they_are(title):
    assert rendered(text.markdown(title)) == title
    assert html.unescape(text.markup(title)) == title


@given(st.text())
def test_any_text_shows_as_it_is(title):
    shown = text.plain(title)
    assert rendered(text.markdown(title)).split() == shown.split()
    assert html.unescape(text.markup(title)) == shown
    assert not set("<>\"'") & set(text.markup(title))


@pytest.mark.parametrize("code", [":smile:", ":red[x]", "a -> b", "<- a", "a -- b", ":material/x:"])
def test_what_streamlit_would_make_a_symbol_of_is_kept_apart(code):
    label = text.markdown(code)
    assert rendered(label) == code
    bare = label.replace("\\", "")
    assert not re.search(r":\w+:|->|<-|--|:\w+\[|:material/", bare)


@given(st.text())
def test_plain_text_is_one_line_that_can_be_written(title):
    shown = text.plain(title)
    assert shown.encode("utf-8").decode() == shown
    assert "\n" not in shown and "\x00" not in shown


@pytest.mark.parametrize("missing", [None, pd.NA, float("nan")])
def test_what_is_missing_is_empty(missing):
    assert text.plain(missing) == text.markup(missing) == text.markdown(missing) == ""


def test_years_are_said_where_they_are_known():
    assert text.titled("Alien", 1979) == "Alien (1979)"
    assert text.titled("Alien", pd.NA) == "Alien"
    assert text.listed(["Action", "Crime", "Drama", "War"]) == "Action, Crime, Drama"


def test_terms_without_a_value_are_left_out():
    assert text.terms({"With": "<b>", "Themes": ""}) == "<div><dt>With</dt><dd>&lt;b&gt;</dd></div>"
