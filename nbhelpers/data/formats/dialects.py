"""Rows of tables that mean the same as the plain ones of `delimited` but are written otherwise.

A file is read as the plain one that it should be. Only if it is refused, this looks whether it is
written in a dialect that cannot be misread (see `table_forms`), writes its rows anew as they should
be and gives those to the same strict check. What was accepted is counted by file.
"""

import datetime
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
from pyarrow import compute

from nbhelpers.data.formats import raw_files
from nbhelpers.data.formats.archives import check_raw
from nbhelpers.data.formats.delimited import (
    BOM,
    CSV,
    Field,
    Style,
    convert,
    explain_line,
    read_lines,
    row_pattern,
)
from nbhelpers.data.formats.raw_files import at_byte, bad_line, reach, shorten, unsound
from nbhelpers.data.formats.table_forms import SAVE, Form, first_line, recognise
from nbhelpers.data.movies_table import NO_GENRES
from nbhelpers.errors import DataError

_LONGEST_ROW = 1 << 20  # bytes of a row with line breaks in it
_LIKE_A_ROW = r"[\n\r]\s*\"?\d+\"?[,;\t]\"?\d+\"?[,;\t]|[\x1d\x1e]"
_BREAK, _RETURN = "\x1e", "\x1d"  # stand for line breaks in a cell while it is checked
_DATE = r"^\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d:\d\d(?:\.0+)?(?:Z|\+00:00)?)?$"


@dataclass(frozen=True)
class Rows:
    """A table with the line of the file that each row begins on."""

    path: Path
    table: pa.Table
    lines: Sequence[int] | np.ndarray

    def wrong(self, row: int, found: str, expected: str) -> DataError:
        """The error for a row."""
        return bad_line(self.path, int(self.lines[row]), found, expected)


def read_rows(
    path: str | Path, fields: list[Field], style: Style = CSV, report: Counter[str] | None = None
) -> Rows:
    """Read a table in its plain form, which is `style`, or in a dialect that cannot be misread.

    Optional fields may be missing from the table. The report is told what was accepted: the name of
    the file and the difference, with how often it is there. The first line that is of no such form
    is refused; all differences are named.
    """
    path = Path(path)
    try:
        table = read_lines(path, fields, style)
    except DataError as error:
        return _read_dialect(path, fields, style, error, Counter() if report is None else report)
    first = 2 if style.header else 1
    return Rows(path, table, range(first, first + len(table)))


def _read_dialect(
    path: Path, fields: list[Field], style: Style, plain: DataError, report: Counter[str]
) -> Rows:
    marked = plain.line is not None and first_line(path).startswith(BOM)
    if not marked:  # that error would hide what else there may be
        check_raw(path, plain.expected or "")
    if plain.line is None:
        raise plain
    form, end, header = recognise(path, fields, style, plain)
    tables, lines, above = [], [], ""
    for line, block, is_open in _rows(form, end, header, plain):
        cells, at = _cells(form, block, line)
        tables.append(_checked(form, cells, at, plain))
        lines.append(at)
        if is_open:
            if not _is_whole(form, block, cells, above):
                raise _cut(form, int(at[-1]), plain)
            form.note("last line without an end", 1)
        above = cells[form.last or 0][-1].as_py()
    if not form.accepted:
        form.accepted["numbers in quotation marks"] = 1
    report.update({f"{path.name}: {what}": count for what, count in form.accepted.items()})
    schema = pa.schema([(f.column, f.type) for f in form.fields])
    table = pa.concat_tables(tables) if tables else schema.empty_table()
    return Rows(path, table, np.concatenate(lines) if lines else [])


# Its rows


def _rows(
    form: Form, end: bytes, header: bool, plain: DataError
) -> Iterator[tuple[int, bytes, bool]]:
    """Blocks of whole rows in UTF-8, the line of the first, and whether the last may be cut."""
    pattern = re.compile(rb"(?:%b)*+" % form.row(end))
    line, rest = 1, b""
    for block, last, is_open in _texts(form, end):
        if header:
            block, line, header = block.partition(b"\n")[2], 2, False
        block = rest + block
        good = reach(pattern, block)
        rest = block[good:]
        # A row may go on in the next block, while its quotation marks are open.
        if rest and (last or len(rest) > _LONGEST_ROW or rest.count(b'"') % 2 == 0):
            raise _odd_row(form, rest, line + block.count(b"\n", 0, good), end, plain)
        if good:
            yield line, block[:good], is_open
        line += block.count(b"\n", 0, good)


