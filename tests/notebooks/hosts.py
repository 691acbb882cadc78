"""Run the exported notebooks on what Colab and Kaggle preinstall: ``make hosts``.

hosts.toml says what that is. Each notebook runs as a stranger gets it: alone in an empty folder,
in a fresh home, without this project; once cut off from every network, once with one. A run of
some only (``ARGS="--host colab --notebook 05"``) keeps what is known of the others. With
``--quick``, a few users and what earlier quick runs compiled tell whether a notebook runs, and
nothing is written down.
"""

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import nbformat
import psutil
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from nbhelpers.errors import DataError
from nbhelpers.files import PROJECT
from nbhelpers.tools import series
from nbhelpers.tools.embedded import SKIPPED
from nbhelpers.tools.export import export

LISTS = Path(__file__).with_name("hosts.toml")
FOLDER = PROJECT / "build" / "hosts"
RESULTS = LISTS.with_name("hosts.json")  # what a run of some notebooks keeps of the others
PAGE = PROJECT / "docs" / "hosts.md"
NETWORKS = {"without": False, "with": True}  # a network
# A network of its own holds nothing but this computer; on Linux, where these hosts are.
AS_ROOT = [] if getattr(os, "geteuid", int)() == 0 else ["--map-root-user"]
CUT_OFF = ["unshare", *AS_ROOT, "--net", "sh", "-c", 'ip link set lo up && exec "$0" "$@"']
KERNEL = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]
FEEL = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "OPENBLAS_", "OMP_")  # of this computer
# Of a quick run: a share of the users, and what costs minutes in notebook 12.
QUICK = {"USERS": 0.1}
QUICK_OF = {"12": {"LARGEST": 1_000_000, "SPARK": False}}
UV = Path(sys.executable).with_name("uv")


class Host(NamedTuple):
    """What a host of notebooks preinstalls."""

    name: str
    title: str
    python: str
    date: date
    source: str
    absent: list[str]
    packages: list[str]  # name==version

    @property
    def folder(self) -> Path:
        return FOLDER / self.name

    @property
    def interpreter(self) -> Path:
        return self.folder / "bin" / "python"


class Outcome(NamedTuple):
    """What came of a notebook on a host."""

    host: str
    network: str  # "with" or "without"
    notebook: str
    seconds: float | None
    first: float | None  # until the first table or picture is there
    computing: float  # seconds of a processor: others may keep it from us, and the clock runs on
    first_computing: float | None
    skipped: int = 0  # cells, for want of a package
    changed: str = ""  # packages that the set-up replaced
    problem: str = ""  # the cell and the error


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the exported notebooks as hosts would.")
    known = hosts()
    parser.add_argument("--host", action="append", choices=known, help="[default: all]")
    parser.add_argument("--network", action="append", choices=NETWORKS, help="[default: both]")
    parser.add_argument("--notebook", action="append", help="or how it begins  [default: all]")
    parser.add_argument("--quick", action="store_true", help="whether, not how long")
    parser.add_argument("--remove", action="store_true", help="the environments, when done")
    given = parser.parse_args()
    try:
        notebooks = series.find_notebooks(given.notebook or ())
    except DataError as error:
        parser.error(str(error))
    exported = export(notebooks, FOLDER / "exported")
    failed = False
    for name in given.host or known:
        if problem := build(known[name]):
            print(f"{name:12} not run: {problem}", flush=True)
            failed = True
            continue
        for network in given.network or NETWORKS:
            for outcome in run_all(known[name], network, exported, given.quick):
                print(line(outcome), flush=True)
                if not given.quick:
                    keep(outcome)
                failed |= bool(outcome.problem)
        if given.remove:
            shutil.rmtree(known[name].folder)
    if given.quick:
        return int(failed)
    outcomes = kept()
    print("\n" + "\n".join(table(outcomes)))
    PAGE.write_text(page(known, outcomes), encoding="utf-8", newline="\n")
    return int(failed)


def hosts() -> dict[str, Host]:
    read = tomllib.loads(LISTS.read_text(encoding="utf-8"))
    return {
        name: Host(**{**about, "name": name, "packages": about["packages"].split()})
        for name, about in read.items()
    }


# --- Environments --------------------------------------------------------------------------


def build(host: Host) -> str:
    """Make a host's environment, unless it is there; return why that cannot be done, or ""."""
    stamp = host.folder / "packages.txt"
    wanted = "\n".join([host.python, *host.packages])
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return ""
    made = uv("venv", "--clear", "--python", host.python, str(host.folder))
    if made.returncode:
        return f"no Python {host.python} here"
    done = install(host, host.packages)
    if done.returncode:
        return f"cannot be had: {', '.join(missing(host)) or done.stderr.strip()}"
    stamp.write_text(wanted, encoding="utf-8")
    return ""


