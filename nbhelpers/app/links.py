"""What a link holds of films, in few letters: one's ratings, a watch list.

Films go by their number, so that only the steps between numbers are written, seven bits in a byte,
together with the films' value; a link made for another data set is told by its checksum.
"""

import base64
import binascii
import zlib
from collections.abc import Iterable, Mapping

from rapidfuzz import fuzz, process

FILTERED = "for-you", "explore", "similar"  # lists that can be filtered
NAMES = frozenset(
    {
        *("own", "saved", "not-for-me", "tab", "who", "person", "n", "model", "weight", "surprise"),
        *("variety", "one-of-series", "similar-film", "similar-by", "models-split"),
        *(f"{key}-{what}" for key in FILTERED for what in ("genres", "mood", "years")),
    }
)


def strangers(names: Iterable[str]) -> str:
    """Say which parts of a link nobody knows here, with the nearest known one; "" if none."""
    found = []
    for name in sorted(set(names) - NAMES):
        near = process.extractOne(
            name[:100], NAMES, scorer=fuzz.ratio, processor=str.casefold, score_cutoff=60
        )
        found.append(f"“{name[:40]}”" + (f" (did you mean “{near[0]}”?)" if near else ""))
    if not found:
        return ""
    return f"This link says what is not known here, and is not followed: {', '.join(found[:5])}."


def encode(values: Mapping[int, int], largest: int, data: str) -> str:
    """Return films with their values, from 0 to `largest`, as letters for a link.

    `data` is the name of the data set, which tells what the numbers mean.
    """
    packed, before = bytearray(), 0
    for movie in sorted(values):
        number = (movie - before) * (largest + 1) + values[movie]
        before = movie
        while number > 127:
            packed.append(number & 127 | 128)
            number >>= 7
        packed.append(number)
    whole = _checksum(bytes(packed), data) + packed
    return base64.urlsafe_b64encode(whole).decode().rstrip("=") if values else ""


def decode(text: str, largest: int, data: str) -> dict[int, int]:
    """Return films with their values from the letters of a link, made by `encode`.

    A ValueError says that it is damaged, or was made for another data set.
    """
    try:
        whole = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        whole = b"?"
    packed = whole[2:]
    if text and _checksum(packed, data) != whole[:2]:
        raise ValueError("This link is damaged, or was made for another data set.")
    values, movie, number, bits = {}, 0, 0, 0
    for byte in packed:
        number |= (byte & 127) << bits
        bits += 7
        if byte < 128:
            step, value = divmod(number, largest + 1)
            movie += step
            values[movie], number, bits = value, 0, 0
    return values


def _checksum(packed: bytes, data: str) -> bytes:
    return zlib.crc32(data.encode() + packed).to_bytes(4, "big")[:2]
