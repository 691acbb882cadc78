"""Other ways to write the small MovieLens sets, a slow reader of them, and slips in them.

The reader walks over characters and shares no code with the library's; it takes whatever has one
meaning, and is to agree with the library on every row that the library reads.
"""

import csv
import datetime
import functools
import io
import random
import unittest.mock

import movielens_sets as sets
import numpy as np
from movielens_sets import FLAGS, Refused

from nbhelpers.data.formats import movielens_files as files
from nbhelpers.data.formats import raw_files
from nbhelpers.data.formats.movielens_layouts import LAYOUTS
from nbhelpers.data.titles import split_title
from nbhelpers.errors import DataError

BLOCKS = raw_files.blocks
BOM = b"\xef\xbb\xbf"
NO_TIME = -(2**63)  # a time that is none, in nanoseconds or seconds
# Each way a file is written, once: the CSV sets share theirs.
FILES = [
    (name, file) for name in ("ml-100k", "ml-1m", "ml-10m", "ml-25m") for file in sets.files(name)
]
# Pieces that tend to look like data, or to break it.
PIECES = [
    *(b"0", b"1", b"5", b"9", b".", b".5", b".0", b",", b"::", b":", b"\t", b"|", b'"', b'""'),
    *(b" ", b"-", b"+", b"e3", b"NaN", b"\n", b"\r\n", b"\r", b"\0", b"\x1f", b"\x1e", b"\xe9"),
    *("é".encode(), b"\xff", BOM, b"(1995)", b"Drama", b";", "\u2028".encode(), b"\x92"),
    *(b"userId", b"1999-01-01", b" 10:00:00"),
]


def _rows(name: str, file: str) -> tuple[list[str], list[list[str]]]:
    """The names of a CSV file's columns, and its rows."""
    text = sets.files(name)[file].decode()
    head, *rows = csv.reader(io.StringIO(text, newline=""))
    return head, rows


def _written(rows, separator: str = ",", quoting=csv.QUOTE_MINIMAL, end: str = "\n") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, quoting=quoting, lineterminator=end).writerows(rows)
    return out.getvalue().encode()


def _snake(name: str) -> str:
    return "".join("_" + char.lower() if char.isupper() else char for char in name)


def _each(head, rows, change) -> list[list[str]]:
    """Rows with every cell changed by its column."""
    return [head, *([change(n, c) for n, c in zip(head, row, strict=True)] for row in rows)]


def _date(form: str):
    def change(name: str, cell: str) -> str:
        if name != "timestamp":
            return cell
        return datetime.datetime.fromtimestamp(int(cell), datetime.UTC).strftime(form)

    return change


def _comma(name: str, cell: str) -> str:
    return cell.replace(".", ",") if name in ("rating", "relevance") else cell


def _float(name: str, cell: str) -> str:
    return f"{cell}.0" if name.endswith("Id") and name != "imdbId" and cell else cell


def variants(name: str, file: str) -> dict[str, bytes]:
    """A file in every dialect that means the same; the first is the plain one."""
    plain = sets.files(name)[file]
    found = {"plain": plain, "marked": BOM + plain}
    end = b"\r\n" if b"\r\n" in plain else b"\n"
    found["blank lines"] = plain + end + end
    if not file.endswith(".csv"):
        if name == "ml-1m" or file == "u.item":
            found["UTF-8"] = plain.decode("latin-1").encode()
        return found
    head, rows = _rows(name, file)
    table = [head, *rows]
    turned = [row[::-1] for row in table]
    wide = [
        [*row, cell] for row, cell in zip(table, ["source", *["w, e"] * len(rows)], strict=True)
    ]
    indexed = [[str(i - 1) if i else "", *row] for i, row in enumerate(table)]
    return found | {
        "quoted": _written(table, quoting=csv.QUOTE_ALL),
        "quoted header": _written([head], quoting=csv.QUOTE_ALL) + _written(rows),
        "indexed": _written(indexed),
        "turned": _written(turned, end="\r\n"),
        "wide": _written(wide),
        "snake": _written([[_snake(n) for n in head], *rows]),
        "capitals": _written([[n.upper() for n in head], *rows]),
        "semicolons": BOM + _written(_each(head, rows, _comma), ";", end="\r\n"),
        "tabs": _written(table, "\t"),
        "floats": _written(_each(head, rows, _float)),
        "times": _written(_each(head, rows, _date("%Y-%m-%d %H:%M:%S"))),
        "ISO times": _written(_each(head, rows, _date("%Y-%m-%dT%H:%M:%SZ"))),
        "no end, wide": _written(wide)[:-1],
    }


