"""The words of notebooks that are run on a set of other things than films: they speak of items."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

_LEFT = re.compile(r"(```.*?```|`[^`]*`|\$[^$]*\$|\]\([^)]*\)|<[^>]*>)", re.DOTALL)
_FILM = re.compile(r"\b(?:(a)(\s+))?([*_]*)(film|movie)(s?)\b", re.IGNORECASE)


def speak_of_items(notebook: "NotebookNode", label: str) -> None:
    """Change the prose of an executed notebook, in place, for a set of this label.

    What its code has computed stays as it is.
    """
    from nbformat.v4 import new_markdown_cell  # here, as the app needs none

    from nbhelpers.teaching.lesson import literal

    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = of_items(cell.source)
    note = (
        f"> This run is on **{literal(label)}**, so the text speaks of *items*. The lesson was "
        "written for films: code, tables and sentences with numbers in them still call them so."
    )
    notebook.cells.insert(1, new_markdown_cell(note))


def of_items(text: str) -> str:
    """Return Markdown that says item for film and movie, but in code, formulas and addresses.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> of_items("A **film** is in `films` twice; movies are not.")
    'An **item** is in `films` twice; items are not.'
    """
    parts = _LEFT.split(text)
    parts[::2] = [_FILM.sub(_item, part) for part in parts[::2]]
    return "".join(parts)


def _item(found: re.Match[str]) -> str:
    article, blank, marks, word, plural = found.groups(default="")
    item = "Item" if word[0].isupper() else "item"
    return (article and f"{article}n{blank}") + marks + item + plural
