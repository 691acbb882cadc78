"""How long a notebook takes to read, counted; ``--write`` puts it into the box at its top.

A reader reads 180 words a minute, spends 4 seconds on a line of code, and 20 seconds on a table
or a picture. What is folded away (narration, set-up) costs nothing, nor do the exercises, whose
minutes are an estimate.
"""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import notebook_rules as rules
from nbformat import NotebookNode

WORDS_A_MINUTE = 180
SECONDS_A_LINE, SECONDS_A_LOOK = 4, 20
BOX = re.compile(r"(\*\*Minutes\*\* )(\d+)( for reading)")


def reading_minutes(notebook: NotebookNode) -> int:
    """Return the minutes, rounded up."""
    seconds = sum(_seconds(cell) for cell in _before_exercises(notebook))
    return int(-(-seconds // 60))


def in_box(notebook: NotebookNode) -> int | None:
    """Return the minutes that the box states."""
    found = BOX.search(notebook.cells[0].source)
    return int(found[2]) if found else None


def _before_exercises(notebook: NotebookNode) -> Iterator[NotebookNode]:
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and re.match(r"##+ Exercise", cell.source):
            return
        yield cell


def _seconds(cell: NotebookNode) -> float:
    if cell.cell_type == "markdown":
        return _words(cell.source) * 60 / WORDS_A_MINUTE
    lines = 0 if rules.is_folded(cell) else len(rules.lines(cell))
    return lines * SECONDS_A_LINE + sum(_output_seconds(output) for output in cell.outputs)


def _output_seconds(output: NotebookNode) -> float:
    data = output.get("data", {})
    if "image/png" in data or "text/html" in data:
        return SECONDS_A_LOOK
    said = data.get("text/markdown", data.get("text/plain", output.get("text", "")))
    return _words(said) * 60 / WORDS_A_MINUTE


def _words(text: str) -> int:
    """Count words; a formula is one, however long."""
    text = re.sub(r"<[^>]+>|```.*?```", " ", text, flags=re.DOTALL)
    text = re.sub(r"\$\$.*?\$\$|\$[^$\n]*\$", " formula ", text, flags=re.DOTALL)
    return len(re.findall(r"\w[\w'’.,-]*", text))


def main() -> None:
    """Print the minutes of each notebook, and write them into its box if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("notebooks", nargs="+", type=Path)
    asked = parser.parse_args()
    for path in asked.notebooks:
        notebook = nbformat.read(path, as_version=4)
        minutes = reading_minutes(notebook)
        print(f"{path.name}: {minutes} minutes (the box says {in_box(notebook)})")
        if asked.write and in_box(notebook) != minutes:
            first = notebook.cells[0]
            first.source = BOX.sub(rf"\g<1>{minutes}\g<3>", first.source)
            nbformat.write(notebook, path)


if __name__ == "__main__":
    main()
