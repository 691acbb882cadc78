"""Small MovieLens sets in every format, and a second, slow reader to compare with.

The reader below shares no code with nbhelpers' but the parsing of titles: it walks over
characters and lines where the library checks blocks of bytes with regular expressions.
"""

import time
from pathlib import Path

from nbhelpers.data.titles import split_title

RATINGS = [(1, 2, 4), (1, 10, 3), (2, 2, 5), (7, 3, 1), (7, 10, 2)]  # user, movie, stars
TIMES = [964982703, 1112486027, 838985046, 1256677221, 978300760]
TITLES = {
    2: ("Matrix, The (1999)", "Action|Sci-Fi"),
    3: ("American President, The (1995)", "Comedy|Drama"),
    10: ("Cité des enfants perdus, La (1995) ", "Fantasy"),
    11: ("Babylon 5", "(no genres listed)"),
}
TAG_LINES = [(1, 2, "great, really"), (7, 3, 'so "funny"'), (7, 10, "")]
LINK_LINES = [
    (2, "0133093", "603"),
    (3, "0112346", "9087"),
    (10, "0112682", "902"),
    (11, "0105946", ""),
]
FLAGS = [
    *("unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime"),
    *("Documentary", "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance"),
    *("Sci-Fi", "Thriller", "War", "Western"),
]
GENRES = {*FLAGS[1:], "Children", "IMAX"}
WHOLE_STARS = ("ml-100k", "ml-1m")
HALVES = {
    "0.5",
    "1",
    "1.0",
    "1.5",
    "2",
    "2.0",
    "2.5",
    "3",
    "3.0",
    "3.5",
    "4",
    "4.0",
    "4.5",
    "5",
    "5.0",
}


