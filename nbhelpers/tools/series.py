"""The series of notebooks: which there are, and what running them takes."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from nbhelpers.errors import DataError
from nbhelpers.files import PROJECT


@dataclass(frozen=True)
class Job:
    """A notebook to run: where its output goes and the parameters it is given."""

    source: Path
    output: Path
    parameters: dict[str, str]


def find_notebooks(wanted: Iterable[str] = (), folder: Path | None = None) -> list[Path]:
    """Return the notebooks in reading order: all of them, or those named.

    Parameters
    ----------
    wanted : iterable of str, optional
        Names or their beginnings, such as ``"05"``.
    folder : pathlib.Path, optional
        By default ``notebooks`` beside the package (a clone of the project), else in the
        working directory (the package installed on its own).

    Raises
    ------
    DataError
        If there are no notebooks, or none of a name.
    """
    folders = [folder] if folder else [PROJECT / "notebooks", Path.cwd() / "notebooks"]
    found = next((paths for f in folders if (paths := sorted(f.glob("*.ipynb")))), None)
    if not found:
        raise DataError(
            "There are no notebooks here.",
            path=folders[-1],
            expected="a folder with 01_….ipynb and so on.",
            remedy="run this in a clone of the project, or beside its `notebooks` folder.",
        )
    chosen = {path for name in wanted for path in _named(name, found)}
    return [path for path in found if path in chosen or not wanted]


def _named(name: str, paths: list[Path]) -> list[Path]:
    matches = [path for path in paths if path.stem.startswith(name.removesuffix(".ipynb"))]
    if not matches:
        raise DataError(
            f"There is no notebook {name!r}.",
            expected=f"one of {', '.join(path.stem for path in paths)}.",
            remedy=_guess(name, [path.stem for path in paths]),
        )
    return matches


def plan(
    notebooks: list[Path], dataset: str, seed: int, parameters: dict[str, str], folder: Path
) -> list[Job]:
    """Return one job for each notebook, its parameters checked.

    A parameter goes to the notebooks that have it, and one at least has to.

    Raises
    ------
    DataError
        If a parameter is in no notebook's parameters cell, or an output would take the
        place of its notebook.
    """
    known = {notebook: _parameters_of(notebook) for notebook in notebooks}
    names = sorted({name for each in known.values() for name in each})
    for name in parameters:
        if name in ("DATASET", "SEED"):
            raise DataError(
                f"{name} is given as a parameter.", remedy=f"use --{name.lower()} instead."
            )
        if name not in names:
            raise DataError(
                f"No notebook has a parameter {name!r}.",
                expected=f"one of {', '.join(names)}.",
                remedy=_guess(name, names),
            )
    given = {"DATASET": dataset, "SEED": str(seed), **parameters}
    jobs = []
    for notebook in notebooks:
        output = folder / notebook.name
        if output.resolve() == notebook.resolve():
            raise DataError("The output would replace the notebook itself.", path=notebook)
        its_own = {name: value for name, value in given.items() if name in known[notebook]}
        jobs.append(Job(notebook, output, its_own))
    return jobs


def _parameters_of(notebook: Path) -> set[str]:
    from papermill import inspect_notebook

    # Asked beforehand: papermill only warns of an unknown parameter, and runs without it.
    found = set(inspect_notebook(str(notebook)))
    if {"DATASET", "SEED"} <= found:
        return found
    raise DataError(
        f"The parameters cell sets {', '.join(sorted(found)) or 'nothing'}.",
        path=notebook,
        expected="DATASET and SEED in a cell tagged `parameters`.",
    )


def _guess(name: str, names: list[str]) -> str | None:
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else None
