"""Starts Streamlit with the app's script and look."""

import json
import threading
from collections.abc import Collection
from pathlib import Path

from nbhelpers.data import about
from nbhelpers.engine import folder_of
from nbhelpers.tools import addresses

# The browser says which of the two a visitor prefers; style.css has the same colours. Text on
# every ground has a contrast of at least 4.5:1.
THEMES = {
    "light": {
        "primaryColor": "#0B5A8A",
        "backgroundColor": "#FBFAF7",
        "secondaryBackgroundColor": "#F1EDE4",
        "textColor": "#1F2430",
        "linkColor": "#0B5A8A",
    },
    "dark": {
        "primaryColor": "#6CB8E6",
        "backgroundColor": "#15171C",
        "secondaryBackgroundColor": "#262A33",
        "textColor": "#ECE8DF",
        "linkColor": "#6CB8E6",
    },
}
# Okabe & Ito's blue, orange and green, as in the notebooks: of each the shade its ground needs.
CHARTS = {
    "light": ["#0072B2", "#D55E00", "#00805E"],
    "dark": ["#56B4E9", "#E69F00", "#2BC498"],
}
OPTIONS = {
    "server.address": addresses.HOST,
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "theme.baseRadius": "0.6rem",
    **{
        f"theme.{theme}.{name}": value
        for theme, colours in THEMES.items()
        for name, value in (colours | {"chartCategoricalColors": json.dumps(CHARTS[theme])}).items()
    },
}


def command(
    dataset: str,
    port: int,
    folder: Path | None = None,
    hosts: Collection[str] = (),
    trust: bool = False,
) -> list[str]:
    """Return what follows ``streamlit`` to start the app."""
    script = str(Path(__file__).with_name("main.py"))
    options = OPTIONS | {"server.port": str(port)}
    flags = [f"--{name}={value}" for name, value in options.items()]
    # All data go through a websocket. By itself Streamlit takes any page whose own name is also
    # the one it is asked by, and a page can point its name to 127.0.0.1 ("DNS rebinding").
    flags += [f"--server.allowedHosts={name.strip('[]')}" for name in (*addresses.LOCAL, *hosts)]
    wanted = [dataset, str(folder or folder_of(dataset)), *(["trust"] if trust else [])]
    return ["run", script, *flags, "--", *wanted]


def serve(
    dataset: str = "sample",
    port: int = 8501,
    folder: Path | None = None,
    hosts: Collection[str] = (),
    trust: bool = False,
) -> None:
    """Serve the app to this computer until interrupted.

    Parameters
    ----------
    dataset : str
    port : int
        Of 127.0.0.1.
    folder : pathlib.Path, optional
        Where the engine is, if not where `engine.folder_of` says.
    hosts : collection of str
        Names by which this computer may be asked, beside 127.0.0.1 and localhost.
    trust : bool
        Whether to open an engine that somebody else made, see `engine.load`.

    Raises
    ------
    DataError
        If there is no data set of this name, another program has the port, a name is none, or
        this is a notebook.
    """
    addresses.refuse_in_a_notebook("start `nbhelpers app` in a terminal.")
    about(dataset)
    names = list(map(addresses.host, hosts))
    addresses.listen(port).close()
    from streamlit.web import cli  # what the program `streamlit` is: Python has no other way in

    from nbhelpers.app import engines

    # By the time a visitor has opened a browser, the engine is open, too.
    threading.Thread(target=engines.warm, args=(dataset, folder, trust), daemon=True).start()
    wanted = command(dataset, port, folder, names, trust)
    cli.main(wanted, prog_name="streamlit", standalone_mode=False)
