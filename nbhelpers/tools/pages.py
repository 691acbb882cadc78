"""Notebooks as web pages that can be read without internet and with a screen reader."""

import re
from pathlib import Path

import nbformat
from jinja2 import DictLoader
from latex2mathml.converter import convert
from nbconvert import HTMLExporter

from nbhelpers.files import atomic_path

# nbconvert's lab template leaves out the alternative text that a figure carries.
_TEMPLATE = """
{%- extends 'lab/index.html.j2' -%}
{%- block data_png -%}
<div class="jp-RenderedImage jp-OutputArea-output">
<img src="data:image/png;base64,{{ output.data['image/png'] | escape_html }}"
     alt="{{ (output | get_metadata('alt', 'image/png') or '') | escape_html }}">
</div>
{%- endblock data_png -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block header -%}
{{ super() }}
<style>
  body { max-width: 60rem; margin: 0 auto; }
  .jp-Notebook { padding: 1rem; }
  math[display="block"] { margin: 1rem 0; }
  .jp-InputArea-editor pre { white-space: pre-wrap; }
  .jp-OutputArea-output { padding-left: 0.6rem; }
</style>
{%- endblock header -%}
"""
_MATH = re.compile(
    r"\$\$(?P<block>.+?)\$\$|(?<![\\$\w])\$(?P<inline>[^\s$](?:[^$\n]*[^\s$\\])?)\$(?!\w)", re.S
)
_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.S)


def write_page(notebook: Path, page: Path) -> None:
    """Write a notebook as one self-contained HTML file.

    Figures keep their alternative text. Formulas become MathML, which browsers show by
    themselves; nbconvert's usual way fetches a script from the internet.
    """
    content = nbformat.read(notebook, as_version=4)
    formulas: list[str] = []
    for cell in content.cells:
        if cell.cell_type == "markdown":
            cell.source = _set_formulas_aside(cell.source, formulas)
        for output in cell.get("outputs", []):
            if "text/markdown" in output.get("data", {}):
                text = output.data["text/markdown"]
                output.data["text/markdown"] = _set_formulas_aside(text, formulas)
    exporter = HTMLExporter(
        extra_loaders=[DictLoader({"page.html.j2": _TEMPLATE})],
        template_file="page.html.j2",
        mathjax_url="",
        require_js_url="",
    )
    html, _ = exporter.from_notebook_node(content, {"metadata": {"name": notebook.stem}})
    html = re.sub(r"formula(\d+)elumrof", lambda match: formulas[int(match[1])], html)
    with atomic_path(page) as temporary:
        temporary.write_text(html, encoding="utf-8")


def _set_formulas_aside(markdown: str, formulas: list[str]) -> str:
    """Put marks in place of formulas, since nbconvert's cleaning would strip MathML."""

    def mark(match: re.Match) -> str:
        block = match["block"] is not None
        latex = (match["block"] or match["inline"]).strip()
        formulas.append(convert(latex, display="block" if block else "inline"))
        return f"formula{len(formulas) - 1}elumrof"

    parts = _CODE.split(markdown)
    parts[::2] = [_MATH.sub(mark, part) for part in parts[::2]]
    return "".join(parts)
