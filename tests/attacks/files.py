"""Files with slips in them, of every format and dialect, against slow readers of another kind.

`attack` changes bytes and lines of small files of each format: whatever is read has to be what the
slow reader reads, and whatever is not has to be a `DataError`. It survives a change that does
neither better nor worse.
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import movielens_dialects
import movielens_sets
import netflix_sets
from movielens_dialects import changed, slips

from nbhelpers.data import metadata
from nbhelpers.data.formats.the_movies_dataset import read_the_movies_dataset
from nbhelpers.errors import DataError

SEED = 13
ENOUGH = 10_000  # files of a format; the time that one leaves over is the others'
Try = Callable[[random.Random], tuple[str, bytes]]  # what came of a file, and the file

METADATA = (
    b"movieId,title,tmdb_id,overview,poster_url,genres,release_year,actors,directors\n"
    b'2,"Matrix, The",603,"He said ""no"",\nthen yes.",https://example.org/m.jpg,'
    b"Action|War,1999,Ann A|Bob B,Cy C\n10,Solaris (1972),,,,,,,\n"
)
KAGGLE = {
    "movies_metadata.csv": b"genres,id,overview,poster_path,release_date,title\n"
    b"\"[{'id': 16, 'name': 'Animation'}]\",862,,/a.jpg,1995-10-30,Toys\n",
    "credits.csv": b"cast,crew,id\n\"[{'name': 'Ann'}]\","
    b"\"[{'name': 'D', 'job': 'Director'}]\",862\n",
    "keywords.csv": b"id,keywords\n862,\"[{'id': 931, 'name': 'envy'}]\"\n",
    "links.csv": b"movieId,imdbId,tmdbId\n1,0114709,862\n",
    "ratings.csv": b"userId,movieId,rating,timestamp\n1,1,4.5,964982703\n",
}


def attack(seconds: float) -> list[dict[str, Any]]:
    """Try files with slips for so long, shared among the formats.

    Parameters
    ----------
    seconds : float

    Returns
    -------
    list of dict
        A row for each format: ``kind``, how many files were ``tried`` and ``got_through`` (read
        wrongly, or refused in no words), and a ``note``: how many were read, or the first of those.
    """
    with tempfile.TemporaryDirectory() as folder:
        formats, end, rows = list(_formats(Path(folder))), time.monotonic() + seconds, []
        for left, (kind, one) in zip(range(len(formats), 0, -1), formats, strict=True):
            rows.append(_row(kind, one, (end - time.monotonic()) / left))
        return rows


def _row(kind: str, one: Try, seconds: float) -> dict[str, Any]:
    rng, start = random.Random(SEED), time.monotonic()
    tried = through = read = 0
    note = ""
    while not tried or (tried < ENOUGH and time.monotonic() - start < seconds):
        outcome, content = one(rng)
        tried += 1
        read += outcome == "read"
        if outcome not in ("read", "refused"):
            through += 1
            note = note or f"{outcome}: {content!r}"
    return {"kind": kind, "tried": tried, "got_through": through, "note": note or f"{read} read"}


def _formats(folder: Path) -> Iterator[tuple[str, Try]]:
    for name, file in movielens_dialects.FILES:
        place = folder / name
        if not place.exists():
            movielens_sets.write(place, name)
        yield f"{name}/{file}", _movielens(place / file, name)
    for name in netflix_sets.FILES:
        (folder / name).mkdir()
        yield f"netflix/{name}", _netflix(folder / name / name)
    yield "metadata.csv", _metadata(folder / "metadata.csv")
    (folder / "kaggle").mkdir()
    for name in KAGGLE:
        yield f"the-movies-dataset/{name}", _kaggle(folder / "kaggle", name)


def _movielens(path: Path, name: str) -> Try:
    contents = list(movielens_dialects.variants(name, path.name).values())
    plain = contents[0]

    def one(rng: random.Random) -> tuple[str, bytes]:
        content = changed(rng.choice(contents), slips(rng))
        size = rng.choice([48, 1 << 20])
        found = movielens_dialects.outcome(path, name, content, size)
        path.write_bytes(plain)
        return found, content

    return one


def _netflix(path: Path) -> Try:
    titles = path.name == "movie_titles.csv"
    read = netflix_sets.read_title_rows if titles else netflix_sets.read_rows

    def reference(content: bytes) -> list[tuple] | None:
        try:
            if titles:
                return netflix_sets.reference_titles(content)
            return netflix_sets.reference(content, path.name)
        except ValueError:
            return None

    def one(rng: random.Random) -> tuple[str, bytes]:
        content = changed(netflix_sets.FILES[path.name], slips(rng))
        path.write_bytes(content)
        expected = reference(content)
        try:
            rows = read(path)
        except DataError as error:
            fits = expected is None or "so are" in str(error)
            return "refused" if fits else f"refused, but right: {error}", content
        except Exception as error:
            return f"{type(error).__name__}: {error}", content
        if titles and expected is not None and rows != expected:
            # Titles in quotation marks are taken out of them.
            expected = [
                (m, t[1:-1].replace('""', '"') if t[:1] == '"' else t, y) for m, t, y in expected
            ]
        return "read" if rows == expected else f"read as {rows}, not {expected}", content

    return one


def _metadata(path: Path) -> Try:
    return _only_errors(path, METADATA, lambda: metadata.read_metadata(path))


def _kaggle(folder: Path, name: str) -> Try:
    for file, content in KAGGLE.items():
        (folder / file).write_bytes(content)
    return _only_errors(folder / name, KAGGLE[name], lambda: read_the_movies_dataset(folder))


def _only_errors(path: Path, plain: bytes, read: Callable[[], object]) -> Try:
    """Where there is no second reader: nothing but a `DataError` may be raised."""

    def one(rng: random.Random) -> tuple[str, bytes]:
        content = changed(plain, slips(rng))
        path.write_bytes(content)
        try:
            read()
            return "read", content
        except DataError:
            return "refused", content
        except Exception as error:
            return f"{type(error).__name__}: {error}", content
        finally:
            path.write_bytes(plain)

    return one


if __name__ == "__main__":
    for row in attack(float(sys.argv[1]) if len(sys.argv) > 1 else 60):
        print(f"{row['kind']:40} {row['tried']:7,} {row['got_through']:7,}  {row['note'][:1000]}")
