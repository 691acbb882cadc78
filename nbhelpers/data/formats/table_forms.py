"""How a table is written, told by its first line: what parts its fields, and what they are called.

Only what cannot be misread is recognised: columns by the names they usually have, each by one, in
any order. `dialects` reads the rows of such a table.
"""

import csv
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
from pyarrow import compute

from nbhelpers.data.formats import raw_files
from nbhelpers.data.formats.archives import open_raw, reading
from nbhelpers.data.formats.delimited import BOM, Field, Style, key_of, say_missing
from nbhelpers.data.formats.raw_files import bad_line, nearest, shorten
from nbhelpers.errors import DataError

SAVE = (
    "Save it as CSV in UTF-8 with commas between the fields: in a spreadsheet as 'CSV UTF-8 (comma "
    "delimited)', in pandas with to_csv(path, index=False); or get the original file again."
)
# What else columns are called, in small letters without blanks and underscores.
_SYNONYMS = {
    "userId": {"user", "customerid", "custid", "customer"},
    "movieId": {"movie", "itemid", "item"},
    "title": {"name", "moviename", "movietitle"},
    "year": {"date", "releaseyear", "yearofrelease"},
    "rating": {"ratings", "stars"},
    "timestamp": {"time", "date", "datetime"},
    "genres": {"genre"},
}
_ENTITY = {b",": "commas", b";": "semicolons", b"\t": "tabs", b"|": "|"}


@dataclass
class Form:
    """How a file is written: where its fields stand in a row, and what was accepted so far."""

    path: Path
    style: Style
    fields: list[Field]
    places: list[int]
    names: list[str]
    accepted: Counter[str] = field(default_factory=Counter)

    @property
    def last(self) -> int | None:
        """Which field stands last in a row, if the last column is one."""
        at = len(self.names) - 1
        return self.places.index(at) if at in self.places else None

    def note(self, what: str, count: int) -> None:
        """Count what is accepted."""
        if count:
            self.accepted[what] += count

    def change(self, what: str, before: pa.Array, after: pa.Array) -> pa.Array:
        """Cells that are written otherwise, counted."""
        self.note(what, int(compute.sum(compute.not_equal(before, after)).as_py() or 0))
        return after

    def row(self, end: bytes) -> bytes:
        """The pattern of a row; quoted cells may hold line breaks."""
        if not self.style.quoted:
            return re.escape(self.style.separator).join([self.style.text] * len(self.names)) + end
        sep = re.escape(self.style.separator)
        cell = rb'(?:"[^"]*+(?:""[^"]*+)*+"|[^"%b\r\n]*+)' % sep
        return sep.join([cell] * len(self.names)) + end


def has_header(path: Path, fields: list[Field]) -> bool:
    """Whether the first line of a file names these columns, in whatever way."""
    text = first_line(path).removeprefix(BOM).rstrip(b"\r\n").decode("utf-8", "replace")
    return any(_places(_split(text, separator), fields) for separator in (b",", b";", b"\t"))


def first_line(path: Path) -> bytes:
    with reading(path), open_raw(path) as file:
        return file.readline(1 << 16)


def recognise(
    path: Path, fields: list[Field], style: Style, plain: DataError
) -> tuple[Form, bytes, bool]:
    """The form of a file, how its lines end, and whether the first of them is a header."""
    first = first_line(path)
    accepted: Counter[str] = Counter()
    if first.startswith(BOM):
        accepted["byte order mark"] = 1
    head = first.removeprefix(BOM)
    end = b"\r\n" if head.endswith(b"\r\n") else b"\n"
    if style.encoding == "latin-1" and _is_utf8(path):
        accepted["UTF-8 instead of latin-1"] = 1
        style = Style(style.separator, style.header, style.quoted, "utf-8")
    text = head.removesuffix(end).decode("utf-8", "replace")
    if "\r" in text or not head.endswith(b"\n"):  # a header that may be cut, or of other line ends
        raise plain
    for separator in dict.fromkeys((style.separator, b",", b";", b"\t")):
        names = _split(text, separator)
        if names and (places := _places(names, fields)):
            kept = [f for f, place in zip(fields, places, strict=True) if place is not None]
            form = Form(
                path,
                Style(
                    separator,
                    header=True,
                    quoted=style.quoted or not style.header or separator != style.separator,
                    encoding=style.encoding,
                ),
                kept,
                [place for place in places if place is not None],
                names,
                accepted,
            )
            _note_header(form, fields, text)
            return form, end, True
    if not style.header:
        form = Form(
            path, style, fields, [*range(len(fields))], [f.source for f in fields], accepted
        )
        return form, end, False
    if text and not re.search(r"[^\W\d_]{2}", text):
        raise _without_header(path, fields, text)
    raise _unknown(path, fields, text, accepted, plain)