def _quote(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if set(cell) & set(',"') else cell


def _csv(header: str, rows, end: str = "\r\n") -> bytes:
    lines = [header, *(",".join(_quote(str(cell)) for cell in row) for row in rows)]
    return "".join(line + end for line in lines).encode()


def _plain(rows, separator: str, encoding: str) -> bytes:
    return "".join(separator.join(map(str, row)) + "\n" for row in rows).encode(encoding)


def files(name: str) -> dict[str, bytes]:
    """The files of a small set, by their names."""
    whole = [(*row, t) for row, t in zip(RATINGS, TIMES, strict=True)]
    half = [(user, movie, stars - 0.5, t) for user, movie, stars, t in whole]
    return encode(
        name,
        ratings=whole if name in WHOLE_STARS else half,
        movies=[(movie, title, genres) for movie, (title, genres) in TITLES.items()],
        tags=[(*row, t) for row, t in zip(TAG_LINES, TIMES, strict=False)],
        links=LINK_LINES,
        genome_tags=[(1, "007"), (2, "based on a book")],
        genome_scores=[(2, 1, "0.028749999999999998"), (2, 2, "2.5E-4"), (3, 1, 1.0)],
    )


def encode(name: str, ratings, movies, tags=(), links=(), genome_tags=(), genome_scores=()):
    """Rows as the files of a set, by their names; those that the set lacks are left out.

    Rows are (user, movie, stars, seconds), (movie, title, genres parted by |), (user, movie, tag,
    seconds), (movie, imdb id, tmdb id), (tag id, tag) and (movie, tag id, relevance).
    """
    if name == "ml-100k":
        items = [
            (movie, title, "01-Jan-1995", "", "http://us.imdb.com/", *flags)
            for movie, title, genres in movies
            for flags in [[int(flag in genres.split("|")) for flag in FLAGS]]
        ]
        return {"u.data": _plain(ratings, "\t", "ascii"), "u.item": _plain(items, "|", "latin-1")}
    if name in ("ml-1m", "ml-10m"):
        encoding = "latin-1" if name == "ml-1m" else "utf-8"
        short = [(user, movie, f"{stars:g}", t) for user, movie, stars, t in ratings]
        parts = {
            "ratings.dat": _plain(short, "::", "ascii"),
            "movies.dat": _plain(movies, "::", encoding),
        }
        return parts | ({"tags.dat": _plain(tags, "::", encoding)} if name == "ml-10m" else {})
    parts = {
        "ratings.csv": _csv("userId,movieId,rating,timestamp", ratings),
        "movies.csv": _csv("movieId,title,genres", movies),
        "tags.csv": _csv("userId,movieId,tag,timestamp", tags, "\n"),
        "links.csv": _csv("movieId,imdbId,tmdbId", links),
    }
    if name in ("ml-20m", "ml-25m"):
        parts["genome-tags.csv"] = _csv("tagId,tag", genome_tags)
        parts["genome-scores.csv"] = _csv("movieId,tagId,relevance", genome_scores)
    return parts


def write(folder: Path, name: str) -> Path:
    """Write the files of a small set into a new folder."""
    folder.mkdir(parents=True)
    for file, content in files(name).items():
        (folder / file).write_bytes(content)
    return folder


class Refused(Exception):
    """What the slow reader says of a file that is not right."""


def slow_rows(content: bytes, name: str, file: str) -> list[tuple]:
    """Read a file line by line; rows in the order of the file.

    Ratings give (user, movie, stars, time), movies (movie, title, year, genres), tags (user,
    movie, tag, time), links (movie, tmdb id or None), scores (movie, tag id, relevance).
    """
    latin = name == "ml-1m" or file == "u.item"
    if latin and any(not line.isascii() and _is_utf8(line) for line in content.split(b"\n")):
        raise Refused("UTF-8")
    if latin and any(0x80 <= byte < 0xA0 for byte in content):
        raise Refused("not a letter in latin-1")
    try:
        text = content.decode("latin-1" if latin else "utf-8")
    except UnicodeDecodeError as error:
        raise Refused("encoding") from error
    if not text.endswith("\n") or "\0" in text:
        raise Refused("cut, or NUL")
    lines = text[:-1].split("\n")
    if lines[0].endswith("\r"):
        if not all(line.endswith("\r") for line in lines):
            raise Refused("mixed line ends")
        lines = [line[:-1] for line in lines]
    if any("\r" in line for line in lines):
        raise Refused("carriage return")
    if file.endswith(".csv"):
        header = files(name)[file].split(b"\r\n" if b"\r\n" in files(name)[file] else b"\n")[0]
        if lines.pop(0) != header.decode():
            raise Refused("header")
        cells = [_walk(line) for line in lines]
    else:
        separator = "\t" if file == "u.data" else "|" if file == "u.item" else "::"
        if separator == "::" and any("\x1f" in line for line in lines):
            raise Refused("control character")
        cells = [line.split(separator) for line in lines]
    kind = {"u.data": "ratings", "u.item": "items"}.get(file, file.rsplit(".", 1)[0])
    rows = [_PARSERS[kind](row, name) for row in cells]
    keys = [row[:2] if kind in ("ratings", "genome-scores") else row[:1] for row in rows]
    if kind != "tags" and len(set(keys)) < len(keys):
        raise Refused("twice")
    if not rows and kind in ("ratings", "movies", "items"):
        raise Refused("nothing")
    return rows


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _walk(line: str) -> list[str]:
    """The cells of a CSV line, character by character."""
    cells, cell, at = [], "", 0
    while True:
        if line[at : at + 1] == '"':
            at += 1
            while True:
                if at >= len(line):
                    raise Refused("unterminated quote")
                if line[at] == '"' and line[at + 1 : at + 2] == '"':
                    cell, at = cell + '"', at + 2
                elif line[at] == '"':
                    at += 1
                    break
                else:
                    cell, at = cell + line[at], at + 1
        else:
            while at < len(line) and line[at] != ",":
                if line[at] == '"':
                    raise Refused("quote in a cell")
                cell, at = cell + line[at], at + 1
        cells.append(cell)
        cell = ""
        if at >= len(line):
            return cells
        if line[at] != ",":
            raise Refused("text behind a quote")
        at += 1


def _number(cell: str, most: int = 9_999_999) -> int:
    """A whole number from 1."""
    if not (cell.isascii() and cell.isdigit()) or cell[0] == "0" or int(cell) > most:
        raise Refused(f"number {cell!r}")
    return int(cell)


def _user(cell: str) -> int:
    return 0 if cell == "0" else _number(cell)


def _time(cell: str) -> int:
    seconds = _number(cell, int(time.time()) + 86_400)
    if seconds < 788_918_400:
        raise Refused("before 1995")
    return seconds


def _length(row: list[str], n: int) -> list[str]:
    if len(row) != n:
        raise Refused(f"{len(row)} cells")
    return row


def _rating(row: list[str], name: str) -> tuple:
    user, movie, stars, seconds = _length(row, 4)
    if stars not in (set("12345") if name in ("ml-100k", "ml-1m") else HALVES):
        raise Refused(f"stars {stars!r}")
    return _user(user), _number(movie), float(stars), _time(seconds)


def _movie(row: list[str], name: str) -> tuple:
    movie, raw, genres = _length(row, 3)
    kinds = [] if genres == "(no genres listed)" else genres.split("|")
    title, year = split_title(raw)
    if any((char < " " and char != "\t") or char == "\x7f" for char in raw):
        raise Refused("control character")
    if not title or not set(kinds) <= GENRES or (year and not 1874 <= year <= 2100) or year == 0:
        raise Refused("title, year or genre")
    return _number(movie), title, year, kinds


def _item(row: list[str], name: str) -> tuple:
    movie, title, _, _, _, *flags = _length(row, 24)
    if not set(flags) <= {"0", "1"}:
        raise Refused("flag")
    kinds = [kind for kind, flag in zip(FLAGS[1:], flags[1:], strict=True) if flag == "1"]
    return _movie([movie, title, "|".join(kinds) or "(no genres listed)"], name)


def _tag(row: list[str], name: str) -> tuple:
    user, movie, tag, seconds = _length(row, 4)
    return _user(user), _number(movie), tag, _time(seconds)


def _link(row: list[str], name: str) -> tuple:
    movie, imdb, tmdb = _length(row, 3)
    if imdb and not (imdb.isascii() and imdb.isdigit() and len(imdb) in (7, 8)):
        raise Refused("imdbId")
    return _number(movie), _number(tmdb, 99_999_999) if tmdb else None


def _score(row: list[str], name: str) -> tuple:
    movie, tag, relevance = _length(row, 3)
    base, _, power = relevance.replace("E", "e").partition("e")
    one, _, rest = base.partition(".")
    power = (
        power.removeprefix("-")
        if power.startswith("-")
        else ""
        if "e" in relevance.lower()
        else "0"
    )
    parts = [one, rest if "." in base else "0", power]
    if not all(part.isascii() and part.isdigit() for part in parts) or len(one + power) > 3:
        raise Refused("relevance")
    value = float(relevance)
    if len(one) > 1 or value > 1:
        raise Refused("relevance")
    return _number(movie), _number(tag), value


def _name(row: list[str], name: str) -> tuple:
    tag, text = _length(row, 2)
    return _number(tag), text


_PARSERS = {
    "ratings": _rating,
    "movies": _movie,
    "items": _item,
    "tags": _tag,
    "links": _link,
    "genome-scores": _score,
    "genome-tags": _name,
}
