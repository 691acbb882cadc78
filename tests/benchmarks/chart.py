"""How many times faster each part is than its peer, as a chart."""

from pathlib import Path
from textwrap import fill
from typing import Any

from report import finding, modelled, own, spoken, times

from nbhelpers.files import atomic_path
from nbhelpers.teaching import plots


def draw(result: dict[str, Any], path: Path) -> None:
    """Draw the rows of a run that have a ratio, the largest first in each task."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    rows = [row for row in result["rows"] if row["ratio"]]
    order = list(result["tasks"])
    rows.sort(key=lambda row: (order.index(row["task"]), -row["ratio"]))
    ratios = [row["ratio"] for row in rows] or [1]
    plots.style()
    figure, axes = plt.subplots(figsize=(11, 1.6 + 0.42 * len(rows)))
    places = range(len(rows))
    bars = axes.barh(places, [row["ratio"] - 1 for row in rows], left=1)
    for bar, row in zip(bars, rows, strict=True):
        colour = plots.BLUE if row["ratio"] >= 1 else plots.ORANGE
        bar.set_color(plots.GREY if own(row) else colour)
        bar.set_alpha(0.5 if modelled(row) else 1)
    for place, row in zip(places, rows, strict=True):
        text = f"{row['task']}: {label(row)}"
        axes.annotate(
            text,
            (max(row["ratio"], 1), place),
            (6, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
    low, high = min(0.8, *ratios), max(10, *ratios)
    axes.set_xscale("log")
    axes.set_xlim(low / 1.1, high * (high / low) ** 0.75)  # room for the labels
    axes.axvline(1, color="#444444", linewidth=1)
    axes.set_yticks(places, [folded(row["peer"]) for row in rows], fontsize=9)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(False, axis="y")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.12g}×")
    axes.set_xlabel("The peer's time divided by ours, log scale")
    found = finding(result["rows"]).replace("; ", ";\n")
    title = f"{found}\n{result['size']:,} simulated ratings"
    figure.suptitle(title, x=0.01, ha="left", fontsize=13, fontweight="bold")
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=100, metadata={"Software": None})
    plt.close(figure)


def folded(peer: str) -> str:
    return "\n".join(fill(part, 40) for part in peer.replace(", ours", ",\nours").split("\n"))


def label(row: dict[str, Any]) -> str:
    text = f"{spoken(row['ours_s'])} against {spoken(row['peer_s'])}, {times(row['ratio'])}"
    return text + " (modelled)" * modelled(row)