def fast_rows(path, name: str, report=None) -> list[tuple]:
    """The rows that the library reads from a file, in the slow reader's form."""
    layout = LAYOUTS[name]
    if path.name == layout.ratings:
        table = files.read_ratings(path, layout.style, layout.stars, report)
        table["timestamp"] = table["timestamp"].astype("int64")
    elif path.name.startswith("tags"):
        table = files.read_tags(path, layout.style, report)
        table["timestamp"] = table["timestamp"].astype("int64")
    elif path.name == layout.movies:
        table = files.read_movies(path, layout, report)[["movie_id", "title", "year", "genres"]]
    elif path.name == "links.csv":
        table = files.read_links(path, report).reset_index()
    else:
        folder = path.parent
        table = files.read_genome(folder / "genome-tags.csv", folder / "genome-scores.csv", report)
        table["tag"] = table["tag"].astype(str)
    table = table.astype(object)
    return list(table.where(table.notna(), None).itertuples(index=False, name=None))


# The slow reader


def lenient_rows(content: bytes, name: str, file: str) -> list[tuple]:
    """The rows of a file in whatever dialect, in the order of the file; see `sets.slow_rows`."""
    text = _text(content.removeprefix(BOM), latin=name == "ml-1m" or file == "u.item")
    own = {"u.data": "\t", "u.item": "|"}.get(file, "," if file.endswith(".csv") else "::")
    kind = {"u.data": "ratings", "u.item": "items"}.get(file, file.rsplit(".", 1)[0])
    wanted = _COLUMNS[kind]
    first = text.split("\n", 1)[0].removesuffix("\r")
    for separator in (own, ",", ";", "\t"):
        places = _places(first, separator, wanted)
        if places:
            head, *rows = _records(text, separator, quoted=True)
            break
    else:
        if file.endswith(".csv"):
            raise Refused("header")
        places, separator = list(range(len(wanted))), own
        head, rows = wanted, _records(text, own, quoted=False)
    while rows and rows[-1] == [""]:
        rows.pop()
    if any(len(row) != len(head) for row in rows):
        raise Refused("cells")
    cells = [[None if p is None else row[p] for p in places] for row in rows]
    return [_PARSERS[kind](row, name) for row in cells]


_COLUMNS = {
    "ratings": ["userid", "movieid", "rating", "timestamp"],
    "movies": ["movieid", "title", "genres"],
    "items": ["movieid", "title", "a", "b", "c", *FLAGS],
    "tags": ["userid", "movieid", "tag", "timestamp"],
    "links": ["movieid", "imdbid", "tmdbid"],
    "genome-tags": ["tagid", "tag"],
    "genome-scores": ["movieid", "tagid", "relevance"],
}


def _text(content: bytes, latin: bool) -> str:
    if b"\0" in content:
        raise Refused("NUL")
    try:
        return content.decode()
    except UnicodeDecodeError:
        if not latin or any(0x80 <= byte < 0xA0 for byte in content):
            raise Refused("encoding") from None
    return content.decode("latin-1")


def _places(head: str, separator: str, wanted: list[str]) -> list[int | None] | None:
    try:
        names = _records(head + "\n", separator, len(separator) == 1)[0]
    except Refused:
        return None
    keys = ["".join(c for c in name.lower() if c not in "_- ") for name in names]
    other = {"userid": "user", "movieid": "movie", "timestamp": "time", "genres": "genre"}
    places: list[int | None] = []
    for one in wanted:
        fits = [i for i, key in enumerate(keys) if key in (one, other.get(one))]
        if len(fits) != 1 and one != "timestamp":
            return None
        places.append(fits[0] if fits else None)
    return places


def _records(text: str, separator: str, quoted: bool) -> list[list[str]]:
    """All rows, character by character; a last row without an end is one."""
    rows, row, cell, at = [], [], [], 0
    crlf = text.split("\n", 1)[0].endswith("\r")
    fresh = True  # at the start of a cell
    while at < len(text):
        if fresh and quoted and text[at] == '"':
            at += 1
            while text[at : at + 1] != '"' or text[at + 1 : at + 2] == '"':
                if at >= len(text):
                    raise Refused("open quotation mark")
                at += text[at] == '"'
                cell.append(text[at])
                at += 1
            at += 1
            if at < len(text) and not text.startswith((separator, "\n", "\r\n"), at):
                raise Refused("text behind a quotation mark")
            fresh = False
        elif text.startswith(separator, at):
            row, cell, at, fresh = [*row, "".join(cell)], [], at + len(separator), True
        elif text[at] == "\n" or (crlf and text.startswith("\r\n", at)):
            if crlf != (text[at] == "\r"):
                raise Refused("line ends of two kinds")
            rows.append([*row, "".join(cell)])
            row, cell, at, fresh = [], [], at + 1 + crlf, True
        elif text[at] == "\r" or (quoted and text[at] == '"'):
            raise Refused("a character that is out of place")
        else:
            cell.append(text[at])
            at, fresh = at + 1, False
    return [*rows, [*row, "".join(cell)]] if row or cell else rows


def _whole(cell: str, least: int = 1, most: int = 9_999_999) -> int:
    digits, mark, rest = cell.replace(",", ".").partition(".")
    if not (digits.isascii() and digits.isdigit()) or set(rest) - {"0"} or (mark and not rest):
        raise Refused(f"number {cell!r}")
    if (len(digits) > 1 and digits[0] == "0") or not least <= int(digits) <= most:
        raise Refused(f"number {cell!r}")
    return int(digits)


