"""What is kept of a run that was stopped, and what never passes for this one's."""

import json
from types import SimpleNamespace

import pytest
import tiny

from nbhelpers.errors import DataError
from nbhelpers.tools import results
from nbhelpers.tools.results import Results
from nbhelpers.tools.running import Result
from nbhelpers.tools.series import find_notebooks, plan


@pytest.fixture
def project(tmp_path):
    """A folder of three notebooks, and runs of them that execute nothing."""
    for name in ("01_a", "02_b", "03_c"):
        tiny.write(tmp_path / f"{name}.ipynb", f"'{name}'", parameters=tiny.PARAMETERS + "\nN = 1")
    folder = tmp_path / "out"

    def begin(*wanted, seed=7, content="abc", **parameters):
        jobs = plan(find_notebooks(wanted, tmp_path), "sample", seed, parameters, folder)
        return Results.begin(folder, jobs, "sample", content)

    def execute(run, *names, status="ok"):
        for name in names:
            for suffix in (".ipynb", ".html"):
                (folder / f"{name}{suffix}").write_text(f"{name} executed", "utf-8")
            run.add(Result(name, status, 1.5, 80.0, {"rmse": 0.9}, "cell [1]" * (status != "ok")))
        return run

    def summary():
        return json.loads((folder / "summary.json").read_text("utf-8"))

    return SimpleNamespace(
        begin=begin, execute=execute, summary=summary, folder=folder, sources=tmp_path
    )


def left(run):
    return [job.source.stem for job in run.left]


def test_a_summary_is_whole_after_every_notebook(project):
    run = project.begin()
    assert project.summary()["complete"] is False
    project.execute(run, "02_b", status="failed")
    project.execute(run, "01_a")
    assert not run.close()
    project.execute(run, "03_c")
    assert run.close()
    found = project.summary()
    assert (found["dataset"], found["content_hash"], found["seed"]) == ("sample", "abc", 7)
    assert found["complete"] is True and "process" not in found
    rows = [[n["name"], n["status"], n["seconds"], n["peak_mb"]] for n in found["notebooks"]]
    assert rows[:2] == [["01_a", "ok", 1.5, 80.0], ["02_b", "failed", 1.5, 80.0]]
    assert found["notebooks"][0]["metrics"] == {"rmse": 0.9}
    assert not [path.name for path in project.folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("closed", [True, False])  # stopped, or killed
def test_a_stopped_run_goes_on(project, closed):
    run = project.execute(project.begin(), "02_b")
    project.execute(run, "01_a", status="failed")
    if closed:
        run.close()
    again = project.begin()
    assert left(again) == ["01_a", "03_c"]
    assert [result.name for result in again.found] == ["02_b"]
    assert again.said == "Going on with the run that was stopped. Done already: 02_b."
    project.execute(again, "01_a", "03_c")
    assert again.close()
    assert [n["name"] for n in project.summary()["notebooks"]] == ["01_a", "02_b", "03_c"]


def test_a_complete_run_is_run_anew_and_set_aside(project):
    project.execute(project.begin(), "01_a", "02_b", "03_c").close()
    mine = project.folder / "mine.ipynb"
    mine.write_text("a reader's own", "utf-8")
    again = project.begin("02")
    assert left(again) == ["02_b"] and again.found == []
    assert sorted(path.name for path in project.folder.iterdir()) == [
        *("earlier", "mine.ipynb", "summary.json")
    ]
    assert len(list((project.folder / "earlier").iterdir())) == 7
    assert "earlier" in again.said
    assert project.summary()["notebooks"] == []


CHANGED = {
    "the data": lambda project: project.begin(content="other"),
    "the parameters": lambda project: project.begin(N="2"),
    "parameters": lambda project: project.begin(seed=8),
}


@pytest.mark.parametrize("what", CHANGED)
def test_nothing_is_kept_of_other_data_or_parameters(project, what):
    project.execute(project.begin(), "01_a").close()
    again = CHANGED[what](project)
    assert left(again) == ["01_a", "02_b", "03_c"]
    assert what in again.said.lower() and "anew" in again.said
    assert not (project.folder / "01_a.html").exists()


def test_nothing_is_kept_of_other_code_or_packages(project, monkeypatch):
    for name, said in (("code_hash", "the library"), ("_packages", "the installed packages")):
        project.execute(project.begin(), "01_a").close()
        with monkeypatch.context() as patch:
            patch.setattr(results, name, lambda *_: "other")
            again = project.begin()
        assert left(again) == ["01_a", "02_b", "03_c"]
        assert said in again.said


def test_only_the_notebook_that_changed_is_run_again(project):
    project.execute(project.begin(), "01_a", "02_b").close()
    tiny.write(project.sources / "01_a.ipynb", "2", parameters=tiny.PARAMETERS + "\nN = 1")
    again = project.begin()
    assert left(again) == ["01_a", "03_c"]
    assert again.said.endswith(
        "Since then the notebook changed: what follows from that is run anew."
    )


def test_pages_that_were_touched_are_made_again(project):
    project.execute(project.begin(), "01_a", "02_b", "03_c")
    (project.folder / "01_a.html").write_text("edited", "utf-8")
    (project.folder / "02_b.ipynb").unlink()
    assert left(project.begin()) == ["01_a", "02_b"]


def test_a_run_of_other_notebooks_does_not_go_on(project):
    project.execute(project.begin(), "01_a").close()
    again = project.begin("01", "02")
    assert left(again) == ["01_a", "02_b"]
    assert not (project.folder / "01_a.html").exists()


@pytest.mark.parametrize(
    "text", ["", "[1]", "{", '{"complete": false, "planned": ["01_a"]}', "\xff"]
)
def test_a_damaged_summary_says_nothing(project, text):
    project.folder.mkdir()
    (project.folder / "summary.json").write_text(text, "latin-1")
    assert left(project.begin("01")) == ["01_a"]


def test_two_runs_do_not_write_into_one_folder(project, monkeypatch):
    project.begin()
    monkeypatch.setattr(results.os, "getpid", lambda: -1)  # as another process sees it
    with pytest.raises(DataError, match="Another run is writing here, process"):
        project.begin()


def test_pages_of_a_notebook_that_was_renumbered_are_set_aside(project):
    project.folder.mkdir()
    (project.folder / "04_gone.html").write_text("of long ago", "utf-8")
    project.begin()
    assert (project.folder / "earlier" / "04_gone.html").exists()
    assert not (project.folder / "04_gone.html").exists()
