"""Attacks on the API: fuzzed questions, many and slow connections, foreign names, Ctrl-C.

`attack` is part of the long run of all attacks; by itself: `python tests/attacks/web.py SECONDS`.
"""

import contextlib
import json
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO
from urllib.parse import quote, urlencode

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from trained import sample_engine

from nbhelpers.api import connections
from nbhelpers.tools.addresses import HOST, listen

SERVE = (
    "import sys; from pathlib import Path; from nbhelpers.api import serve, server; "
    "load = server.load; server.load = lambda name, **how: load(name, Path(sys.argv[1]), **how); "
    "serve('sample', int(sys.argv[2]), trust=True)"
)
FUZZED, AT_ONCE, FLAT, SLOW = 5_000, 200, 20_000, 100
GROWTH = 10e6  # bytes of memory in FLAT requests: less is called flat
OWN = b"Host: 127.0.0.1\r\n"
ENDS = 5  # seconds after Ctrl-C
ODD = [
    *("", "0", "-1", "1e9", "NaN", "None", "true", "'; --", "<script>", "../..", "%00", "é", "🎬"),
    *("\ud800", "\x00", "\u202e", "x" * 5_000, "9" * 400, "[]", "{}", "1,2", "comedy", "two-stage"),
]
NAMES = [
    *("n", "skip", "query", "genre", "from_year", "to_year", "tag", "model", "weight", "by"),
    *("surprise", "variety", "series", "limit", "q", "N", "n[]", "", "\ud800", "__proto__"),
]
PLACES = [
    *("health", "genres", "moods", "movies", "movies/{}", "movies/{}/similar", "explore"),
    *("users/{}/recommendations", "users/{}/profile", "recommendations", "profile", "predictions"),
    *("", "{}", "../docs", "openapi.json"),
]
FIELDS = ["ratings", "movie_ids", "user_id", "model", "n", "genre", "tag", "from_year", "to_year"]
STRANGERS = ["evil.example", "127.0.0.1.evil.example", "localhost.evil", "0.0.0.0", "a b", ""]


def attack(seconds: float) -> list[dict]:
    """Attack the sample's API for about so many seconds; return what came of it, kind by kind.

    Parameters
    ----------
    seconds : float
        A few hundred are enough for all of it; with fewer, less is tried.

    Returns
    -------
    list of dict
        ``kind, tried, got_through, note``.
    """
    return list(rows(seconds))


def rows(seconds: float) -> Iterator[dict]:
    """Yield what `attack` returns, as it comes."""
    folder = sample_engine()
    kinds: list[tuple[str, Callable, float]] = [
        ("questions of nonsense", _fuzz, 0.45),
        ("connections at once", _crowd, 0.05),
        ("requests in flat memory", _flat, 0.35),
        ("slow and unfinished connections", _slow, 0.1),
        ("foreign names and pages", _strangers, 0.05),
    ]
    with served(folder) as (server, port, _):
        for kind, run, share in kinds:
            yield _row(kind, *run(server, port, seconds * share))
    yield _row("Ctrl-C in requests", *_interrupt(folder))


def _row(kind: str, tried: int, held: int, note: str) -> dict:
    return {"kind": kind, "tried": tried, "got_through": tried - held, "note": note}


@contextlib.contextmanager
def served(folder: Path) -> Iterator[tuple[psutil.Popen, int, IO[str]]]:
    """Serve an engine in a process of its own; also yields its port and what it complains of."""
    with listen(0) as place:
        port = place.getsockname()[1]
    command = [sys.executable, "-c", SERVE, str(folder), str(port)]
    with tempfile.TemporaryFile("w+") as said:
        server = psutil.Popen(command, stdout=subprocess.PIPE, stderr=said)
        try:
            server.stdout.readline()  # says the address once the engine is open
            end = time.monotonic() + 30
            while ask(port, "/v1/health")[0] != 200 and time.monotonic() < end:
                if server.poll() is not None:
                    said.seek(0)
                    raise RuntimeError(f"The server did not start: {said.read()[-500:]}")
                time.sleep(0.1)
            yield server, port, said
        finally:
            with contextlib.suppress(psutil.NoSuchProcess):
                server.kill()
            server.communicate()


