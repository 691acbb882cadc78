"""Notebooks run on the smallest set there may be; `make everywhere` tries all kinds."""

import sys
from pathlib import Path

import everywhere
import pytest
import tiny

from nbhelpers.tools import minimum, running, series

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Sets, caches and executed notebooks go to a temporary folder."""
    monkeypatch.setattr(everywhere, "FOLDER", tmp_path / "everywhere")
    for name in ("NBHELPERS_DATA", "NBHELPERS_CACHE"):
        monkeypatch.setenv(name, "")  # so that what a run sets is undone


def call(monkeypatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["everywhere.py", *words])
    return everywhere.main()


@pytest.mark.slow
def test_notebooks_run_on_the_least():
    # All but 12, which takes the longest and hardly looks at the set: it makes its own.
    notebooks = [path for path in NOTEBOOKS if not path.stem.startswith("12")]
    outcomes = list(everywhere.run("least", notebooks))
    assert [f"{o.notebook}: {o.problem}" for o in outcomes if o.problem] == []
    assert {o.notebook for o in outcomes} == {path.stem for path in notebooks}


@pytest.mark.slow
def test_notebooks_run_where_nothing_is_known_of_the_items():
    notebooks = [path for path in NOTEBOOKS if path.stem[:2] in ("01", "02", "03", "10")]
    outcomes = list(everywhere.run("ids", notebooks))
    assert [(o.notebook, o.problem) for o in outcomes if o.problem] == [] and len(outcomes) == 4


def test_outcomes_are_lines_and_a_table(monkeypatch, capsys, tmp_path):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    tiny.write(folder / "01_loading.ipynb", parameters=tiny.PARAMETERS + "\nUSERS = None")
    tiny.write(folder / "02_exploring.ipynb")
    monkeypatch.setattr(series, "PROJECT", tmp_path)

    def run(job, stop):
        problem = "cell [3] - KeyError: 1" if job.source.stem == "02_exploring" else ""
        return running.Result(job.source.stem, "ok", 12.3, 100, {}, problem)

    monkeypatch.setattr(running, "run", run)
    monkeypatch.setitem(minimum.LEAST, "users", 40)
    assert call(monkeypatch, "--set", "sample-0.01", "--set", "thousand", "--jobs", "1") == 1
    refused, *lines, _, heads, first, second = capsys.readouterr().out.splitlines()
    assert refused.startswith("sample-0.01      refused: At USERS = 0.01 the set 'sample' has 20")
    assert sorted(lines) == [
        "thousand         01_loading             12 s  ok",
        "thousand         02_exploring           12 s  FAILED in cell [3] - KeyError: 1",
    ]
    assert heads.split() == ["set", "01", "02"]
    assert first.split() == ["sample-0.01", "refused", "refused"]
    assert second.split() == ["thousand", "12", "failed"]
    assert call(monkeypatch, "--set", "thousand", "--notebook", "01") == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--set", "thosand"], "invalid choice"), (["--notebook", "77"], "no notebook '77'")],
)
def test_what_there_is_not_is_refused(monkeypatch, capsys, words, said):
    with pytest.raises(SystemExit):
        call(monkeypatch, *words)
    assert said in capsys.readouterr().err
