"""One style for every figure, and a way to show figures with the text that stands for them."""

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import ListedColormap
from matplotlib.container import BarContainer
from matplotlib.figure import Figure, SubFigure
from matplotlib.text import Text
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike
from PIL import Image

# Okabe & Ito (2008): told apart by colour-blind readers. Yellow and black are left out,
# the one too pale on white, the other kept for text.
BLUE, ORANGE, GREEN, PINK, SKY, RED = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
)
PALETTE = [BLUE, ORANGE, GREEN, PINK, SKY, RED]
GREY = "#9A9A9A"  # for what is there only to be compared with
SEQUENTIAL = "cividis"  # reads the same with every kind of colour vision


def style() -> None:
    """Set the style of every figure that follows (matplotlib and seaborn)."""
    sns.set_theme(
        context="notebook",
        style="whitegrid",
        palette=PALETTE,
        rc={
            "figure.figsize": (8, 4.2),
            "figure.dpi": 80,
            "figure.constrained_layout.use": True,
            "axes.titlelocation": "left",
            "axes.titleweight": "bold",
            "axes.titlesize": 13,
            "axes.titlepad": 12,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": "#555555",
            "grid.color": "#E3E3E3",
            "font.family": "DejaVu Sans",  # ships with matplotlib: the same everywhere
            "image.cmap": SEQUENTIAL,
        },
    )


def show(alt: str, figure: Figure | None = None) -> None:
    """Show a figure with its alternative text, and close it.

    Parameters
    ----------
    alt : str
        What a reader who cannot see the figure needs to know: at least four words.
    figure : matplotlib.figure.Figure, optional
        The current figure when left out.

    Raises
    ------
    ValueError
        If `alt` has fewer than four words.
    """
    if len(alt.split()) < 4:
        raise ValueError(f"Describe the figure in at least four words; found {alt!r}.")
    figure = figure or plt.gcf()
    _as_written(figure)
    buffer = io.BytesIO()
    # No metadata: matplotlib would write its version, and pictures are compared.
    figure.savefig(buffer, format="png", dpi=2 * figure.dpi, metadata={"Software": None})
    plt.close(figure)
    picture = Image.open(buffer)
    about = {"alt": alt, "width": picture.width // 2}  # sharp on screens of two dots a pixel
    display(
        {"image/png": _with_palette(picture), "text/plain": alt},
        metadata={"image/png": about},
        raw=True,
    )


def _with_palette(picture: Image.Image) -> bytes:
    """Return the picture in 256 colours: a third of the size, and no eye sees it."""
    small = io.BytesIO()
    picture.convert("RGB").quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
        small, "png", optimize=True
    )
    return small.getvalue()


def _as_written(figure: Figure | SubFigure) -> None:
    """Keep the dollar signs of titles from being read as formulas, which not all of them are.

    Only logarithmic axes write formulas, as powers of ten.
    """
    labels = [
        label
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for label in axis.get_ticklabels(which="both")
    ]
    for text in [*figure.findobj(Text), *labels]:
        if "$" in text.get_text() and not _POWER.fullmatch(text.get_text()):
            text.set_parse_math(False)


_POWER = re.compile(r"\$\\mathdefault\{[-−\d.{}^]*(\\times[-−\d.{}^]*)?\}\$")


def label_bars(axes: Axes, form: str = "{:,.0f}") -> None:
    """Write each bar's value at its end.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        With the bars drawn.
    form : str
        How a value is written, as in `str.format`.
    """
    for container in axes.containers:
        if isinstance(container, BarContainer):
            axes.bar_label(container, fmt=form.format, padding=3, fontsize=9)
    axes.margins(x=0.08, y=0.08)


def log_ticks(axis: Axis) -> None:
    """Label a logarithmic axis at 1, 2, 5, 10, 20 …, in plain numbers.

    Parameters
    ----------
    axis : matplotlib.axis.Axis
        Such as ``axes.xaxis``, already logarithmic.
    """
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axis.set_minor_formatter(NullFormatter())


def heatmap(table: pd.DataFrame, **look: Any) -> Axes:
    """Draw a table as coloured cells with their numbers in them; missing ones stay white.

    Parameters
    ----------
    table : pandas.DataFrame of float
    **look
        Passed to `seaborn.heatmap`.

    Returns
    -------
    matplotlib.axes.Axes
    """
    style = {"annot": True, "annot_kws": {"size": 9}, "fmt": "g", "cmap": SEQUENTIAL}
    axes = sns.heatmap(table, **style, linewidths=1, **look)
    axes.set(facecolor="white", xlabel="")
    axes.grid(False)
    axes.tick_params("y", rotation=0)
    plt.setp(axes.get_xticklabels(), rotation=40, ha="right", fontsize=9)
    return axes


