"""Servers of an engine, to this computer only: of a process or beside whatever else it does."""

import gc
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

from nbhelpers.api import connections
from nbhelpers.api.service import create_app
from nbhelpers.engine import Engine, load
from nbhelpers.tools import addresses


def serve(
    dataset: str = "sample",
    port: int = 8000,
    hosts: Collection[str] = (),
    origins: Collection[str] = (),
    trust: bool = False,
) -> None:
    """Load an engine and answer until interrupted.

    Parameters
    ----------
    dataset : str
    port : int
        Of 127.0.0.1.
    hosts : collection of str
        Names by which this computer may be asked, beside 127.0.0.1 and localhost.
    origins : collection of str
        Where pages come from that may ask as well, as ``http://localhost:3000``.
    trust : bool
        Whether to open an engine that somebody else made, see `engine.load`.

    Raises
    ------
    DataError
        If no engine is built for the data set, another program has the port, a name is none, or
        this is a notebook, which it would block.
    """
    addresses.refuse_in_a_notebook(
        "serve beside it: with nbhelpers.api.running(engine) as address: …; or start "
        "`nbhelpers api` in a terminal."
    )
    names, pages = list(map(addresses.host, hosts)), list(map(addresses.origin, origins))
    with addresses.listen(port) as place, suppress(KeyboardInterrupt):
        engine = load(dataset, trust=trust)
        app = create_app(engine, names, pages)
        gc.freeze()  # the engine stays: to look through it for garbage would only take time
        url = f"http://{addresses.HOST}:{port}/docs"
        print(f"{engine.data.label}: {url} (Ctrl+C to stop)", flush=True)
        connections.server(app, "warning").run(sockets=[place])


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
    with addresses.listen(0) as place:
        server = connections.server(create_app(engine), "error")
        thread = Thread(target=server.run, kwargs={"sockets": [place]}, daemon=True)
        thread.start()
        try:
            yield f"{addresses.HOST}:{place.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=10)
