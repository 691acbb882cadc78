"""Files as they are passed on, plain, in gzip, in zip archives, as Parquet: read where they are.

A file in an archive has the path `archive.zip/name/in/it`, which exists for these functions only.
"""

import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from nbhelpers.errors import DataError, check_file

PACKED = (".gz", ".parquet")
_BATCH = 1 << 18  # rows of Parquet that are made text at a time


def is_packed(path: str | Path) -> bool:
    """Whether a file has to be unpacked to be read."""
    return Path(path).suffix.lower() in PACKED or _archive(Path(path)) is not None


def members(archive: Path) -> list[Path]:
    """The paths of the files in a zip archive; none, if it is damaged."""
    try:
        with zipfile.ZipFile(archive) as packed:
            return [archive / info.filename for info in packed.infolist() if not info.is_dir()]
    except (OSError, zipfile.BadZipFile, NotImplementedError):
        return []


def check_raw(path: str | Path, expected: str) -> None:
    """Refuse what is not even a data file; see `errors.check_file`."""
    if not is_packed(path):
        check_file(path, expected)


def open_raw(path: str | Path) -> IO[bytes]:
    """Open a file for reading its text, packed or not."""
    path = Path(path)
    if archive := _archive(path):
        packed = zipfile.ZipFile(archive)
        return packed.open(path.relative_to(archive).as_posix())
    if path.suffix.lower() == ".gz":
        return io.BufferedReader(gzip.GzipFile(path))
    if path.suffix.lower() == ".parquet":
        return io.BufferedReader(_Stream(_parquet_as_text(path)), 1 << 20)
    return open(path, "rb")


def _archive(path: Path) -> Path | None:
    """The zip archive that a path leads into."""
    return next((p for p in path.parents if p.suffix.lower() == ".zip" and p.is_file()), None)


def _parquet_as_text(path: Path) -> Iterator[bytes]:
    import pyarrow as pa  # here, as hardly anybody needs it
    import pyarrow.csv
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(path) as file:
        if odd := [f.name for f in file.schema_arrow if pa.types.is_nested(f.type)]:
            raise DataError(
                f"The columns {', '.join(odd)} hold lists.",
                path=path,
                expected="numbers, text and times.",
                remedy="Join the entries of a list with | to one text.",
            )
        head = io.StringIO()
        csv.writer(head, lineterminator="\n").writerow(file.schema_arrow.names)
        yield head.getvalue().encode()  # Arrow would write all names in quotation marks
        for batch in file.iter_batches(_BATCH):
            out = io.BytesIO()
            pyarrow.csv.write_csv(batch, out, pyarrow.csv.WriteOptions(include_header=False))
            yield out.getvalue()


@contextmanager
def reading(path: str | Path) -> Iterator[None]:
    """Whatever reading a damaged archive raises becomes a `DataError`."""
    try:
        yield
    except DataError:
        raise
    # RuntimeError: a password is needed. ValueError: Arrow's.
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, ValueError) as error:
        if not is_packed(path):
            raise
        raise DataError(
            f"It cannot be unpacked ({error}).",
            path=path,
            expected="a whole archive, without a password.",
            remedy="Get it again from its source, or unpack it into the set's folder.",
        ) from error


class _Stream(io.RawIOBase):
    """Pieces of bytes, read like a file."""

    def __init__(self, pieces: Iterator[bytes]):
        self._pieces, self._rest = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        n = min(len(buffer), len(self._rest))
        buffer[:n], self._rest = self._rest[:n], self._rest[n:]
        return n
