"""Formulas as MathML: browsers and screen readers know it by themselves, no script is needed."""

import html

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from nbhelpers.tools.pages import mathml

logger = logging.getLogger(__name__)


def inline(writer: HTML5Translator, node: nodes.math) -> None:
    writer.body.append(_shown(node, "inline"))
    raise nodes.SkipNode


def block(writer: HTML5Translator, node: nodes.math_block) -> None:
    writer.body.append(f'<div class="formula">{_shown(node, "block")}</div>')
    raise nodes.SkipNode


def _shown(node: nodes.Element, display: str) -> str:
    formula = node.astext().strip()
    shown = mathml(formula, display)
    if not shown:
        logger.warning("No formula that can be shown: %s", formula, location=node)
    return shown or f"<code>{html.escape(formula)}</code>"


def setup(app: Sphinx) -> dict:
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
