"""Titles, genres, people and keywords that would be markup: in a real browser, none of them is."""

import pytest
from attacks import payloads

pytestmark = pytest.mark.slow
FEW = payloads.HTML + payloads.FORMULAS  # the first for browsers, the second for MathML


def test_the_browser_notices_what_is_not_escaped(browser, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("\n".join(payloads.HTML), encoding="utf-8")
    _, did = payloads._seen(browser, page.as_uri())
    assert "FORGED" in did and "asked for http://forged.invalid/x" in did


def test_pages_of_notebooks(browser, tmp_path):
    assert payloads.pages(FEW, tmp_path, browser) == []


def test_tabs_of_the_app(browser, engine_folder):
    assert payloads.tabs(payloads.PAYLOADS, engine_folder, browser) == []


def test_answers_and_page_of_the_api(browser, engine_folder):
    assert payloads.answers(payloads.PAYLOADS, engine_folder, browser) == []