def _seconds(cell: str | None) -> int:
    if cell is None:
        return NO_TIME
    if "-" in cell:
        time = datetime.datetime.fromisoformat(cell)
        return int(time.replace(tzinfo=datetime.UTC).timestamp())
    return _whole(cell, 788_918_400, 10**10)


def _part(cell: str) -> float:
    """A number with a decimal point or comma, and perhaps a power of ten."""
    text = cell.replace(",", ".")
    if set(text) - set("0123456789.eE-") or not text[:1].isdigit():
        raise Refused(cell)
    return float(text)


def _rating(row, name):
    stars = _part(row[2])
    if stars not in (
        (1, 2, 3, 4, 5) if name in sets.WHOLE_STARS else {float(h) for h in sets.HALVES}
    ):
        raise Refused("stars")
    return _whole(row[0], 0), _whole(row[1]), stars, _seconds(row[3])


def _movie(row, name):
    title, year = split_title(row[1])
    kinds = [] if row[2] == "(no genres listed)" else row[2].split("|")
    return _whole(row[0]), title, year, kinds


def _item(row, name):
    kinds = [kind for kind, flag in zip(FLAGS[1:], row[6:], strict=True) if flag == "1"]
    return _movie([row[0], row[1], "|".join(kinds) or "(no genres listed)"], name)


def _link(row, name):
    return _whole(row[0]), _whole(row[2], 1, 99_999_999) if row[2] else None


_PARSERS = {
    "ratings": _rating,
    "movies": _movie,
    "items": _item,
    "tags": lambda row, name: (_whole(row[0], 0), _whole(row[1]), row[2], _seconds(row[3])),
    "links": _link,
    "genome-tags": lambda row, name: (_whole(row[0]), row[1]),
    "genome-scores": lambda row, name: (_whole(row[0]), _whole(row[1]), _part(row[2])),
}


# Slips, and what comes of them


def slips(rng: random.Random) -> list[tuple[int, int, int, bytes]]:
    """One to three changes of bytes or lines, for `changed`."""
    return [
        (rng.randrange(8), rng.randrange(1000), rng.randrange(100), rng.choice(PIECES))
        for _ in range(rng.randint(1, 3))
    ]


def changed(content: bytes, changes) -> bytes:
    """A file after some changes of bytes or of lines."""
    for kind, place, other, piece in changes:
        at = place % (len(content) + 1)
        before, after = content[:at], content[at:]
        lines = content.splitlines(keepends=True) or [b""]
        line = place % len(lines)
        without = lines[:line] + lines[line + 1 :]
        to = other % (len(without) + 1)
        content = (
            before + piece + after,
            before + piece + after[len(piece) :],
            before + after[1:],
            before + after[1:2] + after[:1] + after[2:],
            before,
            b"".join(without),
            b"".join([*lines, lines[line]]),
            b"".join([*without[:to], lines[line], *without[to:]]),
        )[kind]
    return content


def outcome(path, name: str, content: bytes, size: int = raw_files.BLOCK) -> str:
    """What the library makes of a file: "read", "refused" or, in words, what is wrong with that."""
    path.write_bytes(content)
    strict, lenient = (
        _expected(read, content, name, path) for read in (sets.slow_rows, lenient_rows)
    )
    with unittest.mock.patch.object(raw_files, "blocks", functools.partial(BLOCKS, size=size)):
        try:
            rows = fast_rows(path, name)
        except DataError as error:
            # The files of the genome also have to fit together.
            fits = strict is None or path.name.startswith("genome")
            fits = fits or "so are" in str(error)  # most texts are damaged, or tags there twice
            return "refused" if fits else f"refused, but the slow reader reads it: {error}"
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    expected = lenient if strict is None else strict
    if expected is None:
        return "read, but the slow reader refuses it"
    return "read" if rows == expected else f"read as {rows}, not as {expected}"


def _expected(read, content: bytes, name: str, path):
    try:
        rows = read(content, name, path.name)
    except (Refused, ValueError):
        return None
    if path.name == LAYOUTS[name].ratings:
        return sorted(rows, key=lambda row: (row[1], row[0]))
    if path.name == LAYOUTS[name].movies:
        return sorted(rows, key=lambda row: row[0])
    if path.name == "genome-tags.csv":  # seen through the scores
        names = dict(rows)
        rows = [(*row[:1], names.get(row[1]), row[2]) for row in SCORES]
    elif path.name == "genome-scores.csv":
        rows = [(movie, NAMES_OF_TAGS.get(tag), value) for movie, tag, value in rows]
    if path.name.startswith("genome"):
        rows = [(*row[:2], _single(row[2])) for row in rows]
    return rows


@functools.cache
def _single(value: float) -> float:
    return float(np.float32(value))


SCORES = sets.slow_rows(sets.files("ml-25m")["genome-scores.csv"], "ml-25m", "genome-scores.csv")
NAMES_OF_TAGS = {1: "007", 2: "based on a book"}
