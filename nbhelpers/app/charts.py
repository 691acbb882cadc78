"""Charts whose headings say what they show, each with its numbers in a table beside it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from nbhelpers.app.text import markup

# Okabe & Ito's colours, as in the notebooks; ORANGE is theirs for lines, dark enough on white.
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#6B6F76"
INK = "#1F2430"
CONFIG = {
    "font": "Source Sans, Segoe UI, Helvetica, Arial, sans-serif",
    "axis": {"labelColor": INK, "titleColor": INK, "gridColor": "#E6E1D6", "labelFontSize": 12,
             "titleFontSize": 12, "titleFontWeight": "normal", "domainColor": "#B9B3A6",
             "tickColor": "#B9B3A6", "labelLimit": 190},
    "legend": {"labelColor": INK, "titleColor": INK, "labelFontSize": 12, "orient": "bottom"},
    "view": {"stroke": None},
    "background": "white",
}  # fmt: skip
PADDING = {"left": 14, "right": 34, "top": 18, "bottom": 14}


def figure(
    finding: str,
    frame: pd.DataFrame,
    spec: dict[str, Any],
    table: pd.DataFrame | None = None,
    forms: Mapping[str, str] | None = None,
) -> None:
    """Show a chart under its finding, and a table beside it.

    Parameters
    ----------
    finding : str
        What the chart shows, in a sentence: plain text.
    frame : DataFrame
        What is drawn.
    spec : dict
        Vega-Lite.
    table : DataFrame, optional
        What the table holds, if not `frame`.
    forms : mapping of str to str
        How numbers of a column are written, as in `str.format`.
    """
    heading(finding)
    left, right = st.columns(2, gap="medium")
    full = {"description": finding, "config": CONFIG, "padding": PADDING, **spec}
    left.vega_lite_chart(frame, full, theme=None)
    with right:
        show_table(frame if table is None else table, forms)


def heading(finding: str) -> None:
    """Show what a chart or table says, as its heading."""
    st.html(f'<h3 class="nb-finding">{markup(finding)}</h3>')


def highest(table: pd.DataFrame, column: str) -> pd.Series:
    """Return the row that is highest in a column."""
    return table.nlargest(1, column).iloc[0]


def show_table(table: pd.DataFrame, forms: Mapping[str, str] | None = None) -> None:
    """Show a small table; its texts are shown as they are.

    Parameters
    ----------
    table : DataFrame
        Its column names are its headings.
    forms : mapping of str to str
        As in `figure`.
    """
    shown = pd.DataFrame(
        {
            markup(name): [_cell(value, (forms or {}).get(str(name))) for value in column]
            for name, column in table.items()
        }
    )
    numbers = [k + 1 for k, name in enumerate(table) if pd.api.types.is_numeric_dtype(table[name])]
    kinds = " ".join(f"nb-n{k}" for k in numbers)
    body = shown.to_html(index=False, border=0, escape=False, classes=f"nb-table {kinds}")
    st.html(f'<div class="nb-scroll" tabindex="0" role="group" aria-label="Table">{body}</div>')


def _cell(value: Any, form: str | None) -> str:
    if isinstance(value, list):
        return markup(", ".join(map(str, value)))
    if form is None or pd.isna(value):
        return markup(value)
    return markup(form.format(value))


def bars(length: str, name: str, form: str = ",.3~s") -> dict[str, Any]:
    """Return lying bars, one for each name, with their values at the ends."""
    names = {"field": name, "type": "nominal", "sort": None, "title": None}
    encoding = {"y": names | {"axis": {"ticks": False}}, "x": _length(length)}
    return {"height": {"step": 24}, "encoding": encoding, "layer": _bars(length, form, 4, 0)}


def columns(length: str, name: str, n: int) -> dict[str, Any]:
    """Return `n` upright bars in a row; if there is room for their values, these stand on them."""
    axis = {"labelAngle": 0, "labelOverlap": True, "ticks": False}
    names = {"field": name, "type": "nominal", "sort": None, "title": name, "axis": axis}
    layer = _bars(length, ",.3~s", 0, -9)[: 2 if n <= 14 else 1]
    return {"height": 260, "encoding": {"x": names, "y": _length(length)}, "layer": layer}


def _length(name: str) -> dict[str, Any]:
    return {"field": name, "type": "quantitative", "title": name, "axis": {"tickCount": 5}}


def _bars(length: str, form: str, right: int, up: int) -> list[dict[str, Any]]:
    place = {"dx": right, "dy": up, "align": "left" if right else "center"}
    bar = {"type": "bar", "color": BLUE, "cornerRadiusEnd": 3, "tooltip": True}
    label = {"field": length, "type": "quantitative", "format": form}
    return [
        {"mark": bar},
        {
            "transform": [{"filter": f"datum['{length}'] > 0"}],
            "mark": {"type": "text", "color": INK, "baseline": "middle", **place},
            "encoding": {"text": label},
        },
    ]


def line(x: str, y: str, limits: tuple[float, float]) -> dict[str, Any]:
    """Return a line with points, both axes between the same limits."""
    scale = {"domain": limits}
    return {
        "height": 260,
        "mark": {"type": "line", "point": True, "color": BLUE, "tooltip": True},
        "encoding": {
            "x": {"field": x, "type": "quantitative", "title": x, "scale": scale},
            "y": {"field": y, "type": "quantitative", "title": y, "scale": scale},
        },
    }


def intervals(value: str, name: str, group: str, domain: list[str]) -> dict[str, Any]:
    """Return values as points with their intervals (columns low and high), a row for each name.

    Groups differ in colour and shape, so that neither alone has to tell them apart.
    """
    colours = {"domain": domain, "range": [BLUE, ORANGE]}
    shapes = {"domain": domain, "range": ["circle", "diamond"]}
    y = {"field": name, "type": "nominal", "sort": None, "title": None}
    places = {"field": group, "scale": {"domain": domain}}
    colour = {"field": group, "scale": colours, "title": None}
    return {
        "height": {"step": 24},
        "encoding": {"y": y, "yOffset": places, "color": colour},
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 2},
                "encoding": {
                    "x": {"field": "low", "type": "quantitative", "title": value,
                          "scale": {"zero": False}},
                    "x2": {"field": "high"},
                },
            },
            {
                "mark": {"type": "point", "filled": True, "size": 90, "tooltip": True},
                "encoding": {
                    "x": {"field": value, "type": "quantitative"},
                    "shape": {"field": group, "scale": shapes, "title": None},
                },
            },
        ],
    }  # fmt: skip
