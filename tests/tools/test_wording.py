"""Lessons on other things than films."""

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from nbhelpers.tools.wording import of_items, speak_of_items


def test_prose_speaks_of_items_and_code_formulas_and_addresses_do_not():
    said = of_items(
        "A film, **Films** and a *movie*: `films`, $r_{film}$, [a film](04_films.ipynb), a movie's "
        "<img alt='film'> MovieLens filmed\n```\nfilm\n```"
    )
    assert said == (
        "An item, **Items** and an *item*: `films`, $r_{film}$, [an item](04_films.ipynb), an "
        "item's <img alt='film'> MovieLens filmed\n```\nfilm\n```"
    )


def test_what_was_computed_stays_and_the_set_is_named():
    notebook = new_notebook(cells=[new_markdown_cell("# Films"), new_code_cell("film = 1")])
    speak_of_items(notebook, "<b>Books</b>")
    first, note, code = (cell.source for cell in notebook.cells)
    assert (first, code) == ("# Items", "film = 1")
    assert "This run is on" in note and "<b>" not in note
