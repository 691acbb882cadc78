"""Texts that would be markup, code or commands if something took them for more than texts.

They stand in for titles, genres, people, keywords, tags and overviews: in sentences and pages of
notebooks, and in every tab of the app in a real browser. Each that is taken for an element, a
request or a call says FORGED, or asks for a name below ``.invalid``, which leads nowhere.
"""

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from unittest import mock

import nbformat
import pandas as pd
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

CALL = "console.error('FORGED')"
AWAY = "http://forged.invalid/x"

HTML = [
    f"<script>{CALL}</script>",
    f"<SCRIPT SRC={AWAY}></SCRIPT>",
    f"</script><script>{CALL}</script>",
    f"<img src=x onerror={CALL}>",
    f"<img/src=x/onerror={CALL}>",
    f"<img src={AWAY}>",
    f"<svg onload={CALL}>",
    f"<svg><animate onbegin={CALL} attributeName=x dur=1s>",
    f"<svg><script>{CALL}</script></svg>",
    f"<body onload={CALL}>",
    f"<details open ontoggle={CALL}>",
    f"<input autofocus onfocus={CALL}>",
    f"<select autofocus onfocus={CALL}>",
    f"<video><source onerror={CALL}>",
    f"<audio src=x onerror={CALL}>",
    f"<marquee onstart={CALL}>",
    f"<iframe src=javascript:{CALL}>",
    f"<iframe srcdoc='<script>{CALL}</script>'>",
    f"<object data={AWAY}>",
    f"<embed src={AWAY}>",
    f"<link rel=stylesheet href={AWAY}>",
    f"<style>@import '{AWAY}';</style>",
    f"<base href={AWAY}>",
    f"<meta http-equiv=refresh content='0;url={AWAY}'>",
    f"<form action={AWAY}><button>Go",
    f"<a href=javascript:{CALL}>Go</a>",
    f"<a href='{AWAY}' ping='{AWAY}'>Go</a>",
    f"<math><mtext><img src=x onerror={CALL}>",
    f"<template><img src=x onerror={CALL}></template>",
    f"<noscript><p title='</noscript><img src=x onerror={CALL}>'>",
    f"<p style='background:url({AWAY})'>",
    f'"><script>{CALL}</script>',
    f"'><img src=x onerror={CALL}>",
    f'" onmouseover={CALL} x="',
    f"' onfocus={CALL} autofocus '",
    f"--><script>{CALL}</script><!--",
    f"]]><script>{CALL}</script>",
    f"</title><script>{CALL}</script>",
    f"</style><script>{CALL}</script>",
    f"</textarea><script>{CALL}</script>",
    f"&lt;script&gt;{CALL}&lt;/script&gt;",
    f"&#60;img src=x onerror={CALL}&#62;",
    f"<<script>{CALL}//<</script>",
    "<b>bold</b>",
    "<!-- hidden",
    "<![CDATA[ hidden",
    "<?php echo 1 ?>",
    "<x-forged>",
]
MARKDOWN = [
    f"![alt]({AWAY})",
    f"[Go](javascript:{CALL})",
    f"[Go]({AWAY} 'title')",
    f"[Go][x]\n\n[x]: {AWAY}",
    f"![alt][x]\n\n[x]: {AWAY}",
    f"<{AWAY}>",
    f"<javascript:{CALL}>",
    AWAY,
    "www.forged.invalid",
    "forged@forged.invalid",
    "![dot](attachment:dot.png)",
    "**bold** __bold__ *it* _it_ ~~gone~~",
    "`code` ``co`de``",
    "`<img src=x>",
    "\\<b>",
    "\\\\<b>",
    "\\`<b>`",
    "# Heading",
    "> quote",
    "- item",
    "1. One",
    "12) Twelve",
    "+ plus",
    "* star",
    "---",
    "===",
    "| a | b |\n|---|---|\n| c | d |",
    "```\ncode\n```",
    "    code",
    "- [ ] task",
    "[^1]\n\n[^1]: note",
    "term\n: definition",
    "a\n\nb",
    "a  \nb",
    "trailing \\",
    ":red[red] :material/home: :smile: -> <- --",
    "```mermaid\ngraph TD\n```",
]
FORMULAS = [
    "$x$",
    "$$x$$",
    "Succe$s and $how$",
    "$\\frac{$",
    "\\[x\\]",
    "\\(x\\)",
    "\\\\[x\\\\]",
    "\\begin{equation}x\\end{equation}",
    f"$\\text{{<img/src=x/onerror={CALL}>}}$",
    f"$\\href{{javascript:{CALL}}}{{x}}$",
    "$\\style{position:fixed}{x}$",
    "${{" * 400,
    "$\\mathdefault{10^{x$",
    "$\\unknown$ $",
    "$5 or 6 $",
    "formula999elumrof",
    "formula0elumrof",
]
TEMPLATES = [
    "{{ 7 * 7 }}",
    "{% include '/etc/passwd' %}",
    "${7 * 7}",
    "#{7 * 7}",
    "<%= 7 * 7 %>",
    "{0.__class__}",
    "%s%s%n",
    "{title}",
    "{",
    "}",
    "%(x)s",
    "\\g<0>",
    "\\1",
    "$(id)",
    "`id`",
    "'; DROP TABLE films; --",
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    '=HYPERLINK("http://x.invalid")',
]
UNUSUAL = [
    "\u202egnp.exe", "\u2066isolate", "zero\u200bwidth\u200d\ufeff", "a\u0301\u0302\u0303" * 40,
    "\ufdfd" * 20, "🎬\u200d🏳️",
    "W" * 3000, "word " * 500, "　", "İıſK", "ﬃ", "NULL", "None", "nan",
    "true", "0", "-1", "1e999", "__proto__", "constructor", "../../etc/passwd", "C:\\con",
]  # fmt: skip
CONTROLS = ["\x1b[31mred\x1b[0m", "\x1b]8;;http://x.invalid\x07go\x1b]8;;\x07", "a\rb", "a\x00b"]
PAYLOADS = HTML + MARKDOWN + FORMULAS + TEMPLATES + UNUSUAL

