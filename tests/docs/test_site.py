"""The course's site, built once, looked at as files and in a real browser."""

import os
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import course
import pytest
from bs4 import BeautifulSoup

from nbhelpers import models

ROOT = Path(__file__).resolve().parents[2]
LESSONS = {lesson.path.stem: lesson for lesson in course.lessons()}
ADDRESS = "https://github.com/example/course"
LESSON = "05_svd"  # the one to look at
LOOKED_AT = ["index", f"notebooks/{LESSON}", "docs/glossary", "docs/library/models"]
each_lesson = pytest.mark.parametrize("lesson", LESSONS)
slow = pytest.mark.slow
TEACHING = re.compile(
    r"\A## \d\d · .+\n\n\*\*Assumes\.\*\* .+\n\n\*\*Minutes\.\*\* .+\n\n"
    r"\*\*Misconceptions to expect\.\*\*\n\n(- \".+\" .+\n){3}\n\*\*In class\.\*\* .+\n\Z"
)


def build(folder: Path, *arguments: str) -> str:
    """Build the site into a folder, and return what Sphinx had to say."""
    pytest.importorskip("furo", reason="the site's packages are missing")
    pytest.importorskip("myst_nb", reason="the site's packages are missing")
    options = ["--quiet", "--jobs=2", "--conf-dir=docs", f"--doctree-dir={folder / 'doctrees'}"]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, *arguments, ".", str(folder / "html")],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("site")
    said = build(folder, "-D", "address=")  # as if the project had none
    return folder / "html", said


@pytest.fixture(scope="session")
def site(built) -> Path:
    return built[0]


@cache
def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


# --- What has to be there ------------------------------------------------------------------


@each_lesson
def test_a_lesson_has_solutions_a_page_for_teachers_and_words_for_search_engines(lesson):
    number = lesson[:2]
    assert (ROOT / "docs" / "solutions" / f"{number}.md").exists()
    teaching = (ROOT / "docs" / "teaching" / f"{number}.md").read_text(encoding="utf-8")
    assert TEACHING.search(teaching)
    said = course.settings()["lessons"][number]
    assert 20 <= len(said["title"]) <= 70
    assert 110 <= len(said["description"]) <= 165


def test_solutions_and_pages_for_teachers_are_of_lessons():
    for folder in ("solutions", "teaching"):
        found = sorted(path.stem for path in (ROOT / "docs" / folder).glob("*"))
        assert found == [lesson[:2] for lesson in LESSONS]


def test_each_room_of_the_library_has_a_page():
    rooms = {path.parent.name for path in (ROOT / "nbhelpers").glob("*/__init__.py")}
    pages = (ROOT / "docs" / "library").glob("*.rst")
    described = {path.stem: path.read_text(encoding="utf-8") for path in pages}
    assert described.keys() == rooms
    assert all(f".. face:: nbhelpers.{room}\n" in text for room, text in described.items())


# --- Built ---------------------------------------------------------------------------------


@slow
def test_nothing_is_to_be_mended(built):
    assert built[1] == ""


@slow
def test_no_page_asks_for_anything_from_elsewhere(site):
    """Links may lead elsewhere; what is loaded by itself is on the site."""
    for page in pages(site):
        loaded = [
            tag.get("src") or tag.get("href")
            for tag in soup(page).select("script, img, iframe, link:not([rel=canonical]), object")
        ]
        assert not [a for a in loaded if a and urlsplit(a).scheme not in ("", "data")], page
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?https?:|@import", sheet.read_text("utf-8")), sheet


@slow
def test_no_internal_link_is_dead(site):
    ids = {
        page: {tag["id"] for tag in soup(page).find_all(id=True)} | {"", "top"}
        for page in pages(site)
    }
    dead = []
    for page in ids:
        for link in soup(page).find_all("a", href=True):
            address = urlsplit(link["href"])
            if address.scheme or address.netloc:
                continue
            target = page.parent / unquote(address.path) if address.path else page
            target = Path(os.path.normpath(target))
            anchors = ids.get(target, {""}) if target.is_file() else set()
            if unquote(address.fragment) not in anchors:
                dead.append((str(page.relative_to(site)), link["href"]))
    assert dead == []


@slow
def test_each_page_has_a_title_and_a_description_of_its_own(site):
    apart = ("genindex", "py-modindex", "search")
    of_content = [page for page in pages(site) if page.stem not in apart]
    titles = [soup(page).title.get_text() for page in of_content]
    described = [soup(page).find("meta", {"name": "description"}) for page in of_content]
    assert all(described)
    for texts in (titles, [meta["content"] for meta in described]):
        assert [text for text, times in Counter(texts).items() if times > 1] == []
    landing = soup(site / "index.html")
    said = landing.title.get_text() + landing.find("meta", {"name": "description"})["content"]
    for words in ("movie recommender system", "netflix prize", "matrix factorisation"):
        assert words in said.lower()


@slow
@each_lesson
def test_a_lesson_is_told_to_search_engines_and_shown_whole(site, lesson):
    page = soup(site / "notebooks" / f"{lesson}.html")
    said = course.settings()["lessons"][lesson[:2]]
    assert page.title.get_text().startswith(said["title"])
    assert page.find("meta", {"name": "description"})["content"] == said["description"]
    stored = [alt for _, alt in course.figures(LESSONS[lesson].notebook)]
    assert [picture["alt"] for picture in page.article.find_all("img")] == stored
    assert all(stored)
    narration = page.find_all(class_="tag_narration")
    assert all(cell.find("details", class_="hide") for cell in narration)


