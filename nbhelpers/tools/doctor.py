"""The state of this installation: what works, what does not, and how to mend it."""

import json
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import psutil
from packaging.requirements import Requirement

from nbhelpers.data.catalogue import describe_all, given_folder
from nbhelpers.data.own import kept
from nbhelpers.errors import DataError, SettingError
from nbhelpers.files import PROJECT, cache_folder, sha256
from nbhelpers.spark.sessions import available

MEMORY_GB, DISK_GB = 2, 2  # what the notebooks need on the sample, with room to spare
INSTALL = 'in the project\'s folder: pip install --upgrade -e ".[notebooks,app]"'
_ODD = re.compile(r"^[^ ]+: | taken for ")  # how reports name files, of what their readers accept
NOTEBOOKS = ("", "notebooks")  # what everyone needs, and what `nbhelpers run` needs


@dataclass(frozen=True)
class Finding:
    """One thing looked at: `remedy` is empty where nothing is wrong."""

    subject: str
    found: str
    remedy: str = ""

    @property
    def ok(self) -> bool:
        return not self.remedy


def examine() -> Iterator[Finding]:
    """Look at everything the notebooks need, one finding after the other."""
    for look in LOOKS:
        try:
            yield look()
        except NotADirectoryError as error:  # $NBHELPERS_CACHE names a file: see `data`
            yield Finding(look.__name__.replace("_", " "), f"not looked at: {error.strerror}")


def python() -> Finding:
    """Python is 3.11 or newer."""
    found = f"{platform.python_version()} at {sys.executable}"
    remedy = "" if sys.version_info >= (3, 11) else "install Python 3.11 or newer."
    return Finding("Python", found, remedy)


def packages() -> Finding:
    """Every package is there and not older than its floor in pyproject.toml."""
    wrong, right = _compared(NOTEBOOKS)
    if not wrong:
        return Finding("packages", f"{right} of {right} at or above their floors")
    return Finding("packages", ", ".join(wrong), INSTALL)


def screens() -> Finding:
    """What the app and the API need is there; the notebooks work without."""
    wrong, right = _compared(("app",))
    if not wrong:
        return Finding("app and API", f"{right} of {right} at or above their floors")
    return Finding("app and API", f"{', '.join(wrong)}; to use them, {INSTALL}")


def spark() -> Finding:
    """Spark and Java are there; all but a part of notebook 12 works without."""
    wrong, _ = _compared(("spark",))
    if missing := available():
        return Finding("Spark", f"{missing} Only the part on Spark of notebook 12 uses it.")
    if wrong:
        return Finding("Spark", f"{wrong[0]}; to use it, `make spark`")
    return Finding("Spark", f"pyspark {_version('pyspark')}, and a Java that it runs on")


def _compared(extras: tuple[str, ...]) -> tuple[list[str], int]:
    """Return the packages of these extras that are missing or too old, and the number of others."""
    wrong, right = [], 0
    for requirement in map(Requirement, metadata.requires("nbhelpers") or []):
        if not any(_asked_for(requirement, extra) for extra in extras):
            continue
        version = _version(requirement.name)
        if version and requirement.specifier.contains(version, prereleases=True):
            right += 1
        else:
            wrong.append(f"{requirement.name} {version or 'missing'} ({requirement.specifier})")
    return wrong, right


def _asked_for(requirement: Requirement, extra: str) -> bool:
    if requirement.marker is None:
        return extra == ""
    return requirement.marker.evaluate({"extra": extra})


def lock() -> Finding:
    """The packages are those the project is tested with; others may print other numbers."""
    paths = sorted(PROJECT.glob("requirements*.lock"))
    if not paths:
        return Finding("lock", "installed without requirements.lock")
    pinned = locked_versions("".join(path.read_text(encoding="utf-8") for path in paths))
    differing = [
        f"{name} {found} (locked {' or '.join(sorted(versions))})"
        for name, versions in pinned.items()
        if (found := _version(name)) and found not in versions
    ]
    if not differing:
        return Finding("lock", "the tested versions, those of requirements.lock")
    found = f"{len(differing)} other versions than tested: {', '.join(differing[:5])}"
    return Finding("lock", found)  # the floors decide what is wrong


def locked_versions(lock: str) -> dict[str, set[str]]:
    """Return the versions that a lock file pins, by package (several where they fork)."""
    versions: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock, re.MULTILINE):
        versions.setdefault(name, set()).add(version)
    return versions


def _version(package: str) -> str | None:
    for name in (package, package.removesuffix("-cpu")):  # a build for graphics cards will do
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def memory() -> Finding:
    """There is memory for a notebook."""
    state = psutil.virtual_memory()
    found = f"{state.available / 1e9:.1f} GB free of {state.total / 1e9:.1f}"
    remedy = "" if state.available > MEMORY_GB * 1e9 else f"close programs: {MEMORY_GB} GB needed."
    return Finding("memory", found, remedy)