HARMLESS = "Alien"
HERE = Path(__file__).resolve().parent
# In a browser: the names of all elements, and those that only a payload can have made.
NAMES = "() => [...document.querySelectorAll('*')].map(one => one.tagName)"
FORGED = """() => [...document.querySelectorAll('*')].filter(one =>
    one.tagName === 'X-FORGED' || /^(SCRIPT|STYLE)$/.test(one.tagName) && /forged/i.test(one.text)
    || [...one.attributes].some(({name, value}) => /^on/.test(name) && /forged/i.test(value)
        || /^(src|srcdoc|href|action|data|style|ping|content)$/.test(name)
            && /^[^#].*forged/is.test(value))  // a link to a place of this page does nothing
).map(one => one.outerHTML.slice(0, 200))"""
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

FORMS = [str, str.upper, str.title, lambda t: t + " " + t, lambda t: t.replace(" ", "/")]


def attack(seconds: float) -> list[dict]:
    from nbhelpers import engine

    begun = time.monotonic()
    found: dict[str, list] = {}

    def count(kind: str, tried: int, problems: list[str]) -> None:
        row = found.setdefault(kind, [0, []])
        row[0] += tried
        row[1] += problems

    def late(share: float) -> bool:
        return time.monotonic() - begun > share * seconds

    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        folder, texts = Path(name), mutants()
        while not late(0.4):
            some = list(islice(texts, 50))
            count("sentences of notebooks", len(some), sentences(some))
            count("pages of notebooks, in a browser", len(some), pages(some, folder, browser))
        built = engine.build("sample", folder / "engine")
        texts = mutants(1)
        while not late(1):
            some = list(islice(texts, len(PAYLOADS)))
            count("tabs of the app, in a browser", len(some), tabs(some, built, browser))
            count("answers and page of the API", len(some), answers(some, built, browser))
    return [
        {"kind": kind, "tried": tried, "got_through": len(bad), "note": repr(bad[0]) if bad else ""}
        for kind, (tried, bad) in found.items()
    ]


def mutants(seed: int = 0) -> Iterator[str]:
    """All payloads, and then without end what is made of two of them."""
    yield from PAYLOADS
    draw = random.Random(seed)
    while True:
        one, other = draw.sample(PAYLOADS, 2)
        cut = draw.randrange(len(one) + 1)
        yield draw.choice(FORMS)(one[:cut] + other + one[cut:])[:2_000]


