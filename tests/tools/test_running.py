"""Notebooks run apart from each other; what they found and where they failed is kept."""

import base64
import sys
import threading

import nbformat
import psutil
import pytest
import tiny

from nbhelpers.tools import running
from nbhelpers.tools.series import find_notebooks, plan


def run(folder, *wanted):
    notebooks = find_notebooks(wanted, folder)
    jobs = plan(notebooks, "sample", 7, {}, folder / "out")
    return {result.name: result for result in running.run_all(jobs, 2)}


@pytest.mark.slow
def test_a_run_keeps_metrics_figures_and_pages(tmp_path):
    source = tiny.write(
        tmp_path / "01_good.ipynb",
        "import os\nfrom nbhelpers.teaching import plots, record\nimport matplotlib.pyplot as plt",
        "print(SEED, os.environ['OMP_NUM_THREADS'], os.environ['PYTHONHASHSEED'], os.getcwd())",
        "plt.plot([1, 2])\nplots.show('A line & \"two\" points')",
        "block = bytearray(400_000_000)\nimport time; time.sleep(1)",
        "record('05', rmse=0.91, mae=0.7)\nrecord('05', hits=3)",
    )
    before = source.read_bytes()
    result = run(tmp_path)["01_good"]
    assert (result.status, result.problem) == ("ok", "")
    assert list(result.metrics.items()) == [("rmse", 0.91), ("mae", 0.7), ("hits", 3)]
    assert result.peak_mb > 400
    assert result.seconds > 1
    assert source.read_bytes() == before
    executed = nbformat.read(tmp_path / "out" / "01_good.ipynb", as_version=4)
    outputs = [output for cell in executed.cells for output in cell.get("outputs", [])]
    assert outputs[0].text.split(maxsplit=3) == ["7", "1", "0", f"{tmp_path}\n"]
    picture = base64.b64decode(outputs[1].data["image/png"], validate=True)
    assert picture.startswith(b"\x89PNG")
    assert outputs[1].metadata["image/png"]["alt"] == 'A line & "two" points'
    page = (tmp_path / "out" / "01_good.html").read_text(encoding="utf-8")
    assert "A line &amp;" in page


@pytest.mark.slow
def test_parameters_arrive_as_they_are(tmp_path):
    given = {"USERS": "1e-05", "ROOM": "-1999", "SPARK": False, "N": 10**15, "NONE": None}
    own = "\nUSERS = None\nROOM = None\nSPARK = True\nN = 1\nNONE = None"
    source = tiny.write(
        tmp_path / "01_good.ipynb",
        "assert [USERS, ROOM, SPARK, N, NONE] == [1e-05, '-1999', False, 10**15, None]",
        parameters=tiny.PARAMETERS + own,
    )
    [job] = plan([source], "sample", 7, given, tmp_path / "out")
    assert running.run(job).problem == ""


@pytest.mark.slow
def test_a_failure_is_named_and_the_others_still_run(tmp_path):
    tiny.write(tmp_path / "01_raises.ipynb", "x = 1", "y = 2\nz = y / 0", "print('never')")
    tiny.write(tmp_path / "02_good.ipynb", "x = 1")
    tiny.write(tmp_path / "03_typo.ipynb", "def f(:\n    pass")
    tiny.write(tmp_path / "04_dies.ipynb", "x = 1", "import os; os._exit(9)")
    results = run(tmp_path)
    assert {name: result.status for name, result in results.items()} == {
        "01_raises": "failed",
        "02_good": "ok",
        "03_typo": "failed",
        "04_dies": "failed",
    }
    # Numbered as in the reader's notebook, without the cell that papermill puts in.
    raised = "cell [3], line 2: `z = y / 0` - ZeroDivisionError: division by zero"
    assert results["01_raises"].problem == raised
    assert results["03_typo"].problem == "cell [2], line 1: `def f(:` - SyntaxError: invalid syntax"
    assert results["04_dies"].problem.startswith("cell [3] - the kernel died")
    assert (tmp_path / "out" / "01_raises.html").exists()


@pytest.mark.slow
def test_what_is_killed_is_a_row_and_leaves_nothing(tmp_path):
    kill = "import os, signal, subprocess\nsubprocess.Popen(['sleep', '987654'])\nos.kill({}, 9)"
    tiny.write(tmp_path / "01_kernel.ipynb", "x = 1", kill.format("os.getpid()"))
    tiny.write(tmp_path / "02_papermill.ipynb", "x = 1", kill.format("os.getppid()"))
    results = run(tmp_path)
    assert [result.status for result in results.values()] == ["failed", "failed"]
    kernel, papermill = (results[name].problem for name in ("01_kernel", "02_papermill"))
    assert kernel.startswith("cell [3] - the kernel died, or was ended from outside. ")
    assert " - papermill was ended from outside by SIGKILL. " in papermill
    assert not [
        p for p in psutil.process_iter(["cmdline"]) if "987654" in (p.info["cmdline"] or ())
    ]


@pytest.mark.parametrize(
    ("starved", "said"), [(True, "ran out: it had 7,900"), (False, "left; it")]
)
def test_memory_that_ran_out_is_named(starved, said):
    watch = running._Watch(code=-9, peak=7_900_000_000, starved=starved)
    problem = running._problem(None, watch)
    assert problem.startswith("the start - papermill was ended from outside by SIGKILL. ")
    assert said in problem


def test_an_end_without_a_word_is_a_sentence():
    assert running._problem(None, running._Watch(code=3)) == "exit code 3, without a word"


def test_a_notebook_cut_short_is_none(tmp_path):
    path = tmp_path / "01_cut.ipynb"
    path.write_text('{"cells": [', encoding="utf-8")
    assert running._executed(path) is None
    assert not path.exists()


@pytest.mark.slow
def test_what_an_earlier_run_left_does_not_pass_for_this_one(tmp_path, monkeypatch):
    tiny.write(tmp_path / "01_good.ipynb", "x = 1")
    assert run(tmp_path)["01_good"].status == "ok"
    monkeypatch.setattr(sys, "executable", _no_papermill(tmp_path))
    result = run(tmp_path)["01_good"]
    assert result.status == "failed"
    assert result.problem == "nothing here"
    assert not (tmp_path / "out" / "01_good.ipynb").exists()


def _no_papermill(folder):
    script = folder / "python"
    script.write_text("#!/bin/sh\necho nothing here >&2\nexit 1\n", encoding="utf-8")
    script.chmod(0o755)
    return str(script)


def test_as_many_as_asked_run_at_once_and_no_more(monkeypatch):
    now, most, lock, pair = 0, 0, threading.Lock(), threading.Barrier(2, timeout=30)

    def count(job, stop):
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        pair.wait()
        with lock:
            now -= 1
        return job

    monkeypatch.setattr(running, "run", count)
    assert sorted(running.run_all(range(8), 2)) == list(range(8))
    assert most == 2


def test_metrics_are_read_in_the_order_recorded():
    pairs = [["rmse", 0.9], ["mae", 0.7]]
    cell = tiny.code("record")
    cell.outputs = [tiny.display({running.METRICS_MIME: pairs})]
    assert list(running.read_metrics(tiny.notebook(cell)).items()) == [("rmse", 0.9), ("mae", 0.7)]
    assert running.read_metrics(tiny.lesson()) == {}
