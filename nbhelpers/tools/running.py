"""Runs of the notebooks: each in a process of its own, with what it cost and what it found."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import nbformat
import psutil

from nbhelpers.teaching.lesson import METRICS_MIME
from nbhelpers.tools import execution
from nbhelpers.tools.pages import write_page
from nbhelpers.tools.series import Job
from nbhelpers.tools.wording import speak_of_items

SECONDS_BETWEEN_LOOKS = 0.1  # at a kernel's memory
ROOM = 5_000_000  # bytes that a notebook and its page take on the disk
LITTLE_MEMORY = 0.03  # of the computer's: what is killed then was killed for it
# Threads change the last bits of a sum, and the hash seed the order in which a set is printed.
SAME_NUMBERS_EVERY_TIME = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
}


@dataclass(frozen=True)
class Result:
    """What came of a job."""

    name: str  # of the notebook, without its suffix
    status: str  # "ok" or "failed"
    seconds: float  # by the clock on the wall, the start of the kernel included
    peak_mb: float  # most memory (10⁶ bytes) of the kernel and its processes, looked at 10 times/s
    metrics: dict[str, float] = field(default_factory=dict)  # of `lesson.record`
    problem: str = ""  # cell, line and error of a failed notebook; not part of the summary

    def summary(self) -> dict:
        return {name: value for name, value in vars(self).items() if name != "problem"}


@contextmanager
def stoppable() -> Iterator[Event]:
    """Make Ctrl-C, and being asked to end, set an event, for `run_all`, and do nothing else."""
    stop = Event()
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: stop.set()) for number in signals]
    try:
        yield stop
    finally:
        stop.set()
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def run_all(jobs: list[Job], at_once: int = 2, stop: Event | None = None) -> Iterator[Result]:
    """Run the jobs, `at_once` at a time, and yield each result when it is there.

    When `stop` is set, or this generator closed, what is running is ended and leaves nothing.
    """
    stop = stop or Event()
    threads = ThreadPoolExecutor(at_once)
    try:
        waiting = {threads.submit(run, job, stop) for job in jobs}
        while waiting and not stop.is_set():
            done, waiting = wait(waiting, SECONDS_BETWEEN_LOOKS, FIRST_COMPLETED)
            yield from _results(done)
    finally:
        stop.set()
        threads.shutdown(cancel_futures=True)
    yield from _results(waiting)  # they were done before they heard of it


def _results(futures: Iterable[Future]) -> Iterator[Result]:
    results = (future.result() for future in futures if not future.cancelled())
    return (result for result in results if result is not None)


def run(job: Job, stop: Event | None = None) -> Result | None:
    """Run one notebook with papermill in a new process, and write an HTML page of it.

    None if it was stopped. Whatever happens to the process and its kernel is in the result.
    """
    job.output.parent.mkdir(parents=True, exist_ok=True)
    remove_pages(job)  # what an earlier run left must not pass for this one's
    started = time.perf_counter()
    watch = _execute(job, stop or Event())
    seconds = round(time.perf_counter() - started, 1)
    if watch.stopped:
        remove_pages(job)
        return None
    notebook = _executed(job.output)
    problem = "" if watch.code == 0 else _problem(notebook, watch)
    if notebook is not None:
        try:
            if job.items_of:
                speak_of_items(notebook, job.items_of)
                nbformat.write(notebook, job.output)
            write_page(job.output, job.output.with_suffix(".html"))
        except Exception as error:  # a page that cannot be written costs itself, not the run
            problem = problem or f"its page - {type(error).__name__}: {error}"
    elif not problem:
        problem = f"{job.output.name} - it is not there, or not whole"
    return Result(
        name=job.source.stem,
        status="failed" if problem else "ok",
        seconds=seconds,
        peak_mb=round(watch.peak / 1e6, 1),
        metrics=read_metrics(notebook) if notebook is not None else {},
        problem=problem,
    )


def remove_pages(job: Job) -> None:
    """Remove the executed notebook and its page."""
    job.output.unlink(missing_ok=True)
    job.output.with_suffix(".html").unlink(missing_ok=True)


@dataclass
class _Watch:
    """What was seen of a process from outside."""

    code: int = 0  # how it ended: below 0, by that signal
    said: str = ""
    peak: int = 0  # bytes that its children had together
    starved: bool = False  # memory ran out meanwhile, in this computer or container
    stopped: bool = False


def _execute(job: Job, stop: Event) -> _Watch:
    """Execute a job's notebook; nothing that it started is left afterwards, nor its files."""
    asked = {
        "input_path": str(job.source),
        "output_path": str(job.output),
        "parameters": job.parameters,
        "cwd": str(job.source.parent),
    }
    command = [sys.executable, "-m", "nbhelpers.tools.execution", json.dumps(asked)]
    mark = uuid.uuid4().hex
    with (
        tempfile.TemporaryFile() as log,
        tempfile.TemporaryDirectory(prefix="nbhelpers-", ignore_cleanup_errors=True) as folder,
    ):
        places = dict.fromkeys(("TMPDIR", "TEMP", "TMP", "JUPYTER_RUNTIME_DIR"), folder)
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,  # its lifeline
            stdout=log,
            stderr=log,
            env={**os.environ, **SAME_NUMBERS_EVERY_TIME, **places, execution.MARK: mark},
            start_new_session=True,  # Ctrl-C is for us, who end it
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # so on Windows
        )
        try:
            watch = _watched(process, stop)
        finally:
            process.kill()
            process.wait()
            execution.end(mark)  # a kernel whose papermill was killed, a server left running
        log.seek(0)
        watch.said = log.read().decode(errors="replace").strip()
    return watch


