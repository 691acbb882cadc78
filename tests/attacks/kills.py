"""Processes killed at any moment: the next one starts, works, and cleans up behind them.

Each kind of work is begun in a process of its own, killed without warning, and begun anew in the
same place until it ends. What got through is a second start that fails, or one that leaves parts
of the first behind.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
MOMENTS = 50  # at most, of each kind of work
LONGEST = 900  # seconds for which work may last that is not killed

CACHE = """
import sys
from pathlib import Path
import numpy as np, pandas as pd
from nbhelpers.data import cache
folder, n = Path(sys.argv[1]) / "parsed" / "set", 300_000
print("begun", flush=True)
tables = {"ratings": pd.DataFrame({"user_id": np.arange(n, dtype="int32"), "rating": np.ones(n)})}
cache.MAPPED = 1000
cache.write_cache(folder, "source", tables, dict)
again, _ = cache.read_cache(folder, "source")
assert again["ratings"].equals(tables["ratings"])
"""
# An engine is trained once (`_environment`), and written again and again.
ENGINE = """
import os, sys
from pathlib import Path
from nbhelpers import engine
folder = Path(sys.argv[1]) / "engine"
held = engine.load("sample", Path(os.environ["ENGINE"]))
print("begun", flush=True)
engine.save(folder, held.trained, held.boards, held.manifest)
assert len(engine.load("sample", folder).users(1)) == 1
"""
GENERATOR = """
import shutil, sys
from pathlib import Path
from nbhelpers.data import netflix
from nbhelpers.simulation import netflix_set
folder = Path(sys.argv[1]) / "netflix"
shutil.rmtree(folder, ignore_errors=True)
print("begun", flush=True)
netflix_set.generate(folder, 100_000)
assert len(netflix.read_ratings(folder)) == 100_000
"""
RUN = """
import sys
from nbhelpers import cli
print("begun", flush=True)
cli.app(["run", "--notebook", "01", "--jobs", "1"])
"""


class Work(NamedTuple):
    """What is done, and what may be there when it is done (none of it hidden)."""

    kind: str
    script: str
    share: float  # of the time
    parts: Callable[[Path], list[Path]]


def hidden(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.name.startswith(".")]


def engine_parts(folder: Path) -> list[Path]:
    """Return what is in the folder of an engine beside its manifest and the parts it has."""
    kept = sorted((folder / "engine").glob("parts-*"))
    return hidden(folder) + kept[1:]


WORKS = [
    Work("kills while a cache is written", CACHE, 0.15, hidden),
    Work("kills while an engine is written", ENGINE, 0.3, engine_parts),
    Work("kills while a set is generated", GENERATOR, 0.25, hidden),
    Work("kills while notebooks are run", RUN, 0.3, lambda folder: []),
]


def attack(seconds: float) -> list[dict]:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        environment = _environment(Path(folder))
        for work in WORKS:
            place = Path(folder) / work.kind.replace(" ", "-")
            place.mkdir()
            rows.append(_killed(work, place, environment, work.share * seconds))
    return rows


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment with folders of its own, and an engine to be written in it."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "NBHELPERS_CONFIG": str(folder / "key"),
        "NBHELPERS_CACHE": str(folder / "cache"),
        "ENGINE": str(folder / "held"),
        "OMP_NUM_THREADS": "1",
    }
    code = (
        "import os, sys; from pathlib import Path; from nbhelpers import engine, load; "
        "data = load('sample'); held = engine.train(data, engine.light(data)); "
        "about = {'dataset': 'sample', 'data': data.content_hash, 'share': None, 'seed': 42}; "
        "engine.save(Path(os.environ['ENGINE']), held, {}, about)"
    )
    subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, check=True)
    return environment


def _killed(work: Work, place: Path, environment: dict[str, str], seconds: float) -> dict:
    began, draw, problems, tried = time.monotonic(), random.Random(0), [], 0
    usual, said = _finished(work, place, environment)
    if said:
        problems.append(f"without a kill: {said}")
    while tried < MOMENTS and time.monotonic() - began < seconds and not said:
        moment = draw.uniform(0, 1.1 * usual)
        process = _started(work, place, environment)
        process.stdout.readline()  # what it imports is not what is attacked
        time.sleep(moment)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        tried += 1
        _, failed = _finished(work, place, environment)
        left = work.parts(place)
        if failed or left:
            what = failed or f"left {[path.name for path in left[:3]]}"
            problems.append(f"killed after {moment:.2f} s: {what}")
    note = problems[0] if problems else f"one lasts {usual:.1f} s"
    return {"kind": work.kind, "tried": tried, "got_through": len(problems), "note": note}


def _finished(work: Work, place: Path, environment: dict[str, str]) -> tuple[float, str]:
    """Do the work to its end; return how long it took, and what was said if it failed."""
    process = _started(work, place, environment)
    process.stdout.readline()
    began = time.monotonic()
    try:
        output, _ = process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return LONGEST, "it does not end"
    lines = output.strip().splitlines() or ["nothing said"]
    return time.monotonic() - began, lines[-1] if process.returncode else ""


def _started(work: Work, place: Path, environment: dict[str, str]) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", work.script, str(place)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        cwd=ROOT,
        start_new_session=True,
    )
