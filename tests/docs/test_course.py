import re

import course
import nbformat
from nbformat.v4 import new_code_cell, new_notebook, new_output


def test_narration_is_folded_and_no_heading_of_a_table_is_empty():
    table = '<table><tr><th></th><th class="blank">&nbsp;</th><th>stars</th></tr></table>'
    cells = [
        new_code_cell("say('x')", metadata={"tags": ["narration"]}),
        new_code_cell("table", outputs=[new_output("display_data", {"text/html": table})]),
    ]
    told, shown = course.read(nbformat.writes(new_notebook(cells=cells))).cells
    assert told.metadata["tags"] == ["narration", "hide-input"]
    assert "tags" not in shown.metadata
    mended = '<table><tr><td></td><td class="blank"></td><th>stars</th></tr></table>'
    assert shown.outputs[0]["data"]["text/html"] == mended


def test_every_lesson_has_a_name_and_minutes():
    for lesson in course.lessons():
        assert lesson.name and "·" not in lesson.name
        assert all(5 <= minutes <= 60 for minutes in lesson.minutes)


def test_teachers_are_told_the_minutes_that_the_lesson_states():
    for lesson in course.lessons():
        page = lesson.path.parents[1] / "docs" / "teaching" / f"{lesson.number}.md"
        reading, exercises = lesson.minutes
        said = re.search(r"(\d+) for reading, (\d+) for the exercises", page.read_text("utf-8"))
        assert said and (int(said[1]), int(said[2])) == (reading, exercises), page.name