def install(host: Host, packages: list[str], *options: str) -> subprocess.CompletedProcess[str]:
    """Install exactly these versions; compiled, as an image has them."""
    return uv("pip", "install", "--no-deps", "--compile-bytecode", *options, *packages, host=host)


def missing(host: Host) -> list[str]:
    """Return the packages that no registry has for this Python and this kind of computer."""
    return [
        package for package in host.packages if install(host, [package], "--dry-run").returncode
    ]


def installed(host: Host) -> dict[str, str]:
    said = uv("pip", "freeze", host=host).stdout
    return dict(line.split("==") for line in said.splitlines())


def restore(host: Host, before: dict[str, str]) -> list[str]:
    """Take back what a notebook's set-up installed; return the packages that it replaced."""
    after = installed(host)
    if added := sorted(after.keys() - before.keys()):
        uv("pip", "uninstall", *added, host=host)
    changed = sorted(name for name, version in before.items() if after.get(name) != version)
    if changed:
        install(host, [f"{name}=={before[name]}" for name in changed])
    return changed


def uv(*words: str, host: Host | None = None) -> subprocess.CompletedProcess[str]:
    # pyenv hides its Pythons behind scripts that uv cannot ask.
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    paths = [*map(str, sorted(pyenv.glob("versions/*/bin"))), os.environ["PATH"]]
    target = ["--python", str(host.interpreter)] if host else []
    return subprocess.run(
        [UV, *words, *target],
        env=os.environ | {"PATH": os.pathsep.join(paths)},
        capture_output=True,
        encoding="utf-8",
    )


# --- Runs ----------------------------------------------------------------------------------


def run_all(
    host: Host, network: str, notebooks: list[Path], quick: bool = False
) -> Iterator[Outcome]:
    before = installed(host)
    for path in notebooks:
        outcome = run(host, network, path, quick)
        yield outcome._replace(changed=", ".join(restore(host, before)))


def run(host: Host, network: str, path: Path, quick: bool = False) -> Outcome:
    """Run a notebook in an empty folder, with a home that nothing has been done in."""
    notebook = nbformat.read(path, as_version=4)
    if quick:
        set_parameters(notebook, QUICK | QUICK_OF.get(path.stem[:2], {}))
    clear(notebook)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        room = Path(name)
        for folder in ("home", "empty", "kernels/host"):
            (room / folder).mkdir(parents=True)
        cut_off = [] if NETWORKS[network] else CUT_OFF
        argv = [*cut_off, str(host.interpreter), *KERNEL]
        about = {"argv": argv, "display_name": host.title, "language": "python"}
        (room / "kernels/host/kernel.json").write_text(json.dumps(about), encoding="utf-8")
        home = host.folder / "home" if quick else room / "home"
        environment = stranger(home, NETWORKS[network])
        start, computing, problem = time.perf_counter(), 0.0, ""
        shown: list[float] = []
        manager = kernel(room)

        async def look(cell: NotebookNode, **_: object) -> None:
            nonlocal computing
            computing = spent(manager.provisioner.pid)
            if not shown and any(map(is_result, cell.get("outputs", []))):
                shown.extend([time.perf_counter() - start, computing])

        client = NotebookClient(
            notebook,
            timeout=1800,
            km=manager,
            resources={"metadata": {"path": str(room / "empty")}},
            on_cell_executed=look,
        )
        try:
            asyncio.run(execute(client, environment))
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            problem = place(notebook, error)
        seconds = time.perf_counter() - start
    skipped = sum(SKIPPED in text for text in texts(notebook))
    executed = FOLDER / "executed" / host.name / network / path.name
    executed.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, executed)
    first, first_computing = shown or (None, None)
    figures = seconds, first, computing, first_computing
    return Outcome(host.name, network, path.stem, *figures, skipped, problem=problem)


async def execute(client: NotebookClient, environment: dict[str, str]) -> None:
    try:
        await client.async_execute(env=environment)
    finally:  # nbclient leaves a kernel alone that it was given
        if client.km.has_kernel:
            await client.km.shutdown_kernel(now=True)


def kernel(room: Path) -> AsyncKernelManager:
    """Return who starts the host's kernel, and talks to it through files: they need no network."""
    found = KernelSpecManager(kernel_dirs=[str(room / "kernels")], ensure_native_kernel=False)
    manager = AsyncKernelManager(kernel_name="host", kernel_spec_manager=found, transport="ipc")
    manager.connection_file = str(room / "kernel.json")
    return manager


def spent(pid: int) -> float:
    """Return the seconds of a processor that a process and those that it started have used."""
    process = psutil.Process(pid)
    times = [process.cpu_times(), *(p.cpu_times() for p in process.children(recursive=True))]
    return sum(t.user + t.system + t.children_user + t.children_system for t in times)


