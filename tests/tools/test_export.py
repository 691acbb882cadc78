"""An exported notebook runs on its own: with the library and the data it brings, and no others."""

import ast
import json
import os
import subprocess
import sys
import sysconfig
import time
import tomllib
import venv
from pathlib import Path

import executions
import hosts
import nbformat
import pytest
import setup_cells
import tiny
from click.testing import CliRunner
from nbclient.exceptions import CellExecutionError

import nbhelpers
from nbhelpers import cli
from nbhelpers.errors import DataError
from nbhelpers.tools import embedded, series
from nbhelpers.tools import export as exporting
from nbhelpers.tools.export import export

PACKAGE = Path(nbhelpers.__file__).parent
SAMPLE = PACKAGE.parent / "data" / "sample"
LARGEST = 1_000_000  # bytes; Kaggle says "must be less than 1 megabytes"
LOOK = """import json, sys, nbhelpers
data = nbhelpers.load(DATASET)
print(json.dumps([nbhelpers.__file__, str(data.folder), data.content_hash, sys.prefix]))"""


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A notebook with a link, an output and a look at what it runs on."""
    cells = [
        tiny.text("# 01 · Looking"),
        tiny.code(tiny.PARAMETERS, "parameters"),
        tiny.text("[Next](02_exploring.ipynb)"),
        tiny.code(LOOK),
    ]
    cells[3].outputs = [tiny.display({"text/plain": "stored"})]
    cells[3].execution_count = 2
    path = tmp_path_factory.mktemp("notebooks") / "01_looking.ipynb"
    nbformat.write(tiny.notebook(*cells), path)
    return path


@pytest.fixture(scope="module")
def exported(source, tmp_path_factory):
    (path,) = export([source], tmp_path_factory.mktemp("exported"))
    return path


@pytest.fixture(scope="module")
def cell(exported):
    """The code of the set-up cell."""
    return read(exported).cells[1].source


@pytest.fixture
def no_set_up(monkeypatch):
    """Spare the seconds it takes to compress the project."""
    monkeypatch.setattr(exporting, "set_up_cell", lambda: "pass")


def read(path):
    return nbformat.read(path, as_version=4)


def call(cell):
    """The set-up cell's embedded text and its hash."""
    text, digest, _ = ast.parse(cell).body[-1].value.args
    return text.value, digest.value


# --- The file ------------------------------------------------------------------------------


def test_the_set_up_comes_before_the_parameters_and_the_rest_stays(source, exported):
    before, after = read(source).cells, read(exported).cells
    set_up = after.pop(1)
    assert after == before
    assert set_up.source.startswith("#@title ")
    assert set_up.metadata["jupyter"]["source_hidden"] is True
    assert set_up.metadata["cellView"] == "form"
    assert set_up.metadata["_kg_hide-input"] is True
    nbformat.validate(read(exported))


def test_the_cell_that_asks_for_the_library_makes_way(source, tmp_path, no_set_up):
    notebook = read(source)
    setup_cells.put(notebook)
    path = tmp_path / source.name
    nbformat.write(notebook, path)
    (written,) = export([path], tmp_path / "out")
    tags = [cell.metadata.get("tags", []) for cell in read(written).cells]
    assert tags == [[], ["setup"], ["parameters"], [], []]
    assert read(written).cells[1].source == "pass"


def test_the_packages_are_listed_with_the_reasons_for_their_pins(cell):
    requirements = ast.parse(cell).body[-1].value.args[2]
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text("utf-8"))["project"]
    assert ast.literal_eval(requirements) == project["dependencies"]
    lines = {line.strip() for line in cell.splitlines()[requirements.lineno :]}
    for name in {name for host in hosts.hosts().values() for name in host.absent}:
        (line,) = (line for line in lines if line.startswith(f'"{name}>='))
        assert "  # " in line, f"{name} is installed on hosts: say in pyproject.toml why this pin"


def test_two_exports_give_the_same_bytes(source, exported, tmp_path, monkeypatch):
    os.utime(source, (1, 1))
    monkeypatch.setattr(time, "time", lambda: 2e9)
    (again,) = export([source], tmp_path / "new" / "folder")
    assert again.read_bytes() == exported.read_bytes()


def test_every_notebook_is_small_enough_for_kaggle(exported, source):
    added = exported.stat().st_size - source.stat().st_size
    sizes = {path.name: path.stat().st_size + added for path in series.find_notebooks()}
    assert {name: size for name, size in sizes.items() if size >= LARGEST} == {}


def test_another_data_set_is_named_and_has_no_stored_outputs(source, tmp_path, no_set_up):
    (path,) = export([source], tmp_path, "ml-latest-small")
    _, _, parameters, _, look = read(path).cells
    assert parameters.source == 'DATASET = "ml-latest-small"\nSEED = 42'
    assert (look.outputs, look.execution_count) == ([], None)


