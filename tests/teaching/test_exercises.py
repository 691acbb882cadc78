"""Answers: right ones in every form, and what is wrong with the others."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbhelpers.evaluation import paired_difference
from nbhelpers.teaching import exercises, lesson
from nbhelpers.teaching.exercises import Task, task


@pytest.fixture
def verdict(monkeypatch):
    """Check an answer to a task and return the sentence shown."""
    shown = []
    monkeypatch.setattr(lesson, "display", shown.append)

    def judge(answer, expected, **options):
        made = Task(expected, **options)
        monkeypatch.setattr(task, "task", lambda exercise: made)
        exercises.check("04.1", answer)
        return shown[-1].data

    return judge


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
    assert verdict(value, value).startswith("✅ **Exercise 04.1**")


def test_equal_values_of_other_types_are_right(verdict):
    assert "✅" in verdict(np.array(0.25), 0.25)
    assert "✅" in verdict((1.0, 2.0), np.array([1, 2]))
    assert "✅" in verdict(["1", "2"], pd.Series(["1", "2"]))
    days = np.array(["2004-01-01"], dtype="datetime64[D]")
    assert "✅" in verdict(days.astype("datetime64[ns]"), days.astype("datetime64[s]"))


@given(st.floats(-1e6, 1e6), st.floats(-1e-6, 1e-6))
def test_tolerance_is_absolute(expected, error):
    inside = task._problem(expected + error, expected, 1.1e-6)
    outside = task._problem(expected + error + 3e-6, expected, 1e-6)
    assert inside is None
    assert outside is not None


# --- Not yet, and wrong --------------------------------------------------------------------


def test_no_answer_yet(verdict):
    assert verdict(..., 3).startswith("⬜ **Exercise 04.1**")
    assert verdict(..., lambda x: x).startswith("⬜")


@pytest.mark.parametrize(
    ("answer", "expected", "said"),
    [
        (1.5, 1, "1.5 is too high"),
        (-1, 1, "-1 is too low"),
        (-0.0, 1, "- 0 is too low"),
        (0.94, 0.93864, "the right result, rounded too far"),
        (0.9, 0.93864, "0.9 is too low"),
        (0, 0.002, "0 is too low"),
        ((-0.04, 0.1), (-0.0393, 0.0984), "the right result, rounded too far"),
        ([1, 3], [1.25, 3.0], "1 of 2 values is wrong"),
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
        (np.array([1, 2, 3]), {1, 2}, "the set has 1 too many (such as 3)"),
        (1, {1}, "expected a set, found a number"),
        ("ab", {"a", "b"}, "expected a set, found text"),
        ([1, 2], [1, 2, 3], "expected 3 values, found 2"),
        ([[1], [2]], [1, 2], "expected the shape (2,), found (2, 1)"),
        (["1", "2"], [1, 2], "there is text among the numbers"),
        ([(1, "2")], [(1, 2)], "there is text among the numbers"),
        (["Alien", "Jaws"], [1, 2], "numbers are expected here, and 'Alien' is not a number"),
        pytest.param(
            (n for n in [1, 2]), [1, 2], "expected a list, found a generator", id="generator"
        ),
        ({1: 2}, [1], "expected a list, found a dict"),
        ({1}, [1], "a set has no order: give a list"),
        ([1, [2, 3]], [1, 2], "rows of unequal length"),
        ([1, 9, 3], [1, 2, 3], "1 of 3 values is wrong, the one at position 1 (counted"),
        (
            [[1, 2], [9, 9]],
            [[1, 2], [3, 4]],
            "2 of 4 values are wrong, the first at position (1, 0",
        ),
        (["a", "x"], ["a", "b"], "the one at position 1"),
        ([1, np.nan], [1, 2], "the one at position 1"),
        (7, [7], "expected a list, found a number"),
        (np.int32(7), np.array([7]), "expected a list, found a number"),
        (np.array(["7"]), 7, "expected one number, found an array"),
        (pd.Series([2, 1], index=[1, 0]), pd.Series([1, 2]), "the index differs"),
        (YEARS.fillna(0), YEARS, "1 of 3 values is wrong, the one at position 1"),
        ([1], TABLE, "expected a DataFrame, found a list"),
        (TABLE[["year"]], TABLE, "the columns ['movie_id', 'genres'] are missing"),
        (TABLE.head(2), TABLE, "expected 3 rows, found 2"),
        (TABLE[::-1], TABLE, "in column `movie_id`, 2 of 3 values are wrong"),
    ],
)
def test_wrong_answers_say_what_is_wrong(verdict, answer, expected, said):
    sentence = verdict(answer, expected)
    assert sentence.startswith("❌ **Exercise 04.1**")
    assert said in sentence


def test_a_known_mistake_is_named(verdict):
    mistakes = {"that is the mean of all ratings.": 3.5, "that is the median.": 4}
    assert "that is the median." in verdict(4, 3.25, mistakes=mistakes)
    assert "too high" in verdict(5, 3.25, mistakes=mistakes)
    assert "✅" in verdict(4, 4, mistakes=mistakes)


def test_a_wrong_label_is_neither_too_high_nor_too_low(verdict):
    assert "❌ **Exercise 04.1** - 188 is not it." in verdict(188, np.int32(464), label=True)
    assert "✅" in verdict(np.int32(464), 464, label=True)
    assert "one number, found text" in verdict("Alien", 464, label=True)
    assert "the raw mean" in verdict(7, 464, label=True, mistakes={"that is the raw mean.": 7})


# --- Functions -----------------------------------------------------------------------------


def double(x):
    return 2 * x


def broken(x):
    raise KeyError(x)


def grow(x):
    fixed = np.full(2, x)
    fixed.flags.writeable = False
    fixed += x


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda x: x + x, "✅"),
        (lambda x: x + 1, "called with (3): 4 is too low"),
        (lambda x: None, "is there a `return`?"),
        (broken, "called with (3) it raises KeyError"),
        (lambda: 0, "it raises TypeError"),
        (6, "expected a function, found a number"),
        (grow, "it changes the arrays that come in"),
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


# --- The tasks of the notebooks --------------------------------------------------------------


@pytest.mark.parametrize("name", ["04", "04.99", "99.1", "4.1", ""])
def test_an_unknown_exercise_is_named(name):
    with pytest.raises(ValueError, match="There is no exercise"):
        task.task(name)


def test_an_interval_drawn_with_another_seed_is_right():
    rng = np.random.default_rng(0)
    test = pd.DataFrame({"user_id": np.repeat(np.arange(300), 20), "rating": 3.0})
    test["movie_id"] = np.tile(np.arange(60), 100)
    moods = np.repeat(rng.normal(0, 1, 300), 20)
    predictions = {
        "user mean": 3 + rng.normal(0, 1, 6000),
        "movie mean": 3 + moods + rng.normal(0, 1, 6000),
    }
    asked = task.task("04.3", predictions=predictions, test=test)
    off = [predictions[name] - test["rating"] for name in predictions]
    for seed in range(5):
        ends = paired_difference(*off, test["user_id"], seed=seed)[1:]
        assert task.verdict(asked, ends) is None
    assert "single ratings" in task.verdict(asked, paired_difference(*off)[1:])
    by_film = paired_difference(*off, test["movie_id"])[1:]
    assert "draw users" in task.verdict(asked, by_film)
    level = predictions | {"movie mean": predictions["user mean"] + rng.normal(0, 0.01, 6000)}
    asked = task.task("04.3", predictions=level, test=test)  # around 0, and so is what is wrong
    assert all(task.verdict(asked, ends) for ends in asked.mistakes.values())
    shared = task.task("06.3", off={"SVD": off[0], "movie-kNN": off[1]}, users=test["user_id"])
    for seed in range(5):
        wide, narrow = (
            paired_difference(*off, *groups, seed=seed) for groups in ([test["user_id"]], [])
        )
        wider = (wide.high - wide.low) / (narrow.high - narrow.low)
        assert task.verdict(shared, wider) is None
    assert "the same" in task.verdict(shared, 1.0)


def test_an_answer_of_any_kind_gets_a_verdict():
    assert "expected one number, found a complex number" in task.verdict(Task(3.5), 3j)
    assert "None is not a number" in task.verdict(Task(np.arange(3.0)), [1, None, 3])
    with pytest.raises(ValueError, match=r"in quotes, as in '04\.1'"):
        exercises.check(4.1, 1)
