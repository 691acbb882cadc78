"""The command line says what happened, in words and in its exit code."""

import json
import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest
import tiny
from click.testing import CliRunner

from nbhelpers import cli
from nbhelpers.data import catalogue, datasets
from nbhelpers.errors import DataError
from nbhelpers.tools import doctor, minimum, running, series


@pytest.fixture
def call():
    return lambda *words: CliRunner().invoke(cli.app, [str(word) for word in words])


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of tiny notebooks, whose runs succeed without running."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    tiny.write(folder / "01_loading.ipynb")
    tiny.write(folder / "02_exploring.ipynb", parameters=tiny.PARAMETERS + "\nTOP = 0")
    monkeypatch.setattr(series, "PROJECT", tmp_path)
    monkeypatch.setattr(running, "run", succeed)
    monkeypatch.setattr(minimum, "lacking_for", lambda notebook, data: "")
    loads = []

    def load(name, **options):
        loads.append((name, options))
        users = round(2_000 * (options["users"] or 1))
        sizes = {"n_users": users, "n_movies": 90, "ratings": range(900)}
        return SimpleNamespace(content_hash="abc", label=name, items="films", **sizes)

    monkeypatch.setattr(datasets, "load", load, raising=False)
    return SimpleNamespace(
        path=tmp_path,
        loads=loads,
        summary=lambda name: json.loads(
            (tmp_path / "build" / "run" / name / "summary.json").read_text(encoding="utf-8")
        ),
    )


def succeed(job, stop=None):
    metrics = {"rmse": 0.9, "mae": 0.7, "hits": 0.1, "coverage": 0.4}
    return running.Result(job.source.stem, "ok", 75.2, 512.3, metrics)


def fail(job, stop=None):
    return running.Result(job.source.stem, "failed", 2, 100, {}, problem="cell [3] - KeyError: 1")


def test_run_ends_with_a_table(call, project):
    result = call("run", "--dataset", "ml-1m", "--seed", 7)
    assert result.exit_code == 0
    rows = [line.split() for line in result.output.splitlines()]
    row = ["1:15", "512", "rmse", "0.9,", "mae", "0.7,", "hits", "0.1"]
    assert ["01_loading", *row] in rows
    assert ["02_exploring", *row] in rows
    assert project.loads == [("ml-1m", {"users": None, "seed": 7})]
    summary = project.summary("ml-1m")
    assert (summary["dataset"], summary["content_hash"], summary["seed"]) == ("ml-1m", "abc", 7)
    assert [n["name"] for n in summary["notebooks"]] == ["01_loading", "02_exploring"]


def test_run_asks_for_room_before_running(call, project, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda place: SimpleNamespace(free=9 * 10**6))
    result = call("run")
    assert result.exit_code == 1 and "the disk has 9 MB free. Expected about 10 MB" in result.output
    assert call("run", "--notebook", "01").exit_code == 0


def test_run_one_notebook_with_parameters(call, project, monkeypatch):
    jobs = []
    monkeypatch.setattr(running, "run", lambda job, stop: jobs.append(job) or succeed(job))
    assert call("run", "--notebook", "02", "-p", "TOP", "-5").exit_code == 0
    assert [job.source.stem for job in jobs] == ["02_exploring"]
    assert jobs[0].parameters["TOP"] == -5
    assert jobs[0].output == project.path / "build" / "run" / "sample" / "02_exploring.ipynb"


def test_run_hands_on_the_share_of_users(call, project):
    tiny.write(
        project.path / "notebooks" / "03_all.ipynb", parameters=tiny.PARAMETERS + "\nUSERS = None"
    )
    for share in ("0.1", "10%", "10 %"):
        assert call("run", "-p", "USERS", share).exit_code == 0
    assert call("run", "-p", "USERS", "None").exit_code == 0
    assert [options["users"] for _, options in project.loads] == [0.1, 0.1, 0.1, None]


