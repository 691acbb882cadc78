"""What a notebook shows now, compared with what it stores: text exactly, numbers nearly.

Processors round differently, so the last digit of a computed number may change. What has a
decimal point, an exponent or a percent sign counts as computed, and may be one unit of its last
stored place off; a recorded metric, 1e-4 of its value. Everything else is exact: words, tags of
HTML with all that is in them, order, and whole numbers, for those are ids, years and counts.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from nbformat import NotebookNode
from nbval.plugin import IPyNbCell

from nbhelpers.teaching.lesson import METRICS_MIME

LARGEST_SHARE = 1e-4  # of a recorded metric
PARTS = re.compile(
    r"""
    <style.*?</style> | </?[a-z][^<>]*>                 # in a tag, no number is looked for
    | (?<! [\w.] ) (?<! \d: ) (?P<number>               # nor in versions, names and times
        (?: (?<!\w) [-+−] )?
        (?: \d{1,3} (?: ,\d{3} )+ | \d+ )
        (?: \.\d+ (?: e[-+]?\d+ )? | e[-+]?\d+ | (?= \s?% | \spercent ) )
      ) (?! \w | \.\d )
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
Near = Callable[[str, str], bool]
compare_exactly = IPyNbCell.compare_outputs


def compare(cell: IPyNbCell, found: list, stored: list, skip_compare: tuple | None = None) -> bool:
    """Compare a cell's outputs as nbval does, after what is near was written as it is stored.

    It takes the place of `IPyNbCell.compare_outputs`, which goes on to tell what still differs.
    """
    return compare_exactly(cell, settle(stored, found), stored, skip_compare)


def within_unit(stored: str, found: str) -> bool:
    """Say whether a number is at most one unit of the last stored place off."""
    before = _value(stored)
    return abs(_value(found) - before) <= Decimal(1).scaleb(before.as_tuple().exponent)


def within_share(stored: str, found: str) -> bool:
    """Say whether a number is at most 1e-4 of the stored value off."""
    before = float(_value(stored))
    return abs(float(_value(found)) - before) <= LARGEST_SHARE * abs(before)


def settle(stored: Any, found: Any, near: Near = within_unit) -> Any:
    """Return the outputs found, with numbers that are near enough written as they are stored.

    Parameters
    ----------
    stored, found : list, dict, str or float
        Outputs as nbformat has them, or a part of them. What has no counterpart stays as it is.
    near : callable
        Whether a stored number and a number found, as texts, are near enough.
    """
    if isinstance(stored, dict) and isinstance(found, dict):
        near = within_share if METRICS_MIME in stored else near  # for their text as well
        settled = {key: settle(stored.get(key), value, near) for key, value in found.items()}
        return NotebookNode(settled)
    if isinstance(stored, list) and isinstance(found, list) and len(stored) == len(found):
        return [settle(*pair, near) for pair in zip(stored, found, strict=True)]
    if isinstance(stored, str) and isinstance(found, str):
        return settle_text(stored, found, near)
    if isinstance(stored, float) and isinstance(found, float):
        return stored if near(str(stored), str(found)) else found
    return found


def settle_text(stored: str, found: str, near: Near = within_unit) -> str:
    """Return the text found, with computed numbers that are near enough written as stored.

    If anything else differs, `found` is returned as it is.
    """
    (texts, numbers), (texts_now, numbers_now) = _take_apart(stored), _take_apart(found)
    if list(map(_one_blank, texts)) != list(map(_one_blank, texts_now)):
        return found
    pairs = zip(numbers, numbers_now, strict=True)
    settled = [before if near(before, now) else now for before, now in pairs]
    return "".join(text + number for text, number in zip(texts, [*settled, ""], strict=True))


def _take_apart(text: str) -> tuple[list[str], list[str]]:
    """Return the texts before, between and after the computed numbers, and these numbers."""
    numbers = [match for match in PARTS.finditer(text) if match["number"]]
    starts = [*(match.start() for match in numbers), len(text)]
    ends = [0, *(match.end() for match in numbers)]
    texts = [text[start:end] for start, end in zip(ends, starts, strict=True)]
    return texts, [match["number"] for match in numbers]


def _one_blank(text: str) -> str:
    """Return a text with one blank for many: a column is as wide as its longest number."""
    return re.sub(" +", " ", text)


def _value(number: str) -> Decimal:
    return Decimal(number.replace(",", "").replace("−", "-"))
