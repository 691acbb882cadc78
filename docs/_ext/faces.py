"""The library's rooms, each with what is on its face, described by the docstrings."""

import inspect
from importlib import import_module
from types import ModuleType

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Face(SphinxDirective):
    """``.. face:: nbhelpers.models``: all names on the face of a room."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        room = import_module(self.arguments[0])
        lines = [(room.__doc__ or "").partition("\n")[0], ""]
        lines += [line for name in room.__all__ for line in described(room, name)]
        section = nodes.section(document=self.state.document)
        source = self.get_source_info()[0]
        self.state.nested_parse(StringList(lines, source), self.content_offset, section)
        return section.children


def described(room: ModuleType, name: str) -> list[str]:
    """Return what tells autodoc to describe a name of a room, line by line."""
    thing, full = getattr(room, name), f"{room.__name__}.{name}"
    if inspect.ismodule(thing):
        if thing.__name__.count(".") == 1:  # a room; it has a page of its own
            return []
        own = [key for key, value in vars(thing).items() if _is_own(key, value, thing)]
        inner = [line for key in own for line in described(thing, key)]
        about = f"**{full}**: {thing.__doc__.splitlines()[0]}"
        return [f".. py:module:: {full}", "", about, "", *inner]
    if inspect.isclass(thing):
        return [f".. autoclass:: {full}", "   :members:", ""]
    if inspect.isroutine(thing):
        return [f".. autofunction:: {full}", ""]
    return [f".. py:data:: {full}", f"   :value: {_short(thing)}", ""]


def _is_own(name: str, value: object, module: ModuleType) -> bool:
    return not name.startswith("_") and getattr(value, "__module__", "") == module.__name__


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 70 else text[:69] + "…"


def setup(app: Sphinx) -> dict:
    app.add_directive("face", Face)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
