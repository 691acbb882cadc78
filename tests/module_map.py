"""The map of the library in CONTRIBUTING.md; ``python tests/module_map.py`` draws it anew."""

import ast
import re
import tomllib
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = ROOT / "nbhelpers"
PAGE = ROOT / "CONTRIBUTING.md"
INIT = "__init__.py"
BETWEEN = re.compile(r"(?<=<!-- map -->\n).*(?=<!-- end of map -->)", re.DOTALL)


def floors() -> list[list[str]]:
    """Return the rooms and lone modules on each floor of the library, from the ground up.

    What pyproject.toml says for import-linter is the one place that has their order.
    """
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    [layers] = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    return [layer.split(" | ") for layer in reversed(layers)]


def summary(path: Path) -> str:
    """Return the first line of a module's docstring."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    if not text:
        raise ValueError(f"{path.relative_to(ROOT)} does not say what it is: add a docstring.")
    return text.splitlines()[0]


def draw() -> str:
    """Return the map: each room with its sentence, each of its modules with its own."""
    lines = [""]
    for name in chain.from_iterable(floors()):
        room = LIBRARY / name
        if not room.is_dir():
            lines += [f"**`{name}.py`** - {summary(room.with_suffix('.py'))}", ""]
            continue
        lines += [f"**`{name}/`** - {summary(room / '__init__.py')}", ""]
        lines += [_entry(path, room) for path in sorted(room.rglob("*.py")) if path != room / INIT]
        lines.append("")
    return "\n".join(lines) + "\n"


def _entry(path: Path, room: Path) -> str:
    inside = path.parent if path.name == INIT else path.with_suffix("")
    name = inside.relative_to(room).as_posix() + ("/" if path.name == INIT else "")
    return f"- `{name}` - {summary(path)}"


def with_map(page: str) -> str:
    """Return the page with the map as it has to be now."""
    return BETWEEN.sub(lambda _: draw(), page)


if __name__ == "__main__":
    PAGE.write_text(with_map(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
