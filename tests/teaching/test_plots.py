"""Figures carry their text, look the same every time, and are closed."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from nbhelpers.teaching import plots

ALT = "Bars of the ratings by star"


@pytest.fixture(autouse=True)
def styled():
    """The course's style and no figure, whatever other tests have left."""
    with plt.rc_context():
        plt.close("all")
        plots.style()
        yield
        plt.close("all")


@pytest.fixture
def displayed(monkeypatch):
    shown = []
    monkeypatch.setattr(
        plots, "display", lambda data, metadata, raw: shown.append((data, metadata, raw))
    )
    return shown


def test_show_carries_the_text_and_closes(displayed):
    plt.subplots()
    plots.show(ALT)
    (data, metadata, raw) = displayed[0]
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"] == ALT
    assert metadata == {"image/png": {"alt": ALT, "width": 640}}
    assert raw
    assert plt.get_fignums() == []


def test_show_takes_a_figure(displayed):
    first, _ = plt.subplots()
    plt.subplots(figsize=(1, 1))
    plots.show(ALT, first)
    assert plt.get_fignums() == [2]
    height, width, _ = plt.imread(io.BytesIO(displayed[0][0]["image/png"])).shape
    assert (width, height) == tuple(2 * first.get_size_inches() * first.dpi)


def test_show_draws_the_same_bytes_every_time(displayed):
    for _ in range(2):
        plt.figure().add_subplot().plot([1, 3, 2])
        plots.show(ALT)
    assert displayed[0][0]["image/png"] == displayed[1][0]["image/png"]
    assert b"matplotlib" not in displayed[0][0]["image/png"].lower()


@pytest.mark.parametrize("alt", ["", "figure_1.png", "Ratings by star"])
def test_show_wants_a_description(displayed, alt):
    with pytest.raises(ValueError, match="four words"):
        plots.show(alt)
    assert displayed == []


def test_style_sets_colours_and_size():
    colours = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    assert [to_rgb(c) for c in colours] == [to_rgb(c) for c in plots.PALETTE]
    assert plt.rcParams["image.cmap"] == plots.SEQUENTIAL
    assert tuple(plt.rcParams["figure.figsize"]) == (8, 4.2)


def test_label_bars_writes_values_at_their_ends():
    axes = plt.figure().add_subplot()
    axes.barh(["1", "2"], [10, 20_000])
    plots.label_bars(axes)
    assert [text.get_text() for text in axes.texts] == ["10", "20,000"]


def test_label_points_keeps_labels_apart_and_inside():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 60))
    axes = plt.figure().add_subplot()
    axes.scatter(x, y)
    axes.text(0, 0, "in the way")
    written = plots.label_points(axes, x, y, [f"A film named {i}" for i in range(60)], limit=12)
    assert [text.get_text() for text in axes.texts[1:]] == [f"A film named {i}" for i in written]
    assert written[0] < 3
    assert len(written) == 12
    frame = axes.get_window_extent()
    boxes = [text.get_window_extent() for text in axes.texts]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])
        assert frame.x0 <= box.x0 < box.x1 <= frame.x1
        assert frame.y0 <= box.y0 < box.y1 <= frame.y1


def test_label_points_leaves_out_what_has_no_room():
    axes = plt.figure(figsize=(2, 2)).add_subplot()
    x, y = np.meshgrid(np.arange(10), np.arange(10))
    axes.scatter(x, y)
    assert plots.label_points(axes, x.ravel(), y.ravel(), ["in a crowd"] * 100) == []


def test_heatmap_writes_values_and_leaves_holes_white():
    table = pd.DataFrame({"Alien": [5, np.nan], "Amélie": [2, 4]}, index=["Ada", "Ben"])
    axes = plots.heatmap(table, cbar=False)
    assert [text.get_text() for text in axes.texts] == ["5", "2", "4"]
    assert to_rgb(axes.get_facecolor()) == (1, 1, 1)
    assert [label.get_text() for label in axes.get_xticklabels()] == ["Alien", "Amélie"]


def test_intervals_go_from_the_top_down():
    axes = plt.figure().add_subplot()
    estimate = pd.Series({"one": 0.1, "two": -0.2})
    plots.intervals(axes, estimate, estimate - 0.1, estimate + 0.3)
    assert [text.get_text() for text in axes.get_yticklabels()] == ["one", "two"]
    assert axes.yaxis_inverted()
    low, high = axes.collections[0].get_segments()[0][:, 0]
    assert (low, high) == pytest.approx((0.0, 0.4))


def test_waterfall_adds_up():
    axes = plt.figure().add_subplot()
    plots.waterfall(axes, {"mean": 3.5, "user": -0.5, "film": 1.0}, "sum")
    edges = [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in axes.patches]
    assert edges == [(0, 3.5), (3.5, 3), (3, 4), (0, 4)]
    assert [text.get_text() for text in axes.texts] == ["3.50", "-0.50", "+1.00", "4.00"]