def ask(port: int, path: str, **headers: str) -> tuple[int, bytes]:
    """Return status and body of an answer; 0 if there is none."""
    connection = HTTPConnection(HOST, port, timeout=60)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, HTTPException):
        return 0, b""
    finally:
        connection.close()


def raw(port: int, sent: bytes, wait: float = 60) -> bytes:
    """Send bytes, and return all that comes until the server closes the connection."""
    with socket.create_connection((HOST, port), timeout=wait) as line:
        found = b""
        try:
            line.sendall(sent)
            while part := line.recv(65_536):
                found += part
        except TimeoutError:
            return b""
        except ConnectionError:
            pass
        return found or b"closed"


def _fuzz(server: psutil.Popen, port: int, seconds: float) -> tuple[int, int, str]:
    """Ask what is half right; an answer is JSON and no 5xx."""
    dice, end, tried, codes = random.Random(0), time.monotonic() + seconds, 0, {}
    connection = HTTPConnection(HOST, port, timeout=60)
    while tried < FUZZED and time.monotonic() < end:
        tried += 1
        if dice.random() < 0.1:
            code = _code(raw(port, _garbage(dice)))
        else:
            code = _one(connection, *_question(dice))
        codes[code] = codes.get(code, 0) + 1
    bad = sum(count for code, count in codes.items() if not 100 <= code < 500)
    said = ", ".join(f"{code}: {count}" for code, count in sorted(codes.items()))
    return tried, tried - bad, f"answers by status {said}"


