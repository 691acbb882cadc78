"""Netflix's formats for tests: small files, slips in them, and a reader of its own kind.

The reference reads one line after the other and shares nothing with the library but the rules.
"""

import datetime

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from nbhelpers.data import netflix

RATINGS = b"1:\n10,3,2005-01-01\n2649429,4,2004-02-29\n2:\n10,5,1999-11-11\n"
PROBE = b"1:\n10\n2649429\n2:\n10\n"
QUALIFYING = b"1:\n10,2005-01-01\n2649429,2005-12-31\n2:\n10,2000-02-29\n"
TITLES = "1,2003,Isle, of Man\n2,NULL,Café\n17770,1888,A\n".encode("latin-1")
BYTES = b'0125,:;-. \t\r\n\x00\xc3\xa9"<N'
READ = {"probe.txt": netflix.read_probe, "qualifying.txt": netflix.read_qualifying}


def natural(text: str, most: int) -> int:
    if not text or set(text) - set("0123456789") or text[0] == "0" or int(text) > most:
        raise ValueError(text)
    return int(text)


def day(text: str) -> str:
    if datetime.date.fromisoformat(text).isoformat() != text:
        raise ValueError(text)
    if not "1999-11-11" <= text <= "2005-12-31":
        raise ValueError(text)
    return text


def split_lines(text: str, last_may_be_open: bool) -> list[str]:
    end = "\r\n" if "\r" in text else "\n"
    lines = text.split(end)
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("line ends of two kinds")
    last = lines.pop()
    if last and not last_may_be_open:
        raise ValueError("open last line")
    return lines + [last] * bool(last)


FIELDS = {
    "combined_data_1.txt": [lambda t: natural(t, 2_649_429), lambda t: natural(t, 5), day],
    "probe.txt": [lambda t: natural(t, 2_649_429)],
    "qualifying.txt": [lambda t: natural(t, 2_649_429), day],
}


def reference(data: bytes, name: str) -> list[tuple]:
    """Rows (movie, user, then the other fields) in order; ValueError if any line is wrong."""
    rows, movie, bare, seen = {}, None, False, set()
    readers = FIELDS[name]
    for line in split_lines(data.decode("ascii"), last_may_be_open=len(readers) > 1):
        if line.endswith(":"):
            movie = natural(line[:-1], 17_770)
            if movie in seen:
                raise ValueError(line)
            seen.add(movie)
            bare = True
            continue
        user, *rest = (read(f) for read, f in zip(readers, line.split(","), strict=True))
        if movie is None or (movie, user) in rows:
            raise ValueError(line)
        rows[movie, user] = tuple(rest)
        bare = False
    if bare or not rows:
        raise ValueError("cut after a movie's line")
    return [(*pair, *rows[pair]) for pair in sorted(rows)]


def looks_like_utf8(text: str) -> bool:
    """Whether letters of latin-1 stand together as the bytes of a letter in UTF-8 do."""
    for at, char in enumerate(text):
        rest = [("\x80" <= c < "\xc0") for c in text[at + 1 : at + 3]]
        if ("\xc2" <= char < "\xe0" and rest[:1] == [True]) or (
            "\xe0" <= char < "\xf0" and rest == [True, True]
        ):
            return True
    return False


def reference_titles(data: bytes) -> list[tuple]:
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
        if any("\x80" <= c < "\xa0" for c in text) or looks_like_utf8(text):
            raise
    lines = split_lines(text, last_may_be_open=False)
    while lines and not lines[-1]:
        lines.pop()
    rows = {}
    for line in lines:
        movie, year, title = line.split(",", 2)
        year = year.removesuffix(".0")
        movie, year = natural(movie, 17_770), None if year in ("NULL", "") else natural(year, 2005)
        if movie in rows or (year or 1888) < 1888 or not title or title.endswith(","):
            raise ValueError(line)
        if any(c < " " or c == "\x7f" for c in title):
            raise ValueError(line)
        rows[movie] = (title, year)
    if not rows:
        raise ValueError("empty")
    return [(movie, *rows[movie]) for movie in sorted(rows)]


def read_rows(path) -> list[tuple]:
    """What the reader gives, as rows like the reference's."""
    frame = READ.get(path.name, lambda path: netflix.read_ratings(path.parent))(path)
    columns = {name: frame[name].to_numpy() for name in frame}
    if "timestamp" in columns:
        columns["timestamp"] = np.datetime_as_string(columns["timestamp"], unit="D")
    order = ["movie_id", "user_id", "rating", "timestamp"]
    cells = [columns[name].tolist() for name in order if name in columns]
    return list(zip(*cells, strict=True))


def read_title_rows(path) -> list[tuple]:
    frame = netflix.read_titles(path).astype(object)
    return list(frame.where(frame.notna(), None).itertuples(index=False, name=None))


