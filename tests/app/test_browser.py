"""The app in a real browser: what visitors see, click and type."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from nbhelpers.app import main, server
from nbhelpers.tools import addresses

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
ODD = [
    *("M*A*S*H", "What the #$*! Do We Know!?", "[REC]", "Secret of My Succe$s"),
    *("<script>alert(1)</script>", ":smile: -> $x$ <b>"),
]

# Contrast (WCAG 2.2) of each visible text with the ground it stands on, smallest first.
CONTRASTS = """() => {
  const parse = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = c => c.slice(0, 3).map(v => v / 255)
    .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, k) => sum + v * [.2126, .7152, .0722][k], 0);
  const over = (top, under) => top.slice(0, 3)
    .map((v, k) => v * (top[3] ?? 1) + under[k] * (1 - (top[3] ?? 1)));
  const ground = node => {
    const layers = [];
    for (; node; node = node.parentElement)
      layers.push(parse(getComputedStyle(node).backgroundColor));
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
  };
  const seen = node => node ? getComputedStyle(node).opacity * seen(node.parentElement) : 1;
  const found = [];
  const walk = document.createTreeWalker(document.querySelector('.stApp'), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode, box = node.parentElement;
    const apart = 'style, script, :disabled, [aria-disabled=true], [role=slider], ' +
      '[data-testid=stSliderThumbValue]';  // it stands beside the thumb that it is part of
    if (!node.data.trim() || box.closest(apart)) continue;
    if (!box.checkVisibility({checkVisibilityCSS: true, checkOpacity: true})) continue;
    const under = ground(box), [r, g, b, a = 1] = parse(getComputedStyle(box).color);
    const ink = over([r, g, b, a * seen(box)], under);
    const [low, high] = [light(ink), light(under)].sort((a, b) => a - b);
    found.push([(high + .05) / (low + .05), node.data.trim().slice(0, 40)]);
  }
  return found.sort((a, b) => a[0] - b[0]);
}"""


@pytest.fixture
def visit(browser):
    """Return a function that opens an address as a visitor of its own."""
    contexts = []

    def visit(address: str, width: int = 1280, wait: str = ".nb-footer", height: int = 900):
        contexts.append(browser.new_context(viewport={"width": width, "height": height}))
        page = contexts[-1].new_page()
        page.set_default_timeout(60_000)
        page.goto(address)
        page.wait_for_selector(wait, state="attached")
        return page

    yield visit
    for context in contexts:
        context.close()


class Server:
    """An app in a process of its own, on a free port."""

    def __init__(self, log: Path, script: Path | None, *arguments: str):
        with socket.socket() as free:
            free.bind((addresses.HOST, 0))
            port = free.getsockname()[1]
        command = server.command("sample", port, *map(Path, arguments))
        command[1] = str(script or command[1])
        self.address = f"http://{addresses.HOST}:{port}/"
        self.log = log
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        with open(log, "w", encoding="utf-8") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", *command],
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env=environment,
            )
        end = time.monotonic() + 60
        while not self._answers():
            assert self.process.poll() is None and time.monotonic() < end, log.read_text("utf-8")
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.address + "_stcore/health", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture(scope="module")
def serve(tmp_path_factory, browser):
    started = []

    def serve(*arguments: str, script: str | None = None) -> Server:
        folder = tmp_path_factory.mktemp("app")
        path = folder / "script.py"
        if script:
            path.write_text(script, encoding="utf-8")
        started.append(Server(folder / "log", path if script else None, *arguments))
        return started[-1]

    yield serve
    for one in started:
        one.stop()


@pytest.fixture(scope="module")
def app(serve, engine_folder) -> Server:
    return serve(str(engine_folder))


def open_tab(page, name: str):
    """Open a tab and return its panel."""
    page.get_by_role("tab", name=name).click()
    panel = page.get_by_role("tabpanel", name=name)
    panel.wait_for()
    return panel


def settle(page) -> None:
    """Wait until the page neither runs nor shows anything old."""
    page.wait_for_timeout(300)
    page.wait_for_selector('[data-testid="stStatusWidget"]', state="detached")
    page.wait_for_selector('[data-stale="true"]', state="detached")


def eventually(page, holds) -> None:
    """Wait until something holds: a server that is busy answers late."""
    for _ in range(150):
        if holds():
            return
        page.wait_for_timeout(200)
    assert holds()


def search(page, panel, label: str, text: str) -> None:
    panel.get_by_label(label).fill(text)
    panel.get_by_label(label).press("Enter")
    settle(page)


def films(panel, key: str = "for-you"):
    """Return the cards of a list."""
    return panel.locator(f".st-key-{key} .nb-film")


def titles(panel, key: str = "for-you") -> list[str]:
    films(panel, key).first.wait_for(state="attached")
    return films(panel, key).locator("h3").all_inner_texts()


def rate_own(page):
    panel = open_tab(page, "For you")
    panel.get_by_role("radio", name="Me").click()
    films(panel, "offered").first.wait_for()
    settle(page)
    return panel


def give(page, film, stars: float) -> None:
    """Click on the stars of a card: in the middle of the last half star."""
    box = film.locator("input")
    width = box.bounding_box()["width"]
    box.click(position={"x": (stars - 0.25) / 5 * width, "y": 10})
    settle(page)


@pytest.mark.parametrize("width", [1280, 390])
def test_every_tab_is_whole_readable_and_no_wider_than_the_screen(app, visit, width):
    """In the light and in the dark, and for those who hear pages or go by keyboard: axe-core."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    page = visit(app.address, width)
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    for name in main.TABS:
        panel = open_tab(page, name)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            settle(page)
            scheme_of = "getComputedStyle(document.querySelector('.stApp')).colorScheme"
            eventually(page, lambda: page.evaluate(scheme_of) == scheme)  # noqa: B023
            assert panel.get_by_role("alert").count() == 0
            low = [found for found in page.evaluate(CONTRASTS) if found[0] < 4.5]
            assert low == [], (name, scheme)
            found = axe.Axe().run(page).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], (name, scheme)
        assert all(panel.locator("img").evaluate_all("all => all.map(one => one.alt)"))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert problems == []


