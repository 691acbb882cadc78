"""Every notebook keeps the rules; ``pytest tests/notebooks -k 05`` looks at one."""

import re
import warnings
from pathlib import Path

import executions
import machines
import minutes
import nbformat
import notebook_rules as rules
import pytest
from nbval.plugin import find_comment_markers, find_metadata_tags

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LONGEST_READING = 35  # minutes, exercises apart
LARGEST_UNNAMED_SHARE = 0.1  # of the planted wrong answers
UNNAMED = re.compile(r"is too (high|low)|is not it|values (is|are) wrong")
MOST_UNCOMPARED = 10  # what they show is how long this machine took; it should become fewer
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


@every_notebook
def test_the_box_says_how_long_reading_takes(path):
    notebook = nbformat.read(path, as_version=4)
    counted = minutes.reading_minutes(notebook)
    assert counted <= LONGEST_READING
    assert minutes.in_box(notebook) == counted, "python tests/notebooks/minutes.py --write"


@every_notebook
def test_every_exercise_has_a_solution_and_wrong_answers(path):
    number = path.name[:2]
    heads = list(rules.exercise_heads(nbformat.read(path, as_version=4)))
    assert [len(code) for code in solutions(number).values()] == [1] * len(heads)
    assert list(solutions(number)) == list(wrong_answers(number)) == heads
    assert min(len(code) for code in wrong_answers(number).values()) >= 2


@pytest.mark.slow
@every_notebook
def test_answers_are_judged_and_all_is_as_stored_on_the_oldest_processors(path, oldest):
    """One run for four questions; nbval asks on this machine's own processor."""
    stored, number = nbformat.read(path, as_version=4), path.name[:2]
    answered = executions.with_answers(stored, solutions(number), wrong_answers(number))
    answered = executions.execute(answered, path.parent, oldest)
    problems = executions.wrong_solutions(answered)
    problems += executions.changed_pictures(stored, executions.without_wrong(answered))
    problems += executions.changed_texts(stored, executions.without_wrong(answered))
    verdicts = executions.verdicts_on_wrong(answered)
    problems += [
        f"{code!r} is judged {said}" for code, said in verdicts.items() if "❌" not in said
    ]
    assert not problems, "\n" + "\n".join(problems)
    unnamed = [code for code, said in verdicts.items() if UNNAMED.search(said)]
    assert len(unnamed) <= LARGEST_UNNAMED_SHARE * len(verdicts), unnamed


def solutions(number):
    return rules.code_blocks(FOLDER.parent / "docs" / "solutions" / f"{number}.md")


def wrong_answers(number):
    return rules.code_blocks(Path(__file__).with_name("wrong_answers") / f"{number}.md")


def test_the_series_is_numbered_without_gaps():
    assert NOTEBOOKS, f"no notebooks in {FOLDER.name}/"
    written = [path.name[:2] for path in NOTEBOOKS]
    assert written == [f"{i:02}" for i in range(1, len(written) + 1)]
