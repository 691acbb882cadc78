"""What cells of text mean: ids, ratings and times, each kind read in one way only."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

MISSING = {"", "nan", "none", "null", "na", "n/a", "<na>", "nat", "\\n"}
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
COMMA = re.compile(r"[+-]?\d+,\d+")
WHOLE = re.compile(r"(0|[1-9]\d*)(\.0*)?")
LARGEST = 2**31 - 1
TURNED = re.compile("[\u202a-\u202e\u2066-\u2069]")  # text that reads the other way round
UNSEEN = re.compile("[\u200b-\u200f\u2028-\u202e\u2060\ufeff\u00ad]")
WORDS = {
    **dict.fromkeys(("up", "thumbs up", "thumbs_up", "thumbsup", "👍", "like", "liked"), 1.0),
    **dict.fromkeys(("true", "yes", "y", "t", "positive", "ja", "oui", "si", "sí", "+"), 1.0),
    **dict.fromkeys(("down", "thumbs down", "thumbs_down", "thumbsdown", "👎"), 0.0),
    **dict.fromkeys(("dislike", "disliked", "false", "no", "n", "f", "negative"), 0.0),
    **dict.fromkeys(("nein", "non", "-"), 0.0),
}
EPOCHS = {"s": (10**8, 10**10), "ms": (10**11, 10**13), "us": (10**14, 10**16)}
EPOCHS["ns"] = (10**17, 10**19)
FORMATS = [  # beside ISO 8601
    *("%Y/%m/%d", "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y%m%d"),
    *("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S"),
    *("%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M:%S %p"),
    *("%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y", "%d-%b-%Y", "%m %d, %Y"),
    *("%a %b %d %H:%M:%S %z %Y", "%a %b %d %H:%M:%S %Y", "%a, %d %b %Y %H:%M:%S %z"),
]
SLASHED = {  # the same text may mean two days
    "dmy": ["%d/%m/%Y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%y", "%d-%m-%Y"],
    "mdy": ["%m/%d/%Y", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%y", "%m-%d-%Y"],
}
EARLIEST, LATEST = np.datetime64("1950-01-01", "s"), np.datetime64("2100-01-01", "s")


class Ids(NamedTuple):
    """Whole numbers for the values of a column, and what they are called."""

    numbers: np.ndarray  # int32, -1 for a value that is no id
    labels: dict[int, str] | None  # None where the numbers are the column's own
    trimmed: int  # values with blanks around them
    written_as_floats: int  # values such as 17.0
    faults: dict[int, str]  # what is wrong with a value, by its place


def is_missing(cell: str | None) -> bool:
    return cell is None or cell.strip().casefold() in MISSING


def is_rating(cell: str) -> bool:
    """Whether a cell may be a rating: a number, per cent, or a thumb."""
    text = cell.strip()
    number = text.removesuffix("%").rstrip()
    if NUMBER.fullmatch(number) or COMMA.fullmatch(number):
        return abs(float(number.replace(",", "."))) <= 1_000
    return text.casefold() in WORDS or is_missing(cell)


def is_time(cell: str) -> bool:
    text = cell.strip()
    if NUMBER.fullmatch(text):
        return _unit(float(text)) != "" or (len(text) == 8 and text.startswith(("19", "20")))
    if not re.search(r"\d", text) or not re.fullmatch(r"[\w ,:./+-]{6,40}", text):
        return False
    return any(not times([text], order).faults for order in SLASHED)


def ids(cells: Sequence[str | None]) -> Ids:
    """Read the distinct values of a column of ids."""
    faults: dict[int, str] = {}
    texts = [(cell or "").strip() for cell in cells]
    trimmed = sum((cell or "") != text for cell, text in zip(cells, texts, strict=True))
    for place, text in enumerate(texts):
        if is_missing(text):
            faults[place] = "is missing"
        elif text[0] + text[-1] in ("[]", "{}"):
            faults[place] = "is a list"
        elif TURNED.search(text) or any(unicodedata.category(c) in ("Cc", "Cs") for c in text):
            faults[place] = "has control characters"
    sound = [place for place in range(len(texts)) if place not in faults]
    numeric = [place for place in sound if NUMBER.fullmatch(texts[place])]
    if len(numeric) == len(sound):
        for place in sound:
            value = float(texts[place])
            if not value.is_integer() or "e" in texts[place].casefold():
                faults[place] = "is not a whole number"
        sound = [place for place in sound if place not in faults]
        whole = [WHOLE.fullmatch(texts[place]) for place in sound]
        if all(whole) and all(float(texts[place]) <= LARGEST for place in sound):
            numbers = np.full(len(texts), -1, np.int32)
            numbers[sound] = [int(texts[place].split(".")[0]) for place in sound]
            floats = sum("." in texts[place] for place in sound)
            return Ids(numbers, None, trimmed, floats, faults)
    return _labelled(texts, sound, trimmed, faults)


def _labelled(texts: list[str], sound: list[int], trimmed: int, faults: dict[int, str]) -> Ids:
    """Numbers in the order of the labels, so that the order of rows changes nothing."""
    alike: dict[str, set[str]] = {}
    for place in sound:
        key = UNSEEN.sub("", unicodedata.normalize("NFC", texts[place])).strip()
        alike.setdefault(key, set()).add(texts[place])
    for place in sound:
        key = UNSEEN.sub("", unicodedata.normalize("NFC", texts[place])).strip()
        if len(alike[key]) > 1:
            faults[place] = "looks the same as another, but is written in other characters"
    labels = sorted({texts[place] for place in sound if place not in faults}, key=_natural)
    at = {label: number for number, label in enumerate(labels, 1)}
    numbers = np.array([at.get(text, -1) for text in texts], np.int32)
    return Ids(numbers, {number: label for label, number in at.items()}, trimmed, 0, faults)


def _natural(label: str) -> list[tuple[int, int, str]]:
    """Numbers in text by their size: u2 before u10."""
    parts = re.split(r"(\d{1,18})", label)
    return [(1, int(p), p) if p.isascii() and p.isdigit() else (0, 0, p) for p in parts]


class Numbers(NamedTuple):
    """Ratings as they were read; NaN and a fault where one is none."""

    values: np.ndarray
    faults: dict[int, str]
    said: list[str]


def ratings(cells: Sequence[str | None]) -> Numbers:
    """Read the distinct values of a column of ratings."""
    texts = [(cell or "").strip() for cell in cells]
    known = [text for text in texts if not is_missing(text)]
    said = []
    percent = bool(known) and all(text.endswith("%") for text in known)
    if percent:
        said.append("per cent")
        texts = [text.removesuffix("%").rstrip() for text in texts]
    comma = any(map(COMMA.fullmatch, texts)) and not any(re.search(r"\d\.\d", t) for t in texts)
    if comma:
        said.append("a comma before decimals")
        texts = [text.replace(",", ".") if COMMA.fullmatch(text) else text for text in texts]
    thumbs = bool(known) and all(text.casefold() in WORDS for text in known)
    if thumbs:
        said.append("thumbs up and down")
    values, faults = np.full(len(texts), np.nan), {}
    for place, text in enumerate(texts):
        if is_missing(text):
            faults[place] = "is missing"
        elif thumbs:
            values[place] = WORDS[text.casefold()]
        elif not NUMBER.fullmatch(text) or not np.isfinite(float(text)):
            faults[place] = "is not a number"
        else:
            values[place] = float(text)
    return Numbers(values, faults, said)


class Times(NamedTuple):
    """Times in UTC; NaT and a fault where one is none."""

    seconds: np.ndarray  # datetime64[s]
    faults: dict[int, str]
    said: list[str]
    both: bool = False  # whether days and months may be the other way round


def times(cells: Sequence[str | None], order: str | None = None) -> Times:
    """Read the distinct values of a column of times; 03/04/2020 in the order "dmy" or "mdy"."""
    texts = [(cell or "").strip() for cell in cells]
    missing = {place: "is missing" for place, text in enumerate(texts) if is_missing(text)}
    known = [text for place, text in enumerate(texts) if place not in missing]
    if known and all(map(NUMBER.fullmatch, known)) and any(len(text) != 8 for text in known):
        return _epochs(texts, missing)
    best: Times | None = None
    for read in _readers(order):
        seconds = read(texts)
        faults = missing | {
            place: "is not a valid date or time"
            if np.isnat(when)
            else "is not between 1950 and 2100"
            for place, when in enumerate(seconds)
            if place not in missing and not EARLIEST <= when < LATEST
        }
        if best is None or len(faults) < len(best.faults):
            best = Times(seconds, faults, [])
        if len(faults) == len(missing):
            break
    assert best is not None
    return best._replace(both=order is None and _either_way(texts, missing))


def _unit(value: float) -> str:
    return next((u for u, (low, high) in EPOCHS.items() if low <= abs(value) < high), "")


def _epochs(texts: list[str], missing: dict[int, str]) -> Times:
    seconds = np.full(len(texts), np.datetime64("NaT"), "datetime64[s]")
    units = {place: _unit(float(t)) for place, t in enumerate(texts) if place not in missing}
    known = [unit for unit in units.values() if unit]
    usual = max(dict.fromkeys(known), key=known.count, default="")
    faults = dict(missing)
    per = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
    for place, unit in units.items():
        if not unit or unit != usual:
            other = f"is in {unit}, where others are in {usual}"
            faults[place] = other if unit else "is not a valid date or time"
            continue
        whole = texts[place].split(".")[0]
        number = int(whole) if whole.lstrip("+-").isdigit() else int(float(texts[place]))
        seconds[place] = np.datetime64(number // per[unit], "s")
    said = [f"times count {usual} since 1970"] if usual not in ("s", "") else []
    return Times(seconds, faults, said)


def _readers(order: str | None) -> list[Callable[[list[str]], np.ndarray]]:
    forms: list[str] = ["ISO8601", *FORMATS]
    for name, slashed in SLASHED.items():
        forms += slashed if order in (None, name) else []
    return [lambda texts, form=form: _parsed(texts, form) for form in forms]  # type: ignore[misc]


def _parsed(texts: list[str], form: str) -> np.ndarray:
    column = pd.Series(texts, dtype=object)
    if form == "ISO8601":  # which a year alone is, too
        column = column.where(column.str.match(r"\d{4}-\d\d-\d\d"), None)
    elif "%y" in form:
        column = column.where(column.str.match(r".*\D\d\d$"), None)
    when = pd.to_datetime(column, format=form, errors="coerce", utc=True)
    naive = when.dt.tz_localize(None).to_numpy()
    return naive.astype("datetime64[s]")


def _either_way(texts: list[str], missing: dict[int, str]) -> bool:
    """Whether every date reads well as day/month and as month/day, and not always the same."""
    known = [text for place, text in enumerate(texts) if place not in missing]
    if not known or not all(re.match(r"\d{1,2}[/-]\d{1,2}[/-]\d{2,4}", text) for text in known):
        return False
    read = {}
    for name, forms in SLASHED.items():
        parsed = [_parsed(known, form) for form in forms]
        read[name] = next((when for when in parsed if not np.isnat(when).any()), None)
    first, second = read["dmy"], read["mdy"]
    return first is not None and second is not None and bool((first != second).any())