def test_all_posters_have_alternative_texts_and_their_titles_find_room(app, visit):
    page = visit(app.address)
    panel = open_tab(page, "Similar films")
    films(panel, "explored").first.wait_for()
    posters = panel.get_by_role("img", name=re.compile("^Poster of "))
    assert posters.count() == 1 + 12 + 18
    fits = "all => all.map(one => one.scrollHeight <= one.clientHeight + 1)"
    assert all(panel.locator(".nb-drawn").evaluate_all(fits))


def test_charts_have_a_description(app, visit):
    page = visit(app.address)
    panel = open_tab(page, "Data & exploration")
    chart = panel.locator(".stVegaLiteChart [aria-label]").first
    chart.wait_for(state="attached")
    assert len(chart.get_attribute("aria-label").split()) >= 4


def test_another_person_gets_another_list(app, visit):
    page = visit(app.address)
    panel = open_tab(page, "For you")
    before = titles(panel)
    box = panel.get_by_role("combobox", name="Person").first
    box.click()
    page.get_by_role("option").nth(3).click()
    settle(page)
    eventually(page, lambda: titles(panel) != before and len(titles(panel)) == 12)
    box.click()
    box.fill("123456789")
    box.press("Enter")
    panel.get_by_text("No rating is by user 123456789").wait_for()


def test_a_film_is_on_a_phones_first_screen(app, visit):
    page = visit(app.address, 390, height=844)
    poster = films(page.get_by_role("tabpanel", name="For you")).first.locator(".nb-poster")
    box = poster.bounding_box()
    assert box["y"] > 0 and box["y"] + box["height"] < 844 and box["width"] > 150


def test_films_can_be_rated_and_ratings_taken_back(app, visit):
    page = visit(app.address)
    panel = rate_own(page)
    few = panel.get_by_text("Too few ratings for a personal list yet")
    few.wait_for()
    for nth in range(3):
        give(page, films(panel, "offered").nth(nth), 5)
    few.wait_for(state="detached")
    panel.get_by_text("Your films: 3 rated").wait_for()
    search(page, panel, "Find films to rate", "matrix")
    give(page, films(panel, "offered").first, 1)
    panel.get_by_text("Your films: 4 rated").wait_for()
    panel.get_by_text("Show and keep your films").click()
    eventually(page, lambda: titles(panel, "marked-own")[:1] == ["The Matrix"])
    give(page, films(panel, "marked-own").first, 1)  # the same star once more takes it back
    panel.get_by_text("Your films: 3 rated").wait_for()
    panel.get_by_role("button", name="Take all ratings back").click()
    few.wait_for()


