"""What all tests share."""

import hashlib
import os
import sys
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

# Set before NumPy is imported, and inherited by every kernel that a test starts: threads
# change the last bits of a sum, and the hash seed the order in which a set is printed.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["PYTHONHASHSEED"] = "0"
# Tests neither read nor fill the reader's own cache.
os.environ["NBHELPERS_CACHE"] = str(ROOT / "build" / "test-cache")

# No test is timed: what is compiled takes a while when it is called first.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

MAIN = sys.modules["__main__"]


@pytest.fixture(autouse=True)
def main_module() -> None:
    """Streamlit's AppTest leaves its script as the main module, which new processes would run."""
    sys.modules["__main__"] = MAIN


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets; a test that asks for it is skipped where there is none."""
    folder = os.environ.get("NBHELPERS_DATA")
    if not folder:
        pytest.skip("no real data: set NBHELPERS_DATA to the folder that holds ml-latest-small")
    if not Path(folder).is_dir():
        pytest.skip(f"no real data: NBHELPERS_DATA names {folder}, which is not a folder")
    return Path(folder)


@pytest.fixture(scope="session")
def engine_folder() -> Path:
    """The sample's engine on disk, trained once for all tests and workers: read it only."""
    from nbhelpers.engine import build

    # Any code but the screens' may change it; made by other code, it is made anew.
    others = ("api", "app", "teaching", "tools")
    rooms = [ROOT / "nbhelpers" / name for name in others]
    paths = (ROOT / "nbhelpers").rglob("*.py")
    code = [path.read_bytes() for path in sorted(paths) if not set(rooms) & set(path.parents)]
    folder = ROOT / "build" / "test-engine" / hashlib.sha256(b"".join(code)).hexdigest()[:12]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock"), timeout=900):  # others wait here
        if not folder.exists():  # it appears when it is complete
            build("sample", folder)
    return folder


@pytest.fixture(scope="session")
def engine(engine_folder: Path):
    """The sample's engine. Nothing may change it."""
    from nbhelpers.engine import load

    return load("sample", engine_folder)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run slow tests last; the cells of a notebook are compared by running it, so they are slow."""
    for item in items:
        if item.path.suffix == ".ipynb":
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """Keep the cells of a notebook on one worker, its kernel's, and the tests of Spark, which
    share a Java process; spread everything else.

    xdist's own groups (``--dist loadgroup``) have no effect under pytest 9.2.
    """
    from xdist.scheduler import LoadScopeScheduling

    class NotebookScheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.split("::")[0]
            return path if path.endswith((".ipynb", "test_spark.py")) else nodeid

    return NotebookScheduling(config, log)
