"""The figures of the lesson on factors: what is drawn there needs more lines than it teaches."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from nbhelpers.teaching import plots


def corner(ratings: pd.DataFrame, users: Sequence[int], titles: pd.Series) -> None:
    """Show the rating matrix of a few users and films.

    Parameters
    ----------
    ratings : DataFrame (user_id, movie_id, rating)
    users : sequence of int
    titles : Series of str, indexed by movie_id
        Of the films.
    """
    table = ratings[ratings["user_id"].isin(users) & ratings["movie_id"].isin(titles.index)]
    table = table.pivot(index="user_id", columns="movie_id", values="rating")
    table = table.reindex(index=sorted(users), columns=titles.index)
    table = table.set_axis(_short(titles), axis=1)
    cells = ratings["user_id"].nunique() * ratings["movie_id"].nunique()
    empty = table.isna().mean().mean(), 1 - len(ratings) / cells
    axes = plots.heatmap(table, cbar_kws={"label": "stars"})
    title = "This corner is {:.0%} empty, the whole table {:.1%}".format(*empty)
    axes.set(title=title, ylabel="user")
    plots.show(f"Heatmap of active users' ratings of famous films. {title}")


def _short(titles: Iterable[str]) -> list[str]:
    return [textwrap.shorten(title, 26, placeholder=" …") for title in titles]


def copies(tables: Mapping[str, pd.DataFrame], title: str) -> None:
    """Show tables of stars side by side.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        By what they are called.
    title : str
        The finding.
    """
    figure, panels = plt.subplots(1, len(tables), figsize=(8, 3.3), sharey=True)
    for axes, (name, table) in zip(panels, tables.items(), strict=True):
        plots.heatmap(table.round(1), ax=axes, vmin=1, vmax=5, cbar=False)
        axes.set_title(name, fontsize=10, weight="normal")
    figure.suptitle(title, weight="bold", fontsize=13)
    plots.show(f"Heatmaps: {', '.join(tables)}. {title}")


def fillings(predictions: Mapping[str, np.ndarray], truth: pd.Series) -> None:
    """Show how predictions are spread when holes are filled in two ways.

    Parameters
    ----------
    predictions : mapping of str to numpy.ndarray
        By what the holes are filled with; the first is in the title.
    truth : Series of float
        The true ratings.
    """
    bins = np.arange(-0.875, 6, 0.25)
    for (name, values), colour in zip(predictions.items(), cycle(plots.PALETTE)):
        shown = np.clip(values, -0.75, 5.75)
        plt.hist(shown, bins.tolist(), color=colour, alpha=0.6, label=name)
    plt.axvline(truth.mean(), color="black", linestyle=":", label="mean of the true ratings")
    plt.legend(title="holes filled with", frameon=False, loc="upper left")
    middles = {name: np.median(values) for name, values in predictions.items()}
    name, middle = next(iter(middles.items()))
    title = f"With {name}, half of the predictions are below {middle:.1f} stars"
    axes = plt.gca()
    axes.set(title=title, xlabel="prediction (stars)", ylabel="test ratings")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    around = ", ".join(f"with {name} around {middle:.1f} stars" for name, middle in middles.items())
    plots.show(f"Histograms of predictions: {around}")


def one_factor(numbers: pd.DataFrame, kinds: Sequence[int], title: str) -> None:
    """Show how the numbers of films change while they are learned.

    Parameters
    ----------
    numbers : DataFrame
        A row for each round, a column for each film.
    kinds : sequence of int
        Of the films, in the order of the columns: what shares a kind shares a colour.
    title : str
        The finding.
    """
    colours = {film: plots.PALETTE[kind] for film, kind in zip(numbers.columns, kinds, strict=True)}
    axes = numbers.plot(color=colours, legend=False, figsize=(8, 3.6))
    axes.set(
        title=title,
        xlabel="rounds through the known ratings",
        ylabel="the film's number",
        xlim=(0, 1.3 * len(numbers)),
    )
    plots.label_ends(axes, len(numbers), numbers.iloc[-1], colours)
    plots.show(f"Lines from near zero, one a film, which part into two bundles. {title}")


def learning_curves(curves: Mapping[float, pd.DataFrame], bar: float) -> None:
    """Show training and validation error by epoch for two strengths of regularisation.

    Parameters
    ----------
    curves : mapping of float to DataFrame (train, validation)
        By λ, the weaker first; see `SVD.history`.
    bar : float
        Validation error of the tuned biases.
    """
    axes = plt.figure().gca()
    ends, colours = {"tuned biases": bar}, {"tuned biases": "#666666"}
    epochs = max(len(curve) for curve in curves.values())
    turns = []
    for (reg, curve), colour in zip(curves.items(), (plots.ORANGE, plots.BLUE), strict=True):
        for part, dashes in (("train", "--"), ("validation", "-")):
            axes.plot(curve[part], dashes, color=colour)
            ends[f"λ = {reg}, {part}"] = curve[part].iloc[-1]
            colours[f"λ = {reg}, {part}"] = colour
        best = curve["validation"].nsmallest(1)
        axes.plot(best.index, best, "o", color=colour)
        turns.append(best.index[0])
    axes.hlines(bar, 0, epochs, color=plots.GREY)
    plots.label_ends(axes, epochs + 1, pd.Series(ends), colours)
    title = "With λ = {:g}, the validation error is lowest after epoch {}"
    title = title.format(next(iter(curves)), turns[0])
    axes.set(title=title, xlabel="epoch", ylabel="RMSE (stars)", xlim=(0, epochs * 1.4))
    plots.show(f"Learning curves for two strengths of regularisation. {title}")


def taste_map(
    place: pd.DataFrame,
    movies: pd.DataFrame,
    arrows: Mapping[str, np.ndarray],
    weight: np.ndarray,
    again: pd.Series,
) -> None:
    """Show films on two axes of taste, with arrows for people; the first is the reader's.

    Parameters
    ----------
    place : DataFrame (0, 1), indexed by movie_id
        Where the films are; the best known first, of which 140 are drawn. Those that are not
        listed have no name to show, and are left out.
    movies : DataFrame (movie_id, title, genres)
        Of the genres that many films have, those at the ends of the axes get a colour.
    arrows : mapping of str to numpy.ndarray, shape (2,)
        Directions of people, by what they are called.
    weight : numpy.ndarray of float
        Share of the taste on each axis.
    again : Series of float
        Correlation of each axis with another model's.
    """
    place = place[place.index.isin(movies["movie_id"])]
    known = movies.set_index("movie_id").reindex(place.index)
    genres = known["genres"].explode()
    genres = genres[genres.map(genres.value_counts()) >= len(place) / 16]
    place = place[:140]
    axes = plt.figure(figsize=(8, 4.8)).gca()
    axes.scatter(place[0], place[1], color=plots.GREY, s=22)
    centres = place.reindex(genres.index)[[0, 1]].groupby(genres.to_numpy()).mean()
    sides = [list(centres[axis].sort_values(kind="stable").index) for axis in (0, 1)]
    ends = dict.fromkeys(name for names in sides for name in names[:1] + names[-1:])
    for line, (genre, colour) in enumerate(zip(ends, plots.PALETTE, strict=False)):
        some = place[place.index.isin(genres.index[genres == genre])]
        axes.scatter(some[0], some[1], color=colour, s=22)
        height = 0.97 - 0.07 * line
        axes.text(1.01, height, genre, transform=axes.transAxes, color=colour, fontweight="bold")
    reach = 0.8 * min(place[[0, 1]].max().min(), -place[[0, 1]].min().max())  # on the map
    inks = [plots.RED] + ["black"] * len(arrows)
    for (name, arrow), ink in zip(arrows.items(), inks, strict=False):
        tip = reach * arrow / np.linalg.norm(arrow)
        _arrow(axes, tip, name, ink)
    real = again[:2].min() > 0.5
    title = f"Two axes hold {weight[:2].sum():.0%} of the taste"
    title = title if real else "A map of chance: another start would draw another one"
    axes.set(title=title, xlabel=f"axis 1 ({weight[0]:.0%} of the taste)")
    axes.set_ylabel(f"axis 2 ({weight[1]:.0%} of the taste)")
    axes.margins(0.1)
    plots.label_points(axes, place[0], place[1], _short(known["title"][place.index]), fontsize=8)
    who = ", ".join(arrows)
    plots.show(f"Map of well-rated films on two axes of taste, with arrows for {who}. {title}")


def _arrow(axes: plt.Axes, tip: np.ndarray, name: str, ink: str) -> None:
    """Draw an arrow from the middle with a dot at its tip and a name beyond it."""
    bold = "bold" if ink == plots.RED else "normal"
    look = {"arrowstyle": "-|>", "color": ink, "shrinkA": 0, "shrinkB": 0, "lw": 1.8}
    axes.annotate("", tuple(tip), (0, 0), arrowprops=look)
    axes.plot(*tip, "o", color=ink, ms=8)
    across = "left" if tip[0] > 0 else "right"
    offset = (8 if tip[0] > 0 else -8, 6 if tip[1] > 0 else -10)
    axes.annotate(
        name, tuple(tip), offset, textcoords="offset points", color=ink, ha=across, fontweight=bold
    )


def taken_apart(parts: Mapping[str, float], given: float, title: str, who: str) -> None:
    """Show the parts of one prediction, and what was given.

    Parameters
    ----------
    parts : mapping of str to float
        In stars, the mean of all first; the last is in the title.
    given : float
        The true rating.
    title : str
        Of the film.
    who : str
        Whose rating it is.
    """
    total = sum(parts.values())
    axes = plt.figure(figsize=(8, 3.3)).gca()
    plots.waterfall(axes, parts, "prediction")
    axes.bar(f"{who}\ngave", given, color=plots.GREEN, width=0.6)
    part, stars = list(parts.items())[-1]
    moved = f"adds {stars:.2f} stars to" if stars > 0 else f"takes {-stars:.2f} stars from"
    finding = f"{part.capitalize()} {moved} {_short([title])[0]} for {who}"
    axes.set(title=finding, ylabel="stars")
    axes.set_ylim(0, 1.15 * max(given, *np.cumsum(list(parts.values()))))
    sums = f"{', '.join(parts)} add up to {total:.2f} stars; {who} gave {given:g}"
    plots.show(f"Waterfall: {sums}. {finding}")


def leads(gaps: pd.DataFrame, ratings: int) -> None:
    """Show what models gain over the biases, by the share of ratings that they learn from.

    Parameters
    ----------
    gaps : DataFrame (model, kept, difference, low, high)
        The largest share first; differences in RMSE.
    ratings : int
        How many there are in all.
    """
    axes = plt.figure(figsize=(8, 3.8)).gca()
    styles = zip("os^", plots.PALETTE, strict=False)
    melts = True
    groups = gaps.groupby("model", sort=False)
    for (name, some), (marker, colour) in zip(groups, styles, strict=False):
        some = some.reset_index(drop=True)
        melts &= some["high"].iloc[0] < 0 <= some["high"].iloc[-1]
        spans = [some["difference"] - some["low"], some["high"] - some["difference"]]
        axes.errorbar(
            some.index,
            some["difference"],
            np.maximum(spans, 0),
            marker=marker,
            capsize=4,
            color=colour,
            label=name,
        )
    axes.axhline(0, color=plots.GREY)
    axes.legend(frameon=False)
    shares = gaps["kept"].unique()
    axes.set_xticks(range(len(shares)), [f"{kept:.0%}\n{kept * ratings:,.0f}" for kept in shares])
    title = "With fewer ratings, the lead over the averages melts away"
    title = title if melts else "The lead over the averages, by how many ratings there are"
    axes.set(title=title, xlabel="training ratings kept")
    axes.set_ylabel("RMSE minus that\nof the biases (stars)")
    plots.show(f"Lines with intervals: difference in error to the biases. {title}")
