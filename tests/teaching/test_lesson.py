"""Checks say what is wrong; metrics are kept; sentences are Markdown."""

import json
import re
from html import unescape

import numpy as np
import pandas as pd
import pytest
from attacks import payloads
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from nbhelpers.teaching import lesson


@pytest.fixture
def displayed(monkeypatch):
    """Collect what a lesson shows."""
    shown = []
    monkeypatch.setattr(lesson, "display", lambda *objects, **options: shown.extend(objects))
    return shown


@pytest.fixture
def verdict(displayed):
    """Check an answer and return the sentence shown."""

    def judge(answer, expected, **options):
        lesson.check("Exercise 1", answer, expected, **options)
        return displayed[-1].data

    return judge


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


# --- Right ---------------------------------------------------------------------------------

YEARS = pd.Series([1995, None, 2001], dtype="Int16")
TABLE = pd.DataFrame({"movie_id": [1, 2, 3], "year": YEARS, "genres": [["Drama"], [], ["War"]]})


@pytest.mark.parametrize(
    "value",
    [
        3,
        0.25,
        np.float32(1.5),
        "Drama",
        True,
        np.bool_(False),
        {1, 2},
        [1, 2, 3],
        ["a", "b"],
        np.eye(3),
        np.array([1.0, np.nan]),
        pd.Series([1, 2], index=["a", "b"]),
        pd.to_datetime(["2004-01-01", None]),
        YEARS,
        TABLE,
    ],
    ids=repr,
)
def test_the_expected_value_is_right(verdict, value):
    assert verdict(value, value).startswith("✅ **Exercise 1**")


def test_equal_values_of_other_types_are_right(verdict):
    assert "✅" in verdict(np.array(0.25), 0.25)
    assert "✅" in verdict((1.0, 2.0), np.array([1, 2]))
    assert "✅" in verdict(["1", "2"], pd.Series(["1", "2"]))
    days = np.array(["2004-01-01"], dtype="datetime64[D]")
    assert "✅" in verdict(days.astype("datetime64[ns]"), days.astype("datetime64[s]"))


@given(st.floats(-1e6, 1e6), st.floats(-1e-6, 1e-6))
def test_tolerance_is_absolute(expected, error):
    inside = lesson._problem(expected + error, expected, 1.1e-6)
    outside = lesson._problem(expected + error + 3e-6, expected, 1e-6)
    assert inside is None
    assert outside is not None


# --- Not yet, and wrong --------------------------------------------------------------------


def test_no_answer_yet(verdict):
    assert verdict(..., 3).startswith("⬜ **Exercise 1**")
    assert verdict(..., lambda x: x).startswith("⬜")


@pytest.mark.parametrize(
    ("answer", "expected", "said"),
    [
        (1.5, 1, "1.5 is too high"),
        (-1, 1, "-1 is too low"),
        (float("nan"), 1, "NaN"),
        (None, 1, "expected one number, found nothing (None)"),
        ("1", 1, "expected one number, found text"),
        (True, 1, "expected one number, found a bool"),
        ({1: 2}, 1, "expected one number, found a dict"),
        ({1}, 1, "expected one number, found a set"),
        (print, 1, "expected one number"),
        (pd.NA, 1, "expected one number"),
        ([1, 2], 1, "expected one number, found a list"),
        (3, "Drama", "expected text, found a number"),
        ("War", "Drama", "'War' is not it"),
        (False, True, "False is not it"),
        ({1}, {1, 2}, "the set has 1 missing"),
        ([1, 2, 3], {1, 2}, "the set has 1 too many (such as 3)"),
        (1, {1}, "expected a set, found a number"),
        ("ab", {"a", "b"}, "expected a set, found text"),
        ([1, 2], [1, 2, 3], "expected 3 values, found 2"),
        ([[1], [2]], [1, 2], "expected the shape (2,), found (2, 1)"),
        (["1", "2"], [1, 2], "there is text among the numbers"),
        ([(1, "2")], [(1, 2)], "there is text among the numbers"),
        pytest.param(
            (n for n in [1, 2]), [1, 2], "expected a list, found a generator", id="generator"
        ),
        ({1: 2}, [1], "expected a list, found a dict"),
        ({1}, [1], "a set has no order: give a list"),
        ([1, [2, 3]], [1, 2], "rows of unequal length"),
        ([1, 9, 3], [1, 2, 3], "1 of 3 values are wrong, the first at position 1"),
        (
            [[1, 2], [9, 9]],
            [[1, 2], [3, 4]],
            "2 of 4 values are wrong, the first at position (1, 0",
        ),
        (["a", "x"], ["a", "b"], "the first at position 1"),
        ([1, np.nan], [1, 2], "the first at position 1"),
        (7, [7], "expected a list, found a number"),
        (pd.Series([2, 1], index=[1, 0]), pd.Series([1, 2]), "the index differs"),
        (YEARS.fillna(0), YEARS, "1 of 3 values are wrong, the first at position 1"),
        ([1], TABLE, "expected a DataFrame, found a list"),
        (TABLE[["year"]], TABLE, "the columns ['movie_id', 'genres'] are missing"),
        (TABLE.head(2), TABLE, "expected 3 rows, found 2"),
        (TABLE[::-1], TABLE, "in column `movie_id`, 2 of 3 values are wrong"),
    ],
)
def test_wrong_answers_say_what_is_wrong(verdict, answer, expected, said):
    sentence = verdict(answer, expected)
    assert sentence.startswith("❌ **Exercise 1**")
    assert said in sentence


def test_a_known_mistake_is_named(verdict):
    mistakes = {"that is the mean of all ratings.": 3.5, "that is the median.": 4}
    assert "that is the median." in verdict(4, 3.25, mistakes=mistakes)
    assert "too high" in verdict(5, 3.25, mistakes=mistakes)
    assert "✅" in verdict(4, 4, mistakes=mistakes)


def test_a_wrong_label_is_neither_too_high_nor_too_low(verdict):
    assert "❌ **Exercise 1** - 188 is not it." in verdict(188, np.int32(464), label=True)
    assert "✅" in verdict(np.int32(464), 464, label=True)
    assert "one number, found text" in verdict("Alien", 464, label=True)
    assert "the raw mean" in verdict(7, 464, label=True, mistakes={"that is the raw mean.": 7})


# --- Functions -----------------------------------------------------------------------------


def double(x):
    return 2 * x


def broken(x):
    raise KeyError(x)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda x: x + x, "✅"),
        (lambda x: x + 1, "called with (3): 4 is too low"),
        (lambda x: None, "is there a `return`?"),
        (broken, "called with (3) it raises KeyError"),
        (lambda: 0, "it raises TypeError"),
        (6, "expected a function, found a number"),
    ],
)
def test_functions_are_called_with_each_case(verdict, answer, said):
    assert said in verdict(answer, double, cases=[(3,), (0,)])


def test_a_known_mistake_of_a_function_is_named(verdict):
    mistakes = {"that is the square: multiply by two.": lambda x: x**2}
    cases = [(2,), (3,)]  # the first case alone would not tell
    assert "that is the square" in verdict(lambda x: x * x, double, cases=cases, mistakes=mistakes)
    said = verdict(lambda x: x + 1, double, cases=cases, mistakes=mistakes)
    assert "Expected 4, your function returned 3." in said


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
