"""Tables in text files, one row a line, read fast and strictly.

Every line is checked against a grammar, a regular expression over large blocks of bytes, before
anything is converted: what is not written exactly as expected is refused, never guessed at.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from nbhelpers.data.formats.archives import check_raw, open_raw
from nbhelpers.data.formats.raw_files import AGAIN, MEND, bad_line, nearest, reach, shorten, texts
from nbhelpers.errors import DataError

BOM = b"\xef\xbb\xbf"  # the byte order mark of UTF-8
_UNIT = b"\x1f"  # stands for a separator of two characters while converting
_LONGEST_CELL = 1 << 26
_TEXT = pa.string()


@dataclass(frozen=True)
class Field:
    """One column: its name in the table and in the file's header, and how a cell is written.

    `pattern` is a regular expression that never needs to backtrack; None means any text. A dialect
    may lack what is `optional`, and have line breaks in the text where `breaks` says so.
    """

    column: str
    source: str
    type: pa.DataType = _TEXT
    pattern: bytes | None = None
    expected: str = "text"
    optional: bool = False
    breaks: bool = False


@dataclass(frozen=True)
class Style:
    """How the rows of a file are written."""

    separator: bytes = b","
    header: bool = True
    quoted: bool = True
    encoding: str = "utf-8"

    @property
    def text(self) -> bytes:
        """The pattern of a text cell: nothing in it can be taken for a separator."""
        if self.quoted:
            return rb'(?:"[^"\r\n]*+(?:""[^"\r\n]*+)*+"|[^",\r\n]*+)'
        first = re.escape(self.separator[:1])
        if len(self.separator) == 1:
            return rb"[^\r\n%b]*+" % first
        cell = rb"[^\r\n\x1f%b]*+" % first
        # Not *+ at the end: Python before 3.11.5 does not go back to where the (?!) failed.
        return rb"%b(?:%b(?!%b)%b)*" % (cell, first, first, cell)


CSV = Style()
Cells = dict[str, str]  # of a row, by column


def read_lines(path: str | Path, fields: list[Field], style: Style = CSV) -> pa.Table:
    """Read a file whose every line is one row of `fields`, and refuse the first that is not.

    Lines end in LF or in CRLF, the same throughout; both mean the same. Row i of the table is line
    i + 1 of the file, or i + 2 below a header.
    """
    check_raw(path, f"lines {_shape(fields, style)}.")
    tables, end = [], b"\n"
    for line, block in texts(path, style.encoding):
        if line == 1:
            end = b"\r\n" if block.split(b"\n", 1)[0].endswith(b"\r") else b"\n"
            grammar = re.compile(rb"(?:%b)*+" % row_pattern(fields, style, end))
            if style.header:
                head, block = block.split(b"\n", 1)
                _check_header(path, head + b"\n", fields, style, end)
                line = 2
        if (good := reach(grammar, block)) < len(block):
            line += block.count(b"\n", 0, good)
            raise explain_line(path, line, block[good:].split(b"\n")[0], fields, style, end)
        if block:
            tables.append(convert(block, fields, style))
    schema = pa.schema([(field.column, field.type) for field in fields])
    return pa.concat_tables(tables) if tables else schema.empty_table()


def read_cells(
    path: str | Path,
    required: list[str],
    optional: tuple[str, ...] = (),
    broken: int = 0,
    report: Counter[str] | None = None,
) -> Iterator[tuple[int, Cells | None]]:
    """Read a CSV file whose quoted cells may hold line breaks, in UTF-8 and with a header.

    What is yielded are the line that a row begins on, and its cells in the columns named. Other
    columns are left alone; capital letters, blanks, hyphens and underscores in their names do not
    matter. So many `broken` rows with too few or too many cells are let pass, as None. The report
    is told what is accepted: a byte order mark, semicolons or tabs, other names, blank last lines.

    A DataError refuses a missing column, a row of another length than the header, quotation marks
    that do not pair, and what `raw_files.texts` refuses.
    """
    told: Counter[str] = Counter() if report is None else report
    with open_raw(path) if Path(path).is_file() else nullcontext() as raw:
        marked = raw is not None and raw.read(3) == BOM
    if not marked:
        check_raw(path, f"a table with the columns {', '.join(required)}.")
    for _ in texts(path):  # raises at what is not sound
        pass
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_CELL))
    with open(path, encoding="utf-8-sig", newline="") as file:
        separator, names = _named(file.readline(), (*required, *optional))
        file.seek(0)
        rows = csv.reader(file, delimiter=separator, strict=True)
        try:
            found, start, blank = next(rows), rows.line_num + 1, 0
            _check_names(path, names, required)
            _note(told, path, marked, separator, found != names)
            wanted = [name for name in (*required, *optional) if name in names]
            for row in rows:
                if blank and row:
                    raise wrong_length(path, start - blank, 0, names)
                if len(row) == len(names):
                    cells = dict(zip(names, row, strict=True))
                    yield start, {name: cells[name] for name in wanted}
                elif not row:
                    blank += 1
                elif broken:
                    broken -= 1
                    yield start, None
                else:
                    raise wrong_length(path, start, len(row), names)
                start = rows.line_num + 1
            if blank:
                told[f"{Path(path).name}: blank lines at the end"] += blank
        except csv.Error as error:
            found_ = f"The quotation marks do not pair ({error})."
            expected = 'cells in which a quotation mark is written "".'
            raise bad_line(path, rows.line_num, found_, expected, f"{AGAIN}.") from error


def key_of(name: str) -> str:
    """What a column's name has in common with other ways to write it."""
    return re.sub(r"[ _-]", "", name).lower()


