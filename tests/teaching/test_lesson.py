"""Sentences are Markdown; guesses are met again; metrics are kept."""

import json
import re
from html import unescape

import numpy as np
import pytest
from attacks import payloads
from markdown_it import MarkdownIt

from nbhelpers.teaching import lesson


@pytest.fixture
def displayed(monkeypatch):
    """Collect what a lesson shows."""
    shown = []
    monkeypatch.setattr(lesson, "display", lambda *objects, **options: shown.extend(objects))
    return shown


@pytest.mark.parametrize("title", ["M*A*S*H", "[REC]", "Secret of My Succe$s", "A_B_", "<b>#1"])
def test_literal_survives_markdown(title):
    html = MarkdownIt().render(lesson.literal(title))
    assert unescape(html) == f"<p>{title}</p>\n"


def test_listed_titles_are_in_italics_as_they_are():
    html = MarkdownIt().render(lesson.listed(["M*A*S*H", "Alien"]))
    assert unescape(html) == "<p><em>M*A*S*H</em>, <em>Alien</em></p>\n"


def test_all_payloads_are_shown_as_they_are():
    assert len(set(payloads.PAYLOADS)) >= 100
    assert payloads.sentences(payloads.PAYLOADS) == []


@pytest.mark.parametrize("text", ["<img src=x>", "[go](http://x)", "![a](x)", "[a]: x", "$x$"])
def test_a_sentence_holds_no_html_links_or_formulas(displayed, text):
    lesson.say(f"**Bold** {text}")
    html = MarkdownIt().render(displayed[0].data)
    assert unescape(html) == f"<p><strong>Bold</strong> {text}</p>\n"
    assert not re.search(r"(?<!\\)\$", displayed[0].data)


def test_a_sentence_is_neither_fetched_nor_opened(displayed, tmp_path):
    file = tmp_path / "secret"
    file.write_text("secret", encoding="utf-8")
    for text in (str(file), "http://forged.invalid/"):
        lesson.say(text)
        assert displayed[-1].data == text


def test_say_shows_markdown(displayed):
    lesson.say("The mean is **3.6**.")
    assert displayed[0]._repr_markdown_() == "The mean is **3.6**."


# --- Guesses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("guessed", "value", "said"),
    [
        (0.8, 0.9386, "You guessed: 0.8. It is **0.939 stars**, off by 0.139."),
        (3, np.int64(3), "Spot on: 3. It is **3 stars**, off by 0."),
        (..., 0.9386, "⬜ **Guess 04.a** - it is **0.939 stars**."),
    ],
)
def test_a_guess_is_met_again(displayed, guessed, value, said):
    lesson.guess("04.a", guessed)
    lesson.reveal("04.a", value, "stars")
    assert displayed[1].data.endswith(said)


def test_a_guessed_title_is_shown_as_it_is(displayed):
    lesson.guess("04.b", "M*A*S*H")
    lesson.reveal("04.b", "<b>Alien</b>")
    html = MarkdownIt().render(displayed[1].data)
    assert "You guessed: M*A*S*H. It is <strong>&lt;b&gt;Alien&lt;/b&gt;</strong>." in html


def test_what_was_never_guessed_is_shown_nevertheless(displayed):
    lesson.reveal("99.z", 4)
    assert "it is **4**" in displayed[0].data


# --- Metrics -------------------------------------------------------------------------------


def test_metrics_are_kept_in_order_and_rounded(displayed):
    lesson.record("05", rmse=0.91234567, mae=np.float32(0.5), coverage=1)
    data = displayed[0]
    assert data[lesson.METRICS_MIME] == [["rmse", 0.912346], ["mae", 0.5], ["coverage", 1.0]]
    assert data["text/plain"] == "Recorded: rmse = 0.912346, mae = 0.5, coverage = 1"


def test_metrics_stand_beside_those_on_real_ratings(displayed, monkeypatch, tmp_path):
    stored = {"set": "ml-latest-small", "metrics": {"05_svd": {"rmse_svd": 0.852264}}}
    monkeypatch.setattr(lesson, "REAL_RESULTS", tmp_path / "results.json")
    lesson.REAL_RESULTS.write_text(json.dumps(stored))
    lesson.record("05", rmse_svd=0.91234567, n_films=1234)
    lesson.record("04", rmse_svd=0.91234567)
    with_real, without = (data["text/markdown"].splitlines() for data in displayed)
    assert with_real[0] == "| | here | on ml-latest-small |"
    assert with_real[2:] == ["| rmse svd | 0.9123 | 0.8523 |", "| n films | 1,234 |  |"]
    assert without[0] == "| | here | on real ratings |"
    assert without[2:] == ["| rmse svd | 0.9123 |  |"]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_metrics_are_finite(displayed, value):
    with pytest.raises(ValueError, match="finite"):
        lesson.record("05", rmse=value)
    assert displayed == []
