"""What a person's ratings say about the person, beside what everyone's ratings say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from nbhelpers.data.datasets import Dataset
from nbhelpers.features.summaries import LIKE_FROM

NAMED = ("genres", "directors", "actors")
SHRINKAGE = 5  # ratings, as in the features of the models: so many are needed to tell half
NOTABLE = 1.25  # the least lift to speak of
SURE = 0.95  # of what the true value may be, this much lies within the interval that is given
WITHIN = float(special.ndtri((1 + SURE) / 2))  # standard deviations to either side
TOP = 10
MONTHS = 36  # of a timeline by month; a longer one goes by year


@dataclass(frozen=True, eq=False)
class Averages:
    """What everyone's ratings say: the measure of a profile."""

    mean: float  # of all ratings, in stars
    spread: float  # standard deviation of the ratings around their films' means, in stars
    means: pd.Series  # of each rated film's ratings, in stars, by movie_id
    shares: dict[str, pd.Series]  # for each of `NAMED`, of all ratings, by name

    @classmethod
    def of(cls, data: Dataset) -> Averages:
        """Return what the ratings of a data set say."""
        rating = data.ratings["rating"].astype("float64")
        stars = rating.groupby(data.ratings["movie_id"])
        count, means = stars.size(), stars.mean()
        shares = {}
        for kind in NAMED:
            pairs = _pairs(data.movies, kind)
            given = pairs["movie_id"].map(count).fillna(0).astype("float64")
            shares[kind] = given.groupby(pairs["name"]).sum() / len(data.ratings)
        spread = np.sqrt((stars.var(ddof=0) * count).sum() / len(rating))
        return cls(float(rating.mean()), float(spread), means, shares)

    def of_movies(self, movies: pd.Series) -> np.ndarray:
        """Return the films' means in stars; the mean of all for a film nobody rated."""
        return self.means.reindex(movies).fillna(self.mean).to_numpy()


@dataclass(frozen=True, eq=False)
class Profile:
    """One person's taste.

    Parameters
    ----------
    n : int
        Number of ratings.
    mean : float
        In stars; NaN if there are none.
    strictness : float
        Stars below the films' means, on average; negative for the generous. Drawn towards 0 by
        `SHRINKAGE` ratings.
    strictness_margin : float
        How far the strictness may be off, to either side: half of its interval of `SURE`.
    like_share : float
        Share of ratings of 4 stars or more; NaN if there are none.
    modern : float
        Years by which the films liked are newer than the films rated, drawn towards 0 likewise.
    modern_margin : float
        What it would stay within, in `SURE` of all cases, if the years did not matter.
    genres, directors, actors : DataFrame (name, count, mean, lift, low, high)
        What this person chooses more often than others, the most telling first; without what
        they rate lower than usual, and without what occurs once (if there are six ratings).
        `lift` compares with all ratings, and lies between low and high, see `lift` and
        `lift_interval`.
    timeline : DataFrame (when, count, mean)
        By month, or by year if it is long; empty without timestamps.
    favourites : DataFrame (movie_id, title, rating)
        Liked (4 stars or more), and rated above the film's mean: the best rated, of these first
        what others rate lower.
    """

    n: int
    mean: float
    strictness: float
    strictness_margin: float
    like_share: float
    modern: float
    modern_margin: float
    genres: pd.DataFrame
    directors: pd.DataFrame
    actors: pd.DataFrame
    timeline: pd.DataFrame
    favourites: pd.DataFrame

    def sentences(self) -> list[str]:
        """Return what is worth saying, in words that suit "you" as well as anybody.

        Said is only what the ratings carry: differences that are larger than their margins.

        Returns
        -------
        list of str
        """
        if not self.n:
            return ["No ratings yet."]
        if self.n == 1:
            return [f"1 rating, {self.mean:.1f}★."]
        said = [
            f"{self.n} ratings, {self.mean:.1f}★ on average; "
            f"{self.like_share:.0%} are likes ({LIKE_FROM:.0f}★ or more)."
        ]
        if abs(self.strictness) >= max(0.1, self.strictness_margin):
            word = "Stricter" if self.strictness > 0 else "More generous"
            said.append(f"{word} than others with the same films, by {abs(self.strictness):.1f}★.")
        words = (("", "genres", 2), ("films by ", "directors", 1), ("films with ", "actors", 1))
        often = [
            f"{before}{' and '.join(f'{row.name} ({row.lift:.1f} times)' for row in rows)}"
            for before, kind, n in words
            if (rows := list(self.notable(kind).head(n).itertuples(index=False)))
        ]
        if often:
            said.append(f"More often than others: {', '.join(often)}.")
        if abs(self.modern) >= max(1, self.modern_margin):
            word = "newer" if self.modern > 0 else "older"
            said.append(f"Likes the {word} ones: by {abs(self.modern):.1f} years on average.")
        return said

    def notable(self, kind: str) -> pd.DataFrame:
        """Return what is surely chosen more often than by others.

        Parameters
        ----------
        kind : str
            One of `NAMED`.

        Returns
        -------
        DataFrame
            Those rows of the table of that name whose lift is at least `NOTABLE`, and surely
            above 1.
        """
        table: pd.DataFrame = getattr(self, kind)
        return table[(table["lift"] >= NOTABLE) & (table["low"] > 1)]

    def as_dict(self) -> dict[str, Any]:
        """Return all of it in lists, texts and numbers that JSON knows.

        Returns
        -------
        dict of str to object
            Numbers are rounded to three digits, and None for NaN.
        """
        tables = {name: _plain(getattr(self, name)) for name in (*NAMED, "timeline", "favourites")}
        numbers = ("n", "mean", "like_share", "strictness", "modern")
        margins = ("strictness_margin", "modern_margin")
        known = {name: _number(getattr(self, name)) for name in (*numbers, *margins)}
        return known | tables | {"sentences": self.sentences()}


