"""What an exported notebook does first: unpack its library and data, install what is missing.

`export` puts the text of this file into a notebook's first code cell, which starts with
nothing but Python.
"""

import base64
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


def set_up(text: str, digest: str, requirements: list[str]) -> None:
    """Make ``import nbhelpers`` and ``load("sample")`` work from what the notebook holds."""
    folder = unpack(text, digest)
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    install(requirements)
    simulate(folder / "data" / "sample")
    print("Ready: the library nbhelpers and the sample data are unpacked.")


def unpack(text: str, digest: str) -> Path:
    """Unpack a base85 text into the cache folder, after comparing its SHA-256 (hex) with `digest`.

    Returns
    -------
    pathlib.Path
        A folder of this content's own; what is there already stays as it is.

    Raises
    ------
    ValueError
        If the text is not what was exported.
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


def install(requirements: list[str]) -> None:
    """Install the packages that are missing; say so, and go on, if that cannot be done."""
    # What is there stays, even if old: it may be loaded already, and others build on it.
    missing = [line for line in requirements if not is_installed(re.split(r"[^\w.-]", line)[0])]
    if not missing:
        return
    print("Installing", ", ".join(missing), "…")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--retries", "1", *missing]
    result = subprocess.run(command, capture_output=True, text=True, errors="replace")
    invalidate_caches()
    if result.returncode:
        reason = (result.stderr.strip().splitlines() or ["pip failed."])[-1]
        print(
            f"This did not work: {reason}\n"
            "What to do: turn the internet on (on Kaggle, in the notebook's settings) and run this "
            "cell again. Without it, cells that need these packages end in ModuleNotFoundError."
        )


def is_installed(package: str) -> bool:
    """Whether a package is installed, by the name that pip knows."""
    try:
        return bool(metadata.version(package))
    except metadata.PackageNotFoundError:
        return False


def simulate(sample: Path) -> None:
    """Make the sample's ratings with its generator, unless they are there already."""
    if (sample / "movies.csv").exists():  # written last
        return
    print("Simulating the sample's ratings: once, some seconds.")
    runpy.run_path(str(sample / "generate.py"), run_name="__main__")