def stranger(home: Path, network: bool) -> dict[str, str]:
    """Return the environment of somebody who has nothing but this computer."""
    # How packages are reached from here is said by variables of pip.
    names = (*FEEL, "PIP_") if network else FEEL
    return {key: value for key, value in os.environ.items() if key.startswith(names)} | {
        "HOME": str(home),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # of the debugger: it would warn
    }


def set_parameters(notebook: NotebookNode, parameters: dict[str, object]) -> None:
    cell = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    cell.source += "".join(f"\n{name} = {value!r}" for name, value in parameters.items())


def clear(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.update(outputs=[], execution_count=None)


def is_result(output: NotebookNode) -> bool:
    """Whether an output is a picture or a table."""
    return bool({"image/png", "text/html"} & output.get("data", {}).keys())


def texts(notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            yield output.get("text", "")


def place(notebook: NotebookNode, error: Exception) -> str:
    """Return which cell ended in which error, in a line."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                return f"cell [{cell.execution_count}]: {output.ename}: {output.evalue[:200]}"
    return f"{type(error).__name__}: {str(error).strip().splitlines()[-1]}"


# --- Answers -------------------------------------------------------------------------------


def keep(outcome: Outcome) -> None:
    """Put an outcome in the place of an earlier one."""
    same = [o for o in kept() if o[:3] != outcome[:3]]
    rows = ",\n".join(json.dumps(o) for o in sorted([*same, outcome]))
    RESULTS.write_text(f"[\n{rows}\n]\n", encoding="utf-8", newline="\n")


def kept() -> list[Outcome]:
    if not RESULTS.exists():
        return []
    return [Outcome(*values) for values in json.loads(RESULTS.read_text(encoding="utf-8"))]


def line(outcome: Outcome) -> str:
    said = f"FAILED in {outcome.problem}" if outcome.problem else "ok"
    said += f", {outcome.skipped} cells skipped" if outcome.skipped else ""
    said += f", REPLACED {outcome.changed}" if outcome.changed else ""
    first = (outcome.first_computing or 0, outcome.first or 0)
    words = f"{outcome.host:12} {outcome.network:8} {outcome.notebook:22} computing"
    all_of_it = f"{outcome.computing:4.0f} s of {outcome.seconds or 0:4.0f} s"
    return f"{words} {all_of_it}, first result {first[0]:3.0f} s of {first[1]:3.0f} s  {said}"


def table(outcomes: list[Outcome]) -> list[str]:
    """Return Markdown: a row for each notebook, two columns for each host."""
    columns = [(host, n) for host in hosts() for n in NETWORKS]
    columns = [c for c in columns if any(o[:2] == c for o in outcomes)]
    found = {(o.notebook, o.host, o.network): o for o in outcomes}
    rows = [
        ["notebook", *(f"{host},<br>{network}" for host, network in columns)],
        ["---", *["---:"] * len(columns)],
    ]
    for name in sorted({o.notebook for o in outcomes}):
        rows.append([name, *(cell(found.get((name, *column))) for column in columns)])
    return [f"| {' | '.join(row)} |" for row in rows]


def cell(outcome: Outcome | None) -> str:
    if outcome is None:
        return "not run"
    if outcome.problem:
        return "**fails**"
    first = f" ({outcome.first_computing:.0f})" if outcome.first_computing else ""
    return f"{outcome.computing:.0f} s{first}" + " ·" * outcome.skipped


def page(known: dict[str, Host], outcomes: list[Outcome]) -> str:
    """Return the page for readers: what was run on what, and how it went."""
    run_on = [host for host in known.values() if any(o.host == host.name for o in outcomes)]
    about = [
        f"- **{host.name}**: {host.title}, Python {host.python}, packages as of {host.date}. "
        f"Missing there: {', '.join(host.absent)}.\n  {host.source.strip()}"
        for host in run_on
    ]
    failed = [f"- {line(o)}" for o in outcomes if o.problem]
    return "\n".join([HEAD, *table(outcomes), "", *failed, FEET, *about, ""])


HEAD = """\
# The notebooks on Colab and Kaggle

`nbhelpers export` writes each notebook as one file that brings the library and the sample along.
`make hosts` runs these files as a stranger would: each alone in an empty folder and a fresh home,
with exactly the packages that a host preinstalls, once cut off from every network and once with
one. The table says how many seconds of computing "Run all" takes, set-up and the simulation of the
sample included; in brackets, how many until the first table or picture is there. Each dot is a
cell that said in a sentence which package it lacks, and was left out: without a network nothing
can be installed. Not all ran on the same day.

A host gives each notebook a folder of its own. To meet your ten films of notebook 01 in the others,
download `my_films.csv` there and upload it beside each of them.
"""
FEET = """
## What the hosts preinstall
"""


if __name__ == "__main__":
    sys.exit(main())