def _texts(form: Form, end: bytes) -> Iterator[tuple[bytes, bool, bool]]:
    """Blocks of sound text in UTF-8; whether each is the last, and whether that had no end.

    A byte order mark and blank lines at the end are left out.
    """
    found = chain(raw_files.blocks(form.path), [None])
    coming = next(found)
    while coming is not None:
        (line, offset, block), coming = coming, next(found)
        is_open = not block.endswith(b"\n")
        block = block.removeprefix(BOM) if line == 1 else block
        if coming is None and is_open:
            block += end
        elif coming is None:
            whole = len(block)
            while block.endswith(end + end) or block == end:
                block = block[: -len(end)]
            form.note("blank lines at the end", (whole - len(block)) // len(end))
        if block and (wrong := unsound(block, form.style.encoding)):
            start, what, expected, remedy = wrong
            line, what = line + block.count(b"\n", 0, start), at_byte(what, offset + start)
            raise bad_line(form.path, line, what, f"{expected}.", f"{remedy}.")
        yield block.decode(form.style.encoding).encode(), coming is None, is_open


def _cells(form: Form, block: bytes, line: int) -> tuple[list[pa.Array], np.ndarray]:
    """The cells of the form's fields as text, and the line that each row begins on."""
    separator = form.style.separator
    if len(separator) > 1:
        block, separator = block.replace(separator, b"\x1f"), b"\x1f"
    names = [str(place) for place in range(len(form.names))]
    if block.startswith(BOM):  # of which the parser would take one away
        block = BOM + block
    table = pa.csv.read_csv(
        io.BytesIO(block),
        read_options=pa.csv.ReadOptions(
            column_names=names, block_size=len(block) + 1, use_threads=False
        ),
        parse_options=pa.csv.ParseOptions(
            delimiter=separator.decode(),
            quote_char='"' if form.style.quoted else False,
            ignore_empty_lines=False,
            newlines_in_values=True,
        ),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), null_values=[]
        ),
    ).combine_chunks()
    columns = [column.chunk(0) for column in table.columns]
    at = np.arange(line, line + len(table))
    if block.count(b"\n") > len(table):
        breaks = sum(compute.count_substring(c, "\n").to_numpy() for c in columns)
        at += np.cumsum(breaks) - breaks
        _check_breaks(form, columns, at)
    return [columns[place] for place in form.places], at


def _check_breaks(form: Form, columns: list[pa.Array], at: np.ndarray) -> None:
    """Refuse line breaks where they may come of quotation marks that were lost."""
    for place, cells in enumerate(columns):
        one = dict(zip(form.places, form.fields, strict=True)).get(place)
        allowed = one is not None and one.breaks
        pattern = _LIKE_A_ROW if allowed else "[\n\r]"
        odd = compute.match_substring_regex(cells, pattern).to_numpy(zero_copy_only=False)
        if odd.any():
            row = int(odd.argmax())
            found = (
                f"{form.names[place]} is {shorten(cells[row].as_py())}, with a line break in it."
            )
            expected = "a line break in tags only, and no quotation mark that was lost."
            raise bad_line(form.path, int(at[row]), found, expected)
        form.note(
            "line breaks in tags", int(compute.sum(compute.count_substring(cells, "\n")).as_py())
        )


def _checked(form: Form, cells: list[pa.Array], at: np.ndarray, plain: DataError) -> pa.Table:
    """The strict check: the rows as a plain file would have them, read like one."""
    columns = [_plainly(form, one, c) for one, c in zip(form.fields, cells, strict=True)]
    block = _joined(columns)
    grammar = re.compile(rb"(?:%b)*+" % row_pattern(form.fields, CSV, b"\n"))
    if (good := reach(grammar, block)) < len(block):
        raise _odd_cells(form, cells, columns, at, block.count(b"\n", 0, good), plain)
    table = convert(block, form.fields, CSV)
    for place, one in enumerate(form.fields):
        if (
            one.breaks
            and compute.any(compute.match_substring_regex(cells[place], r"[\n\r]")).as_py()
        ):
            text = compute.replace_substring(table.column(place), _BREAK, "\n")
            text = compute.replace_substring(text, _RETURN, "\r")
            table = table.set_column(place, one.column, text)
    return table


def _joined(columns: list[pa.Array]) -> bytes:
    """Lines of cells that need no more quotation marks."""
    large = [column.cast(pa.large_string()) for column in columns]
    rows = compute.binary_join_element_wise(*large, pa.scalar(",", pa.large_string()))
    whole = pa.LargeListArray.from_arrays(pa.array([0, len(rows)], pa.int64()), rows)
    text: str = compute.binary_join(whole, pa.scalar("\n", pa.large_string()))[0].as_py()
    return f"{text}\n".encode() if len(rows) else b""


# Its cells


