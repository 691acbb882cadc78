"""The figures of the lesson on evaluation: pairs of draws, and one board beside another."""

import textwrap
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from nbhelpers.teaching import plots


def pairing(paired: pd.Series, unpaired: pd.Series, xlabel: str) -> None:
    """Show how much narrower differences are when both models meet the same people.

    Parameters
    ----------
    paired, unpaired : Series of float
        Differences in each draw of a bootstrap.
    xlabel : str
    """
    paired_width, width = (np.ptp(d.quantile([0.025, 0.975])) for d in (paired, unpaired))
    title = f"Without pairing, the interval is {width / paired_width:.1f} times as wide"
    axes = plt.figure(figsize=(8, 3.6)).gca()
    bins = np.linspace(min(unpaired.min(), 0), max(unpaired.max(), 0), 60)
    axes.hist(unpaired, bins.tolist(), color=plots.GREY, label="unpaired")
    axes.hist(paired, bins.tolist(), color=plots.BLUE, alpha=0.8, label="paired")
    axes.axvline(0, color="black", lw=1.5, label="no difference")
    axes.legend(frameon=False)
    axes.set(xlabel=xlabel, ylabel="draws", title=title)
    plots.show(f"Histograms of bootstrap differences. {title}")


def two_tasks(
    stars: pd.DataFrame, lists: pd.DataFrame, in_front: Mapping[str, Sequence[str]]
) -> None:
    """Show two leaderboards side by side, each with the names of who is in front.

    Parameters
    ----------
    stars, lists : DataFrame
        See `leaderboard` and `ranking_leaderboard`.
    in_front : mapping of str to sequence of str
        Models, by ``stars`` and ``lists``.
    """
    figure, panels = plt.subplots(1, 2, figsize=(8.5, 3.6))
    columns = {"rmse": "RMSE (stars), lower is better", "ndcg": "nDCG at 10, higher is better"}
    boards = zip(panels, (stars, lists), columns.items(), in_front.items(), strict=True)
    for axes, board, (column, xlabel), (task, leaders) in boards:
        board = board.iloc[::-1]
        sides = [board[column] - board["low"], board["high"] - board[column]]
        axes.errorbar(board[column], board.index, xerr=sides, fmt="o", capsize=3)
        axes.margins(y=0.15)
        axes.set_xlabel(xlabel)
        who = f"{task.capitalize()}, judged in pairs: {', '.join(leaders)} in front"
        title = textwrap.fill(who, 34)
        axes.set_title(title, fontsize=11)
    front = "; ".join(f"{task}: {', '.join(leaders)}" for task, leaders in in_front.items())
    plots.show(f"Dots with intervals: RMSE and nDCG of every model. In front at {front}", figure)
