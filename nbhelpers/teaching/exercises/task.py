"""An exercise's task, and a verdict on an answer: right, or what is wrong with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from numbers import Number
from typing import Any

import numpy as np
import pandas as pd

from nbhelpers.teaching.lesson import say

ROUNDED = "that is the right result, rounded too far: leave all its digits."
CHANGES_ITS_INPUT = (
    "it changes the arrays that come in: `p += …` writes into `p` itself, `p = p + …` makes a "
    "new array."
)


@dataclass(frozen=True)
class Task:
    """What an answer is compared with: a number, string, sequence, set, array, Series or DataFrame.

    Or a function, when the answer is to be a function: both are then called with each of `cases`.
    """

    expected: Any
    tolerance: float = 1e-6  # largest absolute difference of numbers that still counts as right
    # What well-known mistakes lead to, values or functions, by a sentence that names the mistake.
    mistakes: Mapping[str, Any] = field(default_factory=dict)
    cases: Sequence[tuple] = ((),)  # arguments to try a function with
    label: bool = False  # a number that is a name, as of a film, is neither too high nor too low


def check(exercise: str, answer: Any, **given: Any) -> None:
    """Say whether an answer is right and, when it is not, what is wrong with it.

    Parameters
    ----------
    exercise : str
        The notebook's number and the exercise's, such as ``"04.1"``.
    answer : object
        The reader's answer; ``...`` means "not answered yet".
    **given : object
        What the notebook has and the solution needs, such as ``train=train``.

    Raises
    ------
    ValueError
        If there is no such exercise.
    """
    if answer is ...:
        say(f"⬜ **Exercise {exercise}** - not answered yet: replace the `...` and run both cells.")
        return
    problem = verdict(task(exercise, **given), answer)
    said = "✅ {} - right." if problem is None else "❌ {} - {}"
    say(said.format(f"**Exercise {exercise}**", problem))


def task(exercise: str, **given: Any) -> Task:
    """Return an exercise's task, given what `check` is; a ValueError if there is none."""
    lesson, _, number = str(exercise).partition(".")
    try:
        module = import_module(f"nbhelpers.teaching.exercises.lesson_{lesson}")
        make: Callable[..., Task] = getattr(module, f"exercise_{number}")
    except (ImportError, AttributeError) as error:
        raise ValueError(
            f"There is no exercise {exercise!r}. Write the notebook's number in two digits and the "
            "exercise's, in quotes, as in '04.1'."
        ) from error
    return make(**given)


def verdict(task: Task, answer: Any) -> str | None:
    """Return what is wrong with an answer, None if it is right."""

    def compare(value: Any) -> str | None:
        if callable(value):
            return _function_problem(answer, value, task.cases, task.tolerance)
        return _problem(answer, value, task.tolerance, task.label)

    problem = compare(task.expected)
    for mistake, value in task.mistakes.items():
        if problem and compare(value) is None:
            return mistake
    return problem


def _function_problem(
    answer: Any, expected: Callable, cases: Sequence[tuple], tolerance: float
) -> str | None:
    if not callable(answer):
        return f"expected a function, found {_kind(answer)}."
    for arguments in cases:
        shown = ", ".join(_short(a) for a in arguments)
        try:
            got = answer(*arguments)
        except Exception as error:  # whatever the reader's code raises is the news here
            if "read-only" in str(error):
                return f"called with ({shown}) {CHANGES_ITS_INPUT}"
            return f"called with ({shown}) it raises {type(error).__name__}: {error}"
        if got is None:
            return f"called with ({shown}) it returns nothing - is there a `return`?"
        wanted = expected(*arguments)
        problem = _problem(got, wanted, tolerance)
        if problem:
            seen = f"Expected {_short(wanted)}, your function returned {_short(got)}."
            return f"called with ({shown}): {problem} {seen}"
    return None


def _problem(answer: Any, expected: Any, tolerance: float, label: bool = False) -> str | None:
    """Return what is wrong with the answer, None if nothing is."""
    if isinstance(expected, pd.DataFrame):
        return _frame_problem(answer, expected, tolerance)
    if isinstance(expected, (set, frozenset)):
        return _set_problem(answer, expected)
    if isinstance(expected, (str, bool, np.bool_)):
        same_kind = isinstance(answer, str) == isinstance(expected, str)
        if not same_kind:
            return f"expected {_kind(expected)}, found {_kind(answer)}."
        return None if answer == expected else f"{_short(answer)} is not it."
    if np.ndim(expected) == 0:
        return _number_problem(answer, expected, tolerance, label)
    return _array_problem(answer, expected, tolerance)


def _number_problem(answer: Any, expected: float, tolerance: float, label: bool) -> str | None:
    is_number = isinstance(answer, (Number, np.ndarray)) and getattr(answer, "ndim", 0) == 0
    if not is_number or isinstance(answer, bool | complex):
        return f"expected one number, found {_kind(answer)}."
    if np.isnan(answer):
        return "the answer is NaN: something was divided by zero, or a value is missing."
    if np.isinf(answer):
        return "the answer is infinite: something was divided by zero."
    difference = float(answer) - float(expected)
    if abs(difference) <= tolerance:
        return None
    if label:
        return f"{answer} is not it."
    if _rounded(answer, expected):
        return ROUNDED
    word = "high" if difference > 0 else "low"
    return f"{float(answer) + 0.0:.6g} is too {word}."  # adding 0.0 turns -0.0 into 0.0


