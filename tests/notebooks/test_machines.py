"""Other machines are tried only where they can be, and really are."""

import sys

import machines
import pytest


def call(monkeypatch, *names: str) -> int:
    monkeypatch.setattr(sys, "argv", ["machines.py", *names])
    return machines.main()


def test_kernels_too_new_for_the_processor_are_skipped(monkeypatch, capsys):
    monkeypatch.setattr(machines, "processor_flags", lambda: {"avx"})
    monkeypatch.setattr(machines, "run", lambda name, machine: pytest.fail("it ran"))
    assert call(monkeypatch, "haswell") == 0
    assert capsys.readouterr().out == "haswell      skipped: this processor has no avx2\n"


def test_failures_are_told_and_counted(monkeypatch, capsys):
    monkeypatch.setattr(machines, "not_in_effect", lambda machine: "")
    differing = {"generic": "05_svd.ipynb::Cell 3", "threads": ""}
    monkeypatch.setattr(machines, "run", lambda name, machine: differing[name])
    assert call(monkeypatch, "generic", "threads") == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("FAILED: 05_svd.ipynb::Cell 3")
    assert second.endswith("passed")


def test_unknown_machines_are_refused(monkeypatch, capsys):
    with pytest.raises(SystemExit):
        call(monkeypatch, "cray")
    assert "no machine cray" in capsys.readouterr().err


@pytest.mark.slow
def test_a_setting_without_effect_is_noticed():
    threads = machines.MACHINES["threads"]
    assert machines.not_in_effect(threads) == ""
    assert "found threads 1" in machines.not_in_effect(threads._replace(environment={}))
