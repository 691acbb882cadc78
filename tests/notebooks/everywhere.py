"""Run every notebook on every stand-in: ``make everywhere ARGS="--set thousand --notebook 02"``.

The executed notebooks are in build/everywhere/SET/, and so is the set itself:
``NBHELPERS_DATA=build/everywhere/SET nbhelpers run --dataset …`` runs on it again.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # as pytest does

import stand_ins

from nbhelpers.data.catalogue import SAMPLE
from nbhelpers.errors import DataError
from nbhelpers.files import PROJECT
from nbhelpers.tools import minimum, running, series

# Of the sample's users: the first leaves fewer than the series needs, and is refused.
SHARES = {f"sample-{share}": share for share in ("0.01", "0.02", "0.05")}
SETS = [*stand_ins.STAND_INS, stand_ins.GENERATED, stand_ins.IDS, *SHARES]
FOLDER = PROJECT / "build" / "everywhere"
# What costs minutes and says nothing of the set: what notebook 12 generates, and Spark.
QUICK = {"12": {"LARGEST": 30_000, "SPARK": False}}


class Outcome(NamedTuple):
    """What came of a notebook on a set; or, without a notebook, of a set that was refused."""

    set: str
    notebook: str = ""
    seconds: float = 0
    problem: str = ""  # the cell and the error
    refused: str = ""  # why nothing was run: the set is too small


def main() -> int:
    parser = argparse.ArgumentParser(description="Run every notebook on every stand-in.")
    parser.add_argument("--set", action="append", choices=SETS, dest="sets", help="[default: all]")
    parser.add_argument("--notebook", action="append", help="or how it begins  [default: all]")
    parser.add_argument("--jobs", type=int, default=2, help="notebooks run at the same time")
    given = parser.parse_args()
    try:
        notebooks = series.find_notebooks(given.notebook or ())
    except DataError as error:
        parser.error(str(error))
    outcomes = []
    for name in given.sets or SETS:
        for outcome in run(name, notebooks, given.jobs):
            outcomes.append(outcome)
            print(line(outcome), flush=True)
    print("\n" + table(outcomes))
    return int(any(outcome.problem for outcome in outcomes))


def run(name: str, notebooks: list[Path], at_once: int = 2) -> Iterator[Outcome]:
    """Run notebooks on one set, and yield what came of each when it is there."""
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ |= {"NBHELPERS_DATA": str(folder), "NBHELPERS_CACHE": str(folder / "cache")}
    dataset = SAMPLE if name in SHARES else stand_ins.write(name, folder).name
    share = {"USERS": SHARES[name]} if name in SHARES else {}
    jobs = series.plan(notebooks, dataset, 42, share, folder)
    for job in jobs:
        job.parameters.update(QUICK.get(job.source.stem[:2], {}))
    try:
        minimum.load(dataset, series.share(jobs))  # before two would fill the cache at once
    except DataError as error:
        yield Outcome(name, refused=str(error))
        return
    for result in running.run_all(jobs, at_once):
        yield Outcome(name, result.name, result.seconds, result.problem)


def line(outcome: Outcome) -> str:
    if outcome.refused:
        return f"{outcome.set:16} refused: {outcome.refused}"
    said = f"FAILED in {outcome.problem}" if outcome.problem else "ok"
    return f"{outcome.set:16} {outcome.notebook:20} {outcome.seconds:4.0f} s  {said}"


def table(outcomes: list[Outcome]) -> str:
    """A line for each set, a column for each notebook: seconds, or that it failed."""
    cells = {(o.set, o.notebook): "failed" if o.problem else f"{o.seconds:.0f}" for o in outcomes}
    names = sorted({o.notebook for o in outcomes if o.notebook})
    rows = [["set", *(name[:2] for name in names)]]
    for name in dict.fromkeys(o.set for o in outcomes):
        rows.append([name, *(cells.get((name, notebook), "refused") for notebook in names)])
    return "\n".join(f"{row[0]:16}" + "".join(f"{cell:>8}" for cell in row[1:]) for row in rows)


if __name__ == "__main__":
    sys.exit(main())
