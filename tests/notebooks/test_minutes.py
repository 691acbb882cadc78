"""Reading minutes are counted as a reader spends them."""

import minutes
import notebook_rules as rules
import pytest
import tiny


def notebook(*cells):
    box = tiny.text("**Minutes** 3 for reading, 5 for the exercises.")
    return tiny.notebook(box, *cells, tiny.text("## Exercises"), tiny.text("word " * 9999))


def with_output(cell, data):
    cell.outputs = [tiny.display(data)]
    return cell


def narration(words):
    cell = tiny.code("say(text)", "narration")
    return with_output(cell, {"text/markdown": "word " * words})


def table():
    return with_output(tiny.code("table"), {"text/html": "<td>" * 999})


@pytest.mark.parametrize(
    ("cells", "counted"),
    [
        ([], 1),
        ([tiny.text("word " * 530)], 3),
        ([narration(530)], 3),
        ([tiny.code("1 + 1\n\n" * 30)], 3),
        ([table() for _ in range(5)], 3),
        ([tiny.text("$$" + "x + " * 999 + "$$")], 1),
    ],
)
def test_words_lines_and_looks_are_counted(cells, counted):
    assert minutes.reading_minutes(notebook(*cells)) == counted


def test_the_box_is_found():
    assert minutes.in_box(notebook()) == 3
    assert minutes.in_box(tiny.lesson()) is None
    assert not rules.is_folded(tiny.code("1"))
