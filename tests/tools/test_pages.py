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


def test_a_page_shows_its_own_figures_and_nothing_runs_in_it(page):
    policy = BeautifulSoup(page, "html.parser").find("meta", {"http-equiv": True})["content"]
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "script-src" not in policy and "http" not in policy
    assert not BeautifulSoup(page, "html.parser").find_all("script")


@pytest.mark.parametrize(
    "output",
    [
        "<script>x</script> and <img src=x onerror=x>",
        "![dot](http://forged.invalid) ![gone](attachment:gone.png) [go](javascript:x)",
        "http://forged.invalid",
        r"$\text{<img/src=x/onerror=x>}$ and $\href{javascript:x}{y}$",
        r"$\frac{$ and $\style{position:fixed}{x}$ for $5",
    ],
)
def test_no_output_becomes_markup(tmp_path, output):
    shown = nbformat.v4.new_output("display_data", {"text/markdown": output})
    cells = [nbformat.v4.new_code_cell("1", outputs=[shown], execution_count=1)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "01_a.ipynb")
    write_page(tmp_path / "01_a.ipynb", tmp_path / "01_a.html")
    soup = BeautifulSoup((tmp_path / "01_a.html").read_text(encoding="utf-8"), "html.parser")
    area = soup.find(class_="jp-OutputArea")
    assert not area.find_all(["script", "img", "a"])
    attributes = {name for tag in area.find_all() for name in tag.attrs}
    assert not attributes & {"onerror", "href", "style"}


def test_what_is_no_formula_is_shown_as_it_is(tmp_path):
    cells = [nbformat.v4.new_markdown_cell(r"$\frac{$ and $x < y$")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "01_a.ipynb")
    write_page(tmp_path / "01_a.ipynb", tmp_path / "01_a.html")
    soup = BeautifulSoup((tmp_path / "01_a.html").read_text(encoding="utf-8"), "html.parser")
    assert [formula.get_text() for formula in soup.find_all("math")] == ["x<y"]
    assert r"$\frac{$ and" in soup.get_text()
