"""Who may ask the API, by which name, and what becomes of slow and unfinished connections."""

import asyncio
import logging
import socket
import time

import pytest
from fastapi.testclient import TestClient

from nbhelpers.api import connections, running, serve
from nbhelpers.api.service import create_app
from nbhelpers.app import serve as serve_app
from nbhelpers.errors import DataError
from nbhelpers.tools.addresses import HOST, host, listen, origin

PAGE = "http://localhost:3000"
OWN = b"Host: 127.0.0.1\r\n"


@pytest.fixture(scope="module")
def client(engine):
    return TestClient(create_app(engine, ["me.local"], [PAGE]), "http://localhost")


@pytest.mark.parametrize("name", [HOST, "localhost", "LOCALHOST:8000", "[::1]:8000", "me.local"])
def test_own_names_are_answered(client, name):
    assert client.get("/v1/health", headers={"Host": name}).status_code == 200


@pytest.mark.parametrize(
    "name",
    ["evil.example", "127.0.0.1.evil.example", "localhost.", "localhost:x", "::1", "a b", "@", ""],
)
def test_other_names_are_not(client, name):
    for path in ("/v1/health", "/docs", "/openapi.json", "/nothing"):
        answer = client.get(path, headers={"Host": name})
        assert answer.status_code == 400 and "--allow-host" in answer.json()["remedy"]


@pytest.mark.parametrize(
    "page", ["http://evil.example", "null", "http://localhost:3001", PAGE + "/"]
)
def test_pages_from_elsewhere_are_refused(client, page):
    answer = client.post("/v1/recommendations", json={}, headers={"Origin": page})
    assert answer.status_code == 403 and "--allow-origin" in answer.json()["remedy"]
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_pages_that_were_allowed_may_read_and_send(client):
    answer = client.get("/v1/health", headers={"Origin": PAGE})
    assert answer.status_code == 200 and answer.headers["access-control-allow-origin"] == PAGE
    asks = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    preflight = client.options("/v1/recommendations", headers=asks | {"Origin": PAGE})
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == PAGE
    wrong = client.get("/v1/movies?n=0", headers={"Origin": PAGE})
    assert wrong.status_code == 422 and "access-control-allow-origin" in wrong.headers


def test_the_servers_own_page_may_ask(client):
    own = {"Host": "127.0.0.1:8000", "Origin": "http://127.0.0.1:8000"}
    assert client.get("/v1/health", headers=own).status_code == 200


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("http://localhost:3000", "http://localhost:3000"),
        ("HTTP://LocalHost:80/", "http://localhost"),
        ("https://[::1]:8443", "https://[::1]:8443"),
    ],
)
def test_origins_are_as_browsers_say_them(address, found):
    assert origin(address) == found


@pytest.mark.parametrize(
    "address", ["*", "localhost:3000", "http://", "http://a/b", "http://u@a", "http://a:b"]
)
def test_what_is_no_origin_or_host_is_refused(address):
    with pytest.raises(DataError, match="--allow-origin http://localhost:3000"):
        origin(address)
    with pytest.raises(DataError):
        origin("null")
    with pytest.raises(DataError, match="--allow-host"):
        host(address)


def test_in_a_notebook_running_is_named():
    async def cell(start):
        with pytest.raises(DataError, match="notebook") as refused:
            start("sample", 8765)
        return str(refused.value)

    assert "running(engine)" in asyncio.run(cell(serve))
    assert "terminal" in asyncio.run(cell(serve_app))


def test_a_taken_port_has_a_remedy_in_app_and_api():
    with listen(0) as place:
        port = place.getsockname()[1]
        for start in (serve, serve_app):
            with pytest.raises(DataError, match=rf"Port {port} .*--port {port % 65_535 + 1}"):
                start("sample", port)
    with pytest.raises(DataError, match="no port 65536"):
        listen(65_536)


UNFINISHED = [
    b"",
    b"GET /v1/he",
    b"GET /v1/health HTTP/1.1\r\n" + OWN + b"X-A: ",
    b"POST /v1/profile HTTP/1.1\r\n" + OWN + b"Content-Length: 99\r\n\r\n{",
    b"GET /v1/health HTTP/1.1\r\n" + OWN + b"\r\nGET /v1/he",
]


def open_to(address: str, sent: bytes) -> socket.socket:
    name, port = address.split(":")
    line = socket.create_connection((name, int(port)), timeout=30)
    line.sendall(sent)
    return line


def rest_of(line: socket.socket) -> bytes:
    """What comes until the connection is closed."""
    found = b""
    with line:
        try:
            while part := line.recv(65_536):
                found += part
        except ConnectionError:
            pass
    return found


def test_what_is_never_finished_is_closed(engine, monkeypatch):
    monkeypatch.setattr(connections, "ARRIVE", 0.5)
    with running(engine) as address:
        lines = [open_to(address, sent) for sent in UNFINISHED]
        whole = open_to(
            address, b"GET /v1/genres HTTP/1.1\r\n" + OWN + b"Connection: close\r\n\r\n"
        )
        assert b'"items"' in rest_of(whole)
        answers = [rest_of(line) for line in lines]
    assert answers[:4] == [b""] * 4 and answers[4].startswith(b"HTTP/1.1 200")


def test_what_is_never_finished_holds_up_no_end(engine):
    with running(engine) as address:
        lines = [open_to(address, sent) for sent in UNFINISHED]
        time.sleep(0.2)
        start = time.monotonic()
    assert time.monotonic() - start < 5
    for line in lines:
        rest_of(line)


def test_a_limit_says_so_in_one_line(engine, monkeypatch, caplog):
    monkeypatch.setattr(connections, "most", lambda: 5)
    connections._said.clear()
    with running(engine) as address, caplog.at_level(logging.WARNING, "uvicorn.error"):
        lines = [open_to(address, b"") for _ in range(12)]
        time.sleep(0.2)
        lines[0].sendall(b"GET /v1/genres HTTP/1.1\r\n" + OWN + b"Connection: close\r\n\r\n")
        assert b"HTTP/1.1 200" in rest_of(lines[0])
        refused = [rest_of(line) for line in lines[5:]]
        for line in lines[1:5]:
            line.close()
    assert all(answer.startswith(b"HTTP/1.1 503") for answer in refused)


def test_the_systems_limit_is_told_once(monkeypatch):
    told = []
    monkeypatch.setattr(connections.log, "warning", told.append)
    connections._said.clear()
    for _ in range(3):
        connections._handle(None, {"exception": OSError(24, "Too many open files")})
    assert told == ["No more connections can be opened for the moment: Too many open files."]
