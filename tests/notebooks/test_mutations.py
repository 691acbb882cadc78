"""The comparison of the notebooks with their stored outputs notices a broken library.

A mutation is made in the kernel alone, by a start-up file of IPython: the library has no hooks.
"""

import os
import subprocess
import sys
from pathlib import Path

import mutations
import pytest

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


def compare(notebook: str, mutation: str, folder: Path) -> subprocess.CompletedProcess:
    """Compare a notebook with its stored outputs, as `make test` does, up to a difference."""
    startup = folder / "profile_default" / "startup"
    startup.mkdir(parents=True)
    source = STARTUP.format(tests=str(Path(__file__).parent), name=mutation)
    (startup / "00_mutate.py").write_text(source, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "--exitfirst"]
    command += [
        "-p",
        "no:cacheprovider",
        "--color=no",
        str(ROOT / "notebooks" / f"{notebook}.ipynb"),
    ]
    environment = {**os.environ, "IPYTHONDIR": str(folder)}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", timeout=600
    )


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