def _plainly(form: Form, one: Field, cells: pa.Array) -> pa.Array:
    """Cells as a plain file would have them; what cannot be told is left for the check."""
    if one.pattern is None:
        text = compute.replace_substring(cells, '"', '""')
        if one.breaks:
            text = compute.replace_substring(text, "\n", _BREAK)
            text = compute.replace_substring(text, "\r", _RETURN)
        return compute.binary_join_element_wise('"', text, '"', "")
    point = "[.]" if form.style.separator == b"," else "[.,]"
    if one.column == "timestamp":
        cells = form.change("dates as text, taken as UTC", cells, _as_seconds(cells))
    if one.column == "imdb_id":
        return form.change("IMDb ids written otherwise", cells, _as_imdb(cells))
    if one.column == "year":
        cells = form.change(
            "NULL for no year", cells, compute.if_else(compute.equal(cells, "NULL"), "", cells)
        )
    if pa.types.is_integer(one.type):
        whole = compute.replace_substring_regex(cells, f"^([0-9]+){point}0+$", r"\1")
        return form.change("whole numbers such as 1.0", cells, whole)
    if form.style.separator != b",":
        comma = compute.replace_substring_regex(
            cells, "^([0-9]+),([0-9]+(?:[eE]-?[0-9]+)?)$", r"\1.\2"
        )
        cells = form.change("decimal commas", cells, comma)
    short = compute.replace_substring_regex(cells, r"^([0-9]+\.[0-9])0+$", r"\1")
    return form.change("numbers such as 4.50", cells, short)


def _as_seconds(cells: pa.Array) -> pa.Array:
    """Dates and times as ISO 8601 writes them, in seconds since 1970."""
    dates = compute.match_substring_regex(cells, _DATE)
    if not compute.any(dates).as_py():
        return cells
    text = compute.replace_substring(compute.utf8_slice_codeunits(cells, 0, 19), "T", " ")
    text = compute.if_else(dates, text, None)
    try:
        times = text.cast(pa.timestamp("s"))
    except pa.ArrowInvalid:  # such as the 30th of February
        times = pa.array([_time(one.as_py()) for one in text], pa.timestamp("s"))
    return compute.coalesce(times.cast(pa.int64()).cast(pa.string()), cells)


def _time(text: str | None) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _as_imdb(cells: pa.Array) -> pa.Array:
    """IMDb's ids without tt, with the zeros in front that a spreadsheet takes away."""
    digits = compute.replace_substring_regex(cells, r"^(?:tt)?([0-9]{1,8})(?:\.0)?$", r"\1")
    return compute.if_else(compute.equal(digits, ""), "", compute.utf8_lpad(digits, 7, "0"))


def _is_whole(form: Form, block: bytes, cells: list[pa.Array], above: str) -> bool:
    """Whether the last row, which has no end, cannot have lost anything that is kept."""
    if form.last is None:
        return True
    one, cell = form.fields[form.last], cells[form.last][-1].as_py()
    closed = block.rstrip(b"\r\n").endswith(b'"')  # in a text it may have been half of ""
    if one.column == "timestamp":
        return closed or len(cell) == len(above) or cell.isdigit()
    if one.column == "rating":
        return closed or bool(pa.types.is_integer(one.type)) or "." in cell
    if cell == NO_GENRES:
        return True
    return closed and (one.pattern is not None or one.column == "genres")


# What is wrong


def _odd_row(form: Form, rest: bytes, line: int, end: bytes, plain: DataError) -> DataError:
    """The error for a row that is not even of the form."""
    fields = [Field(name, name) for name in form.names]
    style = Style(form.style.separator, True, form.style.quoted, "utf-8")
    error = explain_line(form.path, line, rest.split(b"\n")[0], fields, style, end)
    return _refusal(form, line, [error.found], error.expected or "", plain)


def _odd_cells(
    form: Form,
    cells: list[pa.Array],
    columns: list[pa.Array],
    at: np.ndarray,
    row: int,
    plain: DataError,
) -> DataError:
    """The error for the first wrong row; the first wrong cell of every other field is named too."""
    problems, expected = [], []
    for one, raw, written in zip(form.fields, cells, columns, strict=True):
        if one.pattern is None:
            continue
        whole = re.compile(one.pattern)
        for i in range(row, len(raw)):
            if not whole.fullmatch(written[i].as_py().encode()):
                where = f" (line {at[i]})" if i > row else ""
                problems.append(f"{one.source} is {shorten(raw[i].as_py())}{where}.")
                expected.append(f"{one.source}: {one.expected}")
                break
    return _refusal(form, int(at[row]), problems, f"{'; '.join(expected)}.", plain)


def _cut(form: Form, line: int, plain: DataError) -> DataError:
    found = "The last line has no end: the file may have been cut there."
    return _refusal(form, line, [found], "a line end after every line, the last included.", plain)


def _refusal(
    form: Form, line: int, problems: list[str], expected: str, plain: DataError
) -> DataError:
    if not form.accepted and len(problems) < 2 and line == plain.line:
        return plain
    if form.accepted:
        problems.append(f"Other differences: {', '.join(form.accepted)}.")
    return bad_line(form.path, line, " ".join(problems), expected, SAVE)
