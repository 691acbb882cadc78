"""The runner of `make attack`: what crashes, hangs or gets through is a row, and exit code 1."""

import json
import random
import shutil
import sys

import numpy as np
import pytest
from attacks import attack, engines, web

ROW = '[{"kind": "titles", "tried": 10, "got_through": %d, "note": "see"}]'
MODULES = {
    "calm": f"import json\ndef attack(seconds): return json.loads('{ROW % 0}')",
    "lets_through": f"import json\ndef attack(seconds): return json.loads('{ROW % 2}')",
    "crashes": "import os\ndef attack(seconds): os.abort()",
    "helper": "ATTACK = 1",
}


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Run attacks on modules of a folder of their own."""
    for name, source in MODULES.items():
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
    runner = tmp_path / "runner.py"
    shutil.copy(attack.__file__, runner)
    monkeypatch.setattr(attack, "HERE", tmp_path)
    monkeypatch.setattr(attack, "__file__", str(runner))
    monkeypatch.setattr(attack, "names", lambda: ["calm", "crashes", "lets_through"])

    def call(*names):
        words = [word for name in names for word in ("--only", name)]
        given = ["attack.py", "--seconds", "1", "--output", str(tmp_path / "out"), *words]
        monkeypatch.setattr(sys, "argv", given)
        return attack.main()

    return call


def test_attacks_are_found_without_running_them(tmp_path):
    for name, source in MODULES.items():
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
    assert attack.names(tmp_path) == ["calm", "crashes", "lets_through"]
    assert "payloads" in attack.names()


def test_a_crash_is_a_row_and_the_others_go_on(call, capsys, tmp_path):
    assert call() == 1
    _, calm, crashed, through, total = capsys.readouterr().out.splitlines()
    assert calm.split() == ["calm", "titles", "10", "0", "see"]
    assert "the attack itself" in crashed and "exit code -6" in crashed
    assert through.split() == ["lets_through", "titles", "10", "2", "see"]
    assert total.split() == ["all", "21", "3"]
    written = json.loads((tmp_path / "out" / "attack.json").read_text(encoding="utf-8"))
    assert [row["got_through"] for rows in written.values() for row in rows] == [0, 1, 2]
    assert call("calm") == 0


@pytest.mark.slow
def test_the_server_that_is_attacked_answers():
    with web.served(web.sample_engine()) as (server, port, _):
        tried, held, said = web._fuzz(server, port, 3)
    assert tried == held > 0, said


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3)])
def test_any_array_can_be_harmed(shape):
    for seed in range(30):
        array, how = engines._harmed(np.ones(shape), random.Random(seed))
        assert isinstance(array, np.ndarray), how
