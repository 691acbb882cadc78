"""How the files of each MovieLens set are written: fields, separators, encodings, names.

Sources: F. M. Harper and J. A. Konstan, "The MovieLens Datasets: History and Context", ACM TiiS
5(4), 2015, and the README of each set.
"""

from dataclasses import dataclass, replace

import pyarrow as pa

from nbhelpers.data.formats.delimited import CSV, Field, Style

# In the order of the flags in u.item of ml-100k.
FLAGS = [
    *("unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime"),
    *("Documentary", "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance"),
    *("Sci-Fi", "Thriller", "War", "Western"),
]
GENRES = {*FLAGS, "Children", "IMAX"} - {"unknown"}
# Of TMDB and IMDb; some are near in spelling to others, and no slips.
OTHER_GENRES = {
    *("Biography", "Family", "History", "Music", "News", "Science Fiction", "Short", "Sport"),
    *("Sports", "TV Movie", "Game-Show", "Reality-TV", "Talk-Show", "Foreign", "Adult", "Anime"),
}


def _id(column: str, source: str) -> Field:
    expected = "a whole number from 1 to 9999999"
    return Field(column, source, pa.int32(), rb"[1-9][0-9]{0,6}+", expected)


def _number(column: str, type: pa.DataType, pattern: bytes, expected: str) -> Field:
    return Field(column, column, type, pattern, expected)


MOVIE = _id("movie_id", "movieId")
# Who adds ratings of their own, or counts users anew, begins with 0.
USER = Field(
    "user_id", "userId", pa.int32(), rb"(?:0|[1-9][0-9]{0,6}+)", "a whole number from 0 to 9999999"
)
TITLE, GENRE_LIST = Field("title", "title"), Field("genres", "genres")
WHOLE = _number("rating", pa.int8(), rb"[1-5]", "whole stars from 1 to 5")
HALF = _number(
    "rating",
    pa.float32(),
    rb"(?:0\.5|[1-4](?:\.[05])?+|5(?:\.0)?+)",
    "stars from 0.5 to 5.0 in steps of 0.5",
)
TIME = replace(
    _number("timestamp", pa.int64(), rb"[1-9][0-9]{8,9}+", "seconds since 1970, 9 or 10 digits"),
    optional=True,
)
TAGS = [USER, MOVIE, Field("tag", "tag", breaks=True), TIME]
LINKS = [
    MOVIE,
    Field("imdb_id", "imdbId", pa.string(), rb"(?:[0-9]{7,8}+)?+", "7 or 8 digits"),
    Field("tmdb_id", "tmdbId", pa.int64(), rb"(?:[1-9][0-9]{0,7}+)?+", "a whole number or nothing"),
]
GENOME_TAGS = [_id("tag_id", "tagId"), Field("tag", "tag")]
GENOME_SCORES = [
    MOVIE,
    _id("tag_id", "tagId"),
    _number(
        "relevance",
        pa.float32(),
        rb"[0-9](?:\.[0-9]++)?+(?:[eE]-[0-9]{1,2}+)?+",
        "a number from 0 to 1",
    ),
]


@dataclass(frozen=True)
class Layout:
    """The files of a set, and how their lines are written. `extras` may be missing."""

    ratings: str = "ratings.csv"
    movies: str = "movies.csv"
    extras: tuple[str, ...] = ("tags.csv", "links.csv")
    style: Style = CSV
    item_style: Style = CSV
    stars: Field = HALF
    item_fields: tuple[Field, ...] = (MOVIE, TITLE, GENRE_LIST)


def _colons(encoding: str) -> Style:
    return Style(b"::", header=False, quoted=False, encoding=encoding)


_DAT = "ratings.dat", "movies.dat"
_GENOME = Layout(extras=("tags.csv", "links.csv", "genome-tags.csv", "genome-scores.csv"))
_ITEM = ("release date", "video release date", "IMDb URL")
LAYOUTS = {
    **dict.fromkeys(("ml-latest-small", "ml-32m"), Layout()),
    **dict.fromkeys(("ml-20m", "ml-25m", "ml-latest"), _GENOME),
    "ml-100k": Layout(
        ratings="u.data",
        movies="u.item",
        extras=(),
        style=Style(b"\t", header=False, quoted=False),
        item_style=Style(b"|", header=False, quoted=False, encoding="latin-1"),
        stars=WHOLE,
        item_fields=(
            *(MOVIE, TITLE),
            *(Field(name, name) for name in _ITEM),
            *(Field(name, name, pa.bool_(), rb"[01]", "0 or 1") for name in FLAGS),
        ),
    ),
    "ml-1m": Layout(
        *_DAT,
        extras=(),
        style=_colons("latin-1"),
        item_style=_colons("latin-1"),
        stars=WHOLE,
    ),
    "ml-10m": Layout(
        *_DAT,
        extras=("tags.dat",),
        style=_colons("utf-8"),
        item_style=_colons("utf-8"),
    ),
}
