"""Tab "Models": how good each model was on ratings that it had not seen."""

from typing import Any

import pandas as pd
import streamlit as st

from nbhelpers.app import charts, list_boards, marks
from nbhelpers.app.text import plain
from nbhelpers.classifiers import LABELS
from nbhelpers.engine import Engine

SPLITS = {"random": "Random split", "time": "Time split"}
MEANING = {
    "random": "Test ratings drawn at random: how well holes in what is known are filled.",
    "time": "Test ratings are the latest ones: how well the future is foretold, new people and "
    "films included.",
}
NAMES = LABELS | {
    "svd and knn": "SVD and kNN",
    "blend": "Blend of all",
}
MEASURES = {
    "accuracy": "accuracy",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "auc": "ROC-AUC",
    "pr_auc": "PR-AUC",
    "log_loss": "log-loss",
    "brier": "Brier",
}


def show(engine: Engine) -> None:
    """Show the tab."""
    splits = {how: label for how, label in SPLITS.items() if how in engine.boards}
    boards = {how: engine.boards[how].reset_index(drop=True) for how in splits}
    list_boards.show(engine)
    st.subheader("Chances of a like", anchor=False)
    st.markdown(
        marks.said(
            "Will somebody **like** a film, that is, give it four stars or more? Each model was "
            "tuned and trained on one part of the ratings and judged on another that it never "
            "saw. Nothing is trained on this page."
        )
    )
    both = pd.concat([_named(board).assign(split=SPLITS[how]) for how, board in boards.items()])
    best = both[both["setting"] != "default"]
    _show_auc(best)
    _show_f1(best)
    chosen = st.segmented_control(
        "How the test part is chosen",
        list(splits),
        default="random",
        format_func=SPLITS.__getitem__,
        key="models-split",
        bind="query-params",
    )
    how = chosen or "random"  # a second click takes the choice back
    st.caption(marks.said(MEANING[how]))
    _show_table(boards[how])
    _show_stars(engine.boards[f"stars_{how}"], how)
    _show_parameters(engine.manifest["parameters"])


def _named(board: pd.DataFrame) -> pd.DataFrame:
    return board.assign(model=[NAMES.get(model, model) for model in board["model"]])


def _show_auc(board: pd.DataFrame) -> None:
    frame = _shown(board, "auc", "ROC-AUC")
    charts.figure(
        f"AUC (.5 is guessing): {_leads(board)}",
        frame,
        charts.intervals("ROC-AUC", "model", "split", list(frame["split"].unique())),
        _table(frame, "ROC-AUC"),
    )


def _leads(board: pd.DataFrame) -> str:
    """Say by how much the best models of both splits beat two means."""
    tops = [charts.highest(part, "auc") for _, part in board.groupby("split", sort=False)]
    now, later = tops[0], tops[-1]
    if len(tops) == 1:
        lead = _lead(now)
        return (
            f"{now['model']} beats two means by {lead}"
            if lead
            else "no model surely beats two means"
        )
    first, then = _lead(now), _lead(later)
    if first and then and now["model"] == later["model"]:
        return f"{now['model']} beats two means by {first}, and on later dates by {then}"
    said = [
        f"{top['model']} beats two means by {lead}" if lead else "no model surely beats two means"
        for top, lead in ((now, first), (later, then))
    ]
    return f"{said[0]}; on later dates, {said[1]}"


def _lead(top: pd.Series) -> str:
    """Return how far a model is ahead of the simple one of two means; "" if that is not sure."""
    low, high = top["auc_difference_low"], top["auc_difference_high"]
    return f"{top['auc_difference']:.3f} ({low:.3f} to {high:.3f})" if low > 0 else ""


def _show_f1(board: pd.DataFrame) -> None:
    frame = _shown(board, "f1", "F1")
    tops = [charts.highest(part, "F1") for _, part in frame.groupby("split", sort=False)]
    now, later = tops[0], tops[-1]
    then = f"; on later dates, {later['model']} ({later['F1']:.2f})" if len(tops) > 1 else ""
    charts.figure(
        f"Highest F1: {now['model']} ({now['F1']:.2f}){then}",
        frame,
        charts.intervals("F1", "model", "split", list(frame["split"].unique())),
        _table(frame, "F1"),
    )
    if NAMES["always like"] in (now["model"], later["model"]):
        st.caption("F1 rewards saying yes: who always does misses no like.")


def _shown(board: pd.DataFrame, column: str, name: str) -> pd.DataFrame:
    ends = {column: name, f"{column}_low": "low", f"{column}_high": "high"}
    return board[["model", "split", *ends]].rename(columns=ends).reset_index(drop=True)


def _table(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """One row for each model, with the value and its interval on both splits."""
    cells = [
        f"{row[column]:.3f} ({row['low']:.2f}-{row['high']:.2f})"
        for row in frame.to_dict("records")
    ]
    wide = frame.assign(cell=cells).pivot(index="model", columns="split", values="cell")
    return wide.reindex(frame["model"].unique())[list(frame["split"].unique())].reset_index()


def _show_table(board: pd.DataFrame) -> None:
    pairs = board.set_index(["model", "setting"])["auc"].unstack()
    gain = (pairs["tuned"] - pairs["default"]).dropna()
    top = str(gain.idxmax())
    charts.table(
        f"Tuning changes the AUC by {gain.min():+.3f} to {gain.max():+.3f}, most for "
        f"{NAMES.get(top, top)}",
        _named(board)[["model", "setting", *MEASURES]].rename(columns=MEASURES),
        dict.fromkeys(MEASURES.values(), "{:.3f}"),
    )
    st.caption(
        "Higher is better, but for log-loss and Brier, which measure how far the chances are "
        "from what happened. Intervals hold 95 % of 200 draws of people."
    )


def _show_stars(board: pd.DataFrame, how: str) -> None:
    best = board.nsmallest(1, "rmse").iloc[0]
    interval = [f"{row.low:.3f}-{row.high:.3f}" for row in board.itertuples()]
    table = board[["model", "rmse", "mae"]].rename(columns={"rmse": "RMSE", "mae": "MAE"})
    table.insert(2, "interval", interval)
    charts.table(
        f"{NAMES.get(best['model'], best['model'])} misses the stars by "
        f"{best['rmse']:.2f} (RMSE), {-best['difference']:.3f} less than user and film biases do",
        table,
        {"RMSE": "{:.3f}", "MAE": "{:.3f}"},
    )


def _show_parameters(parameters: dict[str, dict[str, Any]]) -> None:
    rows = [
        {
            "model": NAMES.get(model, model),
            "parameter": name,
            **{
                label: _value(parameters[how].get(model, {}).get(name))
                for how, label in SPLITS.items()
                if how in parameters
            },
        }
        for model in parameters["random"]
        for name in parameters["random"][model]
    ]
    charts.table("The best parameters, found inside the training part", pd.DataFrame(rows))
    stars = ", ".join(
        f"`{name}` {_value(value)}" for name, value in parameters.get("svd", {}).items()
    )
    if stars:
        st.caption(f"SVD, on all ratings: {stars}.")


def _value(value: Any) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) else plain(value)
