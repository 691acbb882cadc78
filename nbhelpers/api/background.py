"""The API beside whatever else a program does: for lessons and tries."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn

from nbhelpers.api.server import HOST, _open
from nbhelpers.api.service import create_app
from nbhelpers.engine import Engine


@contextmanager
def running(engine: Engine) -> Iterator[str]:
    """Serve an engine from a thread of this program, to this computer only.

    Parameters
    ----------
    engine : Engine

    Yields
    ------
    str
        Host and port, the latter one that was free: ``127.0.0.1:49152``. The server ends with
        the `with` block.
    """
    place = _open(0)
    server = uvicorn.Server(uvicorn.Config(create_app(engine), log_level="error"))
    thread = Thread(target=server.run, kwargs={"sockets": [place]}, daemon=True)
    thread.start()
    try:
        yield f"{HOST}:{place.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        place.close()