def intervals(axes: Axes, estimate: pd.Series, low: pd.Series, high: pd.Series) -> None:
    """Draw estimates with their intervals, one row per label from the top, and a line at 0.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    estimate, low, high : pandas.Series of float
        Indexed by label.
    """
    rows = range(len(estimate))
    spans = np.maximum([estimate - low, high - estimate], 0)
    axes.axvline(0, color=GREY)
    axes.errorbar(estimate, rows, xerr=spans, fmt="o", color=BLUE, capsize=4)
    axes.set_yticks(rows, estimate.index)
    axes.set_ylim(len(estimate) - 0.5, -0.5)


def waterfall(axes: Axes, parts: Mapping[str, float], total: str) -> None:
    """Draw parts that add up, each bar beginning where the last one ended, and their sum.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    parts : mapping of str to float
        By what they are called, the start first.
    total : str
        What the sum is called.
    """
    values = [*parts.values(), sum(parts.values())]
    ends = [*np.cumsum(values[:-1]), values[-1]]
    colours = [GREY, *(BLUE if value > 0 else ORANGE for value in values[1:-1]), "#444444"]
    bottoms = [end - value for end, value in zip(ends, values, strict=True)]
    axes.bar([*parts, total], values, bottom=bottoms, color=colours, width=0.6)
    for place, (bottom, end) in enumerate(zip(bottoms, ends, strict=True)):
        sign = "+" if 0 < place < len(parts) else ""
        axes.annotate(
            f"{values[place]:{sign}.2f}",
            (place, max(bottom, end)),
            (0, 3),
            textcoords="offset points",
            ha="center",
        )


def label_ends(axes: Axes, x: float, ends: pd.Series, colours: Mapping[str, str]) -> None:
    """Write the name of each line at its right end, moved up where it would cover another.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        With all lines drawn.
    x : float
        Where the text begins.
    ends : pandas.Series of float, indexed by name
        Height at which each line ends.
    colours : mapping of str to str
        Colour of each name.
    """
    low, high = axes.get_ylim()
    ends = ends.sort_values()
    steps = 0.065 * (high - low) * np.arange(len(ends))
    heights = np.maximum.accumulate(ends.to_numpy() - steps) + steps
    for name, height in zip(ends.index, heights, strict=True):
        axes.text(x, height, name, color=colours[name], va="center", fontweight="bold")


