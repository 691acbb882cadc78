"""Notebooks executed by a test, and what then differs from what is stored."""

import base64
import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import nbformat
import notebook_rules as rules
import numpy as np
from comparison import settle
from matplotlib.testing.compare import calculate_rms
from nbclient import NotebookClient
from nbformat import NotebookNode
from PIL import Image

from nbhelpers.teaching.lesson import METRICS_MIME

LARGEST_DIFFERENCE = 2.0  # root mean square, of 0 to 255: text a hair off, never another curve


def execute(
    notebook: NotebookNode, folder: Path, environment: Mapping[str, str] | None = None
) -> NotebookNode:
    """Return the notebook as it is after running it from a fresh kernel."""
    executed = nbformat.from_dict(notebook)
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(executed, timeout=900, kernel_name="python3", resources=resources)
    client.execute(env=os.environ | (environment or {}))
    return executed


def with_answers(
    notebook: NotebookNode, solutions: Mapping[str, list[str]], wrong: Mapping[str, list[str]]
) -> NotebookNode:
    """Return the notebook with every exercise answered, wrongly in cells of their own first."""
    answered = nbformat.from_dict(notebook)
    for name, position in reversed(rules.exercise_heads(answered).items()):
        answer, check = answered.cells[position + 1 : position + 3]
        answer.source = "\n".join(solutions[name])
        tries = [tried for code in wrong[name] for tried in (code, check.source)]
        cells = [nbformat.v4.new_code_cell(code, metadata={"tags": ["wrong"]}) for code in tries]
        answered.cells[position + 1 : position + 1] = cells
    return answered


def without_wrong(answered: NotebookNode) -> NotebookNode:
    """Return the notebook without the wrong answers."""
    right = nbformat.from_dict(answered)
    right.cells = [cell for cell in right.cells if "wrong" not in rules.tags(cell)]
    return right


def wrong_solutions(answered: NotebookNode) -> list[str]:
    """Return the verdicts on solutions that are not ✅."""
    checks = [cell for cell in rules.code_cells(answered) if "check" in rules.tags(cell)]
    return [rules.shown(cell) for cell in checks if "✅" not in rules.shown(cell)]


def verdicts_on_wrong(answered: NotebookNode) -> dict[str, str]:
    """Return what was said of each wrong answer, by its code."""
    cells = [cell for cell in rules.code_cells(answered) if "wrong" in rules.tags(cell)]
    pairs = zip(cells[::2], cells[1::2], strict=True)
    return {answer.source: rules.shown(check) for answer, check in pairs}


def changed_texts(stored: NotebookNode, executed: NotebookNode) -> list[str]:
    """Return the cells that no longer say what is stored, numbers compared as `comparison` does."""
    pairs = _compared(stored, executed, {"exercise", "check", "nbval-ignore-output"})
    texts = [(before, _texts(before), _texts(after)) for before, after in pairs]
    return [
        f"{rules.place(cell)}: {old}, now {new}"
        for cell, old, new in texts
        if settle(old, new) != old
    ]


def _texts(cell: NotebookNode) -> list[dict[str, str]]:
    """Return what a cell printed and showed, without pictures: each kernel cuts streams anew."""
    printed = "".join(out.text for out in cell.outputs if out.get("name") == "stdout")
    shown = [
        {kind: text for kind, text in out.data.items() if kind.startswith(("text/", METRICS_MIME))}
        for out in cell.outputs
        if "data" in out
    ]
    return [{"stdout": printed}, *shown]


def _compared(
    stored: NotebookNode, executed: NotebookNode, but: set[str]
) -> Iterator[tuple[NotebookNode, NotebookNode]]:
    """Give pairs of code cells, those with certain tags left out."""
    for before, after in zip(rules.code_cells(stored), rules.code_cells(executed), strict=True):
        if not but & set(rules.tags(before)):
            yield before, after


def changed_pictures(stored: NotebookNode, executed: NotebookNode) -> list[str]:
    """Return the cells that no longer draw what is stored.

    Those of exercises and their checks may, and those whose output is a matter of the machine.
    """
    problems = []
    for before, after in _compared(stored, executed, {"exercise", "check", "nbval-ignore-output"}):
        old, new = _pictures(before), _pictures(after)
        if len(old) != len(new):
            problems.append(f"{rules.place(before)}: {len(old)} pictures, now {len(new)}")
            continue
        for one, other in zip(old, new, strict=True):
            if one.shape != other.shape:
                problems.append(f"{rules.place(before)}: {one.shape}, now {other.shape}")
            elif (rms := calculate_rms(one, other)) > LARGEST_DIFFERENCE:
                problems.append(f"{rules.place(before)}: pictures differ by {rms:.1f} of 255")
    return problems


def _pictures(cell: NotebookNode) -> list[np.ndarray]:
    pngs = [
        output.data["image/png"] for output in cell.outputs if "image/png" in output.get("data", {})
    ]
    images = [Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB") for png in pngs]
    return [np.asarray(image).astype(int) for image in images]