def sentences(texts: list[str]) -> list[str]:
    """Return the texts that a sentence of a notebook does not show as they are, in one line."""
    from nbhelpers.teaching import listed, literal

    problems = []
    for text in texts:
        if not (shown := " ".join(text.split())):
            continue
        said = _said(f"**{literal(text)}** leads, then {listed([text, HARMLESS])}.")
        for html in (MarkdownIt().render(said), _as_on_a_page(said)):
            soup = BeautifulSoup(html, "html.parser")
            names = [tag.name for tag in soup.find_all()]
            expected = f"{shown} leads, then {shown}, {HARMLESS}."
            if names != ["p", "strong", "em", "em"] or soup.get_text().strip() != expected:
                problems.append(text)
    return problems


def _said(sentence: str) -> str:
    """Return the Markdown that `say` hands to Jupyter."""
    from nbhelpers.teaching import lesson

    with mock.patch.object(lesson, "display") as display:
        lesson.say(sentence)
    return display.call_args.args[0].data


def _as_on_a_page(markdown: str) -> str:
    from nbconvert.filters.markdown_mistune import MarkdownWithMath

    from nbhelpers.tools.pages import _OutputRenderer

    return MarkdownWithMath(renderer=_OutputRenderer()).render(markdown)


def pages(texts: list[str], folder: Path, browser) -> list[str]:
    """Return the texts that change what a page is made of, or do anything in a browser."""
    texts = [text for text in texts if text.split()]
    expected, _ = _seen(browser, _page(_shown_in_all_ways, [HARMLESS] * len(texts), folder))
    found, did = _seen(browser, _page(_shown_in_all_ways, texts, folder))
    _, more = _seen(browser, _page(_said_as_it_is, texts, folder))
    if found == expected and not did + more:
        return []
    if len(texts) == 1:
        return texts
    half = len(texts) // 2  # which of them was it?
    return [bad for some in (texts[:half], texts[half:]) for bad in pages(some, folder, browser)]


def _page(outputs, texts: list[str], folder: Path) -> str:
    from nbhelpers.tools.pages import write_page

    cells = [new_code_cell("1", execution_count=1, outputs=outputs(text)) for text in texts]
    head = new_markdown_cell("# A title\n\n<details><summary>Hint</summary>\n\nLook.\n\n</details>")
    notebook = new_notebook(cells=[head, *cells], metadata={"title": texts[0]})
    path = folder / "01_page.ipynb"
    nbformat.write(notebook, path)
    write_page(path, path.with_suffix(".html"))
    return path.with_suffix(".html").as_uri()


def _shown_in_all_ways(text: str) -> list:
    """As notebooks show titles: in sentences, tables, prints, figures and errors."""
    from nbhelpers.teaching import listed, literal

    table = pd.DataFrame({"film": [text], "stars": 1}, index=pd.Index([text], name=text))
    figure = {"image/png": PIXEL, "text/plain": text}
    return [
        _display({"text/markdown": _said(f"**{literal(text)}**, {listed([text])}")}),
        _display({"text/html": table.to_html(), "text/plain": text}),
        _display(figure, metadata={"image/png": {"alt": text}}),
        _display({"text/plain": text}),
        new_output("stream", name="stdout", text=text),
        new_output("error", ename="KeyError", evalue=text, traceback=[text]),
    ]


def _said_as_it_is(text: str) -> list:
    """As somebody shows a title who has forgotten that it may be Markdown."""
    raw = _display({"text/markdown": text})
    return [
        _display({"text/markdown": _said(f"*{text}*")}),
        _display({"text/markdown": _said(text)}),
        raw,
    ]


def _display(data: dict, **more) -> nbformat.NotebookNode:
    return new_output("display_data", data=data, **more)


def _seen(browser, address: str, look=None, wait: str = "body") -> tuple[list[str], list[str]]:
    """Open a page: the names of its elements, and what a payload did in it."""
    context = browser.new_context()
    page, did = context.new_page(), []
    page.set_default_timeout(120_000)

    def asked(request) -> None:
        if not request.url.startswith(
            (address.rsplit("/", 1)[0], "data:", "blob:", "ws://127.0.0.1")
        ):
            did.append(f"asked for {request.url[:100]}")

    def dialog(dialog) -> None:
        did.append(f"opened {dialog.message}")
        dialog.dismiss()

    page.on("request", asked)
    page.on("dialog", dialog)
    page.on("popup", lambda popup: did.append(f"opened {popup.url}"))
    page.on("console", lambda said: did.append(said.text) if said.text == "FORGED" else None)
    try:
        page.goto(address)
        page.wait_for_selector(wait, state="attached")
        did += look(page) if look else []
        did += page.evaluate(FORGED)
        return page.evaluate(NAMES), did
    finally:
        context.close()