def _one(connection: HTTPConnection, verb: str, path: str, body: bytes | None) -> int:
    headers = {} if body is None else {"Content-Type": "application/json"}
    try:
        connection.request(verb, path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
    except (OSError, HTTPException):
        connection.close()
        return 0
    if path.startswith("/v1/") and text and answer.status != 307:
        try:
            json.loads(text)
        except ValueError:
            return 599
    return answer.status


def _question(dice: random.Random) -> tuple[str, str, bytes | None]:
    known = [742, 1435, 525, 197, 2_147_483_647]
    path = "/v1/" + dice.choice(PLACES).format(_odd(dice, known))
    pairs = [(dice.choice(NAMES), _odd(dice, [1, 10, 1990])) for _ in range(dice.randrange(4))]
    path += "?" + urlencode(pairs, errors="surrogatepass") if pairs else ""
    if dice.random() < 0.6:
        return dice.choice(["GET", "GET", "GET", "HEAD", "DELETE", "OPTIONS", "PUT"]), path, None
    return "POST", path, _body(dice)


def _odd(dice: random.Random, usual: list[int]) -> str:
    text = str(dice.choice(usual)) if dice.random() < 0.5 else dice.choice(ODD)
    return quote(text, safe="", errors="surrogatepass")


def _body(dice: random.Random) -> bytes:
    odd = [None, True, -1, 1.5, 1e308, "x", [], {}, [[]], "\ud800", 2**63]
    rating = {"movie_id": dice.choice([1435, 525, *odd]), "rating": dice.choice([4, 4.5, *odd])}
    values = [[rating], [rating, rating], [1435], 742, *odd]
    fields = {dice.choice(FIELDS): dice.choice(values) for _ in range(dice.randrange(4))}
    body = bytearray(json.dumps(fields).encode())
    for _ in range(dice.choice([0, 0, 0, 1, 3])):
        if body:
            body[dice.randrange(len(body))] = dice.randrange(256)
    return bytes(body)


def _garbage(dice: random.Random) -> bytes:
    """Return bytes that are hardly HTTP, with an end that makes a server answer."""
    line = dice.choice([b"GET /v1/health HTTP/1.1", b"POST /v1/profile HTTP/1.1", b"\x16\x03\x01"])
    mess = bytearray(line + b"\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    for _ in range(dice.randrange(1, 6)):
        mess[dice.randrange(len(mess))] = dice.randrange(256)
    return bytes(mess) + b"\r\n\r\n"


def _code(answer: bytes) -> int:
    """Return the status of an answer; a connection that is closed without one is refused, too."""
    words = answer.split(b" ", 2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else (499 if answer else 0)


def _crowd(server: psutil.Popen, port: int, seconds: float) -> tuple[int, int, str]:
    """Open many connections at once, then ask on each of them."""
    start, lines = time.monotonic(), []
    for _ in range(AT_ONCE):
        lines.append(socket.create_connection((HOST, port), timeout=60))
    for line in lines:
        line.sendall(b"GET /v1/explore?n=5 HTTP/1.1\r\n" + OWN + b"Connection: close\r\n\r\n")
    held = 0
    for line in lines:
        with line:
            held += line.recv(65_536).startswith(b"HTTP/1.1 200")
    return AT_ONCE, held, f"all answered after {time.monotonic() - start:.1f} s"


def _flat(server: psutil.Popen, port: int, seconds: float) -> tuple[int, int, str]:
    """Ask again and again: the server's memory stays as it is."""
    paths = ["movies?query=alien", "explore?genre=Drama&n=5", "health", "no", "users/742/profile"]
    connection = HTTPConnection(HOST, port, timeout=60)
    end, done, before = time.monotonic() + seconds, 0, 0
    while done < FLAT + 1_000 and time.monotonic() < end:
        if done == 1_000 or not before:  # what is filled at first is no leak
            before = server.memory_info().rss
        _one(connection, "GET", "/v1/" + paths[done % len(paths)], None)
        done += 1
    after = server.memory_info().rss
    note = f"{before / 1e6:.0f} MB before, {after / 1e6:.0f} MB after"
    return done, done * (after - before < GROWTH), note


def _slow(server: psutil.Popen, port: int, seconds: float) -> tuple[int, int, str]:
    """Begin requests and never end them: others are answered, and these are closed."""
    begun = [
        b"",
        b"GET /v1/he",
        b"GET /v1/health HTTP/1.1\r\n" + OWN + b"X-A: ",
        b"POST /v1/profile HTTP/1.1\r\n" + OWN + b"Content-Length: 99\r\n\r\n{",
    ]
    start, lines = time.monotonic(), []
    for number in range(SLOW):
        lines.append(socket.create_connection((HOST, port), timeout=connections.ARRIVE + 10))
        lines[-1].sendall(begun[number % len(begun)])
    answered = ask(port, "/v1/health")[0] == 200
    held = 0
    for line in lines:
        with line, contextlib.suppress(TimeoutError):
            try:
                while line.recv(65_536):
                    pass
            except ConnectionError:
                pass
            held += answered
    return SLOW, held, f"closed after {time.monotonic() - start:.1f} s"


def _strangers(server: psutil.Popen, port: int, seconds: float) -> tuple[int, int, str]:
    """Ask by names that are not this computer's, and from pages of other sites."""
    tried = [{"Host": name} for name in STRANGERS] + [{"Host": f"{s}:{port}"} for s in STRANGERS]
    tried += [{"Origin": f"http://{name}"} for name in STRANGERS]
    tried += [{"Origin": "null"}, {"Origin": f"http://{HOST}:{port + 1}"}, {"Host": f"{HOST}:x"}]
    codes = [ask(port, "/v1/health", **headers)[0] for headers in tried]
    named = [ask(port, "/v1/health", Host=f"{n}:{port}")[0] for n in (HOST, "localhost", "[::1]")]
    good = sum(code in (400, 403) for code in codes) + sum(code == 200 for code in named)
    return len(codes) + len(named), good, "others refused, own names answered"


def _interrupt(folder: Path) -> tuple[int, int, str]:
    """Interrupt a server with requests that never end."""
    with served(folder) as (server, port, complaints):
        lines = [socket.create_connection((HOST, port)) for _ in range(10)]
        for line in lines:
            line.sendall(b"POST /v1/profile HTTP/1.1\r\n" + OWN + b"Content-Length: 9\r\n\r\n{")
        time.sleep(0.3)
        start = time.monotonic()
        server.send_signal(signal.SIGINT)
        try:
            server.wait(ENDS * 4)
        except psutil.TimeoutExpired:
            return 1, 0, "it does not end"
        took = time.monotonic() - start
        complaints.seek(0)
        said = complaints.read()
        for line in lines:
            line.close()
    good = took < ENDS and "Traceback" not in said
    return 1, int(good), f"ended after {took:.1f} s, said {len(said)} characters"


if __name__ == "__main__":
    for row in rows(float(sys.argv[1]) if len(sys.argv) > 1 else 600):
        print(*row.values(), sep="\t", flush=True)
