"""Diagrams of boxes, arrows and dots: what a lesson would draw on a board."""

from collections.abc import Iterable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from nbhelpers.teaching import plots

INK = "#333333"  # of outlines, arrows and text


def canvas(width: float, height: float) -> Axes:
    """Return empty axes on which one unit is one tenth of an inch, both ways.

    Parameters
    ----------
    width, height : float
        Of the figure, in inches.

    Returns
    -------
    matplotlib.axes.Axes
        From (0, 0) at the lower left to (10 `width`, 10 `height`).
    """
    figure = plt.figure(figsize=(width, height), layout="none")
    ax = figure.add_axes((0, 0, 1, 1), xlim=(0, 10 * width), ylim=(0, 10 * height))
    ax.axis("off")
    return ax


def box(
    ax: Axes,
    centre: tuple[float, float],
    size: tuple[float, float],
    text: str = "",
    *,
    color: str = plots.BLUE,
    filled: bool = False,
    fontsize: float = 10,
) -> None:
    """Draw a rectangle with text in its middle.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    centre : tuple of float
    size : tuple of float
        Width and height.
    text : str
    color : str
        Of the outline, and of the inside if `filled`; a box that is not has a faint tint of it.
    filled : bool
    fontsize : float
    """
    corner = centre[0] - size[0] / 2, centre[1] - size[1] / 2
    inside = to_rgba(color, 1 if filled else 0.12)
    ax.add_patch(plt.Rectangle(corner, *size, facecolor=inside, edgecolor=color, lw=1.5))
    ink = "white" if filled else INK
    ax.text(*centre, text, ha="center", va="center", color=ink, fontsize=fontsize, linespacing=1.4)


def arrow(
    ax: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    text: str = "",
    *,
    color: str = INK,
    fontsize: float = 9,
) -> None:
    """Draw an arrow with text above its middle.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    start, end : tuple of float
    text : str
    color : str
    fontsize : float
    """
    look = {"arrowstyle": "-|>", "color": color, "lw": 1.5, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=look)
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + 0.6
    ax.text(*middle, text, ha="center", va="bottom", color=color, fontsize=fontsize)


def splits() -> None:
    """Show which ratings of five people three ways of splitting hide."""
    days = [[5, 18, 30, 52, 64], [12, 25, 41, 58, 76], [8, 35, 47, 69, 90], [78, 83, 95], [74, 88]]
    chosen = [(1,), (4,), (2, 3), (0,), ()]  # by a throw of the dice
    hidden = {
        "random": [[place in some for place in range(len(days[0]))] for some in chosen],
        "last per user": [[place == len(row) - 1 for place in range(len(row))] for row in days],
        "time": [[day > _CUT for day in row] for row in days],
    }
    figure, panels = plt.subplots(1, 3, figsize=(8.5, 3.2), sharey=True)
    for ax, (way, rows) in zip(panels, hidden.items(), strict=True):
        _dots(ax, days, rows)
        ax.set_title(way, fontsize=11)
    panels[-1].axvline(_CUT, color=INK, lw=1, ls="--")
    for height in (3, 4):
        panels[-1].text(_CUT - 3, height, "a stranger", ha="right", va="center", fontsize=9)
    panels[0].set_yticks(range(5), ["Ada", "Ben", "Cleo", "Dev", "Eva"])
    panels[0].invert_yaxis()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    figure.suptitle("The time split asks about strangers", weight="bold", fontsize=13)
    plots.show(
        "Ratings of five people on a time line, under three splits: random hides any of them, "
        "last per user everybody's latest, time all after one day. Two people begin after "
        "that day, and training knows nothing of them"
    )


_CUT = 72  # of 100 days


def _dots(ax: Axes, days: Sequence[Sequence[int]], hidden: Sequence[Sequence[bool]]) -> None:
    """Draw ratings as dots on one line a person, the hidden ones as hollow squares."""
    dots = [(d, y, h) for y, row in enumerate(days) for d, h in zip(row, hidden[y], strict=False)]
    x, y, test = np.array(dots).T
    test = test.astype(bool)
    ax.scatter(x[~test], y[~test], s=45, color=plots.BLUE, label="to learn from (training)")
    ax.scatter(
        x[test],
        y[test],
        s=45,
        marker="s",
        facecolor="white",
        edgecolor=plots.RED,
        lw=2,
        label="hidden (test)",
        zorder=3,
    )
    ax.set(xlim=(0, 100), ylim=(-0.6, 4.6), xticks=[], xlabel="time →")
    ax.grid(axis="x", visible=False)
    ax.spines[["left", "bottom"]].set_visible(False)


def bootstrap() -> None:
    """Show how drawing the same six users again and again makes an interval."""
    users = dict(zip("ABCDEF", [-6, 2, 5, -1, 8, 4], strict=True))
    rng = np.random.default_rng(7)
    draws = rng.choice(list(users), (1000, len(users)))
    means = np.vectorize(users.get)(draws).mean(axis=1)
    ax = canvas(8.5, 3.4)
    ax.text(1.5, 31, "Chance, played a thousand times", weight="bold", fontsize=13, va="center")
    _people(ax, (10.5, 15), list(users), users)
    ax.text(10.5, 18.5, "our users,\neach with a number", ha="center", fontsize=9, color=INK)
    for place, value in enumerate(users.values()):
        ax.text(3 + 3 * place, 11.5, f"{value:+d}", ha="center", fontsize=9, color=INK)
    for height, draw, mean in zip((24, 15, 6), draws, means, strict=False):
        arrow(ax, (20, 15), (27, height))
        _people(ax, (37, height), draw, users)
        arrow(ax, (46.5, height), (50.5, height))
        ax.text(54, height, f"{mean:+.1f}", ha="center", va="center", fontsize=10, color=INK)
        arrow(ax, (57.5, height), (61, 15 + (height - 15) / 3))
    heads = {37: "drawn with replacement", 54: "mean"}
    for across, head in heads.items():
        ax.text(across, 27, head, ha="center", va="bottom", fontsize=9, color=INK)
        ax.text(across, 1.5, "… and so on", ha="center", fontsize=9, color=INK)
    low, high = _interval(ax.inset_axes((62, 8, 21, 17), transform=ax.transData), means)
    plots.show(
        "Diagram of the bootstrap: six users with one number each are drawn again with "
        "replacement, some twice and some not at all; the mean of each of a thousand draws "
        f"goes into a histogram, whose middle 95 % runs from {low:+.1f} to {high:+.1f}"
    )