def test_cards_work_and_what_they_did_survives_a_reload(app, visit):
    page = visit(app.address)
    panel = open_tab(page, "For you")
    saved, refused, rated, followed = titles(panel)[:4]
    films(panel).nth(0).get_by_role("button", name="Save").click()
    panel.get_by_text("1 saved").wait_for()
    give(page, films(panel).nth(2), 4)
    panel.get_by_text("1 rated").wait_for()
    films(panel).nth(1).get_by_role("button", name="Not for me").click()
    panel.get_by_text("1 not for you").wait_for()
    eventually(page, lambda: titles(panel)[:3] == [saved, rated, followed])
    assert len(titles(panel)) == 12
    films(panel).nth(2).get_by_role("button", name="Similar to").click()
    near = page.get_by_role("tabpanel", name="Similar films")
    eventually(page, lambda: near.locator(".nb-hero :is(h2, h3) bdi").inner_text() == followed)
    settle(page)
    page.reload()
    eventually(page, lambda: near.is_visible() and titles(near, "near"))
    assert near.locator(".nb-hero :is(h2, h3) bdi").inner_text() == followed
    panel = open_tab(page, "For you")
    assert titles(panel)[:3] == [saved, rated, followed]
    assert films(panel).nth(1).locator("input").input_value() == "4"
    assert films(panel).nth(0).get_by_role("button", name="Save").get_attribute("aria-pressed")
    panel.get_by_text("Your films: 1 rated · 1 saved · 1 not for you").wait_for()
    panel.get_by_text("Show and keep your films").click()
    eventually(page, lambda: titles(panel, "marked-not-for-me") == [refused])


def test_stars_are_given_by_keyboard_and_the_place_is_kept(app, visit):
    page = visit(app.address + "?who=Me")
    panel = open_tab(page, "For you")
    second = titles(panel)[1]
    stars = films(panel).first.locator("input")
    stars.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert stars.get_attribute("aria-valuetext") == "3 of 5 stars"
    page.wait_for_timeout(300)
    assert "own=" not in page.url  # nothing is meant before Enter
    page.keyboard.press("Enter")
    panel.get_by_text("Your films: 1 rated").wait_for()
    eventually(page, lambda: titles(panel)[0] == second)
    focused = "document.activeElement.ariaLabel"
    eventually(page, lambda: page.evaluate(focused).startswith(f"Your stars for {second}"))


def test_two_visitors_at_once_keep_their_own_ratings(app, visit):
    one, other = visit(app.address), visit(app.address)
    mine, theirs = rate_own(one), rate_own(other)
    for nth in range(3):
        give(one, films(mine, "offered").nth(nth), 5)
        give(other, films(theirs, "offered").nth(nth + 3), 1)
    mine.get_by_text("Your films: 3 rated").wait_for()
    theirs.get_by_text("Your films: 3 rated").wait_for()
    eventually(other, lambda: titles(mine) != titles(theirs))
    third = visit(app.address)
    assert "Your films: 0 rated" in rate_own(third).inner_text()


def test_a_film_found_has_neighbours_and_filters_hold(app, visit):
    page = visit(app.address)
    panel = open_tab(page, "Similar films")
    search(page, panel, "Find a film", "toy story")
    eventually(page, lambda: panel.locator(".nb-hero :is(h2, h3) bdi").inner_text() == "Toy Story")
    eventually(page, lambda: "Toy Story 2" in titles(panel, "near"))
    before = titles(panel, "near")
    panel.get_by_text("Behaviour", exact=True).click()
    eventually(page, lambda: titles(panel, "near") != before)
    box = panel.get_by_role("combobox", name="Genres").last
    box.click()
    box.fill("Western")
    box.press("Enter")
    explored = films(panel, "explored").locator(".nb-meta")
    eventually(page, lambda: "Western" in "".join(explored.all_inner_texts()[:1]))
    assert all("Western" in meta or meta.count(",") == 2 for meta in explored.all_inner_texts())


