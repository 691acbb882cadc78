"""The series of notebooks: which there are, and what running them takes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from nbhelpers.errors import DataError, SettingError
from nbhelpers.files import PROJECT
from nbhelpers.tools.parameters import SHARE, read


@dataclass(frozen=True)
class Job:
    """A notebook to run: where its output goes, the parameters it is given, and on what it is.

    `items_of` is the label of a set of other things than films, or empty.
    """

    source: Path
    output: Path
    parameters: dict[str, Any]
    items_of: str = ""


def find_notebooks(wanted: Iterable[str] = (), folder: Path | None = None) -> list[Path]:
    """Return the notebooks in reading order: all, or those named by their beginnings ("05").

    They are looked for in ``notebooks`` beside the package (a clone of the project), else in the
    working directory (the package installed on its own). A DataError says that there are none, or
    none of a name.
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
        raise SettingError(
            f"There is no notebook {name!r}.",
            expected=f"one of {', '.join(path.stem for path in paths)}.",
            remedy=_guess(name, [path.stem for path in paths]),
        )
    return matches


def plan(
    notebooks: list[Path], dataset: str, seed: int, parameters: Mapping[str, object], folder: Path
) -> list[Job]:
    """Return one job for each notebook, its parameters checked; executed notebooks go to `folder`.

    A parameter goes to the notebooks that have it, and one at least has to. What it takes follows
    from its default there; `USERS` takes a share of the users. Values may be text as it was typed:
    ``0.05``, ``"0.05"`` and ``"5%"`` are the same share.

    A DataError refuses a parameter that is in no notebook's parameters cell or does not take its
    value, and an output that would take the place of its notebook.
    """
    defaults = {notebook: _parameters_of(notebook) for notebook in notebooks}
    names = sorted({name for each in defaults.values() for name in each})
    for name in parameters:
        if name in ("DATASET", "SEED"):
            raise SettingError(
                f"{name} is given as a parameter.", remedy=f"use --{name.lower()} instead."
            )
        if name not in names:
            raise SettingError(
                f"No notebook has a parameter {name!r}.",
                expected=f"one of {', '.join(names)}.",
                remedy=_guess(name, names),
            )
    given = {"DATASET": dataset, "SEED": seed, **parameters}
    jobs = []
    for notebook, known in defaults.items():
        output = folder / notebook.name
        if output.resolve() == notebook.resolve():
            raise DataError("The output would replace the notebook itself.", path=notebook)
        values = {name: read(name, given[name], known[name]) for name in given if name in known}
        jobs.append(Job(notebook, output, values))
    return jobs


def share(jobs: Iterable[Job]) -> float | None:
    """Return the share of the users that jobs are given, None for all users."""
    return next((job.parameters[SHARE] for job in jobs if SHARE in job.parameters), None)


def _parameters_of(notebook: Path) -> dict[str, str]:
    """The defaults of the notebook's parameters, as they are written."""
    from papermill import inspect_notebook

    # Asked beforehand: papermill only warns of an unknown parameter, and runs without it.
    found = {name: known["default"] for name, known in inspect_notebook(str(notebook)).items()}
    if {"DATASET", "SEED"} <= found.keys():
        return found
    raise DataError(
        f"The parameters cell sets {', '.join(sorted(found)) or 'nothing'}.",
        path=notebook,
        expected="DATASET and SEED in a cell tagged `parameters`.",
    )


def _guess(name: str, names: list[str]) -> str | None:
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else None
