"""Part of the tab "Models": how good the lists of each model are, and what a knob costs."""

import pandas as pd
import streamlit as st

from nbhelpers.app import charts, marks
from nbhelpers.engine import Engine

KNOBS = {
    "surprise": "Familiar ↔ surprising",
    "variety": "Alike ↔ varied",
    "own_genres": "Genres of one's own",
    "series": "Several films of a series",
}
MORE = {
    "recall": ("recall", "{:.3f}"),
    "films": ("different films", "{:,.0f}"),
    "true_stars": ("true stars", "{:.2f}"),  # known where ratings are simulated
}
MEANING = (
    "Lists of ten are compared with what people liked among the ratings that were held back. "
    "nDCG counts how many of these films a list names, those at its top most: 1 is perfect. "
    "In two stages, the list model brings a hundred films, and the chance of a like has a say in "
    "their order. Intervals hold 95 % of draws of people."
)
PRICE = (
    "What a position gives and takes, with all else as usual: the different films that many "
    "people's lists name, and their novelty, which is the higher the fewer people rated a film."
)


def show(engine: Engine) -> None:
    """Show what was measured of lists; nothing where it was not."""
    lists, knobs = (engine.boards.get(name) for name in ("lists", "knobs"))
    if lists is None and knobs is None:
        return
    st.subheader("Lists: what to watch", anchor=False)
    if lists is not None and len(lists):
        _show_lists(lists.reset_index() if "model" not in lists else lists)
    if knobs is not None and len(knobs):
        _show_knobs(knobs.reset_index() if "knob" not in knobs else knobs)


def _show_lists(board: pd.DataFrame) -> None:
    board = board.sort_values("ndcg", ascending=False, kind="stable", ignore_index=True)
    board["model"] = board["model"].str.capitalize()
    points = board[["model", "ndcg", "low", "high"]].rename(columns={"ndcg": "nDCG"})
    rows = board.to_dict("records")
    table = pd.DataFrame(
        {
            "model": board["model"],
            "nDCG": [f"{row['ndcg']:.3f} ({row['low']:.3f} to {row['high']:.3f})" for row in rows],
            "beyond most rated": [_difference(row) for row in rows],
        }
    )
    for column in (name for name in MORE if name in board and board[name].notna().any()):
        name, form = MORE[column]
        table[name] = board[column].map(form.format)
    charts.figure(
        f"Highest nDCG: {_lead(board)}",
        points.assign(lists="lists of ten"),
        charts.intervals("nDCG", "model", "lists", ["lists of ten"]),
        table,
    )
    st.caption(marks.said(MEANING))


def _difference(row: dict) -> str:
    if not row["difference"] and row["diff_low"] == row["diff_high"]:
        return ""
    return f"{row['difference']:+.3f} ({row['diff_low']:+.3f} to {row['diff_high']:+.3f})"


def _lead(board: pd.DataFrame) -> str:
    """Say which lists measured highest, and whether surely higher than the most rated films.

    Not that they are best: the next ones are often within the interval, which the figure shows.
    """
    top = board.iloc[0]
    said = f"{top['model']}, {top['ndcg']:.3f}"
    if top["diff_low"] > 0:
        between = f"{top['diff_low']:.3f} to {top['diff_high']:.3f}"
        more = marks.said("more than the most rated films")
        return f"{said}, {top['difference']:.3f} {more} ({between})"
    return f"{said}, {marks.said('not surely more than the most rated films have')}"


def _show_knobs(board: pd.DataFrame) -> None:
    names = {"ndcg": "nDCG", "films": "different films"}
    board = pd.concat(part for _, part in board.rename(columns=names).groupby("knob", sort=False))
    switch = board["knob"] == "series"
    board = board.astype({"value": float}).assign(knob=board["knob"].map(lambda k: KNOBS.get(k, k)))
    board["position"] = board["value"].map("{:.0%}".format)
    board.loc[switch, "position"] = board.loc[switch, "value"].map({0: "no", 1: "yes"})
    shown = ["knob", "position", "nDCG", "different films", "novelty"]
    charts.figure(
        _price(board),
        board[[*shown, "value"]],
        charts.paths("different films", "nDCG", "knob", "value"),
        board[shown],
        {"nDCG": "{:.3f}", "different films": "{:,.0f}", "novelty": "{:.1f}"},
    )
    st.caption(marks.said(PRICE))


def _price(board: pd.DataFrame) -> str:
    """Say what the knob that brings the most films costs, turned up all the way."""
    turned = board.sort_values("value").groupby("knob", sort=False)
    first, last = turned.first(), turned.last()
    knob = str((last["different films"] - first["different films"]).idxmax())
    before, after = first.loc[knob], last.loc[knob]
    return marks.said(
        f"“{knob}” at {after['position']} names {after['different films']:,.0f} different films "
        f"instead of {before['different films']:,.0f}, at an nDCG of {after['nDCG']:.3f} "
        f"instead of {before['nDCG']:.3f}"
    )