def test_run_names_a_failure_and_still_writes_the_summary(call, project, monkeypatch):
    monkeypatch.setattr(
        running, "run", lambda job, stop: (fail if "01" in job.source.stem else succeed)(job)
    )
    result = call("run")
    assert result.exit_code == 1
    assert "01_loading failed: cell [3] - KeyError: 1" in result.output
    assert "FAILED in cell [3]" in result.output
    statuses = [n["status"] for n in project.summary("sample")["notebooks"]]
    assert statuses == ["failed", "ok"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--notebook", "7"], "no notebook '7'"),
        (["-p", "TOPP", "1"], "did you mean TOP?"),
        (["-p", "SEED", "1"], "use --seed instead"),
        (["-p", "TOP", "ten"], "TOP is 'ten'. Expected a whole number."),
        (["-p", "TOP", "1", "-p", "TOP", "2"], "-p TOP is given 2 times"),
    ],
)
def test_run_refuses_before_running(call, project, monkeypatch, words, said):
    monkeypatch.setattr(running, "run", lambda job: pytest.fail("it ran"))
    result = call("run", *words)
    assert result.exit_code == 2
    assert said in result.output
    assert result.output.startswith("Error: ") and result.output.count("\n") == 1
    assert project.loads == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "--seed", "-5"], "-5 is not in the range"),
        (["build", "--seed", "4294967296"], "not in the range"),
        (["reproduce", "liang2018", "--seed", "-5"], "not in the range"),
        (["data", "generate", "--seed", "-5", "--output", "x"], "not in the range"),
        (["build", "--users", "5"], "for example --users 5%"),
        (["build", "--users", "abc"], "for example --users 0.05"),
        (["app", "--port", "0"], "not in the range"),
        (["api", "--port", "65536"], "not in the range"),
        (["api", "--allow-origin", "localhost:3000"], "--allow-origin http://localhost:3000"),
        (["api", "--allow-origin", "*"], "--allow-origin http://localhost:3000"),
        (["app", "--allow-host", "http://me"], "--allow-host my-computer.local"),
        (["export", "--output", "FILE/below"], "cannot be a folder to write to"),
        (["data", "generate", "--output", "FILE"], "is a file"),
        (["data", "generate", "--output", "FILE/below"], "cannot be a folder to write to"),
        (["build", "--dataset", "sampel"], "Did you mean 'sample'?"),
    ],
)
def test_options_are_checked_before_anything_runs(call, project, words, said):
    file = project.path / "file"
    file.write_text("", encoding="utf-8")
    result = call(*(word.replace("FILE", str(file)) for word in words))
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
    assert isinstance(result.exception, SystemExit) and not (project.path / "build").exists()


def test_a_folder_that_cannot_be_made_is_a_sentence(call, project):
    (project.path / "build").write_text("", encoding="utf-8")
    result = call("run")
    assert result.exit_code == 2 and "cannot be a folder to write to" in result.output
    assert result.output.startswith("Error: ")


@pytest.mark.parametrize("name", ["file", "nowhere"])
def test_a_setting_that_cannot_be_followed_is_said(call, tmp_path, monkeypatch, name):
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("NBHELPERS_DATA", str(tmp_path / name))
    result = call("data")
    assert result.exit_code == 2 and result.output.startswith("Error: $NBHELPERS_DATA names ")
    assert doctor.data().remedy == "correct the variable NBHELPERS_DATA, or unset it."


def test_a_file_error_is_a_sentence(call, monkeypatch):
    def load():
        Path("/no/such/place").read_bytes()

    monkeypatch.setattr(datasets, "describe_all", load)
    result = call("data")
    assert result.exit_code == 1
    assert result.output.startswith("Error: /no/such/place: No such file or directory.")