def single_changes(data: bytes):
    """Every file that one small slip makes of a file."""
    for at in range(len(data)):
        yield data[:at]
        yield data[:at] + data[at + 1 :]
        yield data[:at] + data[at + 1 : at + 2] + data[at : at + 1] + data[at + 2 :]
        for byte in b"05,:\n\r\x00\xe9 ":
            yield data[:at] + bytes([byte]) + data[at:]
            yield data[:at] + bytes([byte]) + data[at + 1 :]


@st.composite
def changes(draw, data: bytes) -> bytes:
    """A file after one to three slips of any kind."""
    for _ in range(draw(st.integers(1, 3))):
        at, to = (draw(st.integers(0, max(len(data) - 1, 0))) for _ in range(2))
        byte = bytes([draw(st.sampled_from(BYTES))])
        lines = data.splitlines(keepends=True) or [b""]
        line, other = at % len(lines), to % len(lines)
        doubled = [*lines[:line], lines[line], *lines[line:]]
        swapped = list(lines)
        swapped[line], swapped[other] = lines[other], lines[line]
        data = draw(
            st.sampled_from(
                [
                    data[:at] + data[at + 1 :],
                    data[:at] + byte + data[at:],
                    data[:at] + byte + data[at + 1 :],
                    data[:at] + data[to : to + 1] + data[at + 1 :],
                    data[:at],
                    data[at:],
                    data[:at] + data[to:],
                    b"".join(doubled),
                    b"".join(lines[:line] + lines[line + 1 :]),
                    b"".join(swapped),
                    data.replace(b"\n", b"\r\n"),
                    data.replace(b",", b";"),
                ]
            )
        )
    return data


FILES = {
    "combined_data_1.txt": RATINGS,
    "probe.txt": PROBE,
    "qualifying.txt": QUALIFYING,
    "movie_titles.csv": TITLES,
}
WRONG_RATINGS = [
    (b",3,", b",6,", 2, "Rating '6'"),
    (b",3,", b",nan,", 2, "Rating 'nan'"),
    (b",3,", b",3.5,", 2, "Rating '3.5'"),
    (b",3,", b",3,5,", 2, "decimal comma"),
    (b",3,2005-01-01", b",3", 2, "2 of 3 fields"),
    (b"2005-01-01", b"2005-02-30", 2, "does not exist"),
    (b"2005-01-01", b"2006-01-01", 2, "from 1999-11-11 to 2005-12-31"),
    (b"1999-11-11", b"1999-11-10", 5, "from 1999-11-11 to 2005-12-31"),
    (b"2005-01-01", b"05-01-01", 2, "YYYY-MM-DD"),
    (b"1:\n", b"", 1, "before any movie"),
    (b"2:\n", b"1:\n", 4, "a second time"),
    (b"2:\n", b"17771:\n", 4, "Movie 17771 is not among"),
    (b"2:\n", b"2:\n2:\n", 5, "a second time"),
    (b"2649429", b"2649430", 3, "1 to 2,649,429"),
    (b"2649429", b"0", 3, "1 to 2,649,429"),
    (b"2649429", b"10", 3, "User 10 has movie 1 a second time"),
    (b"\n2:", b"\n\n2:", 4, "empty line"),
    (b"10,3,2005-01-01", b"10;3;2005-01-01", 2, "parted by ';'"),
    (b"10,3,2005-01-01", b"10, 3,2005-01-01", 2, "Blanks"),
    (b"10,3", b"1\x000,3", 2, "NUL byte at byte 4"),
    (b"2649429", b"264\xe99429", 3, "0xe9.* at byte 22 .*encoding"),
    (b"01\n2", b"01\r\n2", 2, "line ends of two kinds"),
    (b"1999-11-11\n", b"1999-11-1", 5, "looks cut"),
    (b"10,5,1999-11-11\n", b"", 4, "may be cut"),
]


def ratings_frame(pairs, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    movies, users = np.array(sorted(pairs)).T
    days = np.datetime64("1999-11-11") + rng.integers(0, 2243, len(movies))
    return pd.DataFrame(
        {
            "user_id": users.astype("int32"),
            "movie_id": movies.astype("int32"),
            "rating": rng.integers(1, 6, len(movies)).astype("int8"),
            "timestamp": days.astype("datetime64[s]"),
        }
    )


def write_training_set(ratings: pd.DataFrame, folder) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, (movie, rows) in enumerate(ratings.groupby("movie_id"), start=1):
        assert number == movie
        lines = [
            f"{r.user_id},{r.rating},{r.timestamp:%Y-%m-%d}\n"
            for r in rows.sample(frac=1).itertuples()
        ]
        (folder / f"mv_{movie:07}.txt").write_text(f"{movie}:\n" + "".join(lines), newline="")
