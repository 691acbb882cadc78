"""Files that readers have, of whatever format, as tables of text."""

import csv
import gzip
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from nbhelpers.errors import DataError, not_text, readable

if TYPE_CHECKING:
    import pyarrow as pa

EXPECTED = "a table with a row for each rating: CSV, TSV, Parquet or JSON lines."
AGAIN = "Get it again from its source."
UNPACK = "Unpack it, and use the file in it."
SAVE = "Save the table as CSV (in Excel: “CSV UTF-8”), and use that file."
SHEETS = {  # a file in the archives that spreadsheets really are
    "xl/workbook.xml": "an Excel workbook",
    "xl/workbook.bin": "an Excel workbook",
    "content.xml": "a LibreOffice document",
    "Index/Document.iwa": "a document of Apple's Numbers",
}
SEPARATORS = {"\t": "tab", ";": ";", "|": "|", ",": ",", "::": "::"}
HEAD = 1 << 18  # characters in which the separator is looked for
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
BESIDE = re.compile(r"(^|/)(__MACOSX/|\.|readme|licen[cs]e)", re.IGNORECASE)  # not data
EXACT = 1 << 53  # from here on, a float is no longer every whole number


class Found(NamedTuple):
    """A table as it was found: all its columns as text, None where there is nothing."""

    table: "pa.Table"
    path: Path | None  # None for a frame
    line: Callable[[int], int | None]  # of a row, counted from 0, in the file, if it has lines
    header: bool  # whether the columns have names of their own; otherwise they are "1", "2" …
    said: list[str]  # what was unusual in the file, for people


def read(
    source: str | Path | pd.DataFrame, encoding: str | None = None, member: str | None = None
) -> Found:
    """Read a file, or take a frame; a DataError if it is no table, or one of another shape.

    The encoding is asked for of text that is not UTF-8, or UTF-16 with its mark; the `member` of a
    zip archive with several files.
    """
    if isinstance(source, pd.DataFrame):
        return _frame(source)
    path = Path(source).expanduser()
    with readable(path):
        _check(path)
        packed = path.read_bytes()
    raw = _unpacked(path, packed, member)
    said = [f"unpacked from {path.name}"] if packed[:2] in (b"PK", b"\x1f\x8b") else []
    if raw[:4] == b"PAR1":
        return _parquet(path, raw, said)
    text = _decoded(path, raw, encoding, said)
    if text.lstrip()[:1] in ("{", "["):
        return _json(path, text, said)
    if text.lstrip()[:1] == "<":
        raise DataError(
            "This is a web page or XML.",
            path=path,
            expected=EXPECTED,
            remedy="Download the file again: a log-in or error page may have been saved instead.",
        )
    return _delimited(path, text, said)


def _check(path: Path) -> None:
    if not path.exists():
        raise DataError(
            f"There is no such file.{_beside(path)}",
            path=path,
            expected=EXPECTED,
            remedy="Check the name and the folder.",
        )
    if not path.is_file():
        found = "This is a folder." if path.is_dir() else "This is not a file."
        raise DataError(found, path=path, expected=EXPECTED, remedy="Name the file itself.")
    if not path.stat().st_size:
        raise DataError("The file is empty.", path=path, expected=EXPECTED, remedy=AGAIN)


def _beside(path: Path) -> str:
    """Say which file is called almost so, or else what is in the folder."""
    if not path.parent.is_dir():
        return f" There is no folder {path.parent}."
    names = sorted(other.name for other in path.parent.glob("*") if other.is_file())
    if near := get_close_matches(path.name, names, 1, cutoff=0.8):
        return f" Did you mean {near[0]}?"
    return f" Its folder holds {', '.join(names[:5])}{', …' * (len(names) > 5)}." if names else ""


def _unpacked(path: Path, raw: bytes, member: str | None) -> bytes:
    if raw[:2] == b"\x1f\x8b":
        try:
            return gzip.decompress(raw)
        except (OSError, EOFError) as error:
            found = "The gzip archive is damaged or cut short."
            raise DataError(found, path=path, remedy=AGAIN) from error
    if raw[:4] == b"PK\x03\x04":
        return _member(path, raw, member)
    return raw


