"""The doctor finds what is wrong, and says how to mend it."""

import hashlib
import json
from types import SimpleNamespace

import pytest

from nbhelpers.tools import doctor


def test_this_installation_is_well():
    found = {finding.subject: finding for finding in doctor.examine()}
    assert set(found) == {
        "Python", "packages", "app and API", "Spark", "lock",
        "memory", "disk", "sample", "data", "as read", "own sets", "threads", "kernel",
    }  # fmt: skip
    assert [f for f in found.values() if not f.ok and f.subject not in ("memory", "disk")] == []


def test_old_python(monkeypatch):
    monkeypatch.setattr(doctor.sys, "version_info", (3, 10, 9))
    assert "3.11" in doctor.python().remedy


@pytest.mark.parametrize("version", [None, "1.0"])
def test_missing_and_old_packages_are_named(monkeypatch, version):
    monkeypatch.setattr(doctor, "_version", lambda name: version if name == "pandas" else "999")
    finding = doctor.packages()
    assert finding.found == f"pandas {version or 'missing'} (>=2.2)"
    assert not finding.ok


def test_development_packages_are_not_asked_for(monkeypatch):
    monkeypatch.setattr(doctor, "_version", lambda name: None if name == "ruff" else "999")
    assert doctor.packages().ok


def test_without_the_app_the_notebooks_are_well(monkeypatch):
    monkeypatch.setattr(doctor, "_version", lambda name: None if name == "streamlit" else "999")
    assert doctor.packages().ok
    finding = doctor.screens()
    assert finding.ok and finding.found.startswith("streamlit missing") and "app]" in finding.found


def test_without_spark_the_notebooks_are_well(monkeypatch):
    monkeypatch.setattr(doctor, "_version", lambda name: None if name == "pyspark" else "999")
    monkeypatch.setattr(doctor, "available", lambda: "Get Java.")
    assert doctor.packages().ok
    assert doctor.spark() == doctor.Finding(
        "Spark", "Get Java. Only the part on Spark of notebook 12 uses it."
    )


@pytest.mark.parametrize("version", ["3.3.1", "999"])
def test_old_and_new_spark(monkeypatch, version):
    monkeypatch.setattr(doctor, "available", lambda: "")
    monkeypatch.setattr(doctor, "_version", lambda name: version)
    finding = doctor.spark()
    assert finding.ok and version in finding.found
    assert ("make spark" in finding.found) == (version == "3.3.1")


def test_xgboost_for_graphics_cards_will_do(monkeypatch):
    def version(name):
        if name == "xgboost":
            return "3.2.0"
        raise doctor.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(doctor.metadata, "version", version)
    assert doctor._version("xgboost-cpu") == "3.2.0"
    assert doctor._version("pandas") is None


def test_versions_other_than_locked_are_told_not_faulted(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "PROJECT", tmp_path)
    assert doctor.lock().ok
    lock = "numpy==2.4.6 \\\n    --hash=sha256:00\npandas==3.1.1 ; sys_platform == 'win32' \\\n"
    (tmp_path / "requirements.lock").write_text(lock, encoding="utf-8")
    monkeypatch.setattr(doctor, "_version", {"numpy": "2.4.6", "pandas": "2.2.0"}.get)
    assert "pandas 2.2.0 (locked 3.1.1)" in doctor.lock().found
    assert doctor.lock().ok
    (tmp_path / "requirements-more.lock").write_text("numpy==2.4.5 \\\n", encoding="utf-8")
    monkeypatch.setattr(doctor, "_version", {"numpy": "2.4.4"}.get)
    assert "numpy 2.4.4 (locked 2.4.5 or 2.4.6)" in doctor.lock().found


def test_locked_versions_with_forks():
    lock = "a==1.0 ; x\n    --hash=sha256:0\na==2.0 \\\nb-c==3.1\n    # via a\n"
    assert doctor.locked_versions(lock) == {"a": {"1.0", "2.0"}, "b-c": {"3.1"}}


def test_little_memory_and_disk(monkeypatch):
    little = SimpleNamespace(available=10**9, total=4 * 10**9, free=10**9)
    monkeypatch.setattr(doctor.psutil, "virtual_memory", lambda: little)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: little)
    assert not doctor.memory().ok
    assert doctor.memory().found == "1.0 GB free of 4.0"
    assert not doctor.disk().ok


def test_changed_and_missing_sample_files_are_named(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "PROJECT", tmp_path)
    assert not doctor.sample().ok
    folder = tmp_path / "data" / "sample"
    folder.mkdir(parents=True)
    for name in ("a.csv", "b.txt", "c.npz", "generate.py"):
        (folder / name).write_text(name, encoding="utf-8")
    doctor.write_sums(folder)
    first = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()[0]
    assert first == f"{hashlib.sha256(b'a.csv').hexdigest()}  a.csv"
    assert doctor.sample().found == "all 3 files as shipped"
    (folder / "b.txt").write_text("changed", encoding="utf-8")
    (folder / "c.npz").unlink()
    assert doctor.sample().found == "changed: b.txt, c.npz"
    assert not doctor.sample().ok


def test_what_readers_accepted_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("NBHELPERS_CACHE", str(tmp_path))
    assert "nothing unusual" in doctor.as_read().found
    report = {"ratings.csv: decimal commas": 8, "tags.csv: byte order mark": 0, "empty tags": 3}
    for name, content in (("ml-1m", json.dumps({"notes": {"report": report}})), ("x", "{")):
        (tmp_path / "parsed" / name).mkdir(parents=True)
        (tmp_path / "parsed" / name / "manifest.json").write_text(content, encoding="utf-8")
    assert doctor.as_read().found == "ml-1m: ratings.csv: decimal commas"


def test_more_threads_than_cores(monkeypatch):
    monkeypatch.setattr(doctor.os, "cpu_count", lambda: 0)
    assert doctor.threads().ok
    monkeypatch.setattr("threadpoolctl.threadpool_info", lambda: [{"num_threads": 64}])
    monkeypatch.setattr(doctor.os, "cpu_count", lambda: 2)
    assert doctor.threads().remedy == "set OMP_NUM_THREADS=2."


def test_kernel_of_another_python(monkeypatch):
    spec = SimpleNamespace(argv=["/opt/other/bin/python"])
    monkeypatch.setattr(
        "jupyter_client.kernelspec.KernelSpecManager.get_kernel_spec", lambda self, name: spec
    )
    assert "ipykernel install" in doctor.kernel().remedy


def test_sums_name_every_file_of_the_sample():
    folder = doctor.PROJECT / "data" / "sample"
    named = {line.split()[1] for line in (folder / "SHA256SUMS").read_text("utf-8").splitlines()}
    shipped = {path.name for path in folder.iterdir() if path.suffix in (".txt", ".csv", ".npz")}
    assert named == shipped


def test_a_cache_that_is_a_file_is_a_finding_not_the_end(monkeypatch, tmp_path):
    path = tmp_path / "cache"
    path.write_text("")
    monkeypatch.setenv("NBHELPERS_CACHE", str(path))
    found = {finding.subject: finding for finding in doctor.examine()}
    assert len(found) == len(doctor.LOOKS) and not found["data"].ok
    assert "names a file" in found["data"].found and "names a file" in found["own sets"].found
