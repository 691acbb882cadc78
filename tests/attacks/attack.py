"""Attack the project, count what gets through: ``make attack ARGS="--seconds 600 --only files"``.

An attack is a module in this folder with a function ``attack(seconds) -> list[dict]``. It goes on
for about that long and returns a row for each kind of trouble it made::

    {"kind": "titles as HTML in a page", "tried": 100, "got_through": 0, "note": ""}

`got_through` counts what got through: a wrong value that nobody noticed, a trace instead of a
sentence, a process left behind; 0 is good, and `note` says how to see the first one again. Each
module has a process of its own, so that one which crashes costs its own rows only.
"""

import argparse
import ast
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parents[1] / "build" / "attack"
PATIENCE = 300  # seconds beyond its budget after which an attack is ended


class Row(TypedDict):
    kind: str
    tried: int
    got_through: int
    note: str


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600, help="for each module [default: 600]")
    parser.add_argument(
        "--only", action="append", choices=names(), help="Repeat for several. [default: all]"
    )
    parser.add_argument("--output", type=Path, default=FOLDER)
    parser.add_argument("--module", choices=names(), help=argparse.SUPPRESS)  # in its own process
    given = parser.parse_args()
    if given.module:
        rows = load(given.module)(given.seconds)
        (given.output / f"{given.module}.json").write_text(json.dumps(rows), encoding="utf-8")
        return 0
    given.output.mkdir(parents=True, exist_ok=True)
    found: dict[str, list[Row]] = {}
    with suppress(KeyboardInterrupt):  # what is done is still worth a table
        for name in given.only or names():
            print(f"{name}: about {given.seconds:g} s", file=sys.stderr, flush=True)
            found[name] = run(name, given.seconds, given.output)
            report(found, given.output)
    print(table(found))
    return int(not found or any(row["got_through"] for rows in found.values() for row in rows))


def names(folder: Path = HERE) -> list[str]:
    """The modules that attack, found by their function without running them."""

    def attacks(path: Path) -> bool:
        parts = ast.parse(path.read_text(encoding="utf-8")).body
        return any(isinstance(part, ast.FunctionDef) and part.name == "attack" for part in parts)

    return [path.stem for path in sorted(folder.glob("*.py")) if attacks(path)]


def load(name: str):
    """The function `attack` of a module."""
    sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "notebooks")]  # as pytest does
    return __import__(name).attack


def run(name: str, seconds: float, output: Path, patience: float = PATIENCE) -> list[Row]:
    """Run one attack in a process of its own; one that crashes or hangs has got through."""
    answer = output / f"{name}.json"
    answer.unlink(missing_ok=True)
    command = [sys.executable, __file__, "--module", name, "--seconds", str(seconds)]
    command += ["--output", str(output)]
    # The reader's own cache is neither read nor filled.
    environment = {**os.environ, "NBHELPERS_CACHE": str(output / "cache")}
    started = time.monotonic()
    with open(output / f"{name}.log", "wb") as log:
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            process.wait(seconds + patience)
        except subprocess.TimeoutExpired:
            pass
        finally:
            with suppress(ProcessLookupError):  # and all that it started
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.returncode == 0 and answer.exists():
        return json.loads(answer.read_text(encoding="utf-8"))
    note = (
        f"exit code {process.returncode} after {time.monotonic() - started:.0f} s: see {log.name}"
    )
    return [Row(kind="the attack itself", tried=1, got_through=1, note=note)]


def report(found: dict[str, list[Row]], output: Path) -> None:
    """Write attack.json and attack.txt."""
    (output / "attack.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    (output / "attack.txt").write_text(table(found) + "\n", encoding="utf-8")


def table(found: dict[str, list[Row]]) -> str:
    """A line for each kind, and their sum."""
    rows = [(name, row) for name, rows in found.items() for row in rows]
    sums = [sum(row[what] for _, row in rows) for what in ("tried", "got_through")]
    lines = [f"{'attack':10} {'kind':52} {'tried':>9} {'got through':>11}  note"]
    lines += [
        f"{name:10} {row['kind']:52} {row['tried']:>9,} {row['got_through']:>11,}  {row['note']}"
        for name, row in rows
    ]
    lines.append(f"{'all':10} {'':52} {sums[0]:>9,} {sums[1]:>11,}")
    return "\n".join(line.rstrip() for line in lines)


if __name__ == "__main__":
    sys.exit(main())
