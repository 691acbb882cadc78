"""How many answers a second the API gives, and how long people wait when many ask at once.

    python tests/benchmarks/api_load.py --dataset sample

The real server is started on this computer, on a free port. First each question is asked alone, by
two clients at a time; "server ms" is the processor's time for one, which on a computer that has
other things to do tells more than the clock. Then twenty clients ask fifty questions each, of all
kinds and in any order, while one more asks nothing but /health: who watches over a server must not
wait behind those who use it.
"""

import argparse
import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import psutil

from nbhelpers.data import datasets

HOST, ALONE, CROWD, EACH = "127.0.0.1", 2, 20, 50
PAUSE = 0.02  # seconds between two questions about health
HEALTH = "/v1/health"


class Question(NamedTuple):
    """What a client asks: of one kind, which is a row of the tables."""

    kind: str
    path: str
    body: dict | None = None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="sample")
    parser.add_argument("--requests", type=int, default=1000, help="of each kind, at most")
    parser.add_argument("--seconds", type=float, default=15, help="for each kind, at most")
    options = parser.parse_args()
    ratings = datasets.load(options.dataset).ratings
    users, movies = (
        np.random.default_rng(42).permutation(ratings[name].unique()).tolist()
        for name in ("user_id", "movie_id")
    )
    kinds = questions(users, movies, options.requests)
    port = free_port()
    command = [sys.executable, "-m", "nbhelpers.cli", "api"]
    server = subprocess.Popen([*command, "--dataset", options.dataset, "--port", str(port)])
    try:
        wait_for(server, port)
        print(f"{options.dataset}: {len(users):,} users, {len(movies):,} movies")
        print(f"\nOne kind at a time, {ALONE} clients")
        print(
            f"{'':18}{'requests':>9}{'per second':>12}{'p50 ms':>9}{'p99 ms':>9}{'server ms':>11}"
        )
        for kind, asked in kinds.items():
            ask(port, asked[:20], 5)  # warm
            start, busy = time.perf_counter(), seconds_busy(server)
            times = [t for _, t in crowd(port, asked, ALONE, options.seconds)]
            rate = len(times) / (time.perf_counter() - start)
            own = (seconds_busy(server) - busy) / len(times) * 1e3
            print(f"{kind:18}{len(times):9,}{rate:12.0f}{quantiles(times)}{own:11.1f}", flush=True)
        print(f"\nAll kinds, {CROWD} clients, {EACH} questions each; {HEALTH} apart")
        print(f"{'':18}{'requests':>9}{'p50 ms':>9}{'p99 ms':>9}")
        for kind, times in mixed(port, kinds).items():
            print(f"{kind:18}{len(times):9,}{quantiles(times)}")
    finally:
        server.terminate()
        server.wait(10)


def questions(users: list[int], movies: list[int], n: int) -> dict[str, list[Question]]:
    """Return `n` questions of each kind, each about another user or movie."""

    def own(i: int) -> list[dict]:
        return [{"movie_id": movies[(i + j) % len(movies)], "rating": 5 - j} for j in range(4)]

    def of(kind: str, i: int) -> Question:
        user, movie = users[i % len(users)], movies[i % len(movies)]
        some = [movies[(i + j) % len(movies)] for j in range(10)]
        return {
            "health": Question(kind, HEALTH),
            "find": Question(kind, f"/v1/movies?query=the+{'abcdefghij'[i % 10]}"),
            "similar": Question(kind, f"/v1/movies/{movie}/similar"),
            "profile": Question(kind, f"/v1/users/{user}/profile"),
            "predict": Question(kind, "/v1/predictions", {"user_id": user, "movie_ids": some}),
            "popular": Question(kind, f"/v1/users/{user}/recommendations?model=popular"),
            "svd": Question(kind, f"/v1/users/{user}/recommendations?model=svd"),
            "blend": Question(kind, f"/v1/users/{user}/recommendations?model=blend"),
            "list (default)": Question(kind, f"/v1/users/{user}/recommendations"),
            "newcomer": Question(kind, "/v1/recommendations", {"ratings": own(i)}),
        }[kind]

    kinds = ["health", "find", "similar", "profile", "predict", "popular", "svd", "blend"]
    return {
        kind: [of(kind, i) for i in range(n)] for kind in [*kinds, "list (default)", "newcomer"]
    }


def mixed(port: int, kinds: dict[str, list[Question]]) -> dict[str, list[float]]:
    """Return the seconds that each kind took when all are asked at once, and health beside them."""
    every = [question for kind, asked in kinds.items() if kind != "health" for question in asked]
    order = np.random.default_rng(42).permutation(len(every))[: CROWD * EACH]

    def watched(asking: Future) -> Iterator[Question]:
        while not asking.done():
            time.sleep(PAUSE)
            yield kinds["health"][0]

    # In one process the twenty would hold up, by Python's lock, the one that measures.
    with ProcessPoolExecutor(1) as pool:
        asking = pool.submit(crowd, port, [every[i] for i in order], CROWD, 600)
        times = ask(port, watched(asking), 600) + asking.result()
    return {kind: [t for asked, t in times if asked.kind == kind] for kind in kinds}


def quantiles(times: list[float]) -> str:
    p50, p99 = np.quantile(times, [0.5, 0.99]) * 1e3
    return f"{p50:9.1f}{p99:9.1f}"


def free_port() -> int:
    with socket.create_server((HOST, 0)) as place:
        return place.getsockname()[1]


def seconds_busy(server: subprocess.Popen) -> float:
    return sum(psutil.Process(server.pid).cpu_times()[:2])


def wait_for(server: subprocess.Popen, port: int, seconds: float = 120) -> None:
    """Return when the server answers."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            ask(port, [Question("health", HEALTH)], 5)
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("The server did not start.")


def crowd(
    port: int, asked: list[Question], clients: int, seconds: float
) -> list[tuple[Question, float]]:
    """Ask with several clients at once, and return the seconds that each question took."""
    shares = [asked[client::clients] for client in range(clients)]
    with ThreadPoolExecutor(clients) as pool:
        parts = pool.map(lambda share: ask(port, share, seconds), shares)
        return [timed for part in parts for timed in part]


def ask(port: int, asked: Iterable[Question], seconds: float) -> list[tuple[Question, float]]:
    """Ask one question after the other, over one connection, until the time is over."""
    connection, times = http.client.HTTPConnection(HOST, port, timeout=60), []
    end = time.perf_counter() + seconds
    for question in asked:
        start = time.perf_counter()
        if start > end:
            break
        if question.body is None:
            connection.request("GET", question.path)
        else:
            header = {"Content-Type": "application/json"}
            connection.request("POST", question.path, json.dumps(question.body), header)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{question.path}: {answer.status} {body[:200]!r}")
        times.append((question, time.perf_counter() - start))
    connection.close()
    return times


if __name__ == "__main__":
    main()
