"""A numbered notebook that is opened without the library says so, and runs no further."""

import ast

import nbformat
import notebook_rules as rules
import pytest
import setup_cells
import tiny
from executions import execute
from nbclient.exceptions import CellExecutionError

# As if it were not installed: Python finds no module where it has noted that there is none.
HIDE = 'import sys\nsys.modules["nbhelpers"] = None'


def lesson():
    cells = tiny.text("# 01"), tiny.code(tiny.PARAMETERS, "parameters"), tiny.code("after = 1")
    return tiny.notebook(*cells)


def test_the_cell_follows_the_parameters_and_is_put_there_once():
    notebook = lesson()
    assert setup_cells.setup_cell(notebook)
    setup_cells.put(notebook)
    assert setup_cells.setup_cell(notebook) == rules.folded(notebook) == []
    assert [rules.tags(cell) for cell in notebook.cells] == [[], ["parameters"], ["setup"], []]
    once = nbformat.writes(notebook)
    setup_cells.put(notebook)
    assert nbformat.writes(notebook) == once


def test_a_cell_that_was_changed_or_moved_is_put_right():
    notebook = lesson()
    setup_cells.put(notebook)
    right = nbformat.writes(notebook)
    notebook.cells[2].source += "\n"
    assert setup_cells.setup_cell(notebook)
    setup_cells.put(notebook)
    assert nbformat.writes(notebook) == right
    notebook.cells.append(notebook.cells.pop(2))
    assert setup_cells.setup_cell(notebook)


def test_counts_stay_in_order():
    notebook = lesson()
    setup_cells.put(notebook)
    assert [cell.execution_count for cell in rules.code_cells(notebook)] == [None] * 3
    notebook = lesson()
    for count, cell in enumerate(rules.code_cells(notebook), start=1):
        cell.execution_count = count
    setup_cells.put(notebook)
    assert rules.order(notebook) == []


def test_the_projects_address_is_named_where_there_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr(setup_cells, "PROJECT", tmp_path)
    project = tmp_path / "pyproject.toml"
    project.write_text("[project]\n", encoding="utf-8")
    assert "(see" not in said()
    project.write_text('[project.urls]\nHome = "https://example.org/x"\n', encoding="utf-8")
    assert "brings the library along (see https://example.org/x), or install" in said()


def said():
    (sentence,) = ast.parse(setup_cells.source()).body[-1].body[0].exc.args
    return sentence.value


@pytest.mark.slow
def test_without_the_library_one_sentence_is_shown_and_nothing_runs_after_it(tmp_path):
    notebook = lesson()
    setup_cells.put(notebook)
    notebook.cells.insert(0, tiny.code(HIDE))
    with pytest.raises(CellExecutionError) as stopped:
        execute(notebook, tmp_path)
    sentence = said()
    assert sentence.count(". ") == 0 and sentence.endswith("again.")
    assert stopped.value.traceback.strip().endswith(sentence)
    assert "Traceback" not in stopped.value.traceback


@pytest.mark.slow
def test_with_the_library_the_cell_is_silent(tmp_path):
    notebook = lesson()
    setup_cells.put(notebook)
    executed = execute(notebook, tmp_path)
    assert [cell.outputs for cell in rules.code_cells(executed)] == [[], [], []]
