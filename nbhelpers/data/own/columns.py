"""Which column is what: found by its name and what is in it, never guessed where two fit."""

import re
import shlex
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from nbhelpers.data.own import values
from nbhelpers.data.own.tables import Found
from nbhelpers.errors import DataError

NONE = "none"  # in place of a column: the set has no such thing
NEEDED = ("user", "item")
ASKED = ("user", "item", "rating", "time")
ROLES = (*ASKED, "title", "year", "genres")
LOOKED_AT = 2_000  # rows, to see what a column holds
TEXTS = {"title", "review", "text", "comment", "summary", "description", "helpful", "url", "link"}

# Names as `plain` writes them. The first are whole names; the second, words in longer names.
WHOLE = {
    "user": "user_id user userid uid u_id users customer_id customer customerid cust_id "
    "reviewer_id reviewerid reviewer rater rater_id member_id member visitor_id "
    "visitorid visitor person_id person account_id account reader_id reader "
    "listener_id listener viewer_id viewer profile_id client_id nutzer nutzer_id "
    "benutzer benutzer_id kunde kunden_id kundennummer utilisateur utilisateur_id "
    "id_utilisateur usuario usuario_id id_usuario cliente cliente_id id_cliente "
    "utente utente_id id_utente gebruiker gebruiker_id klant anvandare bruger "
    "uzytkownik пользователь 用户 用户id 使用者 ユーザー 사용자",
    "item": "item_id item itemid joke anime manga recipe video business place restaurant "
    "hotel beer wine podcast show course news_id paper_id ad_id iid i_id items "
    "movie_id movie movieid film_id film filmid book_id book isbn song_id song "
    "track_id track artist_id artist product_id product productid asin sku "
    "article_id article game_id game appid app_id anime_id manga_id business_id "
    "recipe_id joke_id show_id series_id video_id podcast_id place_id venue_id "
    "beer_id wine_id artikel artikel_id produkt produkt_id buch buch_id lied "
    "lied_id produit produit_id livre livre_id id_livre chanson producto "
    "producto_id id_producto libro libro_id id_libro pelicula pelicula_id "
    "id_pelicula cancion cancion_id prodotto prodotto_id canzone filme livro "
    "livro_id produto produto_id boek boek_id фильм товар книга 物品 电影 商品 映画 作品 영화",
    "rating": "rating ratings stars star score points user_rating grade overall rate value "
    "vote votes book_rating user_score your_rating my_rating preference feedback "
    "liked like likes thumbs thumb reaction note bewertung sterne punkte wertung "
    "puntuacion valoracion calificacion voto nota avaliacao valutazione stelle "
    "etoiles cijfer beoordeling ocena betyg оценка рейтинг 评分 評価 評点 평점",
    "time": "timestamp time date datetime ts rated_at created_at created timestamp_s "
    "unix_time unix_timestamp unixtime epoch review_date review_time rating_date "
    "rating_timestamp date_rated time_stamp event_time when date_time datum zeit "
    "zeitstempel zeitpunkt fecha hora momento heure horodatage data data_hora tijd "
    "tidpunkt czas дата время 时间 时间戳 日期 日時 시간",
    "title": "title name item_name movie_title book_title item_title song_title track_name "
    "film_title product_name product_title titel titre titulo titolo название 标题 "
    "タイトル 제목",
    "year": "year release_year year_of_publication publication_year movie_year jahr annee "
    "ano anno rok год 年份",
    "genres": "genres genre category categories class tags kategorie gattung genero generos generi",
}
WORDS = {
    "user": {"user", "customer", "reviewer", "visitor", "member", "rater"},
    "item": {"item", "movie", "film", "book", "song", "track", "product", "artist", "asin", "isbn"},
    "rating": {"rating", "stars", "score"},
    "time": {"timestamp", "time", "date"},
}
COUNTS = {
    *("plays", "play_count", "playcount", "play", "listen_count", "listens", "count", "clicks"),
    *("views", "weight", "quantity", "purchases", "hours", "playtime"),
}
KNOWN_TWO = {  # where a known shape has two of a kind: which of them it means
    frozenset({"reviewer_id", "asin", "overall", "unix_review_time"}): {
        "user": "reviewer_id", "item": "asin", "rating": "overall", "time": "unix_review_time",
        "title": NONE,
    },
    frozenset({"user_id", "asin", "parent_asin", "rating", "timestamp"}): {
        "item": "parent_asin", "title": NONE
    },
}  # fmt: skip


class Chosen(NamedTuple):
    """Columns by role, and what was passed over."""

    columns: dict[str, str]  # from those of `ROLES` that the table has
    unused: list[str]
    counts: str | None  # the column that counts how often, in place of ratings