def test_what_cannot_be_exported_is_refused(source, tmp_path, no_set_up):
    with pytest.raises(DataError, match="no data set 'ml-1k'"):
        export([source], tmp_path, "ml-1k")
    before = source.read_bytes()
    with pytest.raises(DataError, match="replace the notebook itself"):
        export([source], source.parent)
    assert source.read_bytes() == before
    plain = tmp_path / "plain.ipynb"
    nbformat.write(tiny.notebook(tiny.code("x = 1")), plain)
    with pytest.raises(DataError, match="No cell is tagged"):
        export([plain], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_command_writes_where_it_says(tmp_path, monkeypatch, no_set_up):
    monkeypatch.setattr(series, "PROJECT", tmp_path)
    (tmp_path / "notebooks").mkdir()
    for name in ("01_loading.ipynb", "02_exploring.ipynb"):
        tiny.write(tmp_path / "notebooks" / name)
    result = CliRunner().invoke(cli.app, ["export", "--notebook", "02"])
    assert result.exit_code == 0, result.output
    assert [path.name for path in (tmp_path / "build/export").iterdir()] == ["02_exploring.ipynb"]
    assert "02_exploring.ipynb" in result.output
    result = CliRunner().invoke(cli.app, ["export", "--output", str(tmp_path / "mine")])
    assert (result.exit_code, len(list((tmp_path / "mine").iterdir()))) == (0, 2)


# --- The set-up cell -----------------------------------------------------------------------


def test_library_and_sample_come_back_byte_for_byte(cell, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("NBHELPERS_CACHE", str(tmp_path))
    folder = embedded.unpack(*call(cell))
    embedded.simulate(folder / "data" / "sample")
    assert "once, some seconds" in capsys.readouterr().out
    embedded.simulate(folder / "data" / "sample")
    assert capsys.readouterr().out == ""
    assert tmp_path in folder.parents
    for path in SAMPLE.iterdir():
        if path.is_file() and path.suffix != ".npz":  # its frame names the system
            assert (folder / "data" / "sample" / path.name).read_bytes() == path.read_bytes()
    for path in PACKAGE.rglob("*.py"):
        copy = folder / "nbhelpers" / path.relative_to(PACKAGE)
        assert copy.read_bytes() == path.read_bytes()


def test_what_is_unpacked_stays_and_what_was_changed_is_mended(cell, tmp_path, monkeypatch):
    monkeypatch.setenv("NBHELPERS_CACHE", str(tmp_path))
    library = embedded.unpack(*call(cell)) / "nbhelpers"
    svd, knn = "models/svd.py", "models/knn.py"
    os.utime(library / svd, (1, 1))
    (library / knn).write_text("broken", encoding="utf-8")
    assert embedded.unpack(*call(cell)) == library.parent
    assert (library / svd).stat().st_mtime == 1  # so that numba's cache stays valid
    assert (library / knn).read_bytes() == (PACKAGE / knn).read_bytes()
    assert {path.suffix for path in library.iterdir() if path.is_file()} == {".py", ".pyi"}


@pytest.mark.parametrize("old, new", [("0", "1"), ("a", ""), ("z", "ž")])
def test_a_damaged_text_is_refused(cell, old, new, tmp_path, monkeypatch):
    monkeypatch.setenv("NBHELPERS_CACHE", str(tmp_path))
    text, _ = call(cell)
    damaged = text[:5000] + text[5000:].replace(old, new, 1)
    assert damaged != text
    with pytest.raises(ValueError, match="damaged"):
        exec(cell.replace(text, damaged), {"__name__": "__main__"})
    assert list(tmp_path.iterdir()) == []


def test_nothing_but_python_is_needed_to_begin():
    tree = ast.parse(Path(embedded.__file__).read_text(encoding="utf-8"))
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {
        alias.name for node in imports for alias in node.names if not hasattr(node, "module")
    }
    modules |= {node.module for node in imports if isinstance(node, ast.ImportFrom)}
    assert modules and {name.split(".")[0] for name in modules} <= sys.stdlib_module_names


def test_only_what_is_missing_is_installed(monkeypatch, capsys):
    commands = []

    def succeed(command, **_):
        commands.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(embedded.subprocess, "run", succeed)
    asked = ["numpy>=1.26", "scikit-learn>=1.4", "scikit-surprise >= 1.1.5"]
    assert embedded.install(asked) == []
    assert commands == []
    assert embedded.install(["numpy>=999", "no-such-package>=1.2", "none-such"]) == []
    assert commands[0][:4] == [sys.executable, "-m", "pip", "install"]
    assert commands[0][-2:] == ["no-such-package>=1.2", "none-such"]
    assert not any("numpy" in word for word in commands[0])
    assert "did not work" not in capsys.readouterr().out


def test_without_internet_it_says_what_to_do(monkeypatch, capsys):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")  # as in a kernel
    assert embedded.install(["no-such-package>=1.2"]) == ["no-such-package"]
    said = capsys.readouterr().out
    assert "Installing no-such-package>=1.2" in said
    assert "did not work: ERROR: No matching distribution found for no-such-package" in said
    assert "turn the internet on" in said


# --- Cells that need what is not there -----------------------------------------------------

WITHOUT = f"""import sys
sys.path.insert(0, {str(PACKAGE.parent)!r})
from nbhelpers.tools.embedded import go_on_without
go_on_without(["scikit-surprise", "no-such-package"])
errors = "old"
found = "as before" """
NEEDING = [
    "import surprise, json\nready = True",  # imports go on, and so does what follows
    "first = 1\nerrors = surprise.SVD()\nlater = 2\nrows = [found for found in range(3)]",
    "print(errors)",  # the old ones would be taken for new
    "print(later)",
    "import no_such_package.part",
    "print(ready, first, found)",
]


@pytest.fixture(scope="module")
def left_out(tmp_path_factory):
    """What each cell of a notebook says that needs packages which are not there."""
    notebook = tiny.notebook(tiny.code(WITHOUT), *map(tiny.code, NEEDING))
    executed = executions.execute(notebook, tmp_path_factory.mktemp("left_out"))
    return ["".join(o.text for o in cell.outputs) for cell in executed.cells[1:]]


@pytest.mark.slow
def test_cells_that_need_what_is_not_there_say_so_and_the_run_goes_on(left_out):
    needs = f"{embedded.SKIPPED}: it needs {{}}, which is not installed here.\n"
    of_surprise, other = map(needs.format, ("scikit-surprise", "no-such-package"))
    assert left_out == ["", of_surprise, of_surprise, of_surprise, other, "True 1 as before\n"]


@pytest.mark.slow
@pytest.mark.parametrize("mistake", ["print(unheard_of)", "import unheard_of", "1 / 0"])
def test_other_errors_stay_errors(mistake, tmp_path):
    notebook = tiny.notebook(tiny.code(WITHOUT), tiny.code(mistake))
    with pytest.raises(CellExecutionError, match=r"unheard_of|division"):
        executions.execute(notebook, tmp_path)


# --- The run -------------------------------------------------------------------------------


@pytest.fixture
def stranger(tmp_path):
    """A Python that has the packages that are installed here, and not this project."""
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    paths = {scheme: sysconfig.get_path(scheme) for scheme in ("purelib", "platlib")}
    # A folder named in a .pth file is searched, but the .pth files in it - by which the project
    # is installed to be edited - are not followed.
    variables = {"base": str(tmp_path / "venv"), "platbase": str(tmp_path / "venv")}
    own = Path(sysconfig.get_path("purelib", "venv", variables))
    (own / "packages.pth").write_text("\n".join(dict.fromkeys(paths.values())), encoding="utf-8")
    return python


@pytest.mark.slow
def test_it_runs_in_an_empty_folder_on_what_it_brings(exported, stranger, tmp_path):
    ours = ("PYTHON", "JUPYTER", "IPYTHON", "NBHELPERS")
    environment = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
    home = tmp_path / "home"
    environment |= {"HOME": str(home), "USERPROFILE": str(home), "PIP_NO_INDEX": "1"}
    empty = tmp_path / "empty"
    empty.mkdir()

    def run(*words):
        command = [str(stranger), *words]
        return subprocess.run(
            command, cwd=empty, env=environment, capture_output=True, encoding="utf-8"
        )

    if run("-c", "import nbhelpers").returncode == 0:
        pytest.skip("the project is installed as a copy, which cannot be hidden here")
    output = tmp_path / "output.ipynb"
    done = run("-m", "papermill", str(exported), str(output), "--kernel", "python3")
    assert done.returncode == 0, done.stderr
    cells = read(output).cells
    texts = ["".join(o.get("text", "") for o in cell.get("outputs", [])) for cell in cells]
    assert "Ready: the library" in texts[1]
    library, sample, content, prefix = map(str, json.loads(texts[-1]))
    cache = home / ".cache" / "nbhelpers" / "exported"
    assert cache in Path(library).parents
    assert cache in Path(sample).parents
    assert Path(prefix) == tmp_path / "venv"
    assert content == nbhelpers.load("sample").content_hash
    assert list(empty.iterdir()) == []
