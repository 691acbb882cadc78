"""Texts from a data set, made safe for a screen: they show as they are, whatever is in them."""

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_JOINER = "\u2060"  # of no width: keeps apart what Streamlit would turn into a symbol


def plain(text: Any) -> str:
    """Return a text in one line, without what no screen can show; "" for None and NA."""
    if text is None or text is pd.NA or text != text:
        return ""
    return _CONTROLS.sub(" ", str(text)).strip()


def markup(text: Any) -> str:
    """Return a text for HTML or SVG, inside an element or a quoted attribute."""
    return html.escape(plain(text))


def markdown(text: Any) -> str:
    """Return a text for a label, which Streamlit reads as Markdown with LaTeX and colours."""
    escaped = _PUNCTUATION.sub(r"\\\1", plain(text))
    # Names of emoji (:cat:), arrows (->) and dashes (--) are looked for after the escapes.
    return re.sub(r"(?<=[:<>=-])(?=\\?[\w:<>=-])", _JOINER, escaped)


def titled(title: Any, year: Any) -> str:
    """Return a film's title with its year in brackets where that is known."""
    return f"{plain(title)} ({int(year)})" if pd.notna(year) else plain(title)


def terms(values: Mapping[str, str]) -> str:
    """Return names with their values, where there are any, for an HTML list of descriptions."""
    return "".join(
        f"<div><dt>{markup(name)}</dt><dd>{markup(value)}</dd></div>"
        for name, value in values.items()
        if value
    )


def listed(words: Iterable[object], at_most: int = 3) -> str:
    """Return words in a row, the first ones only."""
    return ", ".join(plain(word) for word in list(words)[:at_most])
