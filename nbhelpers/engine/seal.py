"""A seal on engines: a keyed hash that only their maker can set, looked at before anything is read.

To check every array that reaches compiled code is a race that is lost some day. A seal says
whose engine it is; all checks behind it are a second wall.
"""

import hmac
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from nbhelpers.errors import DataError
from nbhelpers.files import beside, disk_for

PLACE = "NBHELPERS_CONFIG"  # names the folder of the key, if it is not the platform's own


def key_file() -> Path:
    """Return where the user's key is kept, or will be."""
    if place := os.environ.get(PLACE):
        return Path(place).expanduser() / "engine.key"
    import platformdirs  # here, because only engines need it

    return platformdirs.user_config_path("nbhelpers", appauthor=False) / "engine.key"


def key() -> bytes:
    """Return the user's key, made at the first call; a DataError if it cannot be, or is no key."""
    path = key_file()
    if (found := _read(path)) is not None:
        return found
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with disk_for("the key that seals engines", path.parent):
            _make(path)
    except (DataError, OSError) as error:
        raise DataError(
            f"The key that seals engines cannot be kept: {getattr(error, 'strerror', error)}.",
            path=path,
            expected="a folder of your own that can be written.",
            remedy=f"Set the variable {PLACE} to such a folder, to build engines and to open them.",
        ) from error
    return key()


def sign(content: bytes) -> str:
    """Return the seal (hex) of a content: its HMAC-SHA256 (RFC 2104) with the user's key."""
    return hmac.new(key(), content, "sha256").hexdigest()


def fits(content: bytes, seal: str) -> bool:
    """Whether this user has set a seal to a content; who has no key yet has set none."""
    found = _read(key_file())
    if found is None:
        return False
    return hmac.compare_digest(hmac.new(found, content, "sha256").hexdigest(), seal)


def _read(path: Path) -> bytes | None:
    try:
        text = path.read_text(encoding="ascii").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise _unusable(f"The key that seals engines cannot be read: {reason}.", path) from error
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise _unusable("This is not a key.", path)
    return bytes.fromhex(text)


def _unusable(found: str, path: Path) -> DataError:
    return DataError(
        found,
        path=path,
        expected="64 hexadecimal digits in a file that you may read.",
        remedy="Mend or remove it; without it, engines have to be built anew.",
    )


def _make(path: Path) -> None:
    """Write a key that only its owner can read; the first of several processes is heeded."""
    temporary = beside(path)
    temporary.touch(mode=0o600, exist_ok=False)
    try:
        temporary.write_text(secrets.token_hex(32) + "\n", encoding="ascii")
        with suppress(FileExistsError):
            _put(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _put(temporary: Path, path: Path) -> None:
    """Give a file its name, unless another has it."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a disk without hard links, where of two at once the last is heeded
        os.replace(temporary, path)
