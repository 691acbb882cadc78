"""The raw text of a data set, as it lies on the disk: to look at before it is parsed."""

import os
import tempfile
from collections.abc import Callable, Sized
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pandas as pd

from nbhelpers.data import movielens, netflix
from nbhelpers.data.catalogue import NETFLIX, SAMPLE
from nbhelpers.data.datasets import Dataset, load, metadata_file
from nbhelpers.data.formats import netflix_tables
from nbhelpers.data.formats.movielens_layouts import LAYOUTS
from nbhelpers.data.metadata import COLUMNS
from nbhelpers.errors import DataError


@dataclass(frozen=True)
class Raw:
    """Lines of a file.

    Attributes
    ----------
    path : pathlib.Path
    lines : list of bytes
        Without their line ends, and without a line of column names.
    separator : str
        What parts the fields of a line.
    fields : int
        How many fields a line has.
    title_at : int
        Which field of a line is the title, from 0 on; in a file of titles only.
    """

    path: Path
    lines: list[bytes]
    separator: str
    fields: int
    title_at: int = 1


def example(dataset: Dataset) -> Dataset:
    """Return a data set whose file of titles is worth looking at: this one, or the sample.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    Dataset
        The sample, if this set has no file of titles alone, or made-up titles.
    """
    return load(SAMPLE) if dataset.simulated or not titles(dataset) else dataset


def in_netflix_format(dataset: Dataset, n: int = 20_000) -> Raw:
    """Return the first lines of ratings as Netflix wrote them.

    Parameters
    ----------
    dataset : Dataset
    n : int
        How many, at most.

    Returns
    -------
    Raw
        The sample's, if this set's own files are written in another way. Its `path` is that of the
        first file.
    """
    files = netflix.find_ratings(dataset.folder) if dataset.name in (SAMPLE, NETFLIX) else []
    if not files or files[0].suffix.lower() != ".txt":  # a table, as some pass it on
        files = netflix.find_ratings(load(SAMPLE).folder)
    lines: list[bytes] = []
    for path in files:
        lines += _lines(path, n - len(lines))
    return Raw(files[0], lines, separator=",", fields=3)


def titles(dataset: Dataset) -> Raw | None:
    """Return all lines of a data set's file of titles.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    Raw or None
        None, if it has no file of titles alone, or has it in another form than it was published.
    """
    if dataset.name in (SAMPLE, NETFLIX):
        path = netflix.find_titles(dataset.folder)
        if netflix_tables.is_table(path) or not os.path.isfile(path):  # but in an archive
            return None
        return Raw(path, _lines(path), separator=",", fields=3, title_at=2)  # the year before it
    layout = LAYOUTS.get(dataset.name)
    if layout is None:
        return None
    style, folder = layout.item_style, movielens.locate(dataset.folder, dataset.name)
    for path in folder.iterdir():
        if path.is_file() and path.name.lower() == layout.movies:
            lines = _lines(path, header=style.header)
            return Raw(path, lines, style.separator.decode(), len(layout.item_fields))
    return None


def metadata(dataset: Dataset) -> pd.DataFrame:
    """Return the metadata table that lies beside a data set's ratings, as its file has it.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    DataFrame
        A row for each line, the columns of the file, with movieId as int32; without rows if
        the set has no such file.
    """
    path = metadata_file(dataset.name, dataset.folder)
    if not path.is_file():
        return pd.DataFrame(columns=COLUMNS).astype({"movieId": "int32"})
    return pd.read_csv(path, keep_default_na=False, dtype={"movieId": "int32"})


def read_netflix(text: str) -> pd.DataFrame:
    """Read ratings with the library's reader of Netflix's format.

    Parameters
    ----------
    text : str
        What the file holds.

    Returns
    -------
    DataFrame

    Raises
    ------
    DataError
        If a line is not what it has to be.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "combined_data_1.txt")
        path.write_text(text, encoding="ascii", newline="\n")
        return netflix.read_ratings(folder)


def load_text(text: str) -> Dataset:
    """Load a file of one's own that holds this text.

    Parameters
    ----------
    text : str
        Such as a CSV file, with its line of column names.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        If the text cannot be read as ratings, or only in more than one way.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ratings.csv")
        path.write_text(text, encoding="utf-8")
        return load(path)


def outcome(read: Callable[[str], Sized], text: str) -> str:
    """Say in a few words what a reader makes of a text.

    Parameters
    ----------
    read : callable
        Takes the text and returns its rows, or raises a ValueError.
    text : str

    Returns
    -------
    str
        How many rows were read, or what was refused.
    """
    try:
        return f"reads {len(read(text))} rows"
    except DataError as error:  # the library's: it knows its line, and what it found there
        return f"line {error.line}: {error.found}"
    except ValueError:
        return "refuses"


def _lines(path: Path, n: int | None = None, header: bool = False) -> list[bytes]:
    with open(path, "rb") as file:
        lines = islice(file, int(header), None if n is None else n + header)
        return [line.rstrip(b"\r\n") for line in lines]
