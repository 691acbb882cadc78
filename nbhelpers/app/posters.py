"""Posters drawn by this project: title, year and genre of a film, as SVG.

They need no network and show nobody else's work. The same film always gets the same poster.
"""

import base64
import unicodedata
from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

import pandas as pd

from nbhelpers.app import motifs
from nbhelpers.app.text import markup, plain

WIDTH, HEIGHT = 240, 360
ART = 226  # height of the drawing; the title stands below it
INK = "#FFFFFF"
SANS = "'Avenir Next','Segoe UI','Helvetica Neue',Arial,'DejaVu Sans',sans-serif"
SERIF = "Georgia,'Palatino Linotype','Times New Roman','DejaVu Serif',serif"


class Look(NamedTuple):
    """How the posters of a genre look: drawing, ground, two colours for the drawing, font."""

    motif: Callable
    ground: str
    main: str
    side: str
    font: str = SANS


# Okabe & Ito's hues where there is a choice; grounds so dark that white text on them has a
# contrast of at least 7:1. The drawing tells genres apart where the colour does not.
LOOKS = {
    "Film-Noir": Look(motifs.blinds, "#17181B", "#D9D9D4", "#6B6B66", SERIF),
    "Animation": Look(motifs.bubbles, "#33215E", "#E69F00", "#56B4E9"),
    "Children": Look(motifs.balloons, "#0A4A63", "#F0C243", "#E8836B"),
    "Documentary": Look(motifs.lens, "#1D3A4A", "#8CC7CC", "#0E2430"),
    "Horror": Look(motifs.trees, "#2A0C10", "#D5602F", "#0D0405", SERIF),
    "Western": Look(motifs.mesas, "#5A2C12", "#F0A04B", "#2E1407", SERIF),
    "Musical": Look(motifs.equaliser, "#123A6B", "#F0D24B", "#CC79A7"),
    "War": Look(motifs.chevrons, "#38401F", "#C9B458", "#1F2411"),
    "Sci-Fi": Look(motifs.planet, "#08233B", "#56B4E9", "#E69F00"),
    "Fantasy": Look(motifs.moon, "#20194F", "#E6D9A8", "#B9A4EA", SERIF),
    "Mystery": Look(motifs.keyhole, "#14303F", "#F2D58B", "#5F9DB8", SERIF),
    "Crime": Look(motifs.fingerprint, "#25262B", "#D9773F", "#8E8F96"),
    "Romance": Look(motifs.pair, "#641C3C", "#F2A0AE", "#CC5E7F", SERIF),
    "Thriller": Look(motifs.spiral, "#1C2B30", "#D6B229", "#3F5A61"),
    "Adventure": Look(motifs.mountains, "#0E4747", "#F0CB6B", "#052626"),
    "Action": Look(motifs.rays, "#5E1F0F", "#F28C4B", "#A63C1D"),
    "Comedy": Look(motifs.confetti, "#5A3A05", "#FFD447", "#E88F5A"),
    "Drama": Look(motifs.curtain, "#43162F", "#D98BAA", "#7A2F55", SERIF),
}
PLAIN = Look(motifs.reel, "#333D47", "#AEBBC6", "#232B33")
_ALIASES = {
    "Science Fiction": "Sci-Fi",
    "Family": "Children",
    "Music": "Musical",
    "Children's": "Children",
}


def genre_of(genres: Sequence[str], seed: int = 0) -> str:
    """Return a genre that marks a film: by turns one of the two rarest; "" where none is known."""
    known = {_ALIASES.get(genre, genre) for genre in genres}
    telling = [genre for genre in LOOKS if genre in known][:2]
    return telling[seed // 3 % len(telling)] if telling else ""


def poster(title: str, year: object = None, genres: Sequence[str] = (), seed: int = 0) -> str:
    """Draw the poster of a film.

    Parameters
    ----------
    title : str
        Any text; too long a title ends in "…".
    year : int or missing, optional
    genres : sequence of str
        One of them gives the poster its look, see `genre_of`.
    seed : int
        Number of the film: the drawing differs between films and never changes for one.

    Returns
    -------
    str
        An SVG document of 240 × 360 units. It holds neither scripts nor addresses to load.
    """
    genre = genre_of(genres, seed)
    look = LOOKS.get(genre, PLAIN)
    lines, size = fit(plain(title) or "Untitled", bold_serif=look.font == SERIF)
    top = ART + 26 + (HEIGHT - ART - 56 - len(lines) * size * 1.14) / 2 + size * 0.62
    words = [
        f'<text x="18" y="{top + k * size * 1.14:.1f}" font-size="{size}">{markup(line)}</text>'
        for k, line in enumerate(lines)
    ]
    foot = " · ".join(filter(None, [str(int(year)) if pd.notna(year) else "", genre]))
    drawing = "".join(look.motif(Random(int(seed)), look.main, look.side))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<clipPath id="a"><rect width="{WIDTH}" height="{ART}"/></clipPath>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{look.ground}"/>'
        f'<g clip-path="url(#a)">{drawing}</g>'
        f'<rect y="{ART}" width="{WIDTH}" height="4" fill="{look.main}"/>'
        f'<g fill="{INK}" font-family="{look.font}" font-weight="700">{"".join(words)}</g>'
        f'<text x="18" y="{HEIGHT - 16}" fill="{INK}" font-family="{SANS}" font-size="12.5" '
        f'letter-spacing="1.2">{markup(foot.upper())}</text></svg>'
    )


def address(svg: str) -> str:
    """Return a drawing as an address that an image can have."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def fit(title: str, bold_serif: bool = False) -> tuple[list[str], float]:
    """Break a title into lines for the poster, in the largest type in which they find room.

    Parameters
    ----------
    title : str
    bold_serif : bool
        Whether the font is the wider one.

    Returns
    -------
    list of str
        At least one line; the last one ends in "…" where the title is too long.
    float
        Size of the type, in units of the poster.
    """
    room, scale = WIDTH - 36, 1.06 if bold_serif else 1.0
    for size, most in ((30, 2), (26, 3), (22, 3), (18.5, 4), (15.5, 5)):
        lines = _wrap(title, room / size / scale)
        if len(lines) <= most and all(width(line) * size * scale <= room for line in lines):
            return lines, size
    lines, limit = _wrap(title, room / size / scale, hard=True), room / size / scale
    if len(lines) > most:
        last = lines[most - 1]
        while last and width(last + "…") > limit:
            last = last[:-1]
        lines = [*lines[: most - 1], last.rstrip() + "…"]
    return lines, size


def width(text: str) -> float:
    """Estimate how wide a text is in bold type, in units of the type's size: rather too wide."""
    return sum(map(_advance, text))


def _advance(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0
    if unicodedata.east_asian_width(letter) in "WF" or ord(letter) > 0x2E80:
        return 1.1
    if letter in "iljtfrI.,:;'!|()[] -":
        return 0.38
    if letter in "mwMW@%&—":
        return 1.05
    return 0.76 if letter.isupper() or letter.isdigit() else 0.63


def _wrap(title: str, limit: float, hard: bool = False) -> list[str]:
    """Break at spaces, as evenly as goes; `hard` breaks inside words that are too long as well."""
    lines = [""]
    for word in title.split():
        while hard and width(word) > limit:
            cut = next(n for n in range(len(word), 0, -1) if width(word[:n]) <= limit)
            lines.append(word[:cut])
            word = word[cut:]
        joined = f"{lines[-1]} {word}".strip()
        if width(joined) <= limit:
            lines[-1] = joined
        else:
            lines.append(word)
    return [line for line in lines if line] or [title]
