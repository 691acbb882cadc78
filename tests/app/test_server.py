import re
from pathlib import Path

import pytest
from contrast import contrast

from nbhelpers.app import server
from nbhelpers.engine import folder_of
from nbhelpers.errors import DataError

STYLE = Path(server.__file__).with_name("style.css").read_text(encoding="utf-8")


def test_the_server_is_for_this_computer_only_and_reports_nothing():
    flags = server.command("sample", 8501)
    assert {
        *("--server.address=127.0.0.1", "--server.port=8501", "--server.headless=true"),
        *("--browser.gatherUsageStats=false", "--server.fileWatcherType=none"),
    } <= set(flags)
    assert Path(flags[1]).is_file()
    assert flags[-3:-1] == ["--", "sample"] and flags[-1] == str(folder_of("sample"))


def test_every_flag_is_one_of_streamlits():
    from streamlit import config

    known = config.get_config_options()
    assert set(server.OPTIONS) <= set(known)


def test_an_unknown_data_set_is_refused_before_anything_starts():
    with pytest.raises(DataError, match="no-such-set"):
        server.serve("no-such-set")


PALETTE = {
    name: dict(zip(server.THEMES, colours, strict=True))
    for name, *colours in re.findall(r"--nb-([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", STYLE)
}
INKS = {"ink", "muted", "blue", "star"}


@pytest.mark.parametrize("theme", server.THEMES)
@pytest.mark.parametrize("text", ["textColor", "primaryColor", "linkColor"])
def test_the_themes_texts_can_be_read(theme, text):
    colours = server.THEMES[theme]
    for ground in ("backgroundColor", "secondaryBackgroundColor"):
        assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", server.THEMES)
def test_texts_of_the_style_can_be_read(theme):
    colours = {name: pair[theme] for name, pair in PALETTE.items()}
    pairs = [(ink, ground) for ink in INKS for ground in ("paper", "card", "shade")]
    for ink, ground in [*pairs, ("on-sun", "sun")]:
        assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)


def test_all_texts_of_the_style_are_in_these_colours():
    used = set(re.findall(r"[ {](?:color|fill): ([^;!]+)", STYLE.split("}", 1)[1]))
    assert {name.strip() for name in used} <= {f"var(--nb-{ink})" for ink in INKS} | {
        *("var(--nb-on-sun)", "white"),  # white stands on posters, which have their own tests
    }


@pytest.mark.parametrize("theme", server.THEMES)
def test_the_style_has_the_colours_of_the_themes(theme):
    names = {
        "ink": "textColor",
        "blue": "primaryColor",
        "paper": "backgroundColor",
        "shade": "secondaryBackgroundColor",
    }
    for ours, theirs in names.items():
        assert PALETTE[ours][theme] == server.THEMES[theme][theirs].lower()


@pytest.mark.parametrize("theme", server.THEMES)
def test_what_charts_draw_can_be_seen(theme):
    card = PALETTE["card"][theme]
    assert all(contrast(colour, card) >= 3 for colour in server.CHARTS[theme])
