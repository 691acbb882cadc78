"""Connections to a server: who may ask by which name, how long they may take, and how many."""

import asyncio
import errno
import logging
import time
from collections.abc import Collection

import uvicorn
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from nbhelpers.api import problems
from nbhelpers.tools import addresses

ARRIVE = 15  # seconds that a request may take to be here in full
MOST = 1_000  # connections at a time
SPARED = 64  # files that a process opens beside its connections
SILENT = 60  # seconds in which the same trouble is said once
END = 2  # seconds that requests have to end in when the server does
FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\n"
    b"Content-Length: 0\r\n\r\n"
)
log = logging.getLogger("uvicorn.error")


class KnownNames:
    """Answers only who asks this computer by its name, from its own pages or from allowed ones.

    A page can point its own name to 127.0.0.1 once it is open ("DNS rebinding"): what it reads from
    there would then pass for its own. Written here because Starlette's middleware for it answers in
    plain text, and lets any Origin through.

    `hosts` are names, beside those that every computer has for itself; `origins` where other pages
    may come from, as browsers say it: ``http://localhost:3000``.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str], origins: Collection[str]):
        self.app, self.origins = app, frozenset(origins)
        self.hosts = frozenset(addresses.LOCAL) | frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            host, origin = headers.get("host", "").lower(), headers.get("origin")
            if not self._known(host):
                said = problems.answer(
                    400,
                    "This server is asked by a name that it does not know.",
                    "Ask 127.0.0.1, or start it with --allow-host NAME.",
                )
                return await said(scope, receive, send)
            own = origin is None or origin.lower() in (f"http://{host}", f"https://{host}")
            if not own and origin not in self.origins:
                said = problems.answer(
                    403,
                    "Pages from elsewhere may not ask this server.",
                    "Start it with --allow-origin and where the page comes from, as "
                    "--allow-origin http://localhost:3000",
                )
                return await said(scope, receive, send)
        await self.app(scope, receive, send)

    def _known(self, host: str) -> bool:
        name, colon, port = host.rpartition(":")
        return host in self.hosts or (bool(colon) and name in self.hosts and port.isdecimal())


class Connection(H11Protocol):
    """A connection that is closed when a request takes too long to arrive.

    uvicorn itself waits for ever; and where there are too many connections, Python writes a trace
    for each of them once the system has no more to give.
    """

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > most():
            tell(f"{most():,} connections are open, as many as there may be: others are refused.")
            transport.write(FULL)
            transport.close()
            return
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def shutdown(self) -> None:
        if self._deadline is None:
            super().shutdown()
        else:  # what has not arrived by now is not waited for
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Set a deadline if a request is on its way, and lift it when it is here."""
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete and not cycle.more_body:
            self._rest()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(ARRIVE, self.transport.close)

    def _rest(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class Server(uvicorn.Server):
    """uvicorn's server, which says in one line that the system has no more connections."""

    async def startup(self, sockets: list | None = None) -> None:
        asyncio.get_running_loop().set_exception_handler(_handle)
        await super().startup(sockets)


def server(app: ASGIApp, log_level: str) -> Server:
    """Return a server of an app that ends when it is told to, whatever hangs."""
    log.addFilter(_tells_something)
    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        log_level=log_level,
        server_header=False,
        backlog=128,  # as many are accepted at a time, before any of them can be refused
        timeout_graceful_shutdown=END,
    )
    return Server(config)


def most() -> int:
    """Return how many connections there may be: fewer than the system lets a process open."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return MOST
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else max(1, min(MOST, soft - SPARED))


_said: dict[str, float] = {}


def tell(text: str) -> None:
    """Log a line, once a minute."""
    now = time.monotonic()
    if now - _said.get(text, -SILENT) >= SILENT:
        _said[text] = now
        log.warning(text)


def _tells_something(record: logging.LogRecord) -> bool:
    """Whether a line is worth a trace: one of what was stopped on purpose tells nothing."""
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or not issubclass(kind, asyncio.CancelledError | ClientDisconnect)


def _handle(loop: asyncio.AbstractEventLoop, context: dict) -> None:
    error = context.get("exception")
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        tell(f"No more connections can be opened for the moment: {error.strerror}.")
    else:
        loop.default_exception_handler(context)