# Machado, Oliveira & Fernandes (2009), severity 1: what a colour looks like without the
# long-wave and without the medium-wave cones.
WITHOUT_RED = [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
]
WITHOUT_GREEN = [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.011820, 0.042940, 0.968881],
]


@pytest.mark.parametrize("vision", [np.eye(3), WITHOUT_RED, WITHOUT_GREEN])
def test_colours_stay_apart_for_every_reader(vision):
    seen = np.array([np.asarray(vision) @ to_rgb(colour) for colour in plots.PALETTE])
    distance = np.linalg.norm(seen[:, None] - seen[None], axis=2)
    assert distance[np.triu_indices(len(seen), 1)].min() > 0.1


def test_label_ends_keeps_names_apart_and_in_order():
    _, axes = plt.subplots()
    axes.set_ylim(0, 1)
    ends = pd.Series({"low": 0.1, "twin": 0.1, "high": 0.9})
    plots.label_ends(axes, 1, ends, dict.fromkeys(ends.index, plots.BLUE))
    heights = {text.get_text(): text.get_position()[1] for text in axes.texts}
    assert heights["low"] == pytest.approx(0.1)
    assert heights["twin"] >= 0.16
    assert heights["high"] == pytest.approx(0.9)


def test_turns_name_each_thread_once_a_turn():
    figure = plots.turns(np.array([[0.1, 0.2], [0.3, 0.4]]))
    texts = [[text.get_text() for text in axes.texts] for axes in figure.axes]
    assert texts == [
        ["thread 1\n10% of all", "", "", "thread 2\n40% of all"],
        ["", "thread 1\n20% of all", "thread 2\n30% of all", ""],
    ]
    colours = [axes.collections[0].get_facecolors()[:, :3] for axes in figure.axes]
    assert colours[0][0] == pytest.approx(to_rgb(plots.BLUE))
    assert colours[1][2] == pytest.approx(to_rgb(plots.ORANGE))


def test_cost_lines_have_a_name_each_that_covers_nothing():
    sizes = [100_000, 1_000_000, 3_000_000]
    rows = [
        {"step": step, "ratings": n, "seconds": n * rate, "peak_mb": n / 1e4 + memory}
        for n in sizes
        for step, rate, memory in [("load", 2e-6, 5), ("group", 1e-6, 9), ("epoch", 1.1e-6, 9)]
    ]
    slopes = pd.DataFrame({"seconds": 1.0, "peak_mb": 0.5}, index=["load", "group", "epoch"])
    figure = plots.cost_lines(pd.DataFrame(rows), slopes)
    time, memory = figure.axes
    assert [text.get_text() for text in time.texts] == ["load 1.00", "epoch 1.00", "group 1.00"]
    assert [text.get_text() for text in memory.texts] == ["group, epoch 0.50", "load 0.50"]
    ticks = [label.get_text() for label in time.get_xticklabels()]
    assert ticks == ["100 k", "1 M", "3 M"]
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for axes in figure.axes for text in axes.texts]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])
    assert max(box.x1 for box in boxes[:3]) < memory.yaxis.get_tightbbox().x0


def test_a_log_axis_has_plain_numbers_at_one_two_five():
    figure, axes = plt.subplots()
    axes.plot([15, 3000], [1, 1])
    axes.set_xscale("log")
    plots.log_ticks(axes.xaxis)
    figure.draw_without_rendering()
    labels = {label.get_text() for label in axes.get_xticklabels()}
    assert {"20", "50", "100", "1,000", "2,000"} <= labels
    assert not any(label.get_text() for label in axes.get_xticklabels(minor=True))


def test_dollar_signs_of_titles_are_no_formulas():
    odd = r"$\frac{$ and $x^"
    figure, axes = plt.subplots()
    axes.barh([odd, "$a$"], [1, 200], label=odd)
    axes.set(title=odd, xlabel=odd, xscale="log")
    axes.legend()
    assert plots.label_points(axes, [3], [0], [odd]) == [0]
    plots.show("Bars with odd names here", figure)  # it would raise
    written = [text for text in figure.findobj(Text) if text.get_text() == odd]
    assert len(written) >= 3 and not any(text.get_parse_math() for text in written)
    powers = [tick for tick in axes.get_xticklabels() if "10^" in tick.get_text()]
    assert powers and all(tick.get_parse_math() for tick in powers)


def test_a_ladder_has_a_panel_for_each_test_set():
    figure = plots.ladder({"quiz": {"mean": 1.1, "biases": 0.98}, "ours": {"yours": 0.9}}, "yours")
    quiz, ours = figure.axes
    assert [label.get_text() for label in quiz.get_yticklabels()] == [
        "mean  1.1000",
        "biases  0.9800",
    ]
    assert quiz.collections[0].get_offsets()[:, 0].tolist() == [1.1, 0.98]
    assert ours.get_title(loc="left") == "ours"