def choose(
    found: Found, given: Mapping[str, str | None], needed: tuple[str, ...] = NEEDED
) -> Chosen:
    """Find the columns of a table, of which it cannot be without those `needed`.

    Given are columns by role that were named by the reader; "none" for what the set does not have.
    A DataError says that one of them is not there; or that user or item are not found, two columns
    fit, or one may be ratings or times that is not called so: all of it in one question.
    """
    names = list(found.table.column_names)
    told = {role: _named(found, role, name) for role, name in given.items() if name is not None}
    known = _by_place(found) if not found.header else _known_two(names)
    columns = {**known, **told}
    open_to: dict[str, list[str]] = {}
    for role in ROLES:
        if role in columns or (role in NEEDED and role not in needed):
            continue
        free = [name for name in names if name not in columns.values()]
        fitting = _fitting(found, role, free)
        if len(fitting) == 1:
            columns[role] = fitting[0]
        elif (fitting and role in ASKED) or role in needed:
            open_to[role] = fitting
        elif role in ASKED and (called := [n for n in free if plain(n) in _WHOLE[role]]):
            open_to[role] = called  # it says so, but holds something else
    kept = {role: name for role, name in columns.items() if name != NONE}
    unused = [name for name in names if name not in kept.values()]
    counts = next((name for name in unused if plain(name) in COUNTS), None)
    asked = {role for role in ("rating", "time") if role not in columns and role not in open_to}
    for role in ASKED:  # what is not called so, but looks like it
        if role in asked:
            maybe = [name for name in unused if name != counts and _may_be(found, role, name)]
            open_to |= {role: maybe} if maybe else {}
    if open_to:
        raise _question(found, columns, open_to)
    return Chosen(kept, unused, counts if "rating" not in kept else None)


def plain(name: str) -> str:
    """A column's name in one form: camelCase, blanks and RecBole's types aside.

    Examples
    --------
    >>> plain("userId"), plain("User-ID"), plain("user_id:token")
    ('user_id', 'user_id', 'user_id')
    """
    name = re.sub(r":(token|float|token_seq|float_seq)$", "", name.strip())
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    name = re.sub(r"(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^\w]+", "_", name.casefold().translate(_ACCENTS)).strip("_")


_ACCENTS = str.maketrans("áàâãäåçéèêëíìîïñóòôõöúùûüß", "aaaaaaceeeeiiiinooooouuuus")
_WHOLE = {role: set(text.split()) for role, text in WHOLE.items()}


def _named(found: Found, role: str, name: str) -> str:
    if name == NONE and role not in NEEDED:
        return NONE
    names = found.table.column_names
    match: list[str] = [n for n in names if n == name] or [
        n for n in names if plain(n) == plain(name)
    ]
    if len(match) == 1:
        return match[0]
    if name == NONE:
        raise DataError(
            f"A set cannot do without the {role}.",
            path=found.path,
            expected=f"one of {_listed(names)}.",
            remedy="Name the column; only ratings and times may be 'none'.",
        )
    raise DataError(
        f"There is no column {name!r} for the {role}.",
        path=found.path,
        line=1 if found.path and found.header else None,
        expected=f"one of {_listed(names)}."
        if found.header
        else f"a number from 1 to {len(names)}.",
    )


def _by_place(found: Found) -> dict[str, str]:
    """Without names: `user item rating timestamp`, if that is what the columns hold."""
    names = found.table.column_names
    rated = len(names) > 2 and _may_be(found, "rating", names[2])
    timed = len(names) > 3 and _may_be(found, "time", names[3])
    if (len(names) == 3 and rated) or (len(names) == 4 and rated and timed):
        return dict(zip(ASKED, names, strict=False))
    return {}


def _known_two(names: Iterable[str]) -> dict[str, str]:
    by_plain = {plain(name): name for name in names}
    for shape, roles in KNOWN_TWO.items():
        if shape <= by_plain.keys():
            return {role: by_plain.get(name, NONE) for role, name in roles.items()}
    return {}


def _fitting(found: Found, role: str, names: list[str]) -> list[str]:
    """The columns whose names say it, and which hold such values: those called just so first."""
    named = [name for name in names if plain(name) in _WHOLE[role]]
    fitting = [name for name in named if _holds(found, role, name)]
    if fitting or role not in WORDS:
        return fitting
    others = set().union(*(whole for other, whole in _WHOLE.items() if other != role))
    longer = [
        name
        for name in names
        if plain(name) not in others
        and WORDS[role] & set(plain(name).split("_"))
        and not (TEXTS | {"average", "avg", "mean", "count", "num"}) & set(plain(name).split("_"))
    ]
    return [name for name in longer if _holds(found, role, name)]


