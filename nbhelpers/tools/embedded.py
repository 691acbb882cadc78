"""What an exported notebook does first: unpack its library and data, install what is missing.

`export` puts the text of this file into a notebook's first code cell, which starts with
nothing but Python.
"""

import ast
import base64
import dis
import hashlib
import io
import lzma
import os
import re
import runpy
import subprocess
import sys
import zipfile
from importlib import invalidate_caches, metadata
from pathlib import Path
from traceback import walk_tb
from types import ModuleType

SKIPPED = "This cell was left out"
IMPORTED_AS = {"scikit-surprise": "surprise"}  # what notebooks import by themselves


def set_up(text: str, digest: str, requirements: list[str]) -> None:
    """Make ``import nbhelpers`` and ``load("sample")`` work from what the notebook holds."""
    folder = unpack(text, digest)
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    if still_missing := install(requirements):
        go_on_without(still_missing)
    simulate(folder / "data" / "sample")
    print("Ready: the library nbhelpers and the sample data are unpacked.")


def unpack(text: str, digest: str) -> Path:
    """Unpack a base85 text into the cache folder, after comparing its SHA-256 (hex) with `digest`.

    The folder is this content's own; what is there already stays as it is. A text that is not what
    was exported is a ValueError.
    """
    text = "".join(text.split())
    if hashlib.sha256(text.encode()).hexdigest() != digest:
        raise ValueError(
            "The library and data in this cell are damaged. What to do: get the notebook again."
        )
    cache = os.environ.get("NBHELPERS_CACHE", "").strip() or "~/.cache/nbhelpers"
    folder = Path(cache).expanduser() / "exported" / digest[:16]
    archive = zipfile.ZipFile(io.BytesIO(lzma.decompress(base64.b85decode(text))))
    for name in archive.namelist():
        path, content = folder / name, archive.read(name)
        if path.is_file() and path.read_bytes() == content:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        # Renamed when whole: another notebook may be reading, or unpacking the same.
        part = path.with_name(f"{path.name}.{os.getpid()}")
        part.write_bytes(content)
        part.replace(path)
    return folder


def install(requirements: list[str]) -> list[str]:
    """Install the packages that are missing; return those for which that did not work."""
    # What is there stays, even if old: it may be loaded already, and others build on it.
    missing = [line for line in requirements if not is_installed(name_of(line))]
    if not missing:
        return []
    print("Installing", ", ".join(missing), "… (some minutes, if there are many)")
    # Jupyter asks for colours, and the codes that end them would be the last line.
    options = ["--quiet", "--no-color", "--retries", "1"]
    command = [sys.executable, "-m", "pip", "install", *options, *missing]
    result = subprocess.run(command, capture_output=True, text=True, errors="replace")
    invalidate_caches()
    if not result.returncode:
        return []
    reason = (result.stderr.strip().splitlines() or ["pip failed."])[-1]
    print(
        f"This did not work: {reason}\n"
        "What to do: turn the internet on (on Kaggle, in the notebook's settings) and run this "
        "cell again; without it, cells that need these packages are left out."
    )
    return [name for line in missing if not is_installed(name := name_of(line))]


def name_of(requirement: str) -> str:
    """Return the package that a requirement such as ``numpy>=2`` is about."""
    return re.split(r"[^\w.-]", requirement)[0]


def is_installed(package: str) -> bool:
    """Whether a package is installed, by the name that pip knows."""
    try:
        return bool(metadata.version(package))
    except metadata.PackageNotFoundError:
        return False


class Missing(ModuleType):
    """A package that can be imported, and says that it is not there when it is used."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):  # Python asks for these, whatever a module is
            raise AttributeError(name)
        raise ModuleNotFoundError(f"No module named {self.__name__!r}", name=self.__name__)


def go_on_without(packages: list[str]) -> None:
    """Leave out cells that need packages which are not there, and what builds on such cells.

    In place of the error, a sentence says so, and "Run all" goes on.
    """
    from IPython import get_ipython

    shell = get_ipython()
    lost = {IMPORTED_AS.get(name, name.replace("-", "_")): name for name in packages}
    for package, module in IMPORTED_AS.items():
        if package in packages:
            sys.modules[module] = Missing(module)

    def package_of(error: BaseException | None) -> str | None:
        """Return the package for want of which there is an error."""
        if isinstance(error, ModuleNotFoundError | NameError):
            return lost.get((error.name or "").split(".")[0])
        return None

    def explain(shell, kind, error, trace, tb_offset=None):
        if not package_of(error):
            return shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
        print(f"{SKIPPED}: it needs {package_of(error)}, which is not installed here.")

    def forget(result) -> None:
        """Take the names that the rest of the cell would have given, and let the run go on."""
        error = result.error_in_exec
        if package := package_of(error):
            source = shell.transform_cell(result.info.raw_cell)
            for name in names_from(source, error):
                lost[name] = package
                shell.user_ns.pop(name, None)
            result.error_in_exec = None

    shell.set_custom_exc((ModuleNotFoundError, NameError), explain)
    shell.events.register("post_run_cell", forget)


def names_from(source: str, error: BaseException) -> set[str]:
    """Return the names that a cell gives from the statement on in which an error came up."""
    frames = walk_tb(error.__traceback__)
    broken = next((line for frame, line in frames if frame.f_code.co_name == "<module>"), 1)
    tree = ast.parse(source)
    tree.body = [line for line in tree.body if (line.end_lineno or 0) >= broken]
    code = compile(tree, "cell", "exec")
    return {step.argval for step in dis.get_instructions(code) if step.opname == "STORE_NAME"}


def simulate(sample: Path) -> None:
    """Make the sample's ratings with its generator, unless they are there already."""
    if (sample / "movies.csv").exists():  # written last
        return
    print("Simulating the sample's ratings: once, some seconds.")
    runpy.run_path(str(sample / "generate.py"), run_name="__main__")
