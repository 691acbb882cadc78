"""The cell that says what to do where the library is missing; ``--write`` puts it into notebooks.

It is the same in all of them, folded away after the parameters: whoever opens a numbered notebook
on its own reads one sentence, and nothing runs after it. `nbhelpers export` puts the library there.
"""

import argparse
import tomllib
from pathlib import Path

import nbformat
from nbformat import NotebookNode

PROJECT = Path(__file__).resolve().parents[2]
TAG = "setup"
FOLDED = {"cellView": "form", "jupyter": {"source_hidden": True}, "_kg_hide-input": True}
SOURCE = """\
#@title Is the library here?
from importlib.util import find_spec


class LibraryMissing(Exception):
    def _render_traceback_(self):  # IPython then shows no more than this
        return [str(self)]


if find_spec("nbhelpers") is None:
    raise LibraryMissing(
        "This notebook needs the library nbhelpers, which is not installed here: open the "
        "notebook's one-file edition, which brings the library along{place}, or install the "
        "project as its README says, and run the notebook again.")"""


def source() -> str:
    """Return the code of the cell; it names the project's address as soon as there is one."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    address = next(iter(project.get("urls", {}).values()), "")
    return SOURCE.replace("{place}", f'"\n        " (see {address})' if address else "")


def put(notebook: NotebookNode) -> None:
    """Put the cell after the parameters, in the place of an older one; counts go on in order."""
    cells = [cell for cell in notebook.cells if TAG not in _tags(cell)]
    at = next(i for i, cell in enumerate(cells) if "parameters" in _tags(cell)) + 1
    metadata = {**FOLDED, "tags": [TAG]}
    cells.insert(at, nbformat.v4.new_code_cell(source(), id=TAG, metadata=metadata))
    notebook.cells = cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    if any(cell.execution_count for cell in code):
        for count, cell in enumerate(code, start=1):
            cell.execution_count = count
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = count


def setup_cell(notebook: NotebookNode) -> list[str]:
    """Return what the rules of notebooks find: the cell is missing, changed or elsewhere."""
    tagged = [i for i, cell in enumerate(notebook.cells) if TAG in _tags(cell)]
    before = [i + 1 for i, cell in enumerate(notebook.cells) if "parameters" in _tags(cell)]
    if tagged == before[:1] and tagged and notebook.cells[tagged[0]].source == source():
        return []
    return [f"`python tests/notebooks/{Path(__file__).name} --write` puts the set-up cell there"]


def _tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("notebooks", nargs="*", type=Path, help="[default: all]")
    asked = parser.parse_args()
    for path in asked.notebooks or sorted((PROJECT / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        said = setup_cell(notebook)
        if said and asked.write:
            put(notebook)
            nbformat.write(notebook, path)
        print(f"{path.name}: {'written' if said and asked.write else said or 'as it should be'}")


if __name__ == "__main__":
    main()