def _split(text: str, separator: bytes) -> list[str]:
    if len(separator) > 1:
        return text.split(separator.decode())
    sep = re.escape(separator.decode())
    cell = rf'(?:"(?:[^"]|"")*"|[^"{sep}]*)'
    if not re.fullmatch(f"{cell}(?:{sep}{cell})*", text):
        return []  # a quotation mark inside a name: something was lost
    try:
        return next(csv.reader([text], delimiter=separator.decode(), strict=True), [])
    except csv.Error:
        return []


def _places(names: list[str], fields: list[Field]) -> list[int | None] | None:
    """Where each field stands; None if one is missing, or could be either of two."""
    keys = [key_of(name) for name in names]
    places: list[int | None] = []
    for one in fields:
        wanted = {key_of(one.source)}
        fits = [i for i, key in enumerate(keys) if key in wanted]
        fits = fits or [i for i, key in enumerate(keys) if key in _SYNONYMS.get(one.source, ())]
        if len(fits) > 1 or not (fits or one.optional):
            return None
        places.append(fits[0] if fits else None)
    others = [name for i, name in enumerate(names) if i not in places]
    lacking = [one.source for one, place in zip(fields, places, strict=True) if place is None]
    if any(nearest(name, others) for name in lacking):  # a slip in its name, perhaps
        return None
    return places


def _note_header(form: Form, fields: list[Field], text: str) -> None:
    named = [form.names[place] for place in form.places]
    differences = {
        "quoted header": '"' in text,
        "other names of columns": sum(
            a != b.source for a, b in zip(named, form.fields, strict=True)
        ),
        "columns in another order": form.places != sorted(form.places),
        "columns left aside": len(form.names) - len(form.places),
        f"{_ENTITY.get(form.style.separator, '')} between the fields": form.style.separator != b",",
        **{f"no {one.source}": one not in form.fields for one in fields},
    }
    form.accepted.update({what: int(n) for what, n in differences.items() if n})


def _unknown(
    path: Path, fields: list[Field], text: str, accepted: Counter[str], plain: DataError
) -> DataError:
    """The error for a table whose columns are not known, with everything that is wrong at once."""
    separator = max(_ENTITY, key=text.encode().count)
    names = _split(text, separator)
    keys = [key_of(name) for name in names]
    missing, twice = [], []
    for one in fields:
        fits = [n for n, k in zip(names, keys, strict=True) if k == key_of(one.source)]
        fits = fits or [
            n for n, k in zip(names, keys, strict=True) if k in _SYNONYMS.get(one.source, ())
        ]
        if len(fits) > 1:
            twice.append(f"{one.source} can be {' or '.join(fits)}.")
        elif not fits and (not one.optional or nearest(one.source, names)):
            missing.append(one.source)
    found = [say_missing(missing, names)] if missing else []
    found += twice
    if not found or (separator == b"," and not accepted and not twice):
        return plain
    found += [f"The first line is {shorten(text, 120)}."]
    if separator != b",":
        found += [f"Its fields are parted by {_ENTITY[separator]}."]
    found += [f"There is a {what}." for what in accepted]
    expected = f"the columns {', '.join(one.source for one in fields)}, separated by commas."
    return bad_line(path, 1, " ".join(found), expected, SAVE)


def _without_header(path: Path, fields: list[Field], text: str) -> DataError:
    names = ",".join(one.source for one in fields)
    found = f"There is no header: the first line is {shorten(text, 120)}."
    remedy = f"Write a first line with what the columns are, such as {names}; nobody can guess it."
    return bad_line(path, 1, found, "a first line with the names of the columns.", remedy)


def _is_utf8(path: Path) -> bool:
    """Whether a file holds letters beyond ASCII, all of them in UTF-8."""
    ascii_only = True
    for _, _, block in raw_files.blocks(path):
        if not block.isascii():
            ascii_only = False
            try:
                block.decode()
            except UnicodeDecodeError:
                return False
    return not ascii_only
