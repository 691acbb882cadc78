"""Notebooks as web pages that can be read without internet and with a screen reader."""

from pathlib import Path

from jinja2 import DictLoader, pass_context
from jinja2.runtime import Context
from latex2mathml.converter import convert
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

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


class _Renderer(IPythonRenderer):
    """Formulas become MathML, which browsers show by themselves, with a screen reader, too."""

    def block_math(self, text: str) -> str:
        return convert(text.strip(), display="block")

    def inline_math(self, text: str) -> str:
        if text != text.strip():  # $5 or 6 $
            return super().inline_math(text)
        return convert(text, display="inline")


def write_page(notebook: Path, page: Path) -> None:
    """Write a notebook as one self-contained HTML file.

    Figures keep their alternative text. Formulas become MathML; nbconvert's usual way fetches a
    script from the internet.
    """
    exporter = HTMLExporter(
        extra_loaders=[DictLoader({"page.html.j2": _TEMPLATE})],
        template_file="page.html.j2",
        mathjax_url="",
        require_js_url="",
        filters={"markdown2html": _html},
    )
    html, _ = exporter.from_filename(str(notebook))
    with atomic_path(page) as temporary:
        temporary.write_text(html, encoding="utf-8")


@pass_context
def _html(context: Context, markdown: str) -> str:
    attachments = context.get("cell", {}).get("attachments", {})
    renderer = _Renderer(escape=False, attachments=attachments)
    return MarkdownWithMath(renderer=renderer).render(markdown)
