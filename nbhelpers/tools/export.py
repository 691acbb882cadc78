"""Notebooks for Kaggle and Colab: one file each, which brings the library and the sample along."""

import base64
import hashlib
import io
import lzma
import re
import textwrap
import zipfile
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

import nbhelpers
from nbhelpers.data.catalogue import SAMPLE, about
from nbhelpers.errors import DataError
from nbhelpers.files import PROJECT, atomic_path
from nbhelpers.tools import embedded

# What the sample is made from takes a third of the space that the sample would.
SOURCES = ("SHA256SUMS", "catalogue.csv", "generate.py", "personas.csv", "tastes.csv")
WIDTH = 1000  # of a line of embedded text
SETUP = "setup"  # the tag of what only asks whether the library is there, and of what brings it
COLLAPSED = {  # in Colab, JupyterLab and Kaggle
    "cellView": "form",
    "jupyter": {"source_hidden": True},
    "_kg_hide-input": True,
    "tags": [SETUP],
}


def export(notebooks: Iterable[Path], folder: Path, dataset: str = SAMPLE) -> list[Path]:
    """Write notebooks that need nothing beside them, under their own names, and return their paths.

    They keep their outputs, which are the sample's, unless `dataset` is another one: DATASET in the
    parameters cell is set to it. Every notebook brings the sample; another set is found or
    downloaded where the notebook runs. The same project gives the same bytes.

    A DataError refuses an unknown data set, a notebook without a parameters cell, and a folder in
    which an exported notebook would take the place of its source.
    """
    about(dataset)
    source = set_up_cell()
    written = []
    for path in notebooks:
        target = folder / path.name
        if target.resolve() == path.resolve():
            raise DataError("The exported notebook would replace the notebook itself.", path=path)
        notebook = nbformat.read(path, as_version=4)
        notebook.cells = [cell for cell in notebook.cells if SETUP not in _tags(cell)]
        at = _parameters_at(notebook, path)
        if dataset != SAMPLE:
            _change_dataset(notebook, at, dataset)
        notebook.cells.insert(at, new_code_cell(source, id="setup", metadata=COLLAPSED))
        with atomic_path(target) as temporary:
            text = nbformat.writes(notebook) + "\n"
            temporary.write_text(text, encoding="utf-8", newline="\n")
        written.append(target)
    return written


def set_up_cell() -> str:
    """Return the code that unpacks the project, with the project in it."""
    code = Path(embedded.__file__).read_text(encoding="utf-8")
    text = base64.b85encode(lzma.compress(_archive(_files()), preset=9)).decode("ascii")
    digest = hashlib.sha256(text.encode()).hexdigest()
    lines = "\n".join(text[at : at + WIDTH] for at in range(0, len(text), WIDTH))
    call = f'set_up(\n    """\n{lines}\n""",\n    "{digest}",\n    [\n{_requirements()}    ],\n)'
    return f"#@title Set-up: run this cell first\n{code}\n\n{call}"


def _requirements() -> str:
    """Return the packages that the library needs, a line each, with the reasons for their pins."""
    project = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    found = re.search(r"^dependencies = \[\n(.*?)^\]", project, re.DOTALL | re.MULTILINE)
    assert found  # tests read what comes out of it
    return textwrap.indent(found[1], "    ")


def _files() -> dict[str, bytes]:
    """What a notebook needs of the project: content by path."""
    package = Path(nbhelpers.__file__).parent
    paths = [path for path in package.rglob("*") if "__pycache__" not in path.parts]
    files = {
        f"{package.name}/{path.relative_to(package).as_posix()}": path.read_bytes()
        for path in sorted(paths)
        if path.is_file()
    }
    sample = PROJECT / "data" / "sample"
    for name in SOURCES:
        files[f"data/sample/{name}"] = (sample / name).read_bytes()
    files["LICENSE"] = (PROJECT / "LICENSE").read_bytes()
    return files


def _archive(files: dict[str, bytes]) -> bytes:
    """Return a zip file, not compressed; its bytes depend on nothing but the files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            about_file = zipfile.ZipInfo(name)  # of 1980-01-01
            about_file.create_system = 3  # where it differs by system
            archive.writestr(about_file, data)
    return content.getvalue()


def _tags(cell: NotebookNode) -> list[str]:
    tags: list[str] = cell.metadata.get("tags", [])
    return tags


def _parameters_at(notebook: NotebookNode, path: Path) -> int:
    for at, cell in enumerate(notebook.cells):
        if "parameters" in _tags(cell):
            return at
    raise DataError("No cell is tagged `parameters`.", path=path)


def _change_dataset(notebook: NotebookNode, at: int, dataset: str) -> None:
    parameters = notebook.cells[at]
    assignment = f'DATASET = "{dataset}"'
    parameters.source = re.sub(r"^DATASET = .*$", assignment, parameters.source, flags=re.M)
    for cell in notebook.cells:
        if cell.cell_type == "code":  # the outputs are another data set's
            cell.update(outputs=[], execution_count=None)
