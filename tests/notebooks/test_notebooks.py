"""Every notebook keeps the rules; ``pytest tests/test_notebooks.py -k 05`` looks at one."""

from pathlib import Path

import executions
import nbformat
import notebook_rules as rules
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
TO_COME = {"09"}
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.mark.parametrize("rule", rules.OF_CELLS, ids=lambda rule: rule.__name__)
@every_notebook
def test_rules_of_cells(path, rule):
    problems = rule(nbformat.read(path, as_version=4))
    assert not problems, "\n" + "\n".join(problems)


@pytest.mark.parametrize("rule", rules.OF_FILES, ids=lambda rule: rule.__name__)
@every_notebook
def test_rules_of_files(path, rule):
    problems = rule(nbformat.read(path, as_version=4), path)
    assert not problems, "\n" + "\n".join(problems)


@pytest.mark.slow
@every_notebook
def test_solutions_are_right_and_pictures_as_stored(path):
    stored = nbformat.read(path, as_version=4)
    solved = executions.execute(executions.with_solutions(stored), path.parent)
    problems = executions.wrong_solutions(solved) + executions.changed_pictures(stored, solved)
    assert not problems, "\n" + "\n".join(problems)


def test_the_series_is_numbered_without_gaps():
    assert NOTEBOOKS, f"no notebooks in {FOLDER.name}/"
    written = [path.name[:2] for path in NOTEBOOKS]
    numbers = sorted([*written, *(TO_COME - set(written))])
    assert numbers == [f"{i:02}" for i in range(1, len(numbers) + 1)]