def two_stages(films: int, candidates: int = 100, shown: int = 10) -> None:
    """Show how one model finds a few films among all, and another puts them in order.

    Parameters
    ----------
    films, candidates, shown : int
        How many there are, how many the second stage looks at, and how many reach the screen.
    """
    ax = canvas(8.5, 2.9)
    ax.text(1.5, 26, "Find first, then put in order", weight="bold", fontsize=13, va="center")
    for across, height, colour, text in (
        (8.5, 18, plots.GREY, f"{films:,}\nfilms"),
        (43, 12, plots.BLUE, f"{candidates}\ncandidates"),
        (76.5, 7.5, plots.GREEN, f"{shown} films,\nwith reasons"),
    ):
        box(ax, (across, 13), (14, height), text, color=colour)
    stages = [
        (16, 35.5, plots.BLUE, "first stage: EASE", "might you\nchoose it?", "quick, looks at all"),
        (
            50.5,
            69,
            plots.GREEN,
            "second stage: blend",
            "if so, will\nyou like it?",
            "slow, looks at a few",
        ),
    ]
    for start, end, colour, name, question, pace in stages:
        arrow(ax, (start, 13), (end, 13), question, color=colour, fontsize=10)
        middle = (start + end) / 2
        ax.text(middle, 19.8, name, ha="center", color=colour, weight="bold", fontsize=10)
        ax.text(middle, 9.8, pace, ha="center", color=INK, fontsize=9)
    plots.show(
        f"Diagram of two stages: EASE looks at all {films:,} films and brings {candidates} "
        f"candidates that might be chosen; the blend puts these in order by how well they will "
        f"be liked, and {shown} reach the screen with their reasons"
    )


def _people(
    ax: Axes, centre: tuple[float, float], names: Sequence[str], users: Iterable[str]
) -> None:
    """Draw people in a row of small boxes; each of `users` has a colour."""
    colours = dict(zip(users, plots.PALETTE, strict=False))
    for place, name in enumerate(names):
        across = centre[0] + 3 * (place - (len(names) - 1) / 2)
        box(ax, (across, centre[1]), (2.5, 3), name, color=colours[name])


def _interval(ax: Axes, means: np.ndarray) -> tuple[float, float]:
    """Draw a histogram and the interval of its middle 95 %; return the interval."""
    low, high = np.quantile(means, [0.025, 0.975])
    counts, edges = np.histogram(means, np.arange(-7, 10) - 0.5)
    middles = edges[:-1] + 0.5
    inside = (low <= middles) & (middles <= high)
    ax.bar(middles, counts, width=1, color=np.where(inside, plots.BLUE, plots.GREY))
    ax.axvline(0, color=INK, lw=1, ls="--")
    ax.set(yticks=[], xticks=[low, 0, high])
    ax.set_xticklabels([f"{low:+.1f}", "0", f"{high:+.1f}"], fontsize=9)
    ax.set_title("the middle 95 %:\nthe interval", fontsize=9, weight="normal", loc="center", pad=2)
    ax.spines["left"].set_visible(False)
    ax.grid(visible=False)
    return float(low), float(high)


def files_to_types() -> None:
    """Show how raw files become tables of text, and these one table whose columns have types."""
    ax = canvas(8.5, 3.6)
    for across, head in {10: "files", 37: "tables of text", 70: "one table with types"}.items():
        ax.text(across, 32.5, head, ha="center", va="center", weight="bold", fontsize=11, color=INK)
    files = {"ratings": "1:\n7321,4,2005-10-25", "titles": "104,1962,La Jetée"}
    files["metadata"] = "movieId,genres,…"
    for place, (name, lines) in enumerate(files.items()):
        height = 25 - 9.5 * place
        box(ax, (10, height), (19, 7), color=plots.GREY)
        _typed(ax, (2, height), lines, 8)
        arrow(ax, (20, height), (29.5, height), "parse")
        box(ax, (37, height), (14, 7), f"{name},\nall text", color=plots.SKY)
        arrow(ax, (44.5, height), (56, 15.5 + (height - 15.5) / 2.5))
    ax.text(51, 25, "types\nand joins", ha="center", fontsize=9, color=INK)
    box(ax, (70, 15.5), (27, 18))
    columns = {"user_id": "int32", "movie_id": "int32", "rating": "int8", "timestamp": "date"}
    columns |= {"title": "text", "genres": "text"}
    _typed(ax, (59, 15.5), "\n".join(f"{name:<12}{kind}" for name, kind in columns.items()), 10)
    plots.show(
        "Three raw files, of ratings, titles and metadata, are parsed into three tables in which "
        "all is text; types and joins make one table of them, whose ids are int32 and whose "
        "ratings are int8"
    )


def _typed(ax: Axes, left: tuple[float, float], text: str, fontsize: float) -> None:
    """Write text as a file has it, all letters as wide, from its left edge."""
    ax.text(*left, text, va="center", family="monospace", fontsize=fontsize, linespacing=1.4)