def _member(path: Path, raw: bytes, member: str | None) -> bytes:
    """The one data file in a zip archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = [info.filename for info in archive.infolist() if not info.is_dir()]
            if kind := next((SHEETS[name] for name in names if name in SHEETS), None):
                found = f"This is {kind}."
                raise DataError(found, path=path, expected=EXPECTED, remedy=SAVE)
            data = [name for name in names if not BESIDE.search(name)]
            chosen = [name for name in data if member in (None, name)]
            if len(chosen) != 1:
                raise _members(path, data, member)
            return archive.read(chosen[0])
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        found = "The zip archive is damaged, or has a password."
        raise DataError(found, path=path, remedy=UNPACK) from error


def _members(path: Path, names: list[str], member: str | None) -> DataError:
    """The error for an archive of which no file, or none of several, can be read."""
    if not names:
        return DataError("The archive holds no table.", path=path, expected=EXPECTED, remedy=AGAIN)
    held = ", ".join(names[:12]) + ", …" * (len(names) > 12)
    lacking = "" if member is None else f"There is no {member!r} in the archive. "
    return DataError(
        f"{lacking}The archive holds {len(names)} file{'s'[: len(names) > 1]}: {held}.",
        path=path,
        expected="one file, or to be told which of them.",
        remedy=f"Add --member {names[0]} (in Python: member={names[0]!r}), or another of them.",
    )


def _decoded(path: Path, raw: bytes, encoding: str | None, said: list[str]) -> str:
    if what := not_text(raw[:HEAD]):
        packed = UNPACK if "archive" in what else SAVE
        remedy = "Get the file itself: git lfs pull." if "LFS" in what else packed
        raise DataError(f"Found {what}.", path=path, expected=EXPECTED, remedy=remedy)
    marked = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb": "utf-8-sig"}
    name = marked.get(raw[:2], "utf-8") if encoding is None or _is_utf8(raw) else encoding
    if name != "utf-8":
        said.append(f"encoding {name}")
    try:
        text = raw.decode(name)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        if b"\0" in raw[:HEAD] and name == "utf-8":
            found = "This is not text: it has NUL bytes."
            raise DataError(found, path=path, expected=EXPECTED, remedy=SAVE) from error
        raise DataError(
            f"A letter here is not written in {name.upper()} (byte 0x{raw[error.start]:02x}).",
            path=path,
            line=line,
            expected=f"text in {name.upper()}.",
            remedy="Save the file as UTF-8, or say which encoding it has. Files from Western "
            "European Windows are often in cp1252: --encoding cp1252 (in Python: "
            "encoding='cp1252').",
        ) from error
    except LookupError as error:
        raise DataError(
            f"There is no encoding {name!r}.",
            expected="a name such as utf-8, cp1252 or latin-1.",
            remedy="Choose one of these with --encoding, or leave it out.",
        ) from error
    text = text.removeprefix("\ufeff")
    if odd := CONTROL.search(text.encode("utf-8", "surrogatepass")):
        line = text.encode("utf-8", "surrogatepass")[: odd.start()].count(b"\n") + 1
        found = f"There is a control character (0x{odd[0][0]:02x}), which no text has."
        raise DataError(found, path=path, line=line, expected=EXPECTED, remedy=SAVE)
    if not text.strip():
        raise DataError("The file is empty.", path=path, expected=EXPECTED, remedy=AGAIN)
    return text


def _is_utf8(raw: bytes) -> bool:
    """Whether there are letters beyond ASCII, all in UTF-8: in one byte each, they say nothing."""
    try:
        return not raw.isascii() and b"\0" not in raw and bool(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return False


# --- Text with separators ------------------------------------------------------------------


def _delimited(path: Path, text: str, said: list[str]) -> Found:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    separator = _separator(path, text)
    if separator != ",":
        said.append(f"fields parted by {SEPARATORS.get(separator, 'blanks')}")
    quoted = separator in ("\t", ";", "|", ",")
    if not quoted:  # into something of one character, which the reader knows
        rows = (
            re.split(r"[ \t]+" if separator == " " else separator, line.strip(" \r"))
            for line in text.split("\n")
        )
        text, separator = "\n".join("\t".join(row) for row in rows), "\t"
    if re.fullmatch(r"sep=.", text.split("\n", 1)[0].strip()):  # Excel's own word for it
        text = text[text.find("\n") :]
    head = _records(text[:HEAD], separator, quoted)
    try:
        names, header = _names(path, head, said)
    except DataError:
        if quoted and (line := _opened(text)):
            raise _open_quote(path, line) from None
        raise
    if header and len(head[0]) < len(names):
        text = text.lstrip()  # the reader wants a field for each column in the first line, too
        text = re.sub(r"\r?\n", lambda end: separator + end[0], text, count=1)
    line_of = _lines(text, separator, quoted, header)
    options = {
        "read_options": arrow_csv.ReadOptions(
            column_names=names,
            skip_rows_after_names=0,
            skip_rows=0,
            use_threads=False,
            block_size=max(len(text) // 8, 1 << 20),
        ),
        "parse_options": arrow_csv.ParseOptions(
            delimiter=separator,
            quote_char='"' if quoted else False,
            newlines_in_values=quoted,
        ),
        "convert_options": arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=False,
        ),
    }
    try:
        table = arrow_csv.read_csv(io.BytesIO(text.encode()), **options)
    except pa.ArrowInvalid as error:
        raise _ragged(path, str(error), line_of, header, len(names)) from error
    table = table.slice(1) if header else table
    if not len(table):
        found = "There is a line of column names, and no row below it."
        raise DataError(found, path=path, line=1, expected=EXPECTED)
    return Found(table, path, line_of, header, said)


def _separator(path: Path, text: str) -> str:
    """What parts the fields: what gives most lines the same number, and the larger that is."""
    fits: dict[str, tuple[float, int]] = {}
    for separator in (*SEPARATORS, " "):
        records = _records(text[:HEAD], separator, separator in ("\t", ";", "|", ","))
        records = records[:-1] if len(text) > HEAD else records
        widths = Counter(len(record) for record in records)
        width, often = max(widths.items(), key=lambda one: (one[1], one[0]))
        if width > 1 and often >= 0.8 * len(records[1:] or records):
            fits[separator] = (round(often / len(records), 2) >= 0.98, width)
    blanks = fits.pop(" ", None)  # they are in titles, too
    if not fits and blanks:
        return " "
    if not fits:
        raise _unparted(path, text)
    return max(fits, key=lambda separator: fits[separator])


def _unparted(path: Path, text: str) -> DataError:
    """The error for text whose lines are not parted alike by anything."""
    first = text.split("\n", 1)[0].strip()
    separator = next((one for one in SEPARATORS if one in first), None)
    if separator is None:
        found = f"“{first[:60]}” has no commas, semicolons or tabs between columns."
        return DataError(found, path=path, line=1, expected=EXPECTED, remedy=SAVE)
    if line := _opened(text):
        return _open_quote(path, line)
    rows = csv.reader(text.splitlines(keepends=True), delimiter=separator)
    sizes = [(rows.line_num, len(row)) for row in rows if row]
    width = sizes[0][1]
    line, fields = next(((at, n) for at, n in sizes if n != width), (1, width))
    return DataError(
        f"This row has {fields} field{'s'[: fields != 1]}, but the first line has {width}.",
        path=path,
        line=line,
        expected="as many fields in every row.",
        remedy="Mend the rows that differ, or save the table again.",
    )


def _opened(text: str) -> int:
    """The line of the first quotation mark without a partner, 0 if all have one."""
    odd = [at for at, line in enumerate(text.split("\n"), 1) if line.count('"') % 2]
    return odd[0] if len(odd) % 2 else 0


def _open_quote(path: Path, line: int) -> DataError:
    return DataError(
        "A quotation mark is opened here and never closed.",
        path=path,
        line=line,
        expected="quotation marks in pairs.",
        remedy="Add the missing one, or save the table again.",
    )


def _records(text: str, separator: str, quoted: bool) -> list[list[str]]:
    """Records that are not empty."""
    lines = text.splitlines(keepends=True)
    if separator == " ":
        return [record for line in lines if (record := line.split())]
    if not quoted:
        return [line.strip().split(separator) for line in lines if line.strip()]
    try:
        return [record for record in csv.reader(lines, delimiter=separator) if record]
    except csv.Error:  # a field of more than 128 kB: a quotation mark that has no partner
        return [line.split(separator) for line in lines]


def _names(path: Path, head: list[list[str]], said: list[str]) -> tuple[list[str], bool]:
    """Names of the columns, and whether they are the file's own."""
    first, rest = head[0], head[1:]
    width = Counter(map(len, rest or head)).most_common(1)[0][0]
    if any(map(_is_value, first)):
        said.append("no column names")
        return [str(place) for place in range(1, width + 1)], False
    names = [name.strip() for name in first]
    if len(names) == width - 1 and rest:  # R's row names have none, nor has what follows a last ;
        at_end = all(record[-1] == "" for record in rest if len(record) == width)
        names = [*names, ""] if at_end else ["", *names]
    if len(names) != width:
        found = f"The first line has {len(names)} fields, but most others have {width}."
        expected = "the names of the columns in the first line, with nothing above them."
        remedy = "Remove whatever stands above the table, or name each column."
        raise DataError(found, path=path, line=1, expected=expected, remedy=remedy)
    twice = [name for name in names if name and names.count(name) > 1]
    if twice:
        found = f"Two columns are called {twice[0]!r}."
        remedy = "Rename one of them in the first line."
        raise DataError(found, path=path, line=1, expected="each name once.", remedy=remedy)
    return [name or f"unnamed ({place})" for place, name in enumerate(names, 1)], True


