"""The Netflix Prize in numbers: what was reached on each of its test sets."""

import pandas as pd

from nbhelpers.teaching import plots

# RMSE by test set. Quiz and probe: means, biases and the probe's factorisations are
# MyMediaLite's; biases in time, neighbours, SVD, SVD++ and timeSVD++ those of Koren & Bell (2011),
# "Advances in collaborative filtering"; the rest is Netflix's leaderboard. Numbers behind a comma
# are factors.
LADDER = {
    "quiz set": {
        "movie mean": 1.0533,
        "biases": 0.9801,
        "biases in time": 0.9603,
        "Cinematch": 0.9514,
        "item neighbours": 0.9406,
        "SVD, 50": 0.9046,
        "SVD++, 50": 0.8952,
        "timeSVD++, 200": 0.8799,
        "prize of 2007": 0.8712,
        "prize of 2008": 0.8616,
    },
    "probe": {"biases": 0.9826, "SVD, 20": 0.9197, "SVD, 80": 0.9169},
    "test set": {"Grand Prize": 0.8567},
}


def draw_ladder(own: pd.Series, where: str) -> None:
    """Show the published errors, a panel for each test set, and one's own in a panel apart.

    Parameters
    ----------
    own : pandas.Series of float
        RMSE by the name of a step.
    where : str
        The title of one's own panel: on which ratings.
    """
    figure = plots.ladder(
        {**LADDER, where: dict(zip(map(str, own.index), own, strict=True))}, mark=str(own.idxmin())
    )
    for axes in figure.axes[: len(LADDER)]:
        axes.set_xlim(0.84, 1.08)  # within the published ones, lengths can be compared
    figure.suptitle("On the quiz set, the first step is the longest", weight="bold")
    plots.show(
        "Dots in four panels: published RMSE on the quiz set from 1.0533 to 0.8616, on the probe, "
        f"on the test set 0.8567, and our own from {own.max():.3f} to {own.min():.3f}",
        figure,
    )
