"""Runs that are stopped or killed, in real processes: what is done is kept, and nothing is left."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import tiny

pytestmark = pytest.mark.slow
LIBRARY = Path(__file__).resolve().parents[2]

# SIGINT is ignored in what a shell runs in the background, and that is inherited.
START = """import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from pathlib import Path
from nbhelpers.tools import series
series.PROJECT = Path(sys.argv[1])
from nbhelpers import cli
cli.app(["run", "--jobs", "1"])
"""
# Once only: it says that it has begun, and waits for whoever stops it. So does its child.
WAIT = """import subprocess, sys, time, pathlib
begun = pathlib.Path("begun")
if not begun.exists():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "left-behind"])
    begun.write_text("")
    time.sleep(600)"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Three notebooks, the second of which waits to be stopped; and a command that runs them."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    folder = tmp_path / "notebooks"
    folder.mkdir()
    tiny.write(
        folder / "01_quick.ipynb", "from nbhelpers.teaching import record\nrecord('01', n=1)"
    )
    tiny.write(folder / "02_waits.ipynb", WAIT)
    tiny.write(folder / "03_never.ipynb", "x = 1")
    return tmp_path


def start(project: Path, program: str = START) -> subprocess.Popen:
    with open(project / "said", "wb") as said:
        return subprocess.Popen(
            [sys.executable, "-c", program, str(project)],
            stdout=said,
            stderr=said,
            env={**os.environ, "PYTHONPATH": str(LIBRARY)},
        )


def until(path: Path, process: subprocess.Popen) -> None:
    end = time.monotonic() + 300
    while not path.exists():
        said = (path.parents[1] / "said").read_text("utf-8")
        assert process.poll() is None and time.monotonic() < end, said
        time.sleep(0.05)


def left(project: Path, patience: float = 20) -> list[list[str]]:
    """Processes that work for a project, after a while."""
    end = time.monotonic() + patience
    while (found := [*_of(project)]) and time.monotonic() < end:
        time.sleep(0.1)
    return found


def _of(project: Path):
    for process in psutil.process_iter():
        try:
            if process.environ().get("TMPDIR", "").startswith(str(project)):
                yield process.cmdline()
        except (psutil.Error, OSError):
            continue


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_ended_keeps_what_is_done_and_goes_on(project, number):
    run = start(project)
    until(project / "notebooks" / "begun", run)
    run.send_signal(number)
    assert run.wait(30) == (130 if number == signal.SIGINT else -9)
    assert left(project) == []
    assert list((project / "tmp").iterdir()) == []  # nor their files
    said = (project / "said").read_text("utf-8")
    assert "Traceback" not in said
    if number == signal.SIGINT:
        assert "Stopped. 1 of 3 notebooks are done and kept in" in said
        assert "01_quick" in said.splitlines()[-2]  # the table
    folder = project / "build" / "run" / "sample"
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    assert [n["name"] for n in summary["notebooks"]] == ["01_quick"]
    assert not (folder / "02_waits.html").exists()
    before = (folder / "01_quick.html").stat()

    assert start(project).wait(300) == 0
    said = (project / "said").read_text("utf-8")
    assert "Done already: 01_quick." in said
    assert (folder / "01_quick.html").stat().st_mtime_ns == before.st_mtime_ns
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    assert summary["complete"] and len(summary["notebooks"]) == 3
    assert summary["notebooks"][0]["metrics"] == {"n": 1}
    assert list((project / "tmp").iterdir()) == []


def test_ctrl_c_while_the_data_is_loaded_is_a_sentence(project):
    load = "open(f'{sys.argv[1]}/notebooks/begun', 'w').close(); import time; time.sleep(600)"
    slow = f"from nbhelpers.tools import minimum\ndef load(*_): {load}\nminimum.load = load\n"
    run = start(
        project, START.replace("from nbhelpers import cli", slow + "from nbhelpers import cli")
    )
    until(project / "notebooks" / "begun", run)
    run.send_signal(signal.SIGINT)
    assert run.wait(30) == 130
    assert (project / "said").read_text("utf-8") == "Stopped.\n"
    assert left(project) == []
