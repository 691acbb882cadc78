"""Notebooks as web pages that can be read without internet and with a screen reader."""

import html
from pathlib import Path
from xml.etree.ElementTree import tostring

from jinja2 import DictLoader, pass_context
from jinja2.runtime import Context
from latex2mathml.converter import convert_to_element
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from nbhelpers.files import atomic_path

# nbconvert's lab template leaves out the alternative text that a figure carries, and does not fold
# narration. A page shows its own figures and styles and nothing else, whatever a title in it asks
# for: no script, no request.
_TEMPLATE = """
{%- extends 'lab/index.html.j2' -%}
{%- block data_png -%}
<div class="jp-RenderedImage jp-OutputArea-output">
<img src="data:image/png;base64,{{ output.data['image/png'] | escape_html }}"
     alt="{{ (output | get_metadata('alt', 'image/png') or '') | escape_html }}"
     {%- set width = output | get_metadata('width', 'image/png') %}
     {%- if width %} width="{{ width | int }}"{% endif %}>
</div>
{%- endblock data_png -%}
{%- block input_group -%}
{%- set tags = cell.metadata.get("tags", []) -%}
{%- if "narration" not in tags and "setup" not in tags -%}{{ super() }}{%- endif -%}
{%- endblock input_group -%}
{%- block html_head -%}
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:;
  style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'">
{{ super() }}
{%- endblock -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
{%- block header -%}
{{ super() }}
<style>
  body { max-width: 60rem; margin: 0 auto; }
  .jp-Notebook { padding: 1rem; }
  math[display="block"] { margin: 1rem 0; }
  .jp-InputArea-editor pre { white-space: pre-wrap; }
  .jp-OutputArea-output { padding-left: 0.6rem; }
  .jp-OutputArea-output img { max-width: 100%; height: auto; }
</style>
{%- endblock header -%}
"""


class _Renderer(IPythonRenderer):
    """Formulas become MathML, which browsers show by themselves, with a screen reader, too."""

    def block_math(self, text: str) -> str:
        return mathml(text.strip(), "block") or super().block_math(text)

    def inline_math(self, text: str) -> str:
        # $5 or 6 $ is none
        return (text == text.strip() and mathml(text, "inline")) or super().inline_math(text)


class _OutputRenderer(_Renderer):
    """What code has computed: no HTML, no images, no links."""

    def __init__(self) -> None:
        super().__init__(escape=True)

    def text(self, text: str) -> str:
        return self.escape_html(html.unescape(text))

    def link(self, text: str, url: str, title: str | None = None) -> str:
        return text

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return self.escape_html(text)


def mathml(formula: str, display: str) -> str:
    """Turn a formula into MathML; "" if it is none, such as what stands between two prices."""
    try:
        tree = convert_to_element(formula, display=display)
    except Exception:  # many kinds; what is no formula is shown as it is
        return ""
    for element in tree.iter():
        # latex2mathml writes entities, and unescapes them together with what readers wrote.
        element.text = element.text and html.unescape(element.text)
        for name in ("href", "style", "class", "id"):
            element.attrib.pop(name, None)
    return tostring(tree, encoding="unicode")


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
    written, _ = exporter.from_filename(str(notebook))
    with atomic_path(page) as temporary:
        temporary.write_text(written, encoding="utf-8")


@pass_context
def _html(context: Context, markdown: str) -> str:
    cell = context.get("cell", {})
    if cell.get("cell_type") == "markdown":
        renderer = _Renderer(escape=False, attachments=cell.get("attachments", {}))
    else:
        renderer = _OutputRenderer()
    return MarkdownWithMath(renderer=renderer).render(markdown)