def disk() -> Finding:
    """There is room for the outputs and the cache."""
    free = shutil.disk_usage(Path.cwd()).free
    remedy = "" if free > DISK_GB * 1e9 else f"make room: {DISK_GB} GB needed."
    return Finding("disk", f"{free / 1e9:.1f} GB free here", remedy)


def sample() -> Finding:
    """The shipped files of the sample are as they were shipped."""
    sums = PROJECT / "data" / "sample" / "SHA256SUMS"
    if not sums.exists():
        return Finding("sample", f"no {sums}", "clone the project again, with its data folder.")
    lines = [line.split() for line in sums.read_text(encoding="utf-8").splitlines()]
    changed = [name for digest, name in lines if _digest(sums.with_name(name)) != digest]
    if not changed:
        return Finding("sample", f"all {len(lines)} files as shipped")
    return Finding("sample", f"changed: {', '.join(changed)}", "git checkout -- data/sample")


def own_sets() -> Finding:
    """Adopted sets can be read; their licence and source are shown."""
    found, broken = [], []
    for name in kept.names():
        try:
            notes = kept.read(name).notes
        except DataError:
            broken.append(name)
        else:
            found.append(f"{name} ({notes['licence']}; {notes['source']})")
    if broken:
        remedy = "adopt their files again, with --replace."
        return Finding("own sets", f"damaged: {', '.join(broken)}", remedy)
    return Finding("own sets", ", ".join(found) or "none; `nbhelpers adopt FILE` makes one")


def as_read() -> Finding:
    """What was unusual in data sets and accepted all the same, as the caches of those read say."""
    found = []
    for path in sorted((cache_folder() / "parsed").glob("*/manifest.json")):
        with suppress(OSError, ValueError, LookupError, TypeError, AttributeError):  # damaged
            report = json.loads(path.read_text(encoding="utf-8"))["notes"]["report"]
            odd = [what for what, count in report.items() if count and _ODD.search(what)]
            found += [f"{path.parent.name}: {', '.join(odd)}"] if odd else []
    return Finding("as read", "; ".join(found) or "nothing unusual in the files read so far")


def write_sums(folder: Path) -> None:
    """Write the SHA-256 of the data in a folder, in the format of ``sha256sum``."""
    files = sorted(path for path in folder.iterdir() if path.suffix in (".txt", ".csv", ".npz"))
    lines = [f"{_digest(path)}  {path.name}\n" for path in files]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8", newline="\n")


def _digest(path: Path) -> str:
    return sha256([path]) if path.exists() else "missing"


def data() -> Finding:
    """Where $NBHELPERS_DATA and $NBHELPERS_CACHE point is there."""
    try:
        cache, folder = cache_folder(), given_folder()
    except SettingError as error:
        return Finding("data", error.found, error.remedy or "unset it.")
    except NotADirectoryError as error:
        return Finding("data", f"{error.strerror}: {error.filename}", "name a folder, or unset it.")
    if folder is None:
        return Finding("data", f"$NBHELPERS_DATA is not set; the cache is {cache}")
    held = [row.name for row in describe_all() if Path(row.where).is_relative_to(folder)]
    found = f"$NBHELPERS_DATA names {folder}, which holds {', '.join(held) or 'no data set'}"
    remedy = "name the folder that holds ml-latest-small/ and so on (`nbhelpers data`)."
    return Finding("data", found, "" if held else remedy)


def threads() -> Finding:
    """Linear algebra does not start more threads than there are cores."""
    import numpy  # noqa: F401  # its libraries are looked at once loaded
    from threadpoolctl import threadpool_info

    most = max((pool["num_threads"] for pool in threadpool_info()), default=1)
    cores = os.cpu_count() or 1
    found = f"{most} on {cores} cores; `nbhelpers run` uses 1, for the same numbers every time"
    return Finding("threads", found, "" if most <= cores else f"set OMP_NUM_THREADS={cores}.")


def kernel() -> Finding:
    """Jupyter's Python kernel is this Python."""
    remedy = "python -m ipykernel install --sys-prefix"
    try:
        from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
    except ImportError:
        return Finding("kernel", "Jupyter is missing", INSTALL)
    try:
        command = KernelSpecManager().get_kernel_spec("python3").argv[0]
    except NoSuchKernel:
        return Finding("kernel", "no kernel named python3", remedy)
    # Jupyter takes a bare name to mean the Python it runs under.
    path = Path(command if os.path.isabs(command) else sys.executable)
    same = path.parent == Path(sys.executable).parent
    return Finding("kernel", f"python3 runs {path}", "" if same else remedy)


LOOKS = (
    *(python, packages, screens, spark, lock, memory, disk, sample, data, as_read, own_sets),
    *(threads, kernel),
)
