"""Tiny notebooks that a test builds, runs and breaks."""

from pathlib import Path

import nbformat
import setup_cells
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

PARAMETERS = 'DATASET = "sample"\nSEED = 42'

EXERCISE = """### Exercise 01.{n} · A sum

What is {n} + 1?

<details><summary>Hint</summary>

Count.

</details>"""


def text(source: str) -> NotebookNode:
    return new_markdown_cell(source)


def code(source: str, *tags: str) -> NotebookNode:
    return new_code_cell(source, metadata={"tags": list(tags)} if tags else {})


def write(path: Path, *sources: str, parameters: str = PARAMETERS) -> Path:
    """Write a notebook of a parameters cell and the given code cells, not executed."""
    cells = [code(parameters, "parameters"), *(code(source) for source in sources)]
    nbformat.write(notebook(*cells), path)
    return path


def notebook(*cells: NotebookNode) -> NotebookNode:
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return new_notebook(cells=list(cells), metadata={"kernelspec": kernel})


def lesson() -> NotebookNode:
    """Return a small notebook that keeps every rule, as if it had been executed."""
    cells = [
        text("# 01 · Counting\n\nWhy count? The ratings are simulated."),
        code(PARAMETERS, "parameters"),
        text("How does it look?"),
        code("plots.show(alt=...)"),
    ]
    for n in range(6):
        cells += [text(f"What is twice {n}?"), code(f"2 * {n}")]
    for n in (1, 2, 3):
        cells += [
            text(EXERCISE.format(n=n)),
            code("answer = ...", "exercise"),
            code(f'check("01.{n}", answer)', "check"),
        ]
    cells += [text(f"Aside {n}.") for n in range(4)]
    cells += [text("## Key points\n\n- Counting is easy.\n- So is adding.\n- Ratings take more.")]
    built = notebook(*cells)
    setup_cells.put(built)
    for count, cell in enumerate((c for c in built.cells if c.cell_type == "code"), start=1):
        cell.execution_count = count
        if "check" in cell.metadata.get("tags", []):
            cell.outputs = [display({"text/plain": "⬜ not answered yet"})]
        elif cell.source.startswith("2 *"):
            cell.outputs = [display({"text/plain": "4"})]
    picture = {"image/png": "iVBORw0KGgo=", "text/plain": "bars"}
    cells[3].outputs = [display(picture, {"image/png": {"alt": "Bars of four numbers"}})]
    return built


def display(data: dict, metadata: dict | None = None) -> NotebookNode:
    return new_output("display_data", data=data, metadata=metadata or {})
