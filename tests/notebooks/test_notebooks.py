"""Every notebook keeps the rules; ``pytest tests/notebooks -k 05`` looks at one."""

import warnings
from pathlib import Path

import executions
import machines
import nbformat
import notebook_rules as rules
import pytest
from nbval.plugin import find_comment_markers, find_metadata_tags

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
MOST_UNCOMPARED = 23  # what they show is how long this machine took; it should become fewer
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.fixture(scope="session")
def oldest() -> dict[str, str]:
    """The environment in which libraries reckon as on old processors, if this one can do that."""
    machine = machines.MACHINES["oldest"]
    if machine.needs not in machines.processor_flags():
        return {}
    assert machines.not_in_effect(machine) == ""
    return machine.environment


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


@pytest.mark.parametrize("rule", rules.ADVICE, ids=lambda rule: rule.__name__)
@every_notebook
def test_advice(path, rule):
    for problem in rule(nbformat.read(path, as_version=4)):
        warnings.warn(f"{path.name}: {problem}", stacklevel=1)


def test_hardly_any_output_goes_uncompared():
    cells = [
        cell for path in NOTEBOOKS for cell in rules.code_cells(nbformat.read(path, as_version=4))
    ]
    options = [
        {**dict(find_metadata_tags(cell.metadata)), **dict(find_comment_markers(cell.source))}
        for cell in cells
    ]
    uncompared = [o for o in options if not o.get("check", True) or o.get("skip")]
    assert len(uncompared) <= MOST_UNCOMPARED


@pytest.mark.slow
@every_notebook
def test_solutions_are_right_and_all_is_as_stored_on_the_oldest_processors(path, oldest):
    """One run for three questions; nbval asks on this machine's own processor."""
    stored = nbformat.read(path, as_version=4)
    solved = executions.execute(executions.with_solutions(stored), path.parent, oldest)
    problems = executions.wrong_solutions(solved) + executions.changed_pictures(stored, solved)
    problems += executions.changed_texts(stored, solved)
    assert not problems, "\n" + "\n".join(problems)


def test_the_series_is_numbered_without_gaps():
    assert NOTEBOOKS, f"no notebooks in {FOLDER.name}/"
    written = [path.name[:2] for path in NOTEBOOKS]
    assert written == [f"{i:02}" for i in range(1, len(written) + 1)]
