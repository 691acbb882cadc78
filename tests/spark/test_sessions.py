"""Without Spark or Java there is one sentence, not a trace. These tests need neither."""

import os
import subprocess
import sys

import pytest

from nbhelpers.spark import sessions


def java(folder, version):
    """Put a program named java into a folder, which says what Java would say."""
    path = folder / "java"
    path.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """A folder as PATH, with pyspark installed whether it is or not."""
    monkeypatch.setattr(sessions, "find_spec", lambda name: name)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return tmp_path


def test_no_spark(monkeypatch):
    monkeypatch.setattr(sessions, "find_spec", lambda name: None)
    assert "make spark" in sessions.available()
    with pytest.raises(RuntimeError, match="not installed"), sessions.session():
        pass


def test_no_java(installed):
    said = sessions.available()
    assert "Java 17" in said and "PATH" in said


def test_no_java_where_it_is_said_to_be(installed, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(installed / "nowhere"))
    assert "JAVA_HOME" in sessions.available() and "nowhere" in sessions.available()


@pytest.mark.skipif(os.name == "nt", reason="the program in place of Java is a shell script")
@pytest.mark.parametrize(
    ("version", "good"),
    [("17.0.15", 1), ("25", 1), ("21-ea", 1), ("11.0.2", 0), ("1.8.0_402", 0), ("?", 0)],
)
def test_age_of_java(installed, version, good):
    java(installed, version)
    assert bool(sessions.available()) != bool(good)
    if version.startswith("1.8"):
        assert "is 8" in sessions.available()


@pytest.mark.skipif(bool(sessions.available()), reason=sessions.available())
def test_what_java_complains_of_is_one_sentence():
    code = "from nbhelpers import spark\nwith spark.session(memory='much'): pass"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    last = run.stderr.strip().splitlines()[-1]
    assert last == "RuntimeError: Spark does not start: Invalid maximum heap size: -Xmxmuch"
    assert run.stdout == "" and "WARN" not in run.stderr