def _is_value(cell: str) -> bool:
    """Whether a cell is a number or a date: no column is called so."""
    return re.fullmatch(r"\s*([+-]?\d+([.,]\d+)?|\d{4}-\d\d-\d\d.*)\s*", cell) is not None


def _lines(text: str, separator: str, quoted: bool, header: bool) -> Callable[[int], int | None]:
    def line_of(row: int) -> int | None:
        """Look for it only when there is something to say: most files are sound."""
        for number, (line, _) in enumerate(_numbered(text, separator, quoted)):
            if number == row + header:
                return line
        return None

    return line_of


def _numbered(text: str, separator: str, quoted: bool) -> Iterator[tuple[int, Sequence[str]]]:
    """Records that are not empty, with the line on which each begins."""
    lines = io.StringIO(text, newline="")
    if not quoted or '"' not in text:
        split = re.split(r"\r\n|\r|\n", text)
        yield from ((at, (line,)) for at, line in enumerate(split, 1) if line)
        return
    reader, begun = csv.reader(lines, delimiter=separator), 1
    try:
        for record in reader:
            if record:
                yield begun, record
            begun = reader.line_num + 1
    except csv.Error:
        return


def _ragged(
    path: Path, message: str, line_of: Callable[[int], int | None], header: bool, width: int
) -> DataError:
    at = re.search(r"Row #(\d+)", message)
    saw = re.search(r"got (\d+)", message)
    line = line_of(int(at[1]) - 1 - header) if at else None
    return DataError(
        f"This row has {saw[1]} field{'s'[: saw[1] != '1']}." if saw else "This row is damaged.",
        path=path,
        line=line,
        expected=f"{width} fields in every row, and quotation marks in pairs.",
        remedy="Mend the row, or save the table anew.",
    )


