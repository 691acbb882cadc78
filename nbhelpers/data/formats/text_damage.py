"""Letters that were lost or garbled before a file came here: counted, and refused if most are."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from nbhelpers.data.formats.raw_files import bad_line, shorten

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LOST = re.compile(
    "[\x80-\x9f\ufffd]"
)  # control characters of latin-1, and what stands for no letter
_ENCODINGS = {"cp1252": "Windows-1252", "mac_roman": "Mac Roman", "cp437": "a DOS code page"}


def _letters(encoding: str, codes: Iterable[int]) -> str:
    """The characters of these bytes; where Windows-1252 has none, latin-1's."""
    return "".join(
        bytes([c]).decode(encoding, "ignore") or bytes([c]).decode("latin-1") for c in codes
    )


def _doubled(encoding: str) -> re.Pattern[str]:
    """The pattern of UTF-8 that was read in this encoding: of Latin letters, dashes and quotes."""
    rest = re.escape(_letters(encoding, range(0x80, 0xC0)))
    lead = re.escape(_letters(encoding, range(0xC2, 0xC6)))
    high, middle = _letters(encoding, [0xE2]), re.escape(_letters(encoding, range(0x80, 0x85)))
    return re.compile(f"[{lead}][{rest}]|{re.escape(high)}[{middle}][{rest}]")


_DOUBLED = {name: _doubled(encoding) for encoding, name in _ENCODINGS.items()}


def damage(text: str) -> str | None:
    """What happened to a text that is no longer what it was, in words; None if nothing did.

    Examples
    --------
    >>> damage("Amélie")
    >>> damage("AmÃ©lie")
    'was UTF-8, read as Windows-1252 and saved again'
    """
    if text.isascii():
        return None
    if lost := _LOST.search(text):
        return (
            "holds U+FFFD, which stands for lost letters"
            if lost[0] == "\ufffd"
            else (f"holds the control character U+{ord(lost[0]):04X}")
        )
    for name, pattern in _DOUBLED.items():
        if pattern.search(text):
            return f"was UTF-8, read as {name} and saved again"
    return None


def check_texts(
    path: str | Path,
    texts: Sequence[str],
    lines: Sequence[int] | np.ndarray,
    what: str,
    report: Counter[str],
) -> None:
    """Count texts that are damaged; refuse the file if that is most of those it could happen to.

    That is more than half of the texts with letters beyond ASCII. The report is told how many are
    damaged, and on which line the first is; `what` is what the texts are, such as "titles".
    """
    at_risk = [i for i, text in enumerate(texts) if not text.isascii()]
    wrong = [(i, reason) for i in at_risk if (reason := damage(texts[i]))]
    if wrong:
        (first, reason), line = wrong[0], int(lines[wrong[0][0]])
        if 2 * len(wrong) > len(at_risk):
            found = (
                f"{shorten(texts[first])} {reason}; so are {len(wrong)} of {len(at_risk)} {what}"
            )
            found += " with letters beyond ASCII."
            remedy = "Get the original file; or save it again, read as UTF-8 and written as UTF-8."
            raise bad_line(path, line, found, "text in the encoding it was written in.", remedy)
        report[f"{Path(path).name}: damaged {what}, the first in line {line}"] += len(wrong)
    if (row := first_control(texts)) is not None:
        line, n = int(lines[row]), sum(1 for text in texts if _CONTROL.search(text))
        report[f"{Path(path).name}: {what} with control characters, the first in line {line}"] += n


def first_control(texts: Sequence[str]) -> int | None:
    """Which text is the first that holds a control character other than tabs and line ends."""
    if not _CONTROL.search("\n".join(texts)):
        return None
    return next(i for i, text in enumerate(texts) if _CONTROL.search(text))
