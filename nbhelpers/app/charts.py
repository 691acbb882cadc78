"""Charts whose headings say what they show, each with its numbers in a table beside it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from nbhelpers.app.text import markup

# Colours and fonts are those of Streamlit's theme, light or dark (server.py): charts follow it.
CONFIG = {
    "axis": {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal",
             "labelLimit": 190},
    "legend": {"labelFontSize": 12, "orient": "bottom"},
    "view": {"stroke": None},
    "background": "transparent",
}  # fmt: skip
SVG = {"embedOptions": {"renderer": "svg"}}  # style.css has the colour of the texts on bars
PADDING = {"left": 14, "right": 34, "top": 18, "bottom": 14}


def figure(
    finding: str,
    frame: pd.DataFrame,
    spec: dict[str, Any],
    numbers: pd.DataFrame | None = None,
    forms: Mapping[str, str] | None = None,
) -> None:
    """Show a chart under its finding, a sentence in plain text, and a table beside it.

    The frame is what is drawn by the Vega-Lite `spec`, and what the table holds, unless it has
    other `numbers`; `forms` are how those of a column are written, as in `str.format`.
    """
    _heading(finding)
    left, right = st.columns(2, gap="medium")
    said = f"Chart: {finding}. The table beside it has the numbers."
    full = {"description": said, "usermeta": SVG, "config": CONFIG, "padding": PADDING, **spec}
    left.vega_lite_chart(frame, full)
    with right:
        _table(finding, frame if numbers is None else numbers, forms)


def table(finding: str, numbers: pd.DataFrame, forms: Mapping[str, str] | None = None) -> None:
    """Show a small table under its finding, see `figure`; its texts are shown as they are."""
    _heading(finding)
    _table(finding, numbers, forms)


def _heading(finding: str) -> None:
    st.html(f'<h3 class="nb-finding">{markup(finding)}</h3>')


def highest(table: pd.DataFrame, column: str) -> pd.Series:
    """Return the row that is highest in a column."""
    return table.nlargest(1, column).iloc[0]


def _table(name: str, table: pd.DataFrame, forms: Mapping[str, str] | None) -> None:
    shown = pd.DataFrame(
        {
            markup(name): [_cell(value, (forms or {}).get(str(name))) for value in column]
            for name, column in table.items()
        }
    )
    numbers = [k + 1 for k, name in enumerate(table) if pd.api.types.is_numeric_dtype(table[name])]
    kinds = " ".join(f"nb-n{k}" for k in numbers)
    body = shown.to_html(index=False, border=0, escape=False, classes=f"nb-table {kinds}")
    body = body.replace("<thead>", f'<caption class="nb-hidden">{markup(name)}</caption><thead>')
    body = body.replace("<th>", '<th scope="col">')
    # Who goes by keyboard can scroll it, and has to be told what it is.
    st.html(
        f'<div class="nb-scroll" tabindex="0" role="group" aria-label="{markup(name)}">{body}</div>'
    )


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
    bar = {"type": "bar", "cornerRadiusEnd": 3, "tooltip": True}
    label = {"field": length, "type": "quantitative", "format": form}
    return [
        {"mark": bar},
        {
            "transform": [{"filter": f"datum['{length}'] > 0"}],
            "mark": {"type": "text", "baseline": "middle", **place},
            "encoding": {"text": label},
        },
    ]


def line(x: str, y: str, limits: tuple[float, float]) -> dict[str, Any]:
    """Return a line with points, both axes between the same limits."""
    scale = {"domain": limits}
    return {
        "height": 260,
        "mark": {"type": "line", "point": True, "tooltip": True},
        "encoding": {
            "x": {"field": x, "type": "quantitative", "title": x, "scale": scale},
            "y": {"field": y, "type": "quantitative", "title": y, "scale": scale},
        },
    }


def intervals(value: str, name: str, group: str, domain: list[str]) -> dict[str, Any]:
    """Return values as points with their intervals (columns low and high), a row for each name.

    Groups differ in colour and shape, so that neither alone has to tell them apart.
    """
    colours = {"domain": domain}
    shapes = {"domain": domain, "range": ["circle", "diamond"]}
    y = {"field": name, "type": "nominal", "sort": None, "title": None}
    places = {"field": group, "scale": {"domain": domain}}
    legend: dict[str, Any] = {} if len(domain) > 1 else {"legend": None}
    colour = {"field": group, "scale": colours, "title": None, **legend}
    return {
        "height": {"step": 34, "for": "position"},
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
                    "shape": {"field": group, "scale": shapes, "title": None, **legend},
                },
            },
        ],
    }  # fmt: skip


def paths(x: str, y: str, group: str, order: str) -> dict[str, Any]:
    """Return points that are joined in order, a path for each group, told apart as in a row."""
    axes = {
        axis: {"field": name, "type": "quantitative", "title": name, "scale": {"zero": False}}
        for axis, name in (("x", x), ("y", y))
    }
    groups = {"field": group, "sort": None, "title": None, "legend": {"columns": 2}}
    return {
        "height": 300,
        "encoding": axes | {"color": groups},
        "layer": [
            {"mark": "line", "encoding": {"order": {"field": order}}},
            {
                "mark": {
                    "type": "point",
                    "filled": True,
                    "size": 90,
                    "tooltip": {"content": "data"},
                },
                "encoding": {"shape": groups},
            },
        ],
    }
