"""Movie titles: canonical form, and links between two sets of movies by title and year."""

import re
import unicodedata

import numpy as np
import pandas as pd

YEARS = range(1874, 2101)  # from the oldest film to what is surely a mistake

_ARTICLES = (
    "The|An?|Les?|La|L['’]|Une?|Das|Der|Die|Eine?|Il|Lo|Gli|I|El|Los|Las|Una|Os?|As|De|Het|De[nt]"
    "|En|Ett"
)
_MOVED = re.compile(
    rf"(?P<before>\s*(?:a\.?k\.?a\.?:?\s+)?)(?P<rest>\S.*?), (?P<article>{_ARTICLES})"
    r"(?P<after>\s*)"
)
# "(1995)", "(2009– )" and "(2006-2007)"; ml-100k adds "(V)" or "(TV)" to what was not in cinemas.
_YEAR = re.compile(r"\s*\((\d{4})(?:\s*[-–]\s*(?:\d{4})?)?\s*\)(?:\s*\((?:V|TV)\))?\s*")

_PARTS = re.compile(r"[^()]+")
_AKA = re.compile(r"(?<=\S)\s+[(\[]([^()\[\]]*)[)\]]")
_ALSO = re.compile(r"^\s*a\.?k\.?a\.?:?\s+", re.IGNORECASE)
_AS_KEY = {"aliases": "key"}
# Articles that are no ordinary words in other languages ("Die Hard", "I, Robot").
_DROPPED = re.compile(r"(?:(?:the|an?|les?|la|das|der|il|lo|gli|el|los|las|une?)\s+|l['’])(?=\w)")
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ı": "i"})
_ROMAN = {
    **{"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"},
    **{"xi": "11", "xii": "12", "xiii": "13", "xiv": "14", "xv": "15", "xvi": "16"},
}
_WORDS = {
    **{"one": "1", "two": "2", "three": "3", "four": "4", "five": "5"},
    **{"six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10"},
}
SIMILAR = 93  # per cent; below it, different films begin to look alike


def split_title(raw: str) -> tuple[str, int | None]:
    """Split "Matrix, The (1999)" into "The Matrix" and 1999.

    A moved article goes back to the front, in a.k.a. brackets too, which stay. Of a range of
    years the first counts. Blanks at the ends are dropped.

    Parameters
    ----------
    raw : str

    Returns
    -------
    tuple of str, int or None
        Title and year; None where the title names none.
    """
    title, year = raw.strip(), None
    for match in _YEAR.finditer(title):
        if match.end() == len(title) and match.start() > 0:
            title, year = title[: match.start()], int(match[1])
    if ", " in title:  # as before an article that was moved
        title = _PARTS.sub(lambda part: _article_first(part[0]), title)
    return title, year


def normalise_title(title: str) -> str:
    """The key by which two spellings of a title are the same.

    Accents and case are folded; a.k.a. brackets, punctuation and the article at the front are
    dropped; "&" is "and"; Roman numerals from II on and number words are digits.

    Parameters
    ----------
    title : str

    Returns
    -------
    str
        Words in lower case, parted by single blanks.

    Examples
    --------
    >>> normalise_title("Misérables, Les")
    'miserables'
    >>> normalise_title("Rocky II") == normalise_title("Rocky 2")
    True
    """
    text = _article_first(_AKA.sub("", title))
    text = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    text = "".join(char for char in text if not unicodedata.combining(char))
    text = _DROPPED.sub("", text.strip(), count=1) if _DROPPED.match(text.strip()) else text
    words = re.sub(r"[^\w]+", " ", re.sub(r"['’`.]", "", text.replace("&", " and "))).split()
    words = [_ROMAN.get(word, word) if i else word for i, word in enumerate(words)]
    return " ".join(_WORDS.get(word, word) for word in words) or title.strip().casefold()


def spellings(title: str) -> list[str]:
    """The key of a title, then those of the names in its brackets.

    Examples
    --------
    >>> spellings("Seven (a.k.a. Se7en)")
    ['7', 'se7en']
    """
    also = [_ALSO.sub("", match[1]) for match in _AKA.finditer(title)]
    return [normalise_title(text) for text in [title, *also]]


