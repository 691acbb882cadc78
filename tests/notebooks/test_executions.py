"""What compares executed notebooks with stored ones notices a change."""

import base64
import io

import executions
import nbformat
import notebook_rules as rules
import numpy as np
import pytest
import tiny
from PIL import Image

PICTURE = 4  # the cell of the lesson that draws


def picture(pixels: np.ndarray):
    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(file, format="png")
    return tiny.display({"image/png": base64.b64encode(file.getvalue()).decode()})


@pytest.fixture
def lesson():
    lesson = tiny.lesson()
    lesson.cells[PICTURE].outputs = [picture(np.full((20, 30), 255))]
    return lesson


def test_the_same_pictures_are_fine(lesson):
    faint = nbformat.from_dict(lesson)
    faint.cells[PICTURE].outputs = [picture(np.full((20, 30), 254))]
    assert executions.changed_pictures(lesson, faint) == []


@pytest.mark.parametrize("pixels", [np.full((20, 30), 240), np.full((20, 31), 255), None])
def test_changed_pictures_are_noticed(lesson, pixels):
    other = nbformat.from_dict(lesson)
    other.cells[PICTURE].outputs = [] if pixels is None else [picture(pixels)]
    assert len(executions.changed_pictures(lesson, other)) == 1


def test_a_moved_line_is_noticed(lesson):
    before, after = np.full((300, 600), 255), np.full((300, 600), 255)
    before[100, :], after[110, :] = 0, 0
    other = nbformat.from_dict(lesson)
    lesson.cells[PICTURE].outputs, other.cells[PICTURE].outputs = (
        [picture(before)],
        [picture(after)],
    )
    assert len(executions.changed_pictures(lesson, other)) == 1


def test_answers_take_the_place_of_the_dots(lesson):
    names = list(rules.exercise_heads(lesson))
    right = {name: [f"answer = {name[-1]} + 1"] for name in names}
    wrong = {name: ["answer = 0", "answer = 'two'"] for name in names}
    answered = executions.with_answers(lesson, right, wrong)
    answers = [c.source for c in answered.cells if "exercise" in rules.tags(c)]
    assert answers == ["answer = 1 + 1", "answer = 2 + 1", "answer = 3 + 1"]
    tried = [c.source for c in answered.cells if "wrong" in rules.tags(c)]
    assert tried[:4] == ["answer = 0", 'check("01.1", answer)', *tried[2:4]]
    assert len(tried) == 12
    assert len(executions.without_wrong(answered).cells) == len(lesson.cells)
    assert "answer = ..." in [cell.source for cell in lesson.cells]


def test_verdicts_on_wrong_answers_are_found(lesson):
    lesson.cells += [tiny.code("answer = 0", "wrong"), tiny.code("check(1)", "wrong")]
    lesson.cells[-1].outputs = [tiny.display({"text/markdown": "❌ too low"})]
    assert executions.verdicts_on_wrong(lesson) == {"answer = 0": "❌ too low"}


def test_wrong_solutions_are_noticed(lesson):
    checks = [cell for cell in lesson.cells if "check" in cell.metadata.get("tags", [])]
    assert len(executions.wrong_solutions(lesson)) == len(checks) == 3
    for check in checks:
        check.outputs = [tiny.display({"text/markdown": "✅ right"})]
    assert executions.wrong_solutions(lesson) == []
    checks[1].outputs = [tiny.display({"text/markdown": "❌ 4 is too high"})]
    assert executions.wrong_solutions(lesson) == ["❌ 4 is too high"]


@pytest.mark.slow
def test_execution_starts_afresh(tmp_path):
    notebook = tiny.notebook(tiny.code("print(1 + 1)"))
    executed = executions.execute(notebook, tmp_path)
    assert executed.cells[0].outputs[0].text == "2\n"
    assert notebook.cells[0].outputs == []