# --- Parquet, JSON, frames -----------------------------------------------------------------


def _no_line(row: int) -> None:
    return None


def _parquet(path: Path, raw: bytes, said: list[str]) -> Found:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(io.BytesIO(raw))
    except (pa.ArrowException, OSError) as error:
        found = "The Parquet file is damaged or cut short."
        raise DataError(found, path=path, remedy=AGAIN) from error
    return Found(_as_text(table, path), path, _no_line, True, [*said, "Parquet"])


def _json(path: Path, text: str, said: list[str]) -> Found:
    import pyarrow as pa

    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    if text.lstrip()[0] == "[" or "\n{" not in text.strip().replace("\r", ""):
        rows, lines = _whole_json(path, text)
    for number, line in enumerate(text.splitlines() if not rows else (), 1):
        if line.strip():
            rows.append(_object(path, line, number))
            lines.append(number)
    names = dict.fromkeys(name for row in rows for name in row)
    table = pa.table({name: _field(path, name, [row.get(name) for row in rows]) for name in names})
    if not len(table):
        raise DataError("There is no row in it.", path=path, expected=EXPECTED)
    line_of = lines.__getitem__ if lines else _no_line
    return Found(_as_text(table, path), path, line_of, True, [*said, "JSON"])


def _field(path: Path, name: str, cells: list[Any]) -> "pa.Array":
    import pyarrow as pa

    try:
        return pa.array(cells)
    except OverflowError:  # numbers beyond 64 bits are names
        return pa.array([None if cell is None else str(cell) for cell in cells])
    except (pa.ArrowException, TypeError, UnicodeError) as error:
        found = f"The field {name!r} holds values of several kinds, or half of a character."
        raise DataError(found, path=path, expected="values of one kind in it.") from error


