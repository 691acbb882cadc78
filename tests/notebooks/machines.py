"""Run the stored notebooks as other processors would: ``make machines ARGS="sandybridge threads"``.

Libraries choose their arithmetic by what the processor can do; each machine here makes one of
them choose otherwise. OpenBLAS's kernels newer than this processor cannot run: they are skipped.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
RUN = [sys.executable, "-m", "pytest", "--nbval", "-n", "2", "-q", "-p", "no:cacheprovider"]
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
# What NumPy's build can use on this processor beyond the least it needs; named as it names it.
FOUND = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
# Asked in each machine: are its settings in effect?
PROBE = """
import numba.core.registry, numpy, scipy.linalg, threadpoolctl
for pool in threadpoolctl.threadpool_info():
    print("OpenBLAS", pool.get("architecture"))
    print("threads", pool["num_threads"])
print("SIMD", *numpy.show_config(mode="dicts")["SIMD Extensions"].get("found") or ["none"])
print("numba", numba.core.registry.cpu_target.target_context.codegen().magic_tuple()[1])
"""


class Machine(NamedTuple):
    """Environment variables, what `PROBE` then prints, and what the processor has to have."""

    environment: dict[str, str]
    shows: list[str]  # patterns of lines
    needs: str = ""  # a flag in /proc/cpuinfo


def openblas(kernel: str, needs: str) -> Machine:
    # Prescott's kernel may be called Katmai, the oldest processor that it is for.
    shown = f"OpenBLAS ({kernel}|Katmai)" if kernel == "Prescott" else f"OpenBLAS {kernel}"
    return Machine({"OPENBLAS_CORETYPE": kernel}, [shown], needs)


MACHINES = {
    "skylakex": openblas("SkylakeX", "avx512vl"),
    "haswell": openblas("Haswell", "avx2"),
    "sandybridge": openblas("Sandybridge", "avx"),
    "prescott": openblas("Prescott", "pni"),
    "scalar": Machine({"NPY_DISABLE_CPU_FEATURES": " ".join(FOUND)}, ["SIMD none"]),
    "generic": Machine({"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}, ["numba generic"]),
    "threads": Machine(dict.fromkeys(THREADS, "2"), ["threads 2"]),
}
old = [MACHINES[name] for name in ("prescott", "scalar", "generic")]
MACHINES["oldest"] = Machine(  # three at once, for the time of one
    {name: value for machine in old for name, value in machine.environment.items()},
    [line for machine in old for line in machine.shows],
    "pni",
)


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the notebooks as other processors would.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"all by default: {', '.join(MACHINES)}"
    )
    names = parser.parse_args().names or [*MACHINES]
    if unknown := set(names) - MACHINES.keys():
        parser.error(f"no machine {', '.join(sorted(unknown))}: choose from {', '.join(MACHINES)}")
    flags, failures = processor_flags(), 0
    for name in names:
        machine, start = MACHINES[name], time.perf_counter()
        if machine.needs and machine.needs not in flags:
            print(f"{name:12} skipped: this processor has no {machine.needs}", flush=True)
            continue
        problem = not_in_effect(machine) or run(name, machine)
        failures += bool(problem)
        outcome = f"FAILED: {problem}" if problem else "passed"
        print(f"{name:12} {time.perf_counter() - start:5.0f} s  {outcome}", flush=True)
    return min(failures, 1)


def processor_flags() -> set[str]:
    """Return what Linux says that the processor can do; nothing elsewhere."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return set()
    return set(re.findall(r"\w+", "".join(re.findall(r"^flags\s*:(.*)$", text, re.M)[:1])))


def not_in_effect(machine: Machine) -> str:
    """Return what the libraries say of themselves against the settings, "" if they follow."""
    environment = os.environ | machine.environment
    said = subprocess.run(
        [sys.executable, "-c", PROBE], env=environment, capture_output=True, encoding="utf-8"
    )
    expected = {pattern.split()[0]: pattern for pattern in machine.shows}
    lines = [line for line in said.stdout.splitlines() if line.split()[0] in expected]
    follow = all(re.fullmatch(expected[line.split()[0]], line) for line in lines)
    if follow and {line.split()[0] for line in lines} == set(expected):
        return ""
    found = ", ".join(sorted(set(lines))) or said.stderr[-200:]
    return f"the settings have no effect: found {found}; expected {', '.join(machine.shows)}"


def run(name: str, machine: Machine) -> str:
    """Compare all notebooks with their stored outputs; return the first differences, "" if none."""
    environment = os.environ | machine.environment
    report = ROOT / "build" / "machines" / f"{name}.txt"
    report.parent.mkdir(parents=True, exist_ok=True)
    with open(report, "w", encoding="utf-8") as file:
        done = subprocess.run(
            [*RUN, ROOT / "notebooks"], cwd=ROOT, env=environment, stdout=file, stderr=file
        )
    if done.returncode == 0:
        return ""
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+::Cell \d+)", report.read_text("utf-8"), re.M)
    first = ", ".join(failed[:3]) or "pytest did not come to an end"
    return f"{first} ({len(failed)} in all: {report.relative_to(ROOT)})"


if __name__ == "__main__":
    sys.exit(main())