def link_titles(left_movies: pd.DataFrame, right_movies: pd.DataFrame) -> pd.DataFrame:
    """Link the movies of two sets by title and year.

    Four rules, tried in this order on what is not linked yet; their confidences are chosen, not
    estimated:

    1. the same `normalise_title` and year: 1.0
    2. the same title one year apart, as one set may hold the year of a DVD: 0.9
    3. the same year, and the title of one stands in a.k.a. brackets of the other: 0.85
    4. the same year, and a similar title with the same numbers in it: 0.8 times the similarity,
       which is at least 0.93

    Where a rule gives a movie of either side more than one partner, it stays without a link. So
    does a movie without a year: titles alone repeat too often.

    Parameters
    ----------
    left_movies, right_movies : DataFrame
        Columns movie_id, title, year.

    Returns
    -------
    DataFrame
        movie_id and linked_id (int32, each at most once), confidence (float64, 0 to 1), rule
        (str); sorted by movie_id.
    """
    left, right = _keyed(left_movies), _keyed(right_movies)
    rules = {"same title and year": _same, "year ±1": _year_apart}
    rules |= {"a.k.a., same year": _alias, "similar title, same year": _similar}
    links = []
    for rule, find in rules.items():
        pairs = find(left, right).drop_duplicates(["movie_id", "linked_id"])
        links.append(_unambiguous(pairs).assign(rule=rule))
        left = left[~left["id"].isin(pairs["movie_id"])]
        right = right[~right["id"].isin(pairs["linked_id"])]
    types = {"movie_id": "int32", "linked_id": "int32", "confidence": "float64"}
    result = pd.concat(links)[["movie_id", "linked_id", "confidence", "rule"]].astype(types)
    return result.sort_values("movie_id", ignore_index=True)


def _article_first(text: str) -> str:
    match = _MOVED.fullmatch(text)
    if not match:
        return text
    gap = "" if match["article"].endswith(("'", "’")) else " "
    return f"{match['before']}{match['article']}{gap}{match['rest']}{match['after']}"


def _keyed(movies: pd.DataFrame) -> pd.DataFrame:
    """id, year, key and the keys in a.k.a. brackets of the movies that have a year."""
    movies = movies[movies["year"].notna()]
    keys = [spellings(title) for title in movies["title"]]
    return pd.DataFrame(
        {
            "id": movies["movie_id"].to_numpy(),
            "year": movies["year"].astype("int64").to_numpy(),
            "key": [key for key, *_ in keys],
            "aliases": [aliases for _, *aliases in keys],
        }
    )


def _pairs(left: pd.DataFrame, right: pd.DataFrame, confidence: float) -> pd.DataFrame:
    pairs = left.merge(right, on=["key", "year"])
    pairs = pairs.rename(columns={"id_x": "movie_id", "id_y": "linked_id"})
    return pairs.assign(confidence=confidence)


def _same(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    return _pairs(left, right, 1.0)


def _year_apart(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    shifted = [right.assign(year=right["year"] + step) for step in (-1, 1)]
    return _pairs(left, pd.concat(shifted), 0.9)


def _alias(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    left, right = (
        pd.concat([side, side.drop(columns="key").explode("aliases").rename(columns=_AS_KEY)])
        for side in (left, right)
    )
    return _pairs(left.dropna(subset="key"), right.dropna(subset="key"), 0.85)


def _similar(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    found: dict[str, list[float]] = {"movie_id": [], "linked_id": [], "confidence": []}
    others = dict(iter(right.groupby("year")))
    for year, group in left.groupby("year"):
        if year not in others:
            continue
        from rapidfuzz import fuzz, process  # all but this works where it is missing

        ids, keys = others[year]["id"].to_numpy(), others[year]["key"].to_numpy()
        own_ids, own = group["id"].to_numpy(), group["key"].to_numpy()
        scores = process.cdist(own, keys, scorer=fuzz.ratio, score_cutoff=SIMILAR)
        for row, column in zip(*np.nonzero(scores), strict=True):
            if _numbers(own[row]) == _numbers(keys[column]):
                found["movie_id"].append(own_ids[row])
                found["linked_id"].append(ids[column])
                found["confidence"].append(0.8 * float(scores[row, column]) / 100)
    return pd.DataFrame(found)


def _numbers(key: str) -> list[str]:
    return re.findall(r"\d+", key)


def _unambiguous(pairs: pd.DataFrame) -> pd.DataFrame:
    repeated = pairs["movie_id"].duplicated(keep=False) | pairs["linked_id"].duplicated(keep=False)
    return pairs[~repeated]
