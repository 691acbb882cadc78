"""The comparison of the notebooks with their stored outputs notices a broken library.

A mutation is made in the kernel alone, by a start-up file of IPython: the library has no hooks.
Whether a single change of an output is noticed is seen on a small notebook.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import executions
import mutations
import nbformat
import pytest
import tiny

ROOT = Path(__file__).resolve().parents[2]
STARTUP = """
def _mutate():
    import sys
    sys.path.insert(0, {tests!r})
    import mutations
    mutations.{name}()
    sys.path.remove({tests!r})
_mutate()
del _mutate
"""
BASELINES, EXPLORING = "04_baselines", "02_exploring"


PREPARED = """import pandas as pd
from nbhelpers.teaching import record
board = pd.DataFrame({"rmse": [0.8642, 0.9179, 1.0442]}, ["SVD", "biases", "mean"])"""
CHANGES = {  # what is stored, and whether it passes for `board` and a record of its first number
    "board": True,
    "board - 1e-4": True,
    "board * 1.01": False,
    "board.iloc[[1, 0, 2]]": False,
    "board.rename({'biases': 'bias'})": False,
    "board[:2]": False,
    "record('05', rmse=0.86422)": True,
    "record('05', rmse=0.8642 * 1.01)": False,
}


def nbval(path: Path, **variables: str) -> subprocess.CompletedProcess:
    """Compare a notebook with its stored outputs, as `make test` does."""
    command = [sys.executable, "-m", "pytest", "--nbval", "-p", "no:cacheprovider", "--color=no"]
    return subprocess.run(
        [*command, str(path)],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        encoding="utf-8",
        timeout=600,
    )


def compare(notebook: str, mutation: str, folder: Path) -> subprocess.CompletedProcess:
    """Compare a notebook under a mutation, up to the first difference."""
    startup = folder / "profile_default" / "startup"
    startup.mkdir(parents=True)
    source = STARTUP.format(tests=str(Path(__file__).parent), name=mutation)
    (startup / "00_mutate.py").write_text(source, encoding="utf-8")
    path = ROOT / "notebooks" / f"{notebook}.ipynb"
    return nbval(path, IPYTHONDIR=str(folder), PYTEST_ADDOPTS="--exitfirst")


@pytest.fixture
def inside() -> Iterator[Path]:
    """A temporary folder inside the project, where pytest finds the project's conftest.py."""
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as folder:
        yield Path(folder)


@pytest.mark.slow
def test_a_changed_output_is_noticed(inside):
    changed = tiny.notebook(tiny.code(PREPARED), *map(tiny.code, CHANGES))
    stored = executions.execute(changed, inside)
    for cell in stored.cells[1:]:
        recorded = cell.source.startswith("record")
        cell.source = "record('05', rmse=board.iloc[0, 0])" if recorded else "board"
    nbformat.write(stored, inside / "changed.ipynb")
    # On two workers: cells torn apart would not find the table of the first.
    run = nbval(inside / "changed.ipynb", PYTEST_ADDOPTS="-n 2")
    failed = {int(number) for number in re.findall(r"^FAILED .*::Cell (\d+)", run.stdout, re.M)}
    same = {change: i not in failed for i, change in enumerate(CHANGES, start=1)}
    assert same == CHANGES, run.stdout[-3000:]


@pytest.mark.slow
def test_an_intact_library_passes(tmp_path):
    run = compare(BASELINES, "nothing", tmp_path)
    assert run.returncode == 0, run.stdout[-3000:]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mutation", "notebook"),
    [
        (mutations.zero_metric, BASELINES),
        (mutations.global_mean, BASELINES),
        (mutations.shuffled_predictions, BASELINES),
        (mutations.no_dates, EXPLORING),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_broken_library_is_noticed(mutation, notebook, tmp_path):
    run = compare(notebook, mutation.__name__, tmp_path)
    assert run.returncode == 1, run.stdout[-3000:]
    assert "1 failed" in run.stdout.splitlines()[-1]
    # By a difference in what the reader sees, not because the mutation itself does not work.
    assert "mutations.py" not in run.stdout
