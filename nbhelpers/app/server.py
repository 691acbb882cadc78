"""Starts Streamlit with the app's script and look."""

import threading
from pathlib import Path

from nbhelpers.data import about

HOST = "127.0.0.1"
# Text on every ground has a contrast of at least 4.5:1.
THEME = {
    "base": "light",
    "primaryColor": "#0B5A8A",
    "backgroundColor": "#FBFAF7",
    "secondaryBackgroundColor": "#F1EDE4",
    "textColor": "#1F2430",
    "linkColor": "#0B5A8A",
    "baseRadius": "0.6rem",
}
OPTIONS = {
    "server.address": HOST,
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    **{f"theme.{name}": value for name, value in THEME.items()},
}


def command(dataset: str, port: int, folder: Path | None = None) -> list[str]:
    """Return what follows ``streamlit`` to start the app."""
    script = str(Path(__file__).with_name("main.py"))
    options = OPTIONS | {"server.port": str(port)}
    flags = [f"--{name}={value}" for name, value in options.items()]
    return ["run", script, *flags, "--", dataset, *([str(folder)] if folder else [])]


def serve(dataset: str = "sample", port: int = 8501, folder: Path | None = None) -> None:
    """Serve the app to this computer until interrupted.

    Parameters
    ----------
    dataset : str
    port : int
        Of 127.0.0.1.
    folder : pathlib.Path, optional
        Where the engine is, if not where `engine.folder_of` says.

    Raises
    ------
    DataError
        If there is no data set of this name.
    """
    about(dataset)
    from streamlit.web import cli  # what the program `streamlit` is: Python has no other way in

    from nbhelpers.app import engines

    # By the time a visitor has opened a browser, the engine is open, too.
    threading.Thread(target=engines.warm, args=(dataset, folder), daemon=True).start()
    cli.main(command(dataset, port, folder), prog_name="streamlit", standalone_mode=False)
