"""What a run leaves in its folder, and what of a stopped run still holds when it is begun again."""

import hashlib
import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any, Self

import psutil

from nbhelpers.errors import DataError
from nbhelpers.files import atomic_path, code_hash, sha256
from nbhelpers.teaching.lesson import REAL_RESULTS
from nbhelpers.tools.running import Result
from nbhelpers.tools.series import Job

SUMMARY, EARLIER = "summary.json", "earlier"
NUMBERED = "[0-9][0-9]_*.*"  # pages of notebooks that no longer have that number, too
KEPT = ("name", "status", "seconds", "peak_mb", "metrics")
CHANGES = {
    "data": "the data",
    "parameters": "the parameters",
    "notebook": "the notebook",
    "code": "the library",
    "packages": "the installed packages",
}


class Results:
    """The results of a run, in its folder's summary.json from the first one on.

    In `left` are the jobs still to be run, in `found` what is done: kept from a run that was
    stopped, and what `add` added. `said` tells what was kept and why, and where the files of
    another run went; it is empty if nothing was.
    """

    def __init__(self, folder: Path, head: dict[str, Any], jobs: list[Job], origins: dict):
        self._folder, self._head, self._origins = folder, head, origins
        self._planned = [job.source.stem for job in jobs]
        self._sums: dict[str, str] = {}
        self.left, self.said = jobs, ""
        self.found: list[Result] = []

    @classmethod
    def begin(cls, folder: Path, jobs: list[Job], dataset: str, content_hash: str) -> Self:
        """Begin a run, or go on with the one that was stopped in this folder.

        A notebook's result is kept if that run was to run the same notebooks, and the notebook's
        text and parameters, the data, the library and the installed packages are what they were,
        and its pages are untouched. Pages of any other run are moved to `earlier`. A DataError says
        that another run is at work in this folder.
        """
        seed = jobs[0].parameters["SEED"]
        head = {"dataset": dataset, "content_hash": content_hash, "seed": seed}
        origins = {job.source.stem: _origin(job, content_hash) for job in jobs}
        run = cls(folder, head, jobs, origins)
        old = _read(folder / SUMMARY)
        if _at_work(old):
            raise DataError(
                f"Another run is writing here, process {old['process'][0]}.",
                path=folder,
                remedy="wait for it, or stop it.",
            )
        if not old.get("complete", True) and old.get("planned") == run._planned:
            with suppress(KeyError, TypeError):  # written by other code: nothing is kept
                run._keep(old["notebooks"])
        if not run.found:
            run._set_aside()
        run._write(complete=False, process=_process())
        return run

    def add(self, result: Result) -> None:
        """Add a result, and write it down."""
        self.found.append(result)
        self._sums[result.name] = _sum(self._folder, result.name)
        self._write(complete=False, process=_process())

    def close(self) -> bool:
        """Say in the summary that nobody is at work any more; return whether all is done."""
        complete = len(self.found) == len(self._planned)
        self._write(complete=complete)
        return complete

    def _keep(self, entries: list[dict]) -> None:
        changed: set[str] = set()
        for entry in entries:
            name, origin = entry["name"], self._origins[entry["name"]]
            differs = {what for what in origin if entry["origin"][what] != origin[what]}
            changed |= differs
            untouched = entry["sum"] == _sum(self._folder, name)
            if entry["status"] == "ok" and not differs and untouched:
                self.found.append(Result(**{what: entry[what] for what in KEPT}))
                self._sums[name] = entry["sum"]
        kept = [result.name for result in self.found]
        self.left = [job for job in self.left if job.source.stem not in kept]
        if kept:
            self.said = f"Going on with the run that was stopped. Done already: {', '.join(kept)}."
        if changed:
            names = " and ".join(text for what, text in CHANGES.items() if what in changed)
            self.said = self.said or "The run before was stopped."
            self.said += f" Since then {names} changed: what follows from that is run anew."

    def _set_aside(self) -> None:
        """Move what an earlier run left, so that it does not pass for this one's."""
        names = {path.stem for job in self.left for path in job.source.parent.glob("*.ipynb")}
        names |= {page.stem for page in self._folder.glob(NUMBERED)}  # renumbered since
        files = [*_pages(self._folder, names), self._folder / SUMMARY]
        files = [path for path in files if path.exists()]
        if not files:
            return
        earlier = self._folder / EARLIER
        earlier.mkdir(exist_ok=True)
        for path in [*_pages(earlier, names), earlier / SUMMARY]:
            path.unlink(missing_ok=True)
        for path in files:
            path.replace(earlier / path.name)
        self.said = f"{self.said} What the run before left is in {earlier}".strip()

    def _write(self, **state: object) -> None:
        entries = []
        for result in sorted(self.found, key=lambda result: result.name):
            origin = {"origin": self._origins[result.name], "sum": self._sums[result.name]}
            entries.append(result.summary() | origin)
        summary = {**self._head, **state, "planned": self._planned, "notebooks": entries}
        with atomic_path(self._folder / SUMMARY) as temporary:
            temporary.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")


def _origin(job: Job, content_hash: str) -> dict[str, str]:
    """What a notebook's results follow from."""
    return {
        "data": content_hash,
        "parameters": json.dumps(job.parameters, sort_keys=True),
        "notebook": sha256([job.source]),
        "code": code_hash(".") + sha256([REAL_RESULTS]),
        "packages": _packages(),
    }


@lru_cache
def _packages() -> str:
    """The hash of Python's version and those of all packages."""
    found = sorted(f"{package.name} {package.version}" for package in metadata.distributions())
    return hashlib.sha256("\n".join([sys.version, *found]).encode()).hexdigest()


def _pages(folder: Path, names: Iterable[str]) -> list[Path]:
    return [folder / f"{name}{suffix}" for name in sorted(names) for suffix in (".ipynb", ".html")]


def _sum(folder: Path, name: str) -> str:
    """The hash of a notebook's pages: a reader may have opened them, and saved a change."""
    return sha256(path for path in _pages(folder, [name]) if path.exists())


def _read(path: Path) -> dict[str, Any]:
    """Read a summary; one that is not there or damaged says nothing."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _process() -> list[float]:
    """Name this process: a number is given again, but not with the same time of its start."""
    return [os.getpid(), psutil.Process().create_time()]


def _at_work(old: dict[str, Any]) -> bool:
    try:
        number, begun = old["process"]
        return number != os.getpid() and abs(psutil.Process(number).create_time() - begun) < 1
    except (KeyError, TypeError, ValueError, psutil.Error):
        return False
