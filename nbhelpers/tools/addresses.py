"""Ports and names of this computer, and of pages: looked at before anything is served."""

import asyncio
import os
import re
import socket
from urllib.parse import urlsplit

from nbhelpers.errors import DataError, SettingError

HOST = "127.0.0.1"
LOCAL = (HOST, "localhost", "[::1]")  # what browsers call this computer
LAST_PORT = 65_535


def listen(port: int) -> socket.socket:
    """Take a port of this computer, for nobody else.

    Parameters
    ----------
    port : int
        0 for any that is free.

    Returns
    -------
    socket.socket
        To be closed by the caller.

    Raises
    ------
    DataError
        If there is no such port, or another program has it.
    """
    if not 0 <= port <= LAST_PORT:
        raise SettingError(f"There is no port {port}.", expected=f"a number up to {LAST_PORT}.")
    # Of a socket that does not say TCP, asyncio holds back small answers for 40 ms.
    place = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere it would share the port with another program
            place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind((HOST, port))
        place.listen(128)
        return place
    except OSError as error:
        place.close()
        raise DataError(
            f"Port {port} of {HOST} cannot be used: {error.strerror}.",
            remedy="Stop the program that has it, or choose another: "
            f"--port {port % LAST_PORT + 1}",
        ) from None


def refuse_in_a_notebook(remedy: str) -> None:
    """Refuse to start what would run until it is interrupted, where a loop runs already.

    Parameters
    ----------
    remedy : str

    Raises
    ------
    SettingError
        In a notebook, and inside any other loop.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise SettingError(
        "This would keep the notebook, or whatever loop runs here, from doing anything else.",
        remedy=remedy,
    )


def host(name: str) -> str:
    """Return a name by which this computer may be asked.

    Parameters
    ----------
    name : str
        Without ``http://`` and without a port.

    Returns
    -------
    str
        In lower case.

    Raises
    ------
    SettingError
        If it is none.
    """
    if re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]", name):
        return name.lower()
    raise SettingError(
        f"{name!r} is not the name of a computer.",
        expected="one name, without http:// and without a port.",
        remedy="for example --allow-host my-computer.local",
    )


def origin(address: str) -> str:
    """Return where a page comes from, as browsers say it.

    Parameters
    ----------
    address : str
        As http://localhost:3000.

    Returns
    -------
    str

    Raises
    ------
    SettingError
        If it is more than that, less, or stands for every page there is.
    """
    try:
        parts = urlsplit(address)
        port, name = parts.port, parts.hostname
    except ValueError:
        port = name = None
    bare = parts._replace(path="").geturl().lower() if name else None
    plain = bare == address.rstrip("/").lower()
    if not plain or parts.scheme not in ("http", "https") or parts.username is not None:
        raise SettingError(
            f"{address!r} is not an origin of pages.",
            expected="http:// or https://, a name, and a port unless it is the usual one.",
            remedy="for example --allow-origin http://localhost:3000",
        )
    usual = {"http": 80, "https": 443}[parts.scheme]
    shown = f"[{name}]" if name and ":" in name else name
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in (None, usual) else "")