@slow
def test_terms_are_linked_from_their_first_use(site):
    terms = {term["id"] for term in soup(site / "docs/glossary.html").select("dl.glossary dt")}
    assert len(terms) >= 80
    met = set()
    for lesson in LESSONS:
        page = soup(site / "notebooks" / f"{lesson}.html")
        links = [link.parent["href"] for link in page.find_all(class_="term-in-text")]
        assert len(links) == len(set(links)) >= 8, lesson
        assert not page.select(":is(h1, h2, h3, pre, code, .cell_output, a a) .term-in-text")
        met |= {link.split("#")[1] for link in links}
    assert len(met) >= 0.8 * len(terms), sorted(terms - met)


@slow
def test_the_landing_page_leads_to_every_lesson(site):
    cards = soup(site / "index.html").select(".cards a")
    assert [card["href"] for card in cards] == [f"notebooks/{lesson}.html" for lesson in LESSONS]
    pictures = soup(site / "index.html").select(".able img")
    words = [figure["alt"] for figure in course.settings()["landing"]["figures"]]
    assert all(word in picture["alt"] for word, picture in zip(words, pictures, strict=True))
    assert all((site / picture["src"]).is_file() for picture in pictures)


@slow
def test_teachers_are_told_of_each_lesson(site):
    headings = [h.get_text() for h in soup(site / "docs/teachers.html").find_all("h2")]
    assert [h[:2] for h in headings if h[:2].isdigit()] == [lesson[:2] for lesson in LESSONS]


@slow
def test_the_library_is_described(site):
    described = {tag["id"] for tag in soup(site / "docs/library/models.html").select("dt[id]")}
    assert {f"nbhelpers.models.{name}" for name in models.__all__} <= described
    assert "nbhelpers.models.Model.fold_in" in described


@slow
def test_formulas_need_no_script(site):
    page = soup(site / f"notebooks/{LESSON}.html")
    assert page.find("math", display="block")
    scripts = [script.get("src", "") for script in page.find_all("script")]
    assert not [source for source in scripts if re.search("mathjax|katex", source, re.IGNORECASE)]


@slow
def test_launch_buttons_come_with_an_address(site, tmp_path):
    bar = soup(site / f"notebooks/{LESSON}.html").select(".launch a")
    assert [button.get_text() for button in bar] == ["Download notebook", "Solutions"]
    assert (site / "export" / f"{LESSON}.ipynb").exists()
    only = f"include_patterns=notebooks/{LESSON}.ipynb,docs/index.md,docs/own_data.md"
    build(tmp_path, "-D", f"address={ADDRESS}", "-D", only)
    with_address = soup(tmp_path / f"html/notebooks/{LESSON}.html")
    links = {a.get_text(): a["href"] for a in with_address.select(".launch a")}
    assert list(links) == ["Colab", "Kaggle", "Binder", "Download notebook"]
    assert all("example/course" in links[name] for name in ("Colab", "Kaggle", "Binder"))
    canonical = with_address.find("link", rel="canonical")["href"]
    assert canonical == f"https://example.github.io/course/notebooks/{LESSON}.html"


# --- In a browser --------------------------------------------------------------------------


@pytest.fixture
def visit(browser, site):
    """Return a function that opens a page, from the disk, and the addresses it asked for."""
    contexts = []

    def visit(name: str, width: int = 1280, scheme: str = "light"):
        size = {"width": width, "height": 900}
        contexts.append(browser.new_context(viewport=size, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("pageerror", lambda error: page.asked.append(f"error: {error}"))
        path, _, question = name.partition("?")
        page.goto(f"file://{site}/{path}.html" + (f"?{question}" if question else ""))
        return page

    yield visit
    for context in contexts:
        context.close()


@slow
@pytest.mark.parametrize("name", LOOKED_AT)
def test_a_page_shuts_nobody_out_and_asks_nobody(visit, name):
    """Axe-core in the light, of the dark its contrasts; and no request leaves."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    only = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}
    for width, scheme in ((1280, "light"), (390, "dark")):
        page = visit(name, width, scheme)
        found = axe.Axe().run(page, options=only[scheme]).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], (width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert [asked for asked in page.asked if not asked.startswith(("file:", "data:"))] == []


@slow
def test_search_finds_the_lesson(visit):
    page = visit("search?q=shrinkage")
    page.wait_for_selector("#search-results li a")
    found = page.locator("#search-results li a").evaluate_all("all => all.map(a => a.href)")
    assert any("/notebooks/04_" in address for address in found)
    assert all(address.startswith("file:") for address in page.asked)


@slow
def test_paper_shows_the_lesson_alone_and_in_the_light(visit):
    page = visit(f"notebooks/{LESSON}", scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator(".sidebar-drawer, .toc-drawer, .launch").filter(visible=True).count()
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert not page.locator("article details:not(.hide):not([open])").count()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("article details:not(.hide):not([open])").count()