def _sample(found: Found, name: str) -> list[str]:
    column = found.table[name].slice(0, LOOKED_AT).to_pylist()
    return [text for cell in column if (text := (cell or "").strip())]


def _holds(found: Found, role: str, name: str) -> bool:
    """Whether most of what a column holds is of the kind that its name says."""
    if role in ("rating", "time"):
        cells = _sample(found, name)
        is_one = values.is_rating if role == "rating" else values.is_time
        return not cells or sum(map(is_one, cells)) >= len(cells) / 2
    if role == "year":
        return all(re.fullmatch(r"\d{4}(\.0)?", cell) for cell in _sample(found, name))
    return True


def _may_be(found: Found, role: str, name: str) -> bool:
    """Whether a column that is not called so may well be ratings, or times."""
    cells = _sample(found, name)
    if not cells or (found.header and plain(name).startswith("unnamed")):
        return False
    if role == "rating":
        few = len(set(cells)) <= min(101, max(2, len(cells)))
        return few and all(map(values.is_rating, cells)) and not _counts_rows(cells)
    return all(map(values.is_time, cells))


def _counts_rows(cells: list[str]) -> bool:
    """Whether these are 0, 1, 2 …: an index."""
    first = cells[:50]
    return any(first == [*map(str, range(k, k + len(first)))] for k in (0, 1))


def _question(found: Found, columns: dict[str, str], open_to: dict[str, list[str]]) -> DataError:
    told = []
    for role, names in open_to.items():
        if len(names) > 1:
            told.append(f"{len(names)} columns could be the {role}: {_shown(found, names)}.")
        elif names and plain(names[0]) in _WHOLE[role]:
            holds = {"rating": "numbers", "time": "times"}.get(role, "ids")
            told.append(f"{_shown(found, names)} is called {role}, but does not hold {holds}.")
        elif names:
            told.append(f"{_shown(found, names)} may be the {role}, but is not called that.")
        else:
            told.append(f"No column could be recognised as the {role}.")
    if not all(open_to.values()):
        rest = [n for n in found.table.column_names if n not in columns.values()]
        told.append(
            f"The other columns are {_shown(found, rest)}." if rest else "No other column is left."
        )
    return DataError(
        " ".join(told),
        path=found.path,
        line=1 if found.path and found.header else None,
        expected="to be told which column is which.",
        remedy=_answer(found, columns, open_to),
    )


def _answer(found: Found, columns: dict[str, str], open_to: dict[str, list[str]]) -> str:
    """What to type, with all that is settled, and a choice for what is not."""
    if open_to.get("item") == [] and "user" in columns and len(open_to.get("rating", ())) > 1:
        return (
            "if each column is an item, make a row of each rating first: in pandas "
            f"table.melt({columns['user']!r}, var_name='item', value_name='rating')"
            ".dropna()."
        )
    if not any(open_to.values()) and not set(found.table.column_names) - set(columns.values()):
        return f"Add a column for the {' and the '.join(open_to)}."
    picks = {role: names[0] if names else "COLUMN" for role, names in open_to.items()}
    free = [name for name in found.table.column_names if name not in columns.values()]
    if len(free) == 1 and list(picks.values()) == ["COLUMN"]:
        picks = dict.fromkeys(picks, free[0])
    for role in ("rating", "time"):
        if role in open_to and not _holds(found, role, picks[role]):
            picks[role] = NONE
    names = columns | picks
    options = {
        role: names[role]
        for role in ROLES
        if role in open_to or (role in ASKED and names.get(role, NONE) != NONE)
    }
    call = ", ".join(f"{role}={name!r}" for role, name in options.items())
    optional = [role for role in open_to if role in ASKED and role not in NEEDED]
    asked = bool(optional) and options[optional[0]] != NONE
    without = f", or {optional[0]}={NONE!r} to do without" if asked else ""
    in_python = f"in Python: {call}, with your choice of columns{without}."
    if "user" not in options or not found.path:  # one person's ratings, or a frame: no command
        return in_python.removeprefix("in Python: ") if not found.path else in_python
    line = " ".join(f"--{role} {shlex.quote(str(name))}" for role, name in options.items())
    return f"nbhelpers adopt {shlex.quote(str(found.path))} {line}; {in_python}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _shown(found: Found, names: list[str]) -> str:
    """Columns with a few of their values."""
    shown = []
    for name in names[:12]:
        cells = list(dict.fromkeys(cell[:20] for cell in _sample(found, name)[:50]))[:3]
        shown.append(f"{name!r} ({', '.join(cells)}, …)" if cells else f"{name!r} (empty)")
    return ", ".join(shown)
