"""The comparison of outputs lets the last digit be, and notices everything else."""

import copy

import comparison
import nbformat
import pandas as pd
import pytest
import tiny
from nbformat.v4 import new_output

from nbhelpers.teaching.lesson import METRICS_MIME

BOARD = pd.DataFrame(
    {"rmse": [0.8642, 0.9179, 1.0442], "ratings": [2862, 1410, 77]},
    index=pd.Index(["SVD", "biases", "mean"], name="model"),
)


def same(stored: str, found: str) -> bool:
    return comparison.settle_text(stored, found) == stored


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        ("RMSE 0.219 stars", "RMSE 0.218 stars"),
        ("RMSE **0.219**.", "RMSE **0.220**."),
        ("from -0.001 to 0.5", "from 0.000 to 0.5"),
        ("+0.1 and −0.1", "+0.0 and −0.2"),
        ("1,234.5 GB", "1,234.6 GB"),
        ("999.9", "1,000.0"),
        ("61% and 37 % and 57 percent", "62% and 36 % and 56 percent"),
        ("4.6 %", "4.5 %"),
        ("1.2e-05", "1.3e-05"),
        ("2e-05", "1e-05"),
        ("(0.86, 0.91)", "(0.85, 0.92)"),
        ("[0.5,1.5]", "[0.6,1.6]"),
        ("slope 0.98: linear", "slope 0.99: linear"),
        ("<td>0.753</td>", "<td>0.754</td>"),
        ("     low  high\nA -0.001  0.10", "     low  high\nA  0.000  0.10"),
        ("a  9.99\nb  8.00", "a 10.00\nb  8.00"),
        ("nan 0.10", "nan 0.11"),
    ],
)
def test_the_last_digit_is_let_be(stored, found):
    assert same(stored, found)


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        ("RMSE 0.219 stars", "RMSE 0.217 stars"),
        ("RMSE 0.219", "RMSE -0.219"),
        ("from -0.002", "from 0.000"),
        ("AUC 0.219", "AUC nan"),
        ("0.219 or 0.300", "0.300 or 0.219"),
        ("0.219", "0.219, 0.219"),
        ("1,234.5 GB", "1,236.5 GB"),
        ("61%", "63%"),
        ("61%", "61"),
        ("61%", "61 %"),
        ("1.2e-05", "1.2e-04"),
        ("620 films", "621 films"),
        ("105,078 ratings", "105,079 ratings"),
        ("on 2005-01-01", "on 2005-01-02"),
        ("at 12:30:05.1", "at 12:30:05.2"),
        ("nbhelpers 1.2.3", "nbhelpers 1.2.4"),
        ("user 999504", "user 999505"),
        ("x1.5", "x1.6"),
        ("SVD **wins** by 0.02.", "SVD *wins* by 0.02."),
        ("SVD wins by 0.02.", "SVD loses by 0.02."),
        ("0.219.", "0.219"),
        ("one\ntwo 0.1", "one two 0.1"),
        ('<td style="width: 61%">0.753</td>', '<td style="width: 62%">0.753</td>'),
        ("<style>td { top: 0.5em }</style>0.1", "<style>td { top: 0.6em }</style>0.1"),
        ("<th>0.753</th>", "<td>0.753</td>"),
    ],
)
def test_anything_else_is_noticed(stored, found):
    assert not same(stored, found)


def test_only_what_differs_is_told():
    stored, found = "0.219 and 0.300 and 0.5", "0.218 and 0.400 and 0.5"
    assert comparison.settle_text(stored, found) == "0.219 and 0.400 and 0.5"


def shown(table: pd.DataFrame) -> list:
    data = {"text/html": table.to_html(), "text/plain": table.to_string()}
    return [new_output("stream", text="Fitted in 3 epochs.\n"), tiny.display(data)]


def test_a_table_computed_elsewhere_is_the_same():
    elsewhere = BOARD.assign(rmse=BOARD["rmse"] + [1e-4, 0, -1e-4])
    assert comparison.settle(shown(BOARD), shown(elsewhere)) == shown(BOARD)


@pytest.mark.parametrize(
    "change",
    [
        lambda board: board.assign(rmse=board["rmse"] * [1.01, 1, 1]),
        lambda board: board.assign(ratings=board["ratings"] + [0, 0, 1]),
        lambda board: board.iloc[[1, 0, 2]],
        lambda board: board.iloc[:2],
        lambda board: board.rename(index={"biases": "Biases"}),
        lambda board: board[["ratings", "rmse"]],
    ],
    ids=["1 % off", "a count", "rows swapped", "a row missing", "a word", "columns swapped"],
)
def test_a_changed_table_is_noticed(change):
    now = comparison.settle(shown(BOARD), shown(change(BOARD)))
    for kind in ("text/html", "text/plain"):
        assert now[1].data[kind] != shown(BOARD)[1].data[kind]


def recorded(**metrics: float) -> list:
    text = "Recorded: " + ", ".join(f"{name} = {value:g}" for name, value in metrics.items())
    return [tiny.display({METRICS_MIME: list(map(list, metrics.items())), "text/plain": text})]


def test_metrics_may_be_a_ten_thousandth_off():
    stored = recorded(rmse=0.864223, gain=-0.0123456)
    now = recorded(rmse=0.864223 * 1.00009, gain=-0.0123456 * 1.00009)
    assert comparison.settle(stored, now) == stored


@pytest.mark.parametrize(
    "now",
    [
        recorded(rmse=0.864223 * 1.01, gain=-0.0123456),
        recorded(rmse=0.864223, gain=-0.0123456 * 1.0002),
        recorded(rmse=0.864223, gain=0.0123456),
        recorded(rmse=0.864223, gain=0.0),
        recorded(gain=-0.0123456, rmse=0.864223),
        recorded(rmse=0.864223),
        recorded(mae=0.864223, gain=-0.0123456),
    ],
    ids=["1 % off", "0.02 % off", "sign", "zero", "order", "one missing", "name"],
)
def test_changed_metrics_are_noticed(now):
    stored = recorded(rmse=0.864223, gain=-0.0123456)
    settled = comparison.settle(stored, now)
    assert settled[0].data[METRICS_MIME] != stored[0].data[METRICS_MIME]
    assert settled[0].data["text/plain"] != stored[0].data["text/plain"]


def test_a_missing_output_is_noticed():
    assert comparison.settle(shown(BOARD), shown(BOARD)[1:]) == shown(BOARD)[1:]


def test_what_was_found_is_left_as_it_is():
    found = nbformat.from_dict(shown(BOARD * 1.00001))
    before = copy.deepcopy(found)
    comparison.settle(shown(BOARD), found)
    assert found == before
