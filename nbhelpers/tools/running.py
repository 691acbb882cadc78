"""Runs of the notebooks: each in a process of its own, with what it cost and what it found."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import psutil

from nbhelpers.files import atomic_path
from nbhelpers.teaching.lesson import METRICS_MIME
from nbhelpers.tools.pages import write_page
from nbhelpers.tools.series import Job

SECONDS_BETWEEN_LOOKS = 0.1  # at a kernel's memory
# Threads change the last bits of a sum, and the hash seed the order in which a set is printed.
SAME_NUMBERS_EVERY_TIME = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
}


@dataclass(frozen=True)
class Result:
    """What came of a job.

    Attributes
    ----------
    name : str
        The notebook's name, without its suffix.
    status : str
        ``"ok"`` or ``"failed"``.
    seconds : float
        Wall-clock time, the start of the kernel included.
    peak_mb : float
        Largest resident memory, in MB (10⁶ bytes), of the kernel and the processes it
        started, looked at ten times a second.
    metrics : dict of str to float
        What the notebook recorded with `lesson.record`.
    problem : str
        The cell, the line and the error of a failed notebook; not part of the summary.
    """

    name: str
    status: str
    seconds: float
    peak_mb: float
    metrics: dict[str, float] = field(default_factory=dict)
    problem: str = ""

    def summary(self) -> dict:
        return {name: value for name, value in vars(self).items() if name != "problem"}


def run_all(jobs: list[Job], at_once: int = 2) -> Iterator[Result]:
    """Run the jobs, `at_once` at a time, and yield each result when it is there."""
    with ThreadPoolExecutor(at_once) as threads:
        for future in as_completed([threads.submit(run, job) for job in jobs]):
            yield future.result()


def run(job: Job) -> Result:
    """Run one notebook with papermill in a new process, and write an HTML page of it."""
    job.output.parent.mkdir(parents=True, exist_ok=True)
    job.output.unlink(missing_ok=True)  # what an earlier run left must not pass for this one's
    command = [sys.executable, "-m", "papermill", str(job.source), str(job.output)]
    command += ["--cwd", str(job.source.parent), "--kernel", "python3", "--no-progress-bar"]
    for name, value in job.parameters.items():
        # papermill would make a number of text like 1999; -r leaves it as it is.
        command += ["-r", name, value] if isinstance(value, str) else ["-p", name, repr(value)]
    started = time.perf_counter()
    with tempfile.TemporaryFile() as log:
        environment = {**os.environ, **SAME_NUMBERS_EVERY_TIME}
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        peak = _peak_memory(process)
        log.seek(0)
        said = log.read().decode(errors="replace").strip()
    seconds = round(time.perf_counter() - started, 1)
    notebook = nbformat.read(job.output, as_version=4) if job.output.exists() else None
    if notebook is not None:
        write_page(job.output, job.output.with_suffix(".html"))
    problem = "" if process.returncode == 0 else _problem(notebook, said) or said.splitlines()[-1]
    return Result(
        name=job.source.stem,
        status="failed" if process.returncode else "ok",
        seconds=seconds,
        peak_mb=round(peak / 1e6, 1),
        metrics=read_metrics(notebook) if notebook is not None else {},
        problem=problem,
    )


def _peak_memory(process: subprocess.Popen) -> int:
    """Wait for the process; return the largest memory its children had together, in bytes."""
    watched, peak = psutil.Process(process.pid), 0
    while process.poll() is None:
        try:
            children = watched.children(recursive=True)
            peak = max(peak, sum(child.memory_info().rss for child in children))
        except psutil.Error:
            pass  # a process that ended between two looks
        time.sleep(SECONDS_BETWEEN_LOOKS)
    return peak


def read_metrics(notebook: nbformat.NotebookNode) -> dict[str, float]:
    """Return the metrics that a notebook recorded with `lesson.record`."""
    metrics = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            metrics.update(output.get("data", {}).get(METRICS_MIME, []))
    return metrics


def _problem(notebook: nbformat.NotebookNode | None, said: str) -> str | None:
    """Return the cell, the line and the error of the first cell that failed."""
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
    # papermill calls the cell in which a kernel died completed, like those before it.
    begun = [
        n for n, cell in enumerate(cells, 1) if cell.metadata.get("papermill", {}).get("start_time")
    ]
    if begun and "DeadKernelError" in said:
        return f"cell [{begun[-1]}] - the kernel died; is there enough memory?"
    return None


def _failing_line(source: str, traceback: list[str]) -> str:
    plain = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(traceback))
    match = re.search(r"Cell In\[\d+\], line (\d+)", plain)
    lines = source.splitlines()
    if not match or int(match[1]) > len(lines):
        return ""
    return f", line {match[1]}: `{lines[int(match[1]) - 1].strip()}`"


def write_summary(
    path: Path, dataset: str, content_hash: str, seed: int, results: list[Result]
) -> None:
    """Write what came of a run as JSON, whole or not at all, in reading order."""
    summary = {
        "dataset": dataset,
        "content_hash": content_hash,
        "seed": seed,
        "notebooks": [r.summary() for r in sorted(results, key=lambda result: result.name)],
    }
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