def _set_problem(answer: Any, expected: set | frozenset) -> str | None:
    if isinstance(answer, str) or not np.iterable(answer):
        return f"expected a set, found {_kind(answer)}."
    missing, extra = expected - set(answer), set(answer) - expected
    parts = []
    if missing:
        parts.append(f"{len(missing)} missing")
    if extra:
        parts.append(f"{len(extra)} too many (such as {_short(min(extra, key=str))})")
    return f"the set has {' and '.join(parts)}." if parts else None


def _array_problem(answer: Any, expected: Any, tolerance: float) -> str | None:
    problem = _form_problem(answer, expected)
    if problem:
        return problem
    want = np.asarray(expected)
    wrong = _wrong(np.asarray(answer), want, tolerance)
    if not wrong.any():
        return None
    if want.dtype.kind == "f" and _rounded(answer, want):
        return ROUNDED
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    place = first[0] if len(first) == 1 else first
    some = "is wrong, the one" if wrong.sum() == 1 else "are wrong, the first"
    return f"{int(wrong.sum())} of {want.size} values {some} at position {place} (counted from 0)."


def _rounded(answer: Any, expected: Any) -> bool:
    """Tell whether the answer is the right one with fewer digits: 0 may be another mistake."""
    rounded = (np.round(expected, digits) for digits in range(2, 7))
    return bool(np.any(answer)) and any(np.array_equal(one, answer) for one in rounded)


def _form_problem(answer: Any, expected: Any) -> str | None:
    """Return why no value of the answer can be compared with the one expected at its place."""
    if isinstance(answer, (set, frozenset)):
        return "a set has no order: give a list."
    if isinstance(answer, (str, dict)) or not hasattr(answer, "__len__"):
        wanted = "a list" if isinstance(expected, np.ndarray) else _kind(expected)
        return f"expected {wanted}, found {_kind(answer)}."
    try:
        got, want = np.asarray(answer), np.asarray(expected)
    except ValueError:  # rows of unequal length
        return f"expected the shape {np.shape(expected)}, found rows of unequal length."
    if len(got) != len(want):
        return f"expected {len(want):,} values, found {len(got):,}."
    if got.shape != want.shape:
        return f"expected the shape {want.shape}, found {got.shape}."
    if want.dtype.kind in "biuf" and got.dtype.kind in "OUT":
        return _text_problem(got)
    series = isinstance(expected, pd.Series) and isinstance(answer, pd.Series)
    if series and not answer.index.equals(expected.index):
        return "the values may be right, but the index differs: it is sorted or named otherwise."
    return None


def _text_problem(got: np.ndarray) -> str:
    """Return what is wrong with text where numbers belong: it reads as numbers, or is names."""
    for value in got.ravel().tolist():
        try:
            float(value)
        except (TypeError, ValueError):
            return f"numbers are expected here, and {_short(value)} is not a number."
    return "there is text among the numbers: `int()` or `float()` turns it into numbers."


def _wrong(got: np.ndarray, want: np.ndarray, tolerance: float) -> np.ndarray:
    """Return which values differ; missing ones (NaN, NaT, NA) equal each other."""
    kinds = got.dtype.kind + want.dtype.kind
    if set(kinds) <= set("biufc"):
        return ~np.isclose(got, want, rtol=0, atol=tolerance, equal_nan=True)
    missing = pd.isna(got), pd.isna(want)
    wrong, both = missing[0] != missing[1], ~(missing[0] | missing[1])
    if kinds not in ("MM", "mm"):  # dates and spans compare across units as they are
        got, want = got.astype(object), want.astype(object)
    wrong[both] = got[both] != want[both]
    return wrong


def _frame_problem(answer: Any, expected: pd.DataFrame, tolerance: float) -> str | None:
    if not isinstance(answer, pd.DataFrame):
        return f"expected a DataFrame, found {_kind(answer)}."
    missing = [c for c in expected.columns if c not in answer.columns]
    if missing:
        return f"the columns {missing} are missing."
    if len(answer) != len(expected):
        return f"expected {len(expected):,} rows, found {len(answer):,}."
    for column in expected.columns:
        problem = _array_problem(answer[column].array, expected[column].array, tolerance)
        if problem:
            return f"in column `{column}`, {problem}"
    return None


def _kind(value: Any) -> str:
    if isinstance(value, complex):
        return "a complex number (was a root taken of something negative?)"
    if isinstance(value, Number) and not isinstance(value, bool):
        return "a number"
    names = {str: "text", type(None): "nothing (None)", np.ndarray: "an array"}
    return names.get(type(value), f"a {type(value).__name__}")


def _short(value: Any) -> str:
    plain = value.item() if isinstance(value, np.generic) else value  # no `np.float64(…)`
    text = " ".join(repr(plain).split())
    return text if len(text) <= 60 else text[:57] + "…"
