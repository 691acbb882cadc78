"""Values for the parameters of notebooks: text from the command line becomes what is meant by it.

A parameter takes what its default in the notebook is: a number, a switch, text. `USERS` takes a
share of the users, and what is `None` by default takes text or `None`.
"""

import ast
import math
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from nbhelpers.errors import SettingError

SHARE, SEED = "USERS", "SEED"
MOST_SEED = 2**32 - 1  # scikit-learn takes none that is larger
LARGEST = 10**15  # whole number; what is larger is a slip


class Kind(NamedTuple):
    """What a parameter takes: how text becomes a value, or raises ValueError; and in words."""

    read: Callable[[str], Any]
    expected: str
    example: str


def read(name: str, given: object, default: str, option: str = "") -> Any:
    """Turn what was given for a parameter, as it was typed or the value itself, into its value.

    The default is text, as in the notebook's parameters cell. A SettingError, which names the
    command line's `option` (``-p NAME`` if left out), refuses what the parameter does not take.
    """
    kind, text = _kind(name, default), str(given).strip()
    try:
        return kind.read(text)
    except (ValueError, LookupError, ArithmeticError):  # the last are Decimal's own
        label = option or name
        option = option or ("--seed" if name == SEED else f"-p {name}")
        raise SettingError(
            f"{label} is {text!r}.",
            expected=kind.expected,
            remedy=f"for example {option} {_meant(name, text) or kind.example}",
        ) from None


def _kind(name: str, default: str) -> Kind:
    if name == SHARE:
        expected = "a share of the users above 0 and at most 1, as 0.05 or 5%, or None for all."
        return Kind(_share, expected, "0.05")
    if name == SEED:
        expected = f"a whole number from 0 to {MOST_SEED}."
        return Kind(partial(_whole, least=0, most=MOST_SEED), expected, default)
    match _literal(default):
        case bool():
            return Kind(_switch, "True or False.", default)
        case int(value) if value > 0:
            return Kind(partial(_whole, least=1), "a whole number above 0.", default)
        case int():
            return Kind(_whole, "a whole number.", default)
        case float():
            return Kind(_number, "a number.", default)
        case None:
            return Kind(_text_or_none, "text, or None.", default)
    return Kind(_text, "text.", default)


def _literal(default: str) -> Any:
    try:
        return ast.literal_eval(default)
    except (ValueError, SyntaxError):
        return default


def _meant(name: str, text: str) -> str | None:
    """What was probably meant by a share that is none: 5 is five per cent, and 0,05 is 0.05."""
    if name != SHARE:
        return None
    for guess in (f"{text}%", text.replace(",", ".")):
        with suppress(ValueError, ArithmeticError):
            _share(guess)
            return guess
    return None


def _share(text: str) -> float | None:
    if text.lower() == "none":
        return None
    # In decimals, so that 0.3% is the very number that 0.003 is.
    number = Decimal(text.removesuffix("%").strip()) / (100 if text.endswith("%") else 1)
    if not 0 < (share := float(number)) <= 1:
        raise ValueError(text)
    return share


def _switch(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


def _whole(text: str, least: int = -LARGEST, most: int = LARGEST) -> int:
    number = Decimal(text)  # it knows that 1e6 is a whole number
    if not least <= number <= most or number != int(number):
        raise ValueError(text)
    return int(number)


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _text(text: str) -> str:
    if not text:
        raise ValueError(text)
    return text


def _text_or_none(text: str) -> str | None:
    return None if text.lower() == "none" else _text(text)
