"""Buttons that open a lesson on somebody else's machine, where the project has an address."""

import re
import tomllib
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
BRANCH = "gh-pages"  # where .github/workflows/site.yml puts the site, and one-file notebooks in it
EXPORTED = "export"  # their folder there


def address(pyproject: Path = ROOT / "pyproject.toml") -> str:
    """Return `Repository` of `[project.urls]`, the project's one address; "" while it has none."""
    urls = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"].get("urls", {})
    return urls.get("Repository", "").removesuffix("/").removesuffix(".git")


def buttons(address: str, notebook: str) -> list[tuple[str, str]]:
    """Return (name, link) of the places that open a notebook; none without a GitHub address.

    Colab and Kaggle are given the one-file notebook, which brings the library along; Binder
    installs environment.yml and opens the notebook of the series itself.
    """
    found = re.fullmatch(r"https://github\.com/([\w.-]+/[\w.-]+)", address)
    if not found:
        return []
    project, name = found[1], quote(notebook)
    exported = f"{project}/blob/{BRANCH}/{EXPORTED}/{name}"
    return [
        ("Colab", f"https://colab.research.google.com/github/{exported}"),
        ("Kaggle", f"https://www.kaggle.com/kernels/welcome?src=https://github.com/{exported}"),
        ("Binder", f"https://mybinder.org/v2/gh/{project}/HEAD?labpath=notebooks/{name}"),
    ]


def site(address: str) -> str:
    """Return where GitHub shows the site of a project, "" without a GitHub address."""
    found = re.fullmatch(r"https://github\.com/([\w.-]+)/([\w.-]+)", address)
    return f"https://{found[1].lower()}.github.io/{found[2]}/" if found else ""
