"""What is installed is one thing said in three files: pyproject.toml, the lock, conda's file."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
SPARK_LOCK = (ROOT / "requirements-spark.lock").read_text(encoding="utf-8")
SPARK = [Requirement(text) for text in PROJECT["optional-dependencies"].pop("spark")]
CONDA_FILE = (ROOT / "environment.yml").read_text(encoding="utf-8")
CONDA = yaml.safe_load(CONDA_FILE)["dependencies"]
CONDA_PYTHON = "3.11"
OTHER_NAMES = {"matplotlib-base": "matplotlib"}  # conda's, for what needs no window

SYSTEMS = ["linux", "darwin", "win32"]


def view(python: str, system: str) -> dict[str, str]:
    return {
        "python_version": python,
        "python_full_version": f"{python}.7",
        "sys_platform": system,
        "platform_system": {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}[system],
        "os_name": "nt" if system == "win32" else "posix",
    }


def applying(texts: list[str], python: str, system: str) -> list[Requirement]:
    """Return the requirements that a Python on a system has."""
    where = view(python, system)
    found = map(Requirement, texts)
    return [r for r in found if r.marker is None or r.marker.evaluate(where)]


def direct(python: str = CONDA_PYTHON, system: str = "linux") -> dict[str, Requirement]:
    """Return what pyproject.toml names, but for Spark."""
    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    return {r.name: r for group in groups for r in applying(group, python, system)}


def locked(python: str = CONDA_PYTHON, system: str = "linux", lock: str = LOCK) -> dict[str, str]:
    """Return the versions that the lock gives to a Python on a system."""
    lines = [line.rstrip(" \\") for line in lock.splitlines() if re.match(r"[\w.-]+==", line)]
    here = applying(lines, python, system)
    assert len({pin.name for pin in here}) == len(here)
    return {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in here}


def conda_versions(system: str = "linux") -> dict[str, str]:
    words = [entry.split("=") for entry in CONDA if isinstance(entry, str)]
    by_pip = [entry for entry in pip_entries() if not entry.startswith("-e")]
    words += [(r.name, str(r.specifier)[2:]) for r in applying(by_pip, CONDA_PYTHON, system)]
    return {OTHER_NAMES.get(name, name): "".join(version) for name, *version in words}


def pip_entries() -> list[str]:
    return next(entry["pip"] for entry in CONDA if isinstance(entry, dict))


def test_every_dependency_has_a_floor_and_no_ceiling():
    for requirement in [r for system in SYSTEMS for r in direct(system=system).values()]:
        assert [s.operator for s in requirement.specifier] == [">="], requirement


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_lock_holds_every_dependency_above_its_floor(python, system):
    versions = locked(python, system)
    for name, requirement in direct(python, system).items():
        assert requirement.specifier.contains(versions[name]), requirement


@pytest.mark.parametrize("lock", [LOCK, SPARK_LOCK])
def test_lock_holds_no_address(lock):
    assert "://" not in lock
    assert not re.search(r"^\s*--?(index|extra-index|find-links|f|i)\b", lock, re.MULTILINE)


@pytest.mark.parametrize(("lock", "least"), [(LOCK, 100), (SPARK_LOCK, 2)])
def test_lock_pins_and_hashes_everything(lock, least):
    entries = re.split(r"^(?=\S)", re.sub(r"^\s*#.*\n", "", lock, flags=re.MULTILINE), flags=re.M)
    entries = list(filter(None, entries))
    assert len(entries) >= least
    for entry in entries:
        assert re.match(r"[\w.-]+==[\w.]+", entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), entry


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_lock_of_spark_goes_on_top_of_the_other(python, system):
    versions = locked(python, system, SPARK_LOCK)
    assert all(requirement.specifier.contains(versions[requirement.name]) for requirement in SPARK)
    assert not versions.keys() & locked(python, system).keys()


def test_spark_has_a_floor_and_no_ceiling_and_conda_users_are_told_of_it():
    versions = locked(lock=SPARK_LOCK)
    for requirement in SPARK:
        assert [s.operator for s in requirement.specifier] == [">="], requirement
        assert f"{requirement.name}={versions[requirement.name]} " in CONDA_FILE


@pytest.mark.parametrize("system", SYSTEMS)
def test_conda_names_what_pyproject_names(system):
    assert set(conda_versions(system)) - {"python", "pip"} == set(direct(system=system))


@pytest.mark.parametrize("system", SYSTEMS)
def test_conda_pins_what_the_lock_pins(system):
    pins = {n: v for n, v in conda_versions(system).items() if n not in ("python", "pip")}
    versions = locked(CONDA_PYTHON, system)
    assert pins == {name: versions[name] for name in pins}


def test_conda_has_the_python_of_pyproject_and_installs_the_project():
    assert conda_versions()["python"] == CONDA_PYTHON
    assert PROJECT["requires-python"] == f">={CONDA_PYTHON}"
    assert "-e ." in pip_entries()