def _watched(process: subprocess.Popen, stop: Event) -> _Watch:
    """Wait until a process ends or has to."""
    watch, watched = _Watch(), psutil.Process(process.pid)
    killed_before, least = _killed_for_memory(), psutil.virtual_memory().available
    while process.poll() is None and not watch.stopped:
        try:
            children = watched.children(recursive=True)
            watch.peak = max(watch.peak, sum(child.memory_info().rss for child in children))
        except psutil.Error:
            pass  # a process that ended between two looks
        least = min(least, psutil.virtual_memory().available)
        watch.stopped = stop.wait(SECONDS_BETWEEN_LOOKS)
    watch.code = process.returncode or 0
    few = LITTLE_MEMORY * psutil.virtual_memory().total
    watch.starved = _killed_for_memory() > killed_before or least < few
    return watch


def _killed_for_memory() -> int:
    """How many processes Linux has ended since its start because memory ran out."""
    try:
        counts = Path("/proc/vmstat").read_text(encoding="ascii")
    except OSError:
        return 0
    found = re.search(r"^oom_kill (\d+)$", counts, re.MULTILINE)
    return int(found[1]) if found else 0


def _executed(path: Path) -> nbformat.NotebookNode | None:
    """Read an executed notebook; one that is cut short is none, and removed."""
    try:
        return nbformat.read(path, as_version=4)
    except FileNotFoundError:
        return None
    except (ValueError, nbformat.ValidationError):  # papermill was killed while writing it
        path.unlink()
        return None


def read_metrics(notebook: nbformat.NotebookNode) -> dict[str, float]:
    """Return the metrics that a notebook recorded with `lesson.record`."""
    metrics = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            metrics.update(output.get("data", {}).get(METRICS_MIME, []))
    return metrics


def _problem(notebook: nbformat.NotebookNode | None, watch: _Watch) -> str:
    """Return where a run failed, and how: the cell's error, or what became of the process."""
    # The cells that papermill puts in have no number in the reader's notebook.
    added = ("injected-parameters", "papermill-error-cell-tag")
    cells = [
        cell
        for cell in (notebook.cells if notebook else [])
        if cell.cell_type == "code" and not set(added) & set(cell.metadata.get("tags", []))
    ]
    for number, cell in enumerate(cells, start=1):
        for output in cell.outputs:
            if output.output_type == "error":
                where = _failing_line(cell.source, output.traceback)
                # A syntax error names the kernel's temporary file.
                error = re.sub(r" \(\d+\.py, line \d+\)$", "", output.evalue)
                return f"cell [{number}]{where} - {output.ename}: {error}"
    if watch.code < 0:
        how = f"papermill was ended from outside by {signal.Signals(-watch.code).name}"
    elif "DeadKernelError" in watch.said:
        how = "the kernel died, or was ended from outside"
    else:
        return (watch.said.splitlines() or [f"exit code {watch.code}, without a word"])[-1]
    # papermill calls the cell in which a kernel died completed, like those before it.
    begun = [
        n for n, cell in enumerate(cells, 1) if cell.metadata.get("papermill", {}).get("start_time")
    ]
    where = f"cell [{begun[-1]}]" if begun else "the start"
    peak = f"{watch.peak / 1e6:,.0f} MB"
    if watch.starved:
        return f"{where} - {how}. Most likely memory ran out: it had {peak}."
    return f"{where} - {how}. There was memory left; it had {peak}."


def _failing_line(source: str, traceback: list[str]) -> str:
    plain = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(traceback))
    match = re.search(r"Cell(?: In\[\d+\])?, line (\d+)", plain)  # the short one: DataError's
    lines = source.splitlines()
    if not match or int(match[1]) > len(lines):
        return ""
    return f", line {match[1]}: `{lines[int(match[1]) - 1].strip()}`"
