"""Pages that are made of other files: what teachers need to know, how to cite."""

import re
from pathlib import Path

import yaml
from sphinx.application import Sphinx

PLACE = re.compile(r"<!-- (teaching|bibtex|citation) -->")


def teaching(folder: Path) -> str:
    """Return what docs/teaching says of each lesson, one after the other."""
    paths = sorted((folder / "teaching").glob("*.md"))
    return "\n\n".join(path.read_text(encoding="utf-8").strip() for path in paths)


def citation(folder: Path) -> str:
    """Return CITATION.cff in words."""
    about = _cff(folder)
    return f"{_authors(about)}. *{about['title']}* (version {about['version']})."


def bibtex(folder: Path) -> str:
    """Return CITATION.cff as an entry of a bibliography."""
    about = _cff(folder)
    fields = {"author": f"{{{_authors(about)}}}", "title": f"{{{about['title']}}}"}
    fields |= {"version": about["version"], "license": " and ".join(about["license"])}
    fields |= {"url": about["repository-code"]} if "repository-code" in about else {}
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"```bibtex\n@software{{nbhelpers,\n{lines}\n}}\n```"


def _cff(folder: Path) -> dict:
    return yaml.safe_load((folder.parent / "CITATION.cff").read_text(encoding="utf-8"))


def _authors(about: dict) -> str:
    names = [a.get("name") or f"{a['given-names']} {a['family-names']}" for a in about["authors"]]
    return " and ".join(names)


WRITERS = {"teaching": teaching, "citation": citation, "bibtex": bibtex}


def fill_in(app: Sphinx, page: str, source: list[str]) -> None:
    folder = Path(app.confdir)
    if PLACE.search(source[0]):
        for path in [folder.parent / "CITATION.cff", *(folder / "teaching").glob("*.md")]:
            app.env.note_dependency(path)
        source[0] = PLACE.sub(lambda found: WRITERS[found[1]](folder), source[0])


def setup(app: Sphinx) -> dict:
    app.connect("source-read", fill_in)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
