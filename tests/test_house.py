"""The habits of the house: what may import what, what a docstring says, where a map is drawn."""

import ast
import importlib
import inspect
import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from textwrap import dedent, indent

import made
import module_map
import nbformat
import pytest
import yaml
from module_map import LIBRARY, ROOT
from numpydoc.docscrape import get_doc_object
from numpydoc.validate import Validator, validate

import nbhelpers

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SCREENS = ("app", "api")
ROOMS = sorted(path.parent.name for path in LIBRARY.glob("*/__init__.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "data" / "README.md"]
FENCE = re.compile(r"```python\n(.*?)```", re.DOTALL)


def assert_none(problems: Iterable[str]) -> None:
    problems = list(problems)
    assert not problems, "\n" + "\n".join(problems)


# --- Faces ---------------------------------------------------------------------------------


@cache
def face(room: str) -> frozenset[str]:
    """Return the names on a room's face; "" is the library itself, whose rooms are on its face."""
    stub = LIBRARY / room / "__init__.pyi"
    tree = ast.parse((stub if stub.exists() else stub.with_suffix(".py")).read_text("utf-8"))
    lists = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    return frozenset(chain(*lists, [] if room else ROOMS))


def single_imports(room: str) -> set[str]:
    """Return what a face imports, a line each."""
    tree = ast.parse((LIBRARY / room / "__init__.pyi").read_text("utf-8"))
    nodes = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return {
        f"from {'.' * node.level}{node.module or ''} import {alias.name}"
        for node in nodes
        for alias in node.names
    }


FACES = [(room, name) for room in ("", *ROOMS) for name in sorted(face(room) - set(ROOMS))]


def code_of(path: Path) -> str:
    """Return the Python in a module, or that of a notebook or a page one block after the other."""
    if path.suffix == ".py":
        return path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        sources = [("markdown", path.read_text(encoding="utf-8"))]
    else:
        sources = [(c.cell_type, c.source) for c in nbformat.read(path, as_version=4).cells]
    blocks = ([text] if kind == "code" else FENCE.findall(text) for kind, text in sources)
    return "\n".join(map(dedent, chain.from_iterable(blocks)))


def imports(tree: ast.Module) -> Iterator[tuple[str, str, str]]:
    """Yield (module, name, name here) for all that is imported from the library.

    The module is named from the library's root, which is "": ("models.svd", "SVD", "SVD").
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and re.match(r"nbhelpers\b", node.module or "."):
            module = (node.module or "").removeprefix("nbhelpers").removeprefix(".")
            yield from ((module, alias.name, alias.asname or alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("nbhelpers."):
                    module, _, name = alias.name.removeprefix("nbhelpers.").rpartition(".")
                    yield module, name, alias.asname or alias.name


def beside_faces(path: Path) -> list[str]:
    """Return what a notebook, a page or a module of a screen imports past the faces."""
    own = path.parent.name if path.parent.parent == LIBRARY else None
    return [
        f"{module}.{name}"
        for module, name, _ in imports(ast.parse(code_of(path)))
        if module.split(".")[0] != own and not (module in ("", *ROOMS) and name in face(module))
    ]


def is_module(module: str, name: str) -> bool:
    return (LIBRARY / module.replace(".", "/") / f"{name}.py").exists()


def used(path: Path) -> set[tuple[str, str]]:
    """Return the names on faces that are used: imported, or taken of a room (``engine.load``)."""
    tree = ast.parse(code_of(path))
    found, rooms = set(), {}
    for module, name, here in imports(tree):
        found.add((module, name))
        if not module or is_module(module, name):  # `datasets.load` is as good as `data.load`
            rooms[here] = module.split(".")[0] or name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in rooms:
            found.add((rooms[ast.unparse(node.value)], node.attr))
    return found


OF_SCREENS = [path for room in SCREENS for path in sorted((LIBRARY / room).glob("*.py"))]


@pytest.mark.parametrize("path", [*NOTEBOOKS, *PAGES, *OF_SCREENS], ids=lambda path: path.name)
def test_readers_and_screens_import_from_faces(path):
    assert_none(beside_faces(path))


def test_an_import_past_the_faces_is_noticed(tmp_path):
    page = tmp_path / "page.md"
    code = (
        "from nbhelpers.models import SVD\nfrom nbhelpers.models.knn import KNN\nimport nbhelpers"
    )
    page.write_text(f"- a list\n\n  ```python\n{indent(code, '  ')}\n  ```\n", encoding="utf-8")
    assert beside_faces(page) == ["models.knn.KNN"]


def test_rooms_below_the_screens_import_modules_not_faces():
    found = [
        f"{path.relative_to(LIBRARY)}: {module}.{name}"
        for room in sorted(set(ROOMS) - set(SCREENS))
        for path in (LIBRARY / room).rglob("*.py")
        for module, name, _ in imports(ast.parse(code_of(path)))
        if module in ("", *ROOMS) and name != "__version__" and not is_module(module, name)
    ]
    assert_none(found)


@pytest.mark.parametrize(("room", "name"), FACES)
def test_names_on_faces_exist(room, name):
    assert hasattr(importlib.import_module(f"nbhelpers.{room}".rstrip(".")), name)


def test_no_module_hides_what_has_its_name():
    """Once a module is imported, it is what its room has under that name."""
    assert_none(
        f"{room}.{name}"
        for room, name in FACES
        if is_module(room, name) and f"from . import {name}" not in single_imports(room)
    )


def test_a_name_taken_of_a_room_is_used(tmp_path):
    page = tmp_path / "page.py"
    page.write_text("from nbhelpers import engine as e\ne.load('sample')\n", encoding="utf-8")
    assert used(page) == {("", "engine"), ("engine", "load")}


def test_names_on_faces_are_used():
    readers = [*NOTEBOOKS, *PAGES, *OF_SCREENS, LIBRARY / "cli.py"]
    known = set().union(*map(used, readers))
    assert_none(f"{room}.{name}".lstrip(".") for room, name in FACES if (room, name) not in known)


# --- Docstrings ----------------------------------------------------------------------------


class Docstring(Validator):
    """A docstring of ours: that of a dataclass or a named tuple has its fields as attributes."""

    def __init__(self, obj_name: object) -> None:
        super().__init__(get_doc_object(obj_name))

    @property
    def doc_all_parameters(self) -> dict:
        found = super().doc_all_parameters
        own = getattr(self.obj, "_fields", getattr(self.obj, "__dataclass_fields__", ()))
        attributes = self._doc_parameters(["Attributes"]) if own else {}
        return found | {name: attributes[name] for name in own if name in attributes}


def documented(room: str) -> Iterator[tuple[str, object]]:
    """Yield functions, classes and their public methods on a face and in the modules on it.

    A method that overrides another may leave the words to it.
    """
    names = sorted(face(room) - set(ROOMS))
    things = [getattr(importlib.import_module(f"nbhelpers.{room}".rstrip(".")), n) for n in names]
    for thing in things:
        if inspect.ismodule(thing):
            things += [
                value
                for name, value in vars(thing).items()
                if getattr(value, "__module__", "") == thing.__name__ and not name.startswith("_")
            ]
        elif inspect.isfunction(thing) or inspect.isclass(thing):
            yield f"{thing.__module__}.{thing.__qualname__}", thing
            things += [
                value
                for name, value in (vars(thing).items() if inspect.isclass(thing) else ())
                if inspect.isfunction(value) and not name.startswith("_")
                if value.__doc__ or not any(hasattr(base, name) for base in thing.__bases__)
            ]


@pytest.mark.parametrize("room", ["", *ROOMS])
def test_docstrings_say_what_goes_in_and_what_comes_out(room):
    asked = PYPROJECT["tool"]["numpydoc_validation"]["checks"]
    assert_none(
        f"{name}: {code} {text}"
        for name, thing in dict(documented(room)).items()
        for code, text in validate(thing, Docstring)["errors"]
        if code in asked
    )


# --- Pages ---------------------------------------------------------------------------------


def test_the_map_is_that_of_the_library():
    page = module_map.PAGE.read_text(encoding="utf-8")
    assert page == module_map.with_map(page), "draw it anew: python tests/module_map.py"


def test_what_pages_name_exists():
    named = re.compile(r"`((?:data/sample|docs|nbhelpers|notebooks|tests)/[\w./-]+)`")
    assert_none(
        f"{page.relative_to(ROOT)} names {name}"
        for page in PAGES
        for name in named.findall(page.read_text(encoding="utf-8"))
        if not (ROOT / name).exists() and "NN" not in name
    )


def test_the_model_to_begin_with_works():
    names: dict = {}
    exec(code_of(module_map.PAGE), names)
    ratings = made.ratings()
    model = names["Midpoint"]().fit(ratings)
    assert model.predict([7, -1], [1, -1]).tolist() == [3, 3]
    assert len(model.recommend(7, 3)) == 3


def test_the_citation_is_of_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == nbhelpers.__version__
    assert " AND ".join(citation["license"]) == PYPROJECT["project"]["license"]
