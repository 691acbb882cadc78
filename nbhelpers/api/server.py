"""Servers of an engine, to this computer only: of a process or beside whatever else it does."""

import gc
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn

from nbhelpers import DataError
from nbhelpers.api.service import create_app
from nbhelpers.engine import Engine, load

HOST = "127.0.0.1"


def serve(dataset: str = "sample", port: int = 8000, trust: bool = False) -> None:
    """Load an engine and answer until interrupted.

    Parameters
    ----------
    dataset : str
    port : int
        Of 127.0.0.1.
    trust : bool
        Whether to open an engine that somebody else made, see `engine.load`.

    Raises
    ------
    DataError
        If no engine is built for the data set, or another program has the port.
    """
    with _open(port) as place:
        engine = load(dataset, trust=trust)
        app = create_app(engine)
        gc.freeze()  # the engine stays: to look through it for garbage would only take time
        print(f"{engine.data.label}: http://{HOST}:{port}/docs (Ctrl+C to stop)", flush=True)
        config = uvicorn.Config(app, log_level="warning", server_header=False)
        uvicorn.Server(config).run(sockets=[place])


@contextmanager
def running(engine: Engine) -> Iterator[str]:
    """Serve an engine from a thread of this program: for lessons and tries.

    Parameters
    ----------
    engine : Engine

    Yields
    ------
    str
        Host and port, the latter one that was free: ``127.0.0.1:49152``. The server ends with
        the `with` block.
    """
    with _open(0) as place:
        server = uvicorn.Server(uvicorn.Config(create_app(engine), log_level="error"))
        thread = Thread(target=server.run, kwargs={"sockets": [place]}, daemon=True)
        thread.start()
        try:
            yield f"{HOST}:{place.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=10)


def _open(port: int) -> socket.socket:
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
            remedy=f"Stop the program that has it, or choose another: --port {port % 65535 + 1}",
        ) from None