def profile(ratings: pd.DataFrame, movies: pd.DataFrame, everyone: Averages) -> Profile:
    """Return the profile of one person, by all of their ratings, with or without timestamps.

    Ratings of films that are not listed count, but without names.
    """
    n, rating = len(ratings), ratings["rating"].to_numpy("float64")
    at = pd.Index(movies["movie_id"]).get_indexer(ratings["movie_id"])
    listed = movies[["movie_id", "title", "year", *NAMED]].iloc[at[at >= 0]]
    listed = listed.assign(rating=rating[at >= 0])
    like, above = rating >= LIKE_FROM, rating - everyone.of_movies(ratings["movie_id"])
    modern, modern_margin = _modern(listed)
    return Profile(
        n=n,
        mean=float(rating.mean()) if n else np.nan,
        strictness=float(0 - above.sum() / (n + SHRINKAGE)),
        strictness_margin=float(WITHIN * everyone.spread / np.sqrt(n + SHRINKAGE)),
        like_share=float(like.mean()) if n else np.nan,
        modern=modern,
        modern_margin=modern_margin,
        **{kind: _top(listed, kind, n, everyone) for kind in NAMED},
        timeline=timeline(ratings),
        favourites=_favourites(listed.assign(above=above[at >= 0])),
    )


def lift(count: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return how many times more often than expected something occurs, drawn towards 1.

    .. math:: \\frac{c + k}{e + k}

    which for a count c, Poisson distributed around its lift times the expectation e, is the mean
    of what the lift may be, if it was Gamma distributed around 1 (shape and rate k = `SHRINKAGE`)
    before anything was counted: DuMouchel (1999), The American Statistician 53 (3), with one
    Gamma distribution in place of his two.
    """
    return (count + SHRINKAGE) / (expected + SHRINKAGE)


def lift_interval(count: np.ndarray, expected: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return between what the lift lies with a probability of `SURE`, by the same reasoning.

    What it may be after a count c is Gamma distributed with shape c + k and rate e + k.
    """
    tail, shape, rate = (1 - SURE) / 2, count + SHRINKAGE, expected + SHRINKAGE
    return special.gammaincinv(shape, tail) / rate, special.gammainccinv(shape, tail) / rate


def timeline(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return when, count and mean of ratings by month, by year if there are many months.

    `when` is the first day (datetime64); a month without ratings has the count 0, the mean NaN.
    """
    if "timestamp" not in ratings or ratings["timestamp"].isna().all():
        return pd.DataFrame({"when": pd.to_datetime([]), "count": [], "mean": []})
    month = ratings["timestamp"].dt.to_period("M")
    many = (month.max() - month.min()).n >= MONTHS
    period = ratings["timestamp"].dt.to_period("Y") if many else month
    table = ratings["rating"].astype("float64").groupby(period).agg(["size", "mean"])
    table = table.reindex(pd.period_range(period.min(), period.max(), name="when"))
    count = table["size"].fillna(0).astype("int64").to_numpy()
    when = pd.PeriodIndex(table.index).to_timestamp()
    return pd.DataFrame({"when": when, "count": count, "mean": table["mean"].to_numpy()})


def _modern(listed: pd.DataFrame) -> tuple[float, float]:
    """Return how much newer the liked are, and what that is within if the years do not matter.

    Then the liked ones are any of the films: a sample that is drawn without putting back.
    """
    dated = listed.dropna(subset="year").astype({"year": "float64"})
    years, liked = dated["year"].to_numpy(), dated["rating"].to_numpy() >= LIKE_FROM
    n, likes = len(years), liked.sum()
    if n < 2:
        return 0.0, 0.0
    newer = (years - years.mean())[liked].sum() / (likes + SHRINKAGE)
    off = years.std() * np.sqrt(likes * (n - likes) / (n - 1)) / (likes + SHRINKAGE)
    return float(newer), float(WITHIN * off)


def _top(listed: pd.DataFrame, kind: str, n: int, everyone: Averages) -> pd.DataFrame:
    stars = listed["rating"].to_numpy()
    which = np.repeat(np.arange(len(listed)), listed[kind].str.len().to_numpy("int64"))
    names, name = np.unique([x for names in listed[kind] for x in names], return_inverse=True)
    count = np.bincount(name, minlength=len(names))
    total = np.bincount(name, weights=stars[which], minlength=len(names))
    expected = n * everyone.shares[kind].reindex(names).fillna(0).to_numpy()
    usual = stars.mean() if len(stars) else 0
    slack = 0.25 if kind == "genres" else 0  # a chart of genres should not lack a common one
    liked = (total - count * usual) / (count + SHRINKAGE) >= -slack - 1e-9
    table = pd.DataFrame({"name": names, "count": count, "mean": total / count})
    table["lift"] = lift(count, expected)
    table["low"], table["high"] = lift_interval(count, expected)
    table = table[liked & (count >= min(2, n // 3))]
    best = table.sort_values(["lift", "mean", "name"], ascending=[False, False, True])
    return best.head(TOP).reset_index(drop=True)


def _favourites(listed: pd.DataFrame) -> pd.DataFrame:
    liked = listed[(listed["rating"] >= LIKE_FROM) & (listed["above"] > 0)]
    best = liked.sort_values(["rating", "above", "movie_id"], ascending=[False, False, True])
    return best[["movie_id", "title", "rating"]].head(TOP).reset_index(drop=True)


def _pairs(movies: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return one row (movie_id, name) for each name of each film."""
    pairs = movies[["movie_id", kind]].explode(kind).dropna(subset=kind).drop_duplicates()
    return pairs.set_axis(["movie_id", "name"], axis=1).reset_index(drop=True)


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    if "when" in table:
        table = table.assign(when=table["when"].dt.strftime("%Y-%m"))
    rows = table.to_dict("records")
    return [{str(name): _number(value) for name, value in row.items()} for row in rows]


def _number(value: Any) -> Any:
    """Return a number as JSON knows it, rounded; None for NaN; anything else as it is."""
    if isinstance(value, (float, np.floating)):
        return round(float(value), 3) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value
