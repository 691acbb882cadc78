import re

import nbformat
import pytest
from bs4 import BeautifulSoup

from nbhelpers.tools.pages import write_page

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def page(tmp_path):
    figure = nbformat.v4.new_output(
        "display_data",
        {"image/png": PIXEL, "text/plain": "figure"},
        metadata={"image/png": {"alt": 'Stars rise from "1" to 5'}},
    )
    sentence = nbformat.v4.new_output("display_data", {"text/markdown": "It is $b_u < 1$."})
    cells = [
        nbformat.v4.new_markdown_cell("# A title\n\n$$x^2$$ and $y$; `$HOME` costs $5 or 6 $."),
        nbformat.v4.new_markdown_cell("<details><summary>Hint</summary>\n\nLook.\n\n</details>"),
        nbformat.v4.new_markdown_cell(
            "![A dot](attachment:dot.png)", attachments={"dot.png": {"image/png": PIXEL}}
        ),
        nbformat.v4.new_code_cell("1", outputs=[figure, sentence], execution_count=1),
    ]
    notebook = tmp_path / "01_a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), notebook)
    write_page(notebook, tmp_path / "01_a.html")
    return (tmp_path / "01_a.html").read_text(encoding="utf-8")


def test_figures_keep_their_alternative_text(page):
    images = BeautifulSoup(page, "html.parser").find_all("img")
    assert [image["alt"] for image in images] == ["A dot", 'Stars rise from "1" to 5']
    assert all(image["src"].startswith("data:image/png;base64,") for image in images)


def test_formulas_become_mathml_and_code_stays(page):
    soup = BeautifulSoup(page, "html.parser")
    assert [m.get_text() for m in soup.find_all("math")] == ["x2", "y", "bu<1"]
    assert soup.find("math", display="block")
    assert "$HOME" in page and "costs $5 or 6 $" in page


def test_hints_can_be_unfolded(page):
    assert BeautifulSoup(page, "html.parser").details.summary.get_text() == "Hint"


def test_a_page_needs_no_internet(page):
    soup = BeautifulSoup(page, "html.parser")
    loaded = [tag.get("src") or tag.get("href") for tag in soup.find_all(["script", "link", "img"])]
    assert not [address for address in loaded if address and address.startswith("http")]
    assert not re.search(r"@import|import\s.*https?:", page)