def _whole_json(path: Path, text: str) -> tuple[list[dict[str, Any]], list[int]]:
    """Rows of a list of objects, or of an object with one such list in it."""
    try:
        whole = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise DataError(
            "This is not valid JSON.", path=path, line=line, expected=EXPECTED
        ) from error
    lists = [whole] if isinstance(whole, list) else list(_lists_in(whole))
    if len(lists) == 1 and _objects(lists[0]):
        return lists[0], []
    if isinstance(whole, dict) and not lists:
        return [whole], []
    found = f"The JSON has {len(lists)} lists of objects."
    raise DataError(found, path=path, expected="one, with an object for each rating.")


def _lists_in(value: object) -> Iterator[list[Any]]:
    """Lists of objects, at whatever depth."""
    for inner in value.values() if isinstance(value, dict) else ():
        if _objects(inner):
            yield inner
        else:
            yield from _lists_in(inner)


def _objects(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


def _object(path: Path, line: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        found = "This line is not valid JSON."
        raise DataError(
            found, path=path, line=number, expected="one JSON object on each line."
        ) from error
    if not isinstance(row, dict):
        found = f"This line holds {type(row).__name__}, not an object."
        raise DataError(found, path=path, line=number, expected="one JSON object on each line.")
    return row


def _frame(frame: pd.DataFrame) -> Found:
    import pyarrow as pa

    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    if not len(frame):
        raise DataError("The frame has no row.", expected="a row for each rating.")
    frame = frame.set_axis([str(name) for name in frame.columns], axis=1)
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise DataError(f"Two columns are called {twice!r}.", expected="each name once.")
    columns = {name: _plain(frame[name]) for name in frame}
    try:
        table = pa.table({name: pa.Array.from_pandas(column) for name, column in columns.items()})
    except (pa.ArrowException, UnicodeError) as error:
        raise DataError(f"A column is no plain one ({error}).", expected=EXPECTED) from error
    return Found(_as_text(table, None), None, _no_line, True, [])


def _plain(column: pd.Series) -> pd.Series:
    """Objects as text, if all are of one kind."""
    if column.dtype != object:
        return column
    some = (value for value in column if not pd.api.types.is_scalar(value) or pd.notna(value))
    kinds = {type(value) for value in some}
    if len(kinds) > 1 and kinds != {int, float}:
        names = " and ".join(sorted(kind.__name__ for kind in kinds))
        found = f"The column {column.name!r} holds values of several kinds: {names}."
        raise DataError(found, expected="one kind.", remedy="Convert it with astype(str), say.")
    if kinds <= {str, bytes, int, float, bool, dict, list}:
        return column
    return column.map(str, na_action="ignore")


def _as_text(table: "pa.Table", path: Path | None) -> "pa.Table":
    """All columns as text; what is nested is laid open, and lists are left out."""
    import pyarrow as pa
    from pyarrow import compute

    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        kind = column.type
        if pa.types.is_dictionary(kind):
            column = column.cast(kind.value_type)
            kind = kind.value_type
        if pa.types.is_floating(kind):
            column = _whole_floats(column, name, path)
        if pa.types.is_nested(kind) or pa.types.is_null(kind):
            continue
        try:
            columns[name] = compute.cast(column, pa.string())
        except pa.ArrowException as error:
            found = f"The column {name!r} holds {kind}, which is no text or number."
            raise DataError(found, path=path, expected=EXPECTED) from error
    if not columns or not len(table):
        raise DataError("There is no row in it.", path=path, expected=EXPECTED)
    return pa.table(columns)


def _whole_floats(column: "pa.ChunkedArray", name: str, path: Path | None) -> "pa.ChunkedArray":
    """Floats as whole numbers if all are, so that they are written without an exponent."""
    import pyarrow as pa
    from pyarrow import compute

    known = compute.if_else(compute.is_nan(column), pa.scalar(None, column.type), column)
    whole = compute.all(compute.equal(known, compute.floor(known))).as_py()
    if not whole:
        return column
    most = compute.max(compute.abs(known)).as_py()
    if most is not None and most > EXACT:
        return column
    return compute.cast(known, pa.int64())
