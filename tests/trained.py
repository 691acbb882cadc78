"""The engine that tests and attacks share."""

from pathlib import Path

from filelock import FileLock

ROOT = Path(__file__).resolve().parents[1]


def sample_engine() -> Path:
    """Return the folder of the sample's engine, trained once for this code: read it only."""
    from nbhelpers.engine import build
    from nbhelpers.engine.engine_files import ROOMS
    from nbhelpers.files import code_hash

    folder = ROOT / "build" / "test-engine" / code_hash(*ROOMS)[:12]  # made by other code: anew
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock"), timeout=900):  # others wait here
        if not folder.exists():  # it appears when it is complete
            build("sample", folder)
    return folder
