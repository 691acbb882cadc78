"""The engine that tests and attacks share."""

import os
from pathlib import Path

from filelock import FileLock

ROOT = Path(__file__).resolve().parents[1]
ENGINES = ROOT / "build" / "test-engine"
# The key that seals these engines is kept beside them, and the user's own is left alone.
os.environ["NBHELPERS_CONFIG"] = str(ENGINES / "key")


def sample_engine() -> Path:
    """Return the folder of the sample's engine, trained once for this code: read it only."""
    from nbhelpers.engine import build
    from nbhelpers.engine.engine_files import MANIFEST, ROOMS
    from nbhelpers.files import code_hash

    folder = ENGINES / code_hash(*ROOMS)[:12]  # made by other code: anew
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock"), timeout=900):  # others wait here
        if not (folder / MANIFEST).exists():  # it appears when the engine is complete
            build("sample", folder)
    return folder