def test_run_refuses_a_share_with_hardly_anybody_in_it(call, project, monkeypatch):
    monkeypatch.setattr(running, "run", lambda job: pytest.fail("it ran"))
    tiny.write(
        project.path / "notebooks" / "03_all.ipynb", parameters=tiny.PARAMETERS + "\nUSERS = None"
    )
    result = call("run", "-p", "USERS", "0.001")
    assert result.exit_code == 1
    assert "At USERS = 0.001 the set 'sample' has 2 users. Expected at least 20" in result.output
    assert "use -p USERS 0.01 or more." in result.output
    assert not (project.path / "build").exists()


def test_errors_are_messages(call, project, monkeypatch):
    def load(name, **options):
        raise DataError("There is no data set 'sampel'.", remedy="did you mean sample?")

    monkeypatch.setattr(datasets, "load", load)
    result = call("run", "--dataset", "sampel")
    assert result.exit_code == 1
    said = "Error: There is no data set 'sampel'. What to do: did you mean sample?"
    assert result.output.strip() == said


def test_a_missing_package_is_a_message(call, project, monkeypatch):
    def load(name, **options):
        raise ModuleNotFoundError("No module named 'papermill'", name="papermill")

    monkeypatch.setattr(datasets, "load", load)
    result = call("run")
    assert result.exit_code == 1
    assert "papermill is not installed. What to do:" in result.output


def test_doctor_says_what_to_mend(call, monkeypatch):
    well = doctor.Finding("Python", "3.11.7")
    ill = doctor.Finding("disk", "0.1 GB free here", "make room: 2 GB needed.")
    monkeypatch.setattr(doctor, "examine", lambda: iter([well]))
    assert call("doctor").exit_code == 0
    monkeypatch.setattr(doctor, "examine", lambda: iter([well, ill]))
    result = call("doctor")
    assert result.exit_code == 1
    lines = [line.split() for line in result.output.splitlines()]
    assert ["Python", "ok", "3.11.7"] in lines
    assert ["disk", "PROBLEM", "0.1", "GB", "free", "here"] in lines
    assert "→ make room: 2 GB needed." in result.output


@pytest.mark.parametrize("words", [["--help"], ["run", "-h"], ["data", "-h"], ["doctor", "-h"]])
def test_help(call, words):
    result = call(*words)
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_data_lists_every_set(call, monkeypatch):
    rows = [
        catalogue.Listing("sample", "data/sample", "CC BY 4.0", True),
        catalogue.Listing("netflix", "Download it.", "no sharing", False),
    ]
    monkeypatch.setattr(datasets, "describe_all", lambda: rows)
    result = call("data")
    assert result.exit_code == 0
    lines = [line.split() for line in result.output.splitlines()]
    assert ["sample", "data/sample", "CC", "BY", "4.0", "yes"] in lines
    assert ["netflix", "Download", "it.", "no", "sharing", "no"] in lines


def test_data_generate_says_how_to_load_what_it_made(call, tmp_path):
    folder = tmp_path / "netflix"
    result = call("data", "generate", "--ratings", 10_000, "--output", folder, "--seed", 3)
    assert result.exit_code == 0
    assert "10,000 simulated ratings" in result.output and str(tmp_path) in result.output
    assert (folder / "combined_data_4.txt").is_file()
    again = call("data", "generate", "--ratings", 10_000, "--output", folder)
    assert again.exit_code == 1 and "This folder is not empty" in again.output


def test_data_generate_says_if_what_it_made_is_found(call, tmp_path, monkeypatch):
    monkeypatch.setenv("NBHELPERS_DATA", str(tmp_path))
    result = call("data", "generate", "--ratings", 10_000, "--output", tmp_path / "netflix")
    assert result.output.rstrip().endswith('load("netflix") finds them there.')


def test_a_warning_is_a_sentence(call, monkeypatch):
    def warn():
        warnings.warn("Look here.", stacklevel=1)

    monkeypatch.setattr(datasets, "describe_all", lambda: warn() or [])
    assert call("data").output.startswith("Look here.\n")
