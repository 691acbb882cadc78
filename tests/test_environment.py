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
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
CONDA_PYTHON = "3.11"
OTHER_NAMES = {"matplotlib-base": "matplotlib"}  # conda's, for what needs no window

GROUPS = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
DIRECT = {
    requirement.name: requirement for group in GROUPS for requirement in map(Requirement, group)
}


def locked(python: str) -> dict[str, str]:
    """Return the versions that the lock gives to a Python on Linux."""
    where = {
        "python_version": python,
        "python_full_version": f"{python}.7",
        "sys_platform": "linux",
    }
    lines = [line.rstrip(" \\") for line in LOCK.splitlines() if re.match(r"[\w.-]+==", line)]
    pins = [Requirement(line) for line in lines]
    here = [pin for pin in pins if pin.marker is None or pin.marker.evaluate(where)]
    assert len({pin.name for pin in here}) == len(here)
    return {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in here}


def conda_versions() -> dict[str, str]:
    pip = next(entry["pip"] for entry in CONDA if isinstance(entry, dict))
    words = [entry.split("=") for entry in CONDA if isinstance(entry, str)]
    words += [entry.split("==") for entry in pip if not entry.startswith("-e")]
    return {OTHER_NAMES.get(name, name): "".join(version) for name, *version in words}


def test_every_dependency_has_a_floor_and_no_ceiling():
    for requirement in DIRECT.values():
        assert [s.operator for s in requirement.specifier] == [">="], requirement


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_lock_holds_every_dependency_above_its_floor(python):
    versions = locked(python)
    for name, requirement in DIRECT.items():
        assert requirement.specifier.contains(versions[name]), requirement


def test_lock_holds_no_address():
    assert "://" not in LOCK
    assert not re.search(r"^\s*--?(index|extra-index|find-links|f|i)\b", LOCK, re.MULTILINE)


def test_lock_pins_and_hashes_everything():
    entries = re.split(r"^(?=\S)", re.sub(r"^\s*#.*\n", "", LOCK, flags=re.MULTILINE), flags=re.M)
    assert len(entries) > 100
    for entry in filter(None, entries):
        assert re.match(r"[\w.-]+==[\w.]+", entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), entry


def test_conda_names_what_pyproject_names():
    extra = {"python", "pip"}
    assert set(conda_versions()) - extra == set(DIRECT)


def test_conda_pins_what_the_lock_pins():
    pins = {n: v for n, v in conda_versions().items() if n not in ("python", "pip")}
    versions = locked(CONDA_PYTHON)
    assert pins == {name: versions[name] for name in pins}


def test_conda_has_the_python_of_pyproject_and_installs_the_project():
    assert conda_versions()["python"] == CONDA_PYTHON
    assert PROJECT["requires-python"] == f">={CONDA_PYTHON}"
    assert "-e ." in next(entry["pip"] for entry in CONDA if isinstance(entry, dict))
