"""What a lesson needs besides data and models: sentences, guesses and recorded metrics."""

import json
import re
from collections.abc import Iterable
from numbers import Number
from pathlib import Path
from typing import Any

import numpy as np
from IPython.display import Markdown, display

METRICS_MIME = "application/vnd.nbhelpers.metrics+json"
REAL_RESULTS = Path(__file__).with_name("real_results.json")  # written by `make expected`


def say(text: str) -> None:
    """Show a sentence, built from the numbers computed above it.

    Parameters
    ----------
    text : str
        Markdown: emphasis, code, lists and tables. HTML, links, images and formulas are shown as
        they are written: they can only be from a title, which nobody has checked.
    """
    said = Markdown()  # given to it, a text that begins with http is fetched, a path is opened
    said.data = _NOT_SAID.sub(lambda found: found["escaped"] or "\\" + found[0], text)
    display(said)


# What a backslash stands before is no markup already; it may stand before another one.
_NOT_SAID = re.compile(r"(?P<escaped>\\.)|<(?=[A-Za-z/!?])|\$|\](?=[(:\[])", re.DOTALL)
_MARKUP = re.compile(
    r"[`*_$\[\]<>#|~]"
    r"|&(?=[#\w])"  # &lt;
    r"|^[-+](?=\s)|(?<=^\d)[.)]|(?<=^\d\d)[.)]"  # lists
    r"|:(?=//)|(?<=www)\.|@"  # addresses become links without being asked to
)


def literal(text: str) -> str:
    """Return a text that Markdown shows as it is, such as the title M*A*S*H.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        In one line.
    """
    # As an entity, because nbconvert takes two backslashes and a bracket for a formula.
    parts = " ".join(text.split()).split("\\")
    return "&#92;".join(_MARKUP.sub(r"\\\g<0>", part) for part in parts)


def listed(titles: Iterable[str]) -> str:
    """Return titles in a row, for a sentence.

    Parameters
    ----------
    titles : iterable of str

    Returns
    -------
    str
        Markdown.
    """
    return ", ".join(f"*{literal(title)}*" for title in titles)


def record(lesson: str, **metrics: float) -> None:
    """Show named metrics beside the same ones on real ratings.

    They are kept in the notebook, where ``nbhelpers run`` collects them.

    Parameters
    ----------
    lesson : str
        The notebook's number, such as ``"05"``.
    **metrics : float
        Finite numbers by name. They are rounded to six significant digits, so that
        the last bits of a sum do not count as a change.

    Raises
    ------
    ValueError
        If a metric is not a finite number.
    """
    bad = {name: value for name, value in metrics.items() if not np.isfinite(value)}
    if bad:
        raise ValueError(f"Metrics have to be finite numbers, but found {bad}.")
    rounded = {name: float(f"{value:.6g}") for name, value in metrics.items()}
    real = real_results(lesson)
    rows = [f"| | here | on {real.pop('set', 'real ratings')} |", "|---|--:|--:|"]
    for name, value in rounded.items():
        beside = _number(real[name]) if name in real else ""
        rows.append(f"| {name.replace('_', ' ')} | {_number(value)} | {beside} |")
    # Pairs, because a notebook's file sorts the keys of a mapping: the headline comes first.
    pairs = [[name, value] for name, value in rounded.items()]
    text = "Recorded: " + ", ".join(f"{name} = {value:g}" for name, value in rounded.items())
    shown = {METRICS_MIME: pairs, "text/markdown": "\n".join(rows), "text/plain": text}
    display(shown, raw=True)


def real_results(lesson: str) -> dict[str, Any]:
    """Return what a notebook ("05") recorded on real ratings, and under "set" of which ones.

    It is empty if the notebook was never run on them.
    """
    stored = json.loads(REAL_RESULTS.read_text(encoding="utf-8"))
    found = (metrics for name, metrics in stored["metrics"].items() if name[:2] == lesson)
    return next(({"set": stored["set"], **metrics} for metrics in found), {})


_guesses: dict[str, Any] = {}  # of this kernel's reader, by name


def guess(name: str, value: Any) -> None:
    """Write down what the reader expects, before the code says what is so.

    Parameters
    ----------
    name : str
        The notebook's number and a letter, such as ``"04.a"``.
    value : number or str
        ``...`` means "no guess yet".
    """
    _guesses[name] = value
    if value is ...:
        say(f"⬜ **Guess {name}** - put yours in the place of the `...`, or just read on.")
    else:
        say(f"✏️ **Guess {name}** - noted: {_told(value)}. We shall see.")


def reveal(name: str, value: Any, unit: str = "") -> None:
    """Show what is so, beside what was guessed.

    Parameters
    ----------
    name : str
        As it was given to `guess`.
    value : number or str
    unit : str
        Of a number, such as ``"stars"``.
    """
    guessed = _guesses.get(name, ...)
    so = f"{_told(value)} {unit}".strip()
    if guessed is ...:
        say(f"⬜ **Guess {name}** - it is **{so}**.")
        return
    numbers = isinstance(guessed, Number) and isinstance(value, (Number, np.number))
    off = f", off by {_told(abs(float(guessed) - float(value)))}" if numbers else ""
    hit = "Spot on" if str(guessed) == str(value) or off == ", off by 0" else "You guessed"
    say(f"✏️ **Guess {name}** - {hit}: {_told(guessed)}. It is **{so}**{off}.")


def _told(value: Any) -> str:
    is_number = isinstance(value, (Number, np.number)) and not isinstance(value, bool)
    return f"{float(value):,.3g}" if is_number else literal(str(value))


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