@contextmanager
def chromium():
    """A real browser, without a window."""
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)))
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )


def hostile(engine, texts: list[str]):
    """The engine with payloads for all that it knows of its films."""
    from nbhelpers.engine import Engine

    n, movies = len(engine.movies), engine.movies
    endless = cycle(text.replace("\n", " ").replace("|", "/") for text in texts)
    films = {"title": list(islice(endless, n)), "overview": list(islice(endless, n))}
    for column in ("genres", "keywords", "actors", "directors"):
        films[column] = [[next(endless), next(endless)] for _ in range(n)]
    films["poster_url"] = [AWAY] * n
    known = {name: values for name, values in films.items() if name in movies}
    data = replace(
        engine.data, movies=movies.assign(**known), label=next(endless), licence=next(endless)
    )
    return Engine(data, engine.trained, engine.boards, engine.manifest)


SCRIPT = """import json, sys
sys.path.insert(0, {here!r})
import payloads
from nbhelpers import engine as room
from nbhelpers.app import engines, main
load = room.load
with open({texts!r}, encoding="utf-8") as file:
    texts = json.load(file)
engines.load = lambda *asked, **how: payloads.hostile(load(*asked, **how), texts)
main.page(*sys.argv[1:3])
engines.load = load
"""


def tabs(texts: list[str], engine_folder: Path, browser) -> list[str]:
    """Return what payloads did in the tabs of the app."""
    from nbhelpers.app import main

    def look(page) -> list[str]:
        did = []
        for name in main.TABS:
            page.get_by_role("tab", name=name).click()
            panel = page.get_by_role("tabpanel", name=name)
            panel.wait_for()
            page.wait_for_timeout(1_000)
            page.wait_for_selector('[data-testid="stStatusWidget"]', state="detached")
            did += [f"{name}: {one}" for one in page.evaluate(FORGED)]
            if panel.get_by_text("cannot be shown right now").count():
                did.append(f"{name} cannot be shown")
        return did

    with _served(texts, engine_folder) as address:
        return _seen(browser, address, look, ".nb-footer")[1]


@contextmanager
def _served(texts: list[str], engine_folder: Path) -> Iterator[str]:
    from nbhelpers.app import server
    from nbhelpers.tools import addresses

    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind((addresses.HOST, 0))
        port = free.getsockname()[1]
        script, words = Path(folder, "script.py"), Path(folder, "texts.json")
        words.write_text(json.dumps(texts), "utf-8")
        script.write_text(SCRIPT.format(here=str(HERE), texts=str(words)), "utf-8")
        command = server.command("sample", port, engine_folder)
        command[1] = str(script)
        free.close()
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", *command],
            env=os.environ | {"PYTHONPATH": str(HERE.parents[1])},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        address = f"http://{addresses.HOST}:{port}/"
        try:
            while process.poll() is None:
                with suppress(OSError), urllib.request.urlopen(f"{address}_stcore/health"):
                    break
                time.sleep(0.2)
            yield address
        finally:
            process.terminate()
            process.wait()


def answers(texts: list[str], engine_folder: Path, browser) -> list[str]:
    """Return what payloads did in the API's answers and on its page."""
    from nbhelpers.api import running
    from nbhelpers.engine import load

    engine = hostile(load("sample", engine_folder), texts)
    with running(engine) as address:
        problems = []
        for path in ("movies?n=50", "genres", "moods", "explore?n=20", "health"):
            with urllib.request.urlopen(f"http://{address}/v1/{path}") as answer:
                kind = answer.headers["Content-Type"]
                json.load(answer)
            if kind.partition(";")[0] != "application/json":
                problems.append(f"{path} is {kind}")
        return problems + _seen(browser, f"http://{address}/docs", _unfold, ".opblock")[1]


def _unfold(page) -> list[str]:
    """Open every question on the API's page: its examples hold titles."""
    for question in page.locator(".opblock-summary-control").all():
        question.click()
    page.wait_for_timeout(1_000)
    return []
