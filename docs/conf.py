"""The course as a site: `make site` reads what the notebooks have stored and runs nothing.

Sphinx's source folder is the project itself, so that links between notebooks and pages are the
same on the site as in the files.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))
sys.path.insert(0, str(HERE.parent))

import course  # noqa: E402
import launch  # noqa: E402

from nbhelpers import __version__  # noqa: E402

project = "Movie recommendation, from raw files to honest numbers"
html_title = "Movie recommendation tutorial"
author = "The nbhelpers contributors"
copyright = f"{author}; code BSD-3-Clause, text CC-BY-4.0"
version = release = __version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.githubpages",
    "numpydoc",
    "assembled",
    "faces",
    "formulas",
    "glossary_links",
    "outside",
    "page_context",
]
root_doc = "docs/index"
include_patterns = ["notebooks/*.ipynb", "docs/**.md", "docs/**.rst", "data/README.md"]
exclude_patterns = [".*", "build", "dist", "nbhelpers", "tests", "data/[!R]*", "docs/teaching"]
suppress_warnings = ["myst.header", "mystnb.unknown_mime_type"]

address = launch.address()
lessons = course.lessons()
landing = course.landing(lessons)

nb_execution_mode = "off"
nb_custom_formats = {".ipynb": "course.read"}
nb_render_markdown_format = "myst"
nb_code_prompt_show = "Show the code that says so"
nb_code_prompt_hide = "Hide the code"
nb_ipywidgets_js: dict = {}  # would be fetched
nb_merge_streams = True
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

html_math_renderer = "mathml"
default_role = "py:obj"  # in docstrings
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say it in words
autodoc_mock_imports = ["pyspark"]
numpydoc_show_class_members = False

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css", ("print.css", {"media": "print"})]
html_js_files = [("site.js", {"defer": "defer"})]
html_favicon = "_static/favicon.svg"
templates_path = ["_templates"]
html_additional_pages = {"index": "landing.html"}
html_copy_source = False
html_show_sourcelink = False
html_permalinks_icon = "#"
html_sidebars = {}
html_theme_options = {"top_of_page_buttons": []}
