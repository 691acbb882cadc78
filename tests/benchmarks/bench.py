"""Measure each part beside its peers, in one run, and write down what was found.

    python tests/benchmarks/bench.py --size 1e6
    python tests/benchmarks/bench.py --report build/bench/bench.json docs/benchmarks.md

The first writes bench.json and bench.png, the second the page from one or more such files. What
is done is on disk after every task: the same command goes on where it was ended.
"""

import argparse
import datetime
import importlib
import json
import os
import platform
import signal
import sys
import traceback
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SIZES = (10**5, 10**6, 10**7, 10**8)
MODULES = {
    "load": "load",
    "reload": "reload",
    "count": "count",
    "fit": "fit",
    "similarity": "similarity",
    "top_n": "top_n",
    "top_n_all": "top_n",
    "ease": "list_models",
    "ease_lists": "list_models",
    "ials": "list_models",
    "spark_als": "spark_als",
}
PACKAGES = (
    "numpy",
    "pandas",
    "numba",
    "pyarrow",
    "scipy",
    "scikit-surprise",
    "implicit",
    "pyspark",
)
PENDING, DONE = "", "done"


def main() -> int:
    # Our one-thread rows are to have one; pandas' readers, through Arrow, both cores.
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    os.environ.pop("OMP_NUM_THREADS", None)
    options = parsed()
    if options.report:
        import report

        report.write(options.report[:-1], options.report[-1])
        return 0
    size = int(options.size)
    unknown = [task for task in options.tasks if task not in MODULES]
    if size not in SIZES or unknown:
        sizes = ", ".join(map(short, SIZES))
        print(f"Sizes are {sizes}; tasks are {', '.join(MODULES)}.", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, end)
    result = run(size, options.tasks, options.rounds, options.output)
    if result["rows"]:
        print_rows(result["rows"])
    print(f"All of it is in {options.output}: bench.json, bench.png")
    return int(any(state.startswith("failed") for state in result["tasks"].values()))


def end(*_: Any) -> None:
    """End what is being measured, and then this."""
    import psutil

    for process in psutil.Process().children(recursive=True):
        process.terminate()
    sys.exit(1)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=float, default=1e6, help="ratings: 1e5, 1e6, 1e7 or 1e8")
    parser.add_argument(
        "--tasks",
        type=lambda text: text.split(","),
        default=list(MODULES),
        help=f"of {','.join(MODULES)}; all by default",
    )
    parser.add_argument("--rounds", type=int, default=3, help="at most; slow peers have fewer")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "bench")
    parser.add_argument(
        "--report", nargs="+", type=Path, help="files like bench.json, then the page to write"
    )
    return parser.parse_args()


def run(size: int, tasks: Iterable[str], rounds: int, output: Path) -> dict[str, Any]:
    """Measure tasks and return what bench.json holds.

    Parameters
    ----------
    size : int
        Ratings; one of `SIZES`.
    tasks : iterable of str
        Keys of `MODULES`.
    rounds : int
    output : pathlib.Path
        Folder for bench.json, a copy of it for each size, bench.png and generated data.
    """
    from tqdm import tqdm

    result = begun(size, list(tasks), rounds, output)
    bar = tqdm(result["tasks"], bar_format="{desc:<24} |{bar:30}| {n}/{total} tasks, {elapsed}")
    for task in bar:
        bar.set_description(f"{task}, {short(size)} ratings")
        if result["tasks"][task] != PENDING:
            continue
        try:
            rows = measure(task, size, rounds, output / "data")
            state = DONE if rows else "skipped: it is not measured at this size"
        except ImportError as error:
            rows, state = [], f"skipped: {error}"
        except Exception as error:  # the other tasks can still be measured
            rows, state = [], f"failed: {type(error).__name__}: {error}"
            traceback.print_exc()
        if state != DONE:
            tqdm.write(f"{task} is {state}")
        result["rows"] += [row for row in rows if row["task"] in result["tasks"]]
        measured = {row["task"] for row in rows} & result["tasks"].keys() | {task}
        result["tasks"] |= dict.fromkeys(measured, state)
        save(result, output)
    return result


def measure(task: str, size: int, rounds: int, data: Path) -> list[dict[str, Any]]:
    """Return the rows of a task, and of those that its module measures with it."""
    module = importlib.import_module(MODULES[task])
    match task:
        case "load" | "reload":
            return module.rows(size, rounds, data)
        case "fit":  # without a peer, one round of minutes is enough
            return module.rows(size, rounds if size < 10**8 else 1)
        case "ease" | "ease_lists" | "ials":  # minutes at the full size
            if task == "ials":
                importlib.import_module("implicit")  # without this peer, it is skipped
            return module.rows(size, rounds if size < 10**7 else 1)
        case "similarity":  # the shape of MovieLens 1M at most: the peer's memory
            return module.rows(min(size, 10**6), min(rounds, 2))
        case "spark_als":  # a minute a round, or minutes
            return module.rows(size, min(rounds, 2 if size <= 10**6 else 1))
        case "top_n" | "top_n_all":
            from rounds import SHAPES

            rows = module.rows(SHAPES[size][0], rounds)
            kinds = {"top_n": "films", "top_n_all": "users"}
            details = [f"{row['size']:,} {kinds[row['task']]}" for row in rows]
            pairs = zip(rows, details, strict=True)
            return [row | {"size": size, "detail": detail} for row, detail in pairs]
        case _:
            return module.rows(size, rounds)


def begun(size: int, tasks: list[str], rounds: int, output: Path) -> dict[str, Any]:
    """Return a run that was ended before it was done, or a new one."""
    new = {
        "size": size,
        "date": datetime.date.today().isoformat(),
        "rounds": rounds,
        "machine": machine(),
        "versions": versions(),
        "tasks": dict.fromkeys(tasks, PENDING),
        "rows": [],
    }
    path = output / f"bench-{short(size)}.json"
    if path.exists():
        old = json.loads(path.read_text(encoding="utf-8"))
        same = all(old[key] == new[key] for key in ("rounds", "machine", "versions"))
        if same and list(old["tasks"]) == tasks and PENDING in old["tasks"].values():
            done = [task for task, state in old["tasks"].items() if state != PENDING]
            print(f"Going on after {', '.join(done)}.")
            return old
    return new


def save(result: dict[str, Any], output: Path) -> None:
    from chart import draw

    from nbhelpers.files import atomic_path

    text = json.dumps(result, indent=1) + "\n"
    for name in ("bench.json", f"bench-{short(result['size'])}.json"):
        with atomic_path(output / name) as path:
            path.write_text(text, encoding="utf-8")
    if result["rows"]:
        draw(result, output / "bench.png")


def machine() -> dict[str, Any]:
    import psutil

    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": platform.system(),
    }


def processor() -> str:
    known = Path("/proc/cpuinfo")
    if known.exists():
        for line in known.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def print_rows(rows: list[dict[str, Any]]) -> None:
    from report import COLUMNS, cells

    from nbhelpers.cli import print_table

    print_table(list(COLUMNS), [cells(row) for row in rows])


def short(size: int) -> str:
    """Return 1e6 for 1,000,000."""
    return f"{size:.0e}".replace("e+0", "e")


if __name__ == "__main__":
    sys.exit(main())
