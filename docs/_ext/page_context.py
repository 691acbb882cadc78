"""What templates are told: titles and descriptions for search engines, cards, launch buttons."""

import re
from pathlib import Path

import course
import launch
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from nbhelpers.tools.export import export

LONGEST = 160  # letters of a description that search engines show


def describe(doctree: nodes.document) -> str:
    """Return the beginning of a page's first paragraph, in whole words."""
    paragraph = next(doctree.findall(nodes.paragraph), None)
    text = " ".join(paragraph.astext().split()) if paragraph else ""
    if len(text) <= LONGEST:
        return text
    return re.sub(r"[\s,;:.]*\s\S*$", "", text[: LONGEST - 1]) + " …"


def tell(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document) -> None:
    lessons = {lesson.page: lesson for lesson in app.config.lessons}
    context["master_doc"] = "index"  # where the name of the course leads
    context["description"] = describe(doctree) if doctree else ""
    context["search_title"] = context.get("title", "")
    if page == "index":
        said = app.config.landing
        context |= {
            "lessons": app.config.lessons,
            "landing": said["figures"],
            "search_title": said["title"],
            "description": said["description"],
            "address": app.config.address,
        }
    if lesson := lessons.get(page):
        context |= {
            "lesson": lesson,
            "lesson_count": len(lessons),
            "search_title": lesson.title,
            "description": lesson.description,
            "buttons": launch.buttons(app.config.address, lesson.path.name),
            "one_file": f"{launch.EXPORTED}/{lesson.path.name}",
            "has_solutions": f"docs/solutions/{lesson.number}" in app.env.all_docs,
        }
    solutions = {f"docs/solutions/{one.number}": one for one in app.config.lessons}
    if solved := solutions.get(page):
        subject = f"Solutions to lesson {int(solved.number)}, {solved.name}"
        context |= {
            "solved": solved,
            "search_title": subject,  # and no answers where search engines show them
            "description": f"{subject}. Try first: every exercise has a hint and a check.",
        }


def describe_figures(app: Sphinx, doctree: nodes.document) -> None:
    """Give figures the alternative texts that the notebook has stored with them."""
    lessons = {lesson.page: lesson for lesson in app.config.lessons}
    if lesson := lessons.get(app.env.current_document.docname):
        shown = [
            image
            for output in doctree.findall(lambda node: "cell_output" in _classes(node))
            for image in output.findall(nodes.image)
        ]
        for image, (output, alt) in zip(shown, course.figures(lesson.notebook), strict=True):
            image["alt"] = alt
            if width := output.metadata.get("image/png", {}).get("width"):
                image["width"] = f"{width}px"


def _classes(node: nodes.Node) -> list[str]:
    return node.get("classes", []) if isinstance(node, nodes.Element) else []


def say_where(app: Sphinx, config: Config) -> None:
    """Let pages name the place that they are published at."""
    config.html_baseurl = launch.site(config.address)


def write_extras(app: Sphinx, error: Exception | None) -> None:
    """Write the figures of the landing page and the one-file notebooks beside the pages."""
    if error or app.builder.name != "html":
        return
    for figure in app.config.landing["figures"]:
        picture = Path(app.outdir) / "_images" / f"landing-{figure['lesson'].number}.png"
        picture.write_bytes(figure["picture"].png)
    paths = [lesson.path for lesson in app.config.lessons if lesson.page in app.env.all_docs]
    export(paths, Path(app.outdir) / launch.EXPORTED)


def setup(app: Sphinx) -> dict:
    app.add_config_value("lessons", [], "", list)
    app.add_config_value("landing", {}, "", dict)
    app.add_config_value("address", "", "html", str)
    app.connect("config-inited", say_where)
    app.connect("doctree-read", describe_figures)
    app.connect("html-page-context", tell)
    app.connect("build-finished", write_extras)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
