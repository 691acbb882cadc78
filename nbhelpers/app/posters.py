"""Posters made of a film's title, year and genre: a coloured tile, laid out by the browser.

They need no network and show nobody else's work. The same film always gets the same tile.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

from nbhelpers.app.text import markup, plain, titled


class Look(NamedTuple):
    """The colours of a tile: its ground, and what shines on it."""

    ground: str
    light: str


# Okabe & Ito's hues, told apart by colour-blind readers, each on a dark shade of itself: white
# text has a contrast of at least 7:1 on it. The tile names the genre as well.
VERMILION = Look("#3F1705", "#E2661A")
ORANGE = Look("#402A05", "#E69F00")
YELLOW = Look("#38350A", "#F0E442")
GREEN = Look("#03382B", "#0BAE82")
SKY = Look("#0C3048", "#56B4E9")
BLUE = Look("#0A2340", "#2B8BD0")
PINK = Look("#421C37", "#CC79A7")
GREY = Look("#23272E", "#B4BAC2")
# The genre that tells most of a film comes first: it gives the tile its colours.
LOOKS = {
    "Film-Noir": GREY,
    "Animation": YELLOW,
    "Children": YELLOW,
    "Documentary": GREY,
    "Horror": VERMILION,
    "Western": ORANGE,
    "Musical": PINK,
    "War": GREEN,
    "Sci-Fi": SKY,
    "Fantasy": BLUE,
    "Mystery": BLUE,
    "Crime": GREY,
    "Romance": PINK,
    "Thriller": GREEN,
    "Adventure": SKY,
    "Action": VERMILION,
    "Comedy": ORANGE,
    "Drama": BLUE,
}
_ALIASES = {"Science Fiction": "Sci-Fi", "Family": "Children", "Music": "Musical"}


def tile(title: Any, year: Any, genres: Sequence[str], number: int) -> str:
    """Return the poster of a film as HTML; its number sets where the light stands."""
    known = {_ALIASES.get(genre, genre) for genre in genres}
    genre = next((genre for genre in LOOKS if genre in known), "")
    look, name = LOOKS.get(genre, GREY), plain(title) or "Untitled"
    longest = max(map(len, name.split()))
    size = max(8, min(14, 120 / longest, 20 - len(name) / 4))  # % of the tile's width
    foot = " · ".join(filter(None, [str(int(year)) if pd.notna(year) else "", genre]))
    style = f"background-color: {look.ground}; --light: {look.light}; "
    style += f"--size: {size:.1f}cqw; --place: {20 + number * 37 % 61}%"
    return (
        f'<div class="nb-poster nb-drawn" role="img" aria-label="{alt(title, year)}" '
        f'style="{style}"><b><bdi>{markup(name)}</bdi></b><small>{markup(foot)}</small></div>'
    )


def picture(address: str, title: Any, year: Any) -> str:
    """Return the HTML of a poster that is a picture."""
    return (
        f'<img class="nb-poster" src="{address}" alt="{alt(title, year)}" '
        'width="240" height="360" loading="lazy">'
    )


def alt(title: Any, year: Any) -> str:
    """Return what stands for a poster where it cannot be seen."""
    return f"Poster of {markup(titled(title, year))}"