def _named(head: str, wanted: Iterable[str]) -> tuple[str, list[str]]:
    """What separates the columns of a header, and their names, as they are wanted."""
    keys = {key_of(name): name for name in wanted}
    best: tuple[str, list[str]] = ",", []
    for separator in ",;\t":
        try:
            names = next(csv.reader([head], delimiter=separator, strict=True), [])
        except csv.Error:
            continue
        known = [keys.get(key_of(name), name) for name in names]
        if len(set(known) & set(keys.values())) > len(set(best[1]) & set(keys.values())):
            best = separator, known
        elif not best[1]:
            best = separator, names
    return best


def _note(
    report: Counter[str], path: str | Path, marked: bool, separator: str, other: bool
) -> None:
    name = Path(path).name
    for what, there in (
        ("byte order mark", marked),
        ("semicolons between the fields", separator == ";"),
        ("tabs between the fields", separator == "\t"),
        ("other names of columns", other),
    ):
        if there:
            report[f"{name}: {what}"] += 1


def wrong_length(path: str | Path, line: int, found: int, names: list[str]) -> DataError:
    return bad_line(
        path, line, f"The line has {found} fields.", f"{len(names)}: {', '.join(names)}."
    )


def _shape(fields: list[Field], style: Style) -> str:
    return style.separator.decode().join(field.source for field in fields)


def row_pattern(fields: list[Field], style: Style, end: bytes) -> bytes:
    """The pattern of a row with its end."""
    cells = (field.pattern or style.text for field in fields)
    return re.escape(style.separator).join(cells) + end


def convert(block: bytes, fields: list[Field], style: Style) -> pa.Table:
    """A table from a block whose every line is a row of these fields."""
    separator = style.separator
    if len(separator) > 1:
        block, separator = block.replace(separator, _UNIT), _UNIT
    return pa.csv.read_csv(
        io.BytesIO(block),
        read_options=pa.csv.ReadOptions(
            column_names=[field.column for field in fields],
            block_size=len(block) + 1,
            use_threads=False,
        ),
        parse_options=pa.csv.ParseOptions(
            delimiter=separator.decode(),
            quote_char='"' if style.quoted else False,
            ignore_empty_lines=False,
        ),
        convert_options=pa.csv.ConvertOptions(
            column_types={field.column: field.type for field in fields}, null_values=[""]
        ),
    )


def _check_header(
    path: str | Path, head: bytes, fields: list[Field], style: Style, end: bytes
) -> None:
    names = [field.source for field in fields]
    if head == style.separator.join(name.encode() for name in names) + end:
        return
    found = head.strip().decode("utf-8", "backslashreplace")
    _check_names(path, found.split(style.separator.decode()), names)
    remedy = "Bring the columns into this order and leave out others."
    found = f"The header is {shorten(found)}."
    raise bad_line(path, 1, found, f"exactly {_shape(fields, style)}.", remedy)


def _check_names(path: str | Path, found: list[str], required: list[str]) -> None:
    missing = [name for name in required if name not in found]
    if not missing and len(set(found)) == len(found):
        return
    text = say_missing(missing, found) if missing else "A column's name is there twice."
    text += f" The first line is {shorten(','.join(found), 120)}."
    expected = f"the columns {', '.join(required)}, separated by commas."
    remedy = "Give the columns these names, or get the original file."
    raise bad_line(path, 1, text, expected, remedy)


def say_missing(missing: list[str], found: list[str]) -> str:
    """A sentence on the columns that are missing, and what is there instead."""
    guesses = {name: nearest(name, set(found) - set(missing)) for name in missing}
    there = list(dict.fromkeys(guess for guess in guesses.values() if guess))
    text = f"The column {missing[0]} is missing"
    if len(missing) > 1:
        text = f"The columns {', '.join(missing)} are missing"
    return text + (f"; there is {', '.join(there)}." if there else ".")


def explain_line(
    path: str | Path, line: int, raw: bytes, fields: list[Field], style: Style, end: bytes
) -> DataError:
    """Say how a line breaks the grammar."""
    if raw.endswith(b"\r") != (end == b"\r\n"):
        found, expected = "The line ends differently from the first.", "LF or CRLF throughout."
    elif not raw.strip():
        found, expected = "The line is blank.", f"{_shape(fields, style)}."
    else:
        cells = _split(raw.removesuffix(b"\r"), style)
        if cells is None:
            found, expected = "The quotation marks do not pair.", 'cells such as "a, b".'
        elif len(cells) != len(fields):
            return wrong_length(path, line, len(cells), [field.source for field in fields])
        else:
            found, expected = bad_cell(cells, fields) or (
                f"The line is {shorten(raw)}.",
                f"{_shape(fields, style)}.",
            )
    return bad_line(path, line, found, expected, _LABELS if _LABEL.match(found) else MEND)


_LABEL = re.compile(r"(user|movie|item)_?id is '[a-z][\w-]*'\.", re.IGNORECASE)
_LABELS = "Load the set with `nbhelpers adopt FILE`, which keeps ids that are texts as labels."


def _split(raw: bytes, style: Style) -> list[bytes] | None:
    if not style.quoted:
        return raw.split(style.separator)
    try:
        return [c.encode() for c in next(csv.reader([raw.decode()], strict=True))]
    except csv.Error:
        return None


def bad_cell(cells: list[bytes], fields: list[Field]) -> tuple[str, str] | None:
    for cell, field in zip(cells, fields, strict=True):
        if field.pattern is not None and not re.fullmatch(field.pattern, cell):
            return f"{field.source} is {shorten(cell)}.", f"{field.expected}."
    return None