def test_any_text_can_be_searched_for(app, visit):
    page = visit(app.address)
    panel = open_tab(page, "Similar films")
    for query in ("(", "[REC", "$", "😀🎬", "x" * 10_000, "<b>", "a\\"):
        search(page, panel, "Find a film", query)
        assert page.get_by_text("cannot be shown").count() == 0
        assert panel.get_by_label("Find a film").input_value() == query
        assert films(panel, "explored").last.is_visible()


def test_the_keyboard_reaches_the_controls_in_order(app, visit):
    page = visit(app.address)
    panel = open_tab(page, "For you")
    page.get_by_role("tab", name="For you").focus()
    films(panel).nth(1).wait_for()
    settle(page)
    reached = []
    for _ in range(13):
        page.keyboard.press("Tab")
        told = "e => [e.ariaLabel || e.innerText || e.tagName, getComputedStyle(e).outlineStyle]"
        reached.append(page.evaluate(f"() => ({told})(document.activeElement)"))
    one, two = titles(panel)[:2]
    wanted = ["A person of the data", "Person", "Tune the list"]
    for title in (one, two):
        wanted += [f"Your stars for {title}", "Save", "Not for me", "Similar"]
    names = [name for name, _ in reached]
    places = [next((k for k, name in enumerate(names) if want in name), -1) for want in wanted[:7]]
    assert -1 not in places and places == sorted(places), names
    assert any(want in name for name in names for want in wanted[7:8]), names
    assert all(outline == "solid" for name, outline in reached if "stars" not in name), reached


PATCHED = """
import copy, sys
from dataclasses import replace
from nbhelpers import engine as room
from nbhelpers.app import engines, main
load = room.load
def changed(name, folder):
    engine = copy.copy(load(name, folder))
    {change}
    return engine
engines.load = changed
main.page(*sys.argv[1:3])
engines.load = load
"""
RENAMED = f"""n = len(engine.movies)
    movies = engine.movies.assign(title=({ODD!r} * n)[:n])
    data = replace(engine.data, movies=movies)
    engine = room.Engine(data, engine.trained, engine.boards, engine.manifest)"""


def test_an_engine_that_lacks_a_part_costs_one_tab(serve, engine_folder, visit):
    script = PATCHED.format(change="engine.boards = {}")
    page = visit(serve(str(engine_folder), script=script).address)
    panel = open_tab(page, "Models")
    assert panel.get_by_text("This tab cannot be shown right now").is_visible()
    assert panel.locator("code").inner_text() == "nbhelpers build --dataset sample"
    assert "Traceback" not in page.inner_text("body")
    assert len(titles(open_tab(page, "For you"))) == 12
    panel = open_tab(page, "Similar films")
    assert len(titles(panel, "near")) == 12 and len(titles(panel, "explored")) == 18


def test_odd_titles_show_exactly_as_they_are(serve, engine_folder, visit):
    script = PATCHED.format(change=RENAMED)
    page = visit(serve(str(engine_folder), script=script).address)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    panel = open_tab(page, "Similar films")
    assert set(titles(panel, "near") + titles(panel, "explored")) == set(ODD)
    panel = rate_own(page)
    shown = titles(panel, "offered")
    assert set(shown) <= set(ODD)
    for nth in range(len(shown)):  # no waiting: none of them may be lost
        films(panel, "offered").nth(nth).get_by_role("button", name="Save").click()
    panel.get_by_text(f"{len(shown)} saved").wait_for()
    said = page.get_by_test_id("stToast").last.inner_text()
    assert any(f"{title} is on your watch list" in said for title in ODD)


def test_a_build_from_nothing_shows_its_progress(serve, engine_folder, visit, tmp_path):
    script = f"""
import shutil, sys, time
from nbhelpers.app import engines, main
def build(name, folder, progress):
    for k in range(20):
        progress(k / 20, "Tuning: step %d" % k)
        time.sleep(0.3)
    shutil.copytree({str(engine_folder)!r}, folder)
    progress(1.0, "Done")
engines.build = build
main.page(*sys.argv[1:3])
"""
    one = serve(str(tmp_path / "engine"), script=script)
    page = visit(one.address, wait='[data-testid="stProgress"]')
    page.get_by_text("Tuning: step").wait_for()
    other = visit(one.address, wait='[data-testid="stProgress"]')
    for visitor in (page, other):
        visitor.wait_for_selector(".nb-footer", state="attached")
        assert visitor.get_by_role("tab").count() == 4
        assert visitor.locator('[data-testid="stProgress"]').count() == 0
