"""What tests share; what notebooks need as well is in the conftest.py at the root."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import settings
from trained import sample_engine

ROOT = Path(__file__).resolve().parents[1]

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


@pytest.fixture
def edit_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Change a module of the library, as far as `code_hash` can see."""
    from nbhelpers import files

    copy = shutil.copytree(Path(files.__file__).parent, tmp_path / "nbhelpers")
    monkeypatch.setattr(files, "__file__", str(copy / "files.py"))

    def edit(module: str) -> None:
        with open(copy / module, "a", encoding="utf-8") as file:
            file.write("# changed\n")
        files.code_hash.cache_clear()

    yield edit
    files.code_hash.cache_clear()


@pytest.fixture(scope="session")
def engine_folder() -> Path:
    """The sample's engine on disk, trained once for all tests and workers: read it only."""
    return sample_engine()


@pytest.fixture(scope="session")
def engine(engine_folder: Path):
    """The sample's engine. Nothing may change it."""
    from nbhelpers.engine import load

    return load("sample", engine_folder)


@pytest.fixture(scope="module")
def browser():
    """A real browser, without a window."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    if not program:
        pytest.skip("no Chromium on this machine: install the package chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield chromium
        chromium.close()
