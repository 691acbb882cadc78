"""The engine that a page shows: opened once for all visitors, built first if it is the sample's."""

import threading
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import streamlit as st

from nbhelpers import DataError
from nbhelpers.app.text import markdown, plain
from nbhelpers.data import SAMPLE
from nbhelpers.engine import Engine, build, folder_of, load

POLL = 0.3  # seconds between two looks at a build
_opening = threading.Lock()


class Build(threading.Thread):
    """A build in the background, which goes on when the visitor who started it leaves."""

    def __init__(self, dataset: str, folder: Path) -> None:
        super().__init__(daemon=True)
        self.dataset, self.folder = dataset, folder
        self.done, self.text = 0.0, "Starting"
        self.error: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            build(self.dataset, self.folder, progress=self._tell)
        except Exception as error:
            self.error = error

    def _tell(self, done: float, text: str) -> None:
        self.done, self.text = done, text


def engine(dataset: str, folder: Path | None = None, trust: bool = False) -> Engine:
    """Return the engine of a data set, or say on the page what is missing and stop."""
    folder = folder or folder_of(dataset)
    try:
        with st.spinner("Opening the engine …"):
            return _open(dataset, folder, trust)
    except DataError as error:
        problem = error
    if dataset == SAMPLE:
        _watch(_started(dataset, folder))
        try:
            return _open(dataset, folder, trust)
        except DataError as error:
            problem = error
    st.title("Films for you", anchor=False)
    # Markdown would put invisible characters into what is there to be copied.
    said = problem.found, problem.expected and f"Expected {problem.expected}"
    st.warning(f"**There is no engine for the data set {markdown(dataset)} yet.**")
    st.text(" ".join(filter(None, said)))
    st.markdown("Build it once, then load this page again:")
    st.code(f"nbhelpers build --dataset {plain(dataset)}", language=None)
    st.stop()


def warm(dataset: str, folder: Path | None = None, trust: bool = False) -> None:
    """Open the engine, if there is one, and let it answer once: the first time takes longer."""
    with suppress(DataError):
        engine = _open(dataset, folder or folder_of(dataset), trust)
        engine.recommend(int(engine.users(1)["user_id"].iloc[0]))


def _open(dataset: str, folder: Path, trust: bool = False) -> Engine:
    """Open what is there now: an engine built anew has another time."""
    manifest = folder / "manifest.json"
    stamp = manifest.stat().st_mtime_ns if manifest.is_file() else None
    with _opening:
        return _opened(dataset, folder, stamp, trust)


# Streamlit's own cache would want a page around it, which `warm` has not.
@lru_cache(maxsize=1)
def _opened(dataset: str, folder: Path, stamp: int | None, trust: bool) -> Engine:
    return load(dataset, folder, trust=True) if trust else load(dataset, folder)


@st.cache_resource(show_spinner=False)
def _started(dataset: str, folder: Path) -> Build:
    return Build(dataset, folder)


def _watch(started: Build) -> None:
    """Show how far a build is until it ends; all visitors watch the same one."""
    whole = st.empty()
    place = whole.container()
    place.title("Films for you", anchor=False)
    place.markdown(
        "No engine is built for the sample yet, so it is built now, once. It takes about a minute "
        "or two; you may leave this page meanwhile."
    )
    bar = place.progress(0.0, "Starting")
    while started.is_alive():
        bar.progress(min(max(started.done, 0.0), 1.0), f"{started.text} … {started.done:.0%}")
        time.sleep(POLL)
    _started.clear()
    if started.error is None:
        whole.empty()
        return
    st.error(f"**The build stopped.** {markdown(started.error)}")
    st.button("Try again")
    st.stop()