def turns(shares: np.ndarray) -> Figure:
    """Draw who works where in each turn of threads that share neither users nor movies.

    Parameters
    ----------
    shares : numpy.ndarray of float, shape (n, n)
        Of all ratings, by the users of each thread and shares of the movies; see
        `cost_growth.blocks`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n = len(shares)
    names = np.arange(1, n + 1)
    percent = np.array(
        [[f"thread {i}\n{share:.0%} of all" for share in shares[i - 1]] for i in names]
    )
    colours = ListedColormap(["#E6E6E6", *PALETTE[:n]])
    figure, panels = plt.subplots(1, n, figsize=(8, 3))
    for turn, axes in enumerate(panels):
        works = np.roll(np.eye(n, dtype=int), turn, axis=1)
        look = {"annot": np.where(works, percent, ""), "fmt": "", "cmap": colours, "cbar": False}
        sns.heatmap(works * names[:, None], vmin=0, vmax=n, linewidths=4, ax=axes, **look)
        axes.set(title=f"turn {turn + 1}")
        axes.set_xticklabels([f"films {i}" for i in names])
        axes.set_yticklabels([f"users {i}" for i in names], rotation=0)
    return figure


def cost_lines(costs: pd.DataFrame, slopes: pd.DataFrame) -> Figure:
    """Draw what steps cost against the number of ratings, both axes logarithmic.

    Parameters
    ----------
    costs : DataFrame
        Of several sizes, see `cost_growth.measure`.
    slopes : DataFrame
        Of each step (index), for the columns seconds and peak_mb; written beside the lines.

    Returns
    -------
    matplotlib.figure.Figure
    """
    steps = costs["step"].unique()
    figure, panels = plt.subplots(1, 2, figsize=(8, 4.4))
    for axes, cost in zip(panels, ("seconds", "peak_mb"), strict=True):
        lines = costs.pivot(index="ratings", columns="step", values=cost)[steps]
        names: dict[tuple[float, ...], list[str]] = {}  # steps of one process have one line
        colours = dict(zip(steps, PALETTE, strict=False))
        for step in steps:
            names.setdefault(tuple(lines[step]), []).append(step)
            axes.loglog(lines.index, lines[step], "o-", color=colours[names[tuple(lines[step])][0]])
        low, high = np.log10(axes.get_ylim())
        height = np.inf
        for line in sorted(names, key=lambda values: -values[-1]):  # no text on another
            height = min((np.log10(line[-1]) - low) / (high - low), height - 0.07)
            text = f"{', '.join(names[line])} {slopes[cost][names[line][0]]:.2f}"
            look = {"color": colours[names[line][0]], "fontweight": "bold", "va": "center"}
            axes.annotate(text, (1.02, height), xycoords="axes fraction", **look)
        ticks = [
            f"{size / 1e6:.3g} M" if size >= 1e6 else f"{size / 1e3:.3g} k" for size in lines.index
        ]
        axes.set_xticks(lines.index, ticks)
        axes.set(xlabel="ratings", ylabel={"peak_mb": "MB at the peak"}.get(cost, cost))
        axes.yaxis.set_major_formatter("{x:,g}")
        axes.minorticks_off()
    figure.set_layout_engine("constrained", wspace=0.06)
    return figure


def ladder(panels: Mapping[str, Mapping[str, float]], mark: str = "") -> Figure:
    """Draw errors as rungs, a panel for each test set, for theirs are not to be compared.

    Parameters
    ----------
    panels : mapping of str to mapping of str to float
        RMSE by model, by test set.
    mark : str
        The model in another colour.

    Returns
    -------
    matplotlib.figure.Figure
    """
    heights = [len(rungs) + 1 for rungs in panels.values()]
    size = (8, 0.5 + 0.36 * sum(heights))
    figure, axes = plt.subplots(len(panels), 1, figsize=size, height_ratios=heights, squeeze=False)
    for ax, (name, rungs) in zip(axes[:, 0], panels.items(), strict=True):
        ordered = sorted(rungs.items(), key=lambda rung: -rung[1])
        colours = [ORANGE if model == mark else BLUE for model, _ in ordered]
        ax.scatter([error for _, error in ordered], range(len(ordered)), color=colours, zorder=3)
        labels = [f"{model}  {error:.4f}" for model, error in ordered]
        ax.set_yticks(range(len(ordered)), labels, fontsize=9)
        ax.set_ylim(len(ordered) - 0.4, -0.6)
        ax.set_title(name, fontsize=11)
    axes[-1, 0].set_xlabel("RMSE in stars; compare within a panel only")
    return figure


def label_points(
    axes: Axes, x: ArrayLike, y: ArrayLike, labels: Sequence[str], limit: int = 25, **text: Any
) -> list[int]:
    """Write labels beside points, as many as find room without covering anything.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        With all else drawn and its limits final; text already in it keeps its room.
    x, y : array_like of float, shape (n,)
    labels : sequence of str, length n
        The most important first: they get the room.
    limit : int
        Most labels to write.
    **text
        Passed to `matplotlib.axes.Axes.annotate`.

    Returns
    -------
    list of int
        Positions of the points that have a label now.
    """
    _as_written(axes.figure)
    axes.figure.canvas.draw()  # settles where points and text are, in pixels
    frame = axes.get_window_extent()
    taken = [label.get_window_extent() for label in axes.texts]
    points = np.column_stack([x, y])
    centres = axes.transData.transform(points)
    taken += [Bbox([centre - 2, centre + 2]) for centre in centres]
    written: list[int] = []
    for place, at in enumerate(points.tolist()):
        if len(written) == limit:
            break
        for offset, across, up in _SIDES:
            label = axes.annotate(
                labels[place],
                at,
                offset,
                textcoords="offset points",
                ha=across,
                va=up,
                parse_math=False,
                **text,
            )
            box = label.get_window_extent()
            inside = frame.containsx(box.x0) and frame.containsx(box.x1)
            inside &= frame.containsy(box.y0) and frame.containsy(box.y1)
            if inside and not any(other.overlaps(box) for other in taken):
                taken.append(box)
                written.append(place)
                break
            label.remove()
    return written


_SIDES = [
    ((5, 0), "left", "center"),
    ((-5, 0), "right", "center"),
    ((0, 5), "center", "bottom"),
    ((0, -5), "center", "top"),
]
