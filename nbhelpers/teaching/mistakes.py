"""A book of mistakes: wrong numbers beside the right ones, and what each mistake does to them."""

from collections.abc import Iterator, Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from nbhelpers.evaluation.intervals import percent_change, verdict
from nbhelpers.teaching import plots
from nbhelpers.teaching.lesson import say

EFFECTS = {
    "better than": "flatters",
    "worse than": "harms",
    "not clearly different from": "has no clear effect",
    "too few users to tell": "meets too few people to tell",
}
COLUMNS = ["mistake", "measure", "wrong", "right", "gain", "low", "high", "effect"]


class Mistakes:
    """What mistakes do to numbers: by how many per cent the wrong one looks better.

    Attributes
    ----------
    rows : dict of int to tuple
        The rows of `table`, by the mistake's number.
    """

    def __init__(self) -> None:
        self.rows: dict[int, tuple] = {}

    @property
    def table(self) -> pd.DataFrame:
        """A row for each mistake noted, by its number.

        ``mistake, measure, wrong, right, gain, low, high, effect``. The gain and the ends of its
        95 % interval are per cent, above 0 where the wrong number looks better: a higher value, or
        a lower RMSE.
        """
        return pd.DataFrame.from_dict(self.rows, "index", columns=COLUMNS)

    def note(
        self, number: int, mistake: str, measure: str, wrong: pd.Series, right: pd.Series
    ) -> None:
        """Keep a wrong number beside the right one, and say what the mistake does.

        Parameters
        ----------
        number : int
        mistake : str
            In a few words.
        measure : str
            What the values are. Of "RMSE" they are squared errors, and low is good; of all
            others the mean counts, and high is good.
        wrong, right : pandas.Series of float, index user_id
            Values by user. The two may be of different users. Where one side has none, or the
            right one is 0, nothing is kept.
        """
        if not len(wrong) or not right.sum():
            say(f"{measure}: too few rows of the kind to show the mistake.")
            return
        is_error = measure == "RMSE"
        values = [np.sqrt(s.mean()) if is_error else s.mean() for s in (wrong, right)]
        change = np.array(percent_change(wrong, right, root=is_error))
        gain, low, high = change[[0, 2, 1]] * -1 + 0.0 if is_error else change
        users = wrong.index.union(right.index)
        effect = EFFECTS[verdict((low, high), users, better="higher")]
        self.rows[number] = (mistake, measure, *values, gain, low, high, effect)
        say(
            f"{measure}: wrong **{values[0]:.4f}**, right **{values[1]:.4f}**. That is "
            f"**{gain:+,.1f} %** ({low:+,.1f} to {high:+,.1f}): the mistake **{effect}**."
        )

    def metrics(self, names: Mapping[int, str]) -> dict[str, float]:
        """Return both sides of some mistakes, to be recorded.

        Parameters
        ----------
        names : mapping of int to str
            By the mistake's number. Those that were not kept are left out.

        Returns
        -------
        dict of str to float
            As ``name_wrong`` and ``name_right``.
        """
        kept = self.table[["wrong", "right"]]
        return {
            f"{name}_{side}": float(kept[side][n])
            for n, name in names.items()
            if n in self.rows
            for side in kept.columns
        }

    def draw(self) -> None:
        """Show all mistakes in two panels: those that look better, and those that look worse."""
        table = self.table
        sides = {"better": table[table["gain"] > 0], "worse": table[table["gain"] <= 0]}
        heights = [max(1, len(side)) for side in sides.values()]
        size = (8, 1.6 + 0.28 * sum(heights))
        _, panels = plt.subplots(2, 1, figsize=size, height_ratios=heights, sharex=True)
        _draw_side(panels[0], sides["better"], plots.ORANGE, sign=1)
        _draw_side(panels[1], sides["worse"], plots.BLUE, sign=-1)
        for axes, way in zip(panels, sides, strict=True):
            axes.set_xlabel(f"per cent by which the wrong number looks {way}")
            axes.tick_params("x", labelbottom=True)
        counted = table["effect"].value_counts()
        flatter, harm = counted.get("flatters", 0), counted.get("harms", 0)
        panels[0].set_title(f"{flatter} of {len(table)} mistakes flatter")
        panels[1].set_title(f"{harm} harm")
        plots.show(
            f"Dots with intervals: by how many per cent each of {len(table)} mistakes changes a "
            f"number; {flatter} flatter, {harm} harm. " + "; ".join(_in_words(table))
        )


def _draw_side(axes: Axes, side: pd.DataFrame, colour: str, sign: int) -> None:
    side = side.iloc[np.argsort(side["gain"].abs(), kind="stable")]
    labels = [f"{mistake} · {number}" for number, mistake in side["mistake"].items()]
    clear = side["effect"].isin(["flatters", "harms"])
    colours = np.where(clear, colour, plots.GREY)
    axes.hlines(labels, sign * side["low"], sign * side["high"], color=colours, lw=3)
    axes.scatter(sign * side["gain"], labels, color=colours, s=40, zorder=3)
    for label, row in zip(labels, side.itertuples(), strict=True):
        axes.annotate(
            f"{row.measure} {row.right:.3f} → {row.wrong:.3f}",
            (1.01, label),
            fontsize=8,
            va="center",
            xycoords=("axes fraction", "data"),
        )
    axes.set_xscale("symlog", linthresh=1)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_formatter("{x:,g}")
    axes.tick_params("y", labelsize=9)


def _in_words(table: pd.DataFrame) -> Iterator[str]:
    for row in table.itertuples():
        yield f"{row.mistake} {row.gain:+,.0f} %"
