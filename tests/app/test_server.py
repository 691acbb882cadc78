import re
from pathlib import Path

import pytest
from contrast import contrast

from nbhelpers.app import server
from nbhelpers.errors import DataError

STYLE = Path(server.__file__).with_name("style.css").read_text(encoding="utf-8")


def test_the_server_is_for_this_computer_only_and_reports_nothing():
    flags = server.command("sample", 8501)
    assert {
        *("--server.address=127.0.0.1", "--server.port=8501", "--server.headless=true"),
        *("--browser.gatherUsageStats=false", "--server.fileWatcherType=none"),
    } <= set(flags)
    assert Path(flags[1]).is_file()
    assert flags[-2:] == ["--", "sample"]


def test_every_flag_is_one_of_streamlits():
    from streamlit import config

    known = config.get_config_options()
    assert set(server.OPTIONS) <= set(known)


def test_an_unknown_data_set_is_refused_before_anything_starts():
    with pytest.raises(DataError, match="no-such-set"):
        server.serve("no-such-set")


@pytest.mark.parametrize("ground", ["backgroundColor", "secondaryBackgroundColor"])
@pytest.mark.parametrize("text", ["textColor", "primaryColor", "linkColor"])
def test_the_themes_texts_can_be_read(text, ground):
    assert contrast(server.THEME[text], server.THEME[ground]) >= 4.5


@pytest.mark.parametrize("colour", sorted(set(re.findall(r"[ {]color: (#\w{6})", STYLE))))
def test_texts_of_the_style_can_be_read(colour):
    grounds = ["#f1ede4", "#fbfaf7", "#ffffff"] if colour != "#4a3500" else ["#f6e3b4"]
    assert all(contrast(colour, ground) >= 4.5 for ground in grounds)
