"""What the site knows of the twelve lessons: their notebooks, and what lessons.toml adds."""

import base64
import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]
EMPTY_HEADING = re.compile(r"<th\b([^>]*)>(?:\s|&nbsp;)*</th>")  # pandas writes them
MINUTES = re.compile(r"\*\*Minutes\*\*\D*(\d+)\D+(\d+)")


@dataclass(frozen=True)
class Figure:
    """A picture that a notebook has stored, and the text that stands for it."""

    png: bytes
    alt: str


@dataclass(frozen=True)
class Lesson:
    """A notebook, with what search engines and cards are told of it."""

    path: Path
    title: str  # what a search engine shows
    description: str
    can: str  # You will ...

    @property
    def number(self) -> str:
        return self.path.stem[:2]

    @property
    def page(self) -> str:
        return f"notebooks/{self.path.stem}"

    @cached_property
    def notebook(self) -> NotebookNode:
        return nbformat.read(self.path, as_version=4)

    @property
    def name(self) -> str:
        """What stands in the heading behind the number."""
        heading = self.notebook.cells[0].source.splitlines()[0]
        return heading.removeprefix("# ").split("·", 1)[-1].strip()

    @property
    def minutes(self) -> tuple[int, int]:
        """Minutes for reading and for the exercises."""
        found = (MINUTES.search(cell.source) for cell in self.notebook.cells)
        reading, exercises = next(filter(None, found)).groups()
        return int(reading), int(exercises)

    def figure(self, alt: str) -> Figure:
        """Return the first figure whose alternative text has `alt` in it, else the first of all."""
        found = [
            Figure(base64.b64decode(output["data"]["image/png"]), text)
            for output, text in figures(self.notebook)
        ]
        return next((figure for figure in found if alt in figure.alt), found[0])


def figures(notebook: NotebookNode) -> list[tuple[NotebookNode, str]]:
    """Return outputs that are pictures, each with its alternative text."""
    return [
        (output, output.metadata.get("image/png", {}).get("alt", ""))
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]


def settings() -> dict:
    return tomllib.loads((ROOT / "docs" / "lessons.toml").read_text(encoding="utf-8"))


def lessons() -> list[Lesson]:
    """Return the lessons in reading order."""
    known = settings()["lessons"]
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    return [Lesson(path, **known[path.stem[:2]]) for path in paths]


def landing(lessons: list[Lesson]) -> dict:
    """Return what lessons.toml says of the landing page, with its lessons and their pictures."""
    by_number = {lesson.number: lesson for lesson in lessons}
    said = settings()["landing"]
    for figure in said["figures"]:
        figure["lesson"] = by_number[figure["lesson"]]
        figure["picture"] = figure["lesson"].figure(figure["alt"])
    return said


def read(text: str) -> NotebookNode:
    """Read a notebook for the site: code of narration folds, and no heading of a table is empty.

    The cell that asks whether the library is there is for those who run the notebook.
    """
    notebook = nbformat.reads(text, as_version=4)
    notebook.cells = [c for c in notebook.cells if "setup" not in c.metadata.get("tags", [])]
    for cell in notebook.cells:
        if "narration" in cell.metadata.get("tags", []):
            cell.metadata["tags"] = [*cell.metadata["tags"], "hide-input"]
        for output in cell.get("outputs", []):
            if table := output.get("data", {}).get("text/html"):
                output["data"]["text/html"] = EMPTY_HEADING.sub(r"<td\1></td>", table)
    return notebook
