"""How many recommendations a second the API gives, and how long they take.

    python tests/benchmarks/api_load.py --dataset sample

The real server is started on this computer, on a free port, and asked by two clients at a time,
each of whose questions is about another user. Beside the default model stand /health, which is
what HTTP alone takes, and single models. "Server ms" is the processor's time for a request: on a
computer that has other things to do, it tells more than the clock.
"""

import argparse
import http.client
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import psutil

from nbhelpers.data import datasets

HOST, CLIENTS = "127.0.0.1", 2
TITLES = ("requests", "per second", "p50 ms", "p99 ms", "server ms")
QUESTIONS = {
    "/health": "/health",
    "popular": "/users/{}/recommendations?model=popular",
    "svd": "/users/{}/recommendations?model=svd",
    "boosting": "/users/{}/recommendations?model=boosting",
    "blend (default)": "/users/{}/recommendations",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="sample")
    parser.add_argument("--requests", type=int, default=1000, help="of each kind, at most")
    parser.add_argument("--seconds", type=float, default=15, help="for each kind, at most")
    options = parser.parse_args()
    users = datasets.load(options.dataset).ratings["user_id"].unique()
    users = np.random.default_rng(42).permutation(users).tolist()
    port = free_port()
    command = [sys.executable, "-m", "nbhelpers.cli", "api"]
    server = subprocess.Popen([*command, "--dataset", options.dataset, "--port", str(port)])
    try:
        wait_for(server, port)
        print(f"{options.dataset}: {len(users):,} users, {CLIENTS} clients at a time")
        print(
            f"{'':18}{'requests':>9}{'per second':>12}{'p50 ms':>9}{'p99 ms':>9}{'server ms':>11}"
        )
        for name, path in QUESTIONS.items():
            paths = [path.format(users[i % len(users)]) for i in range(options.requests)]
            ask(port, paths[:20], 5)  # warm
            start, busy = time.perf_counter(), seconds_busy(server)
            times = load(port, paths, options.seconds)
            rate = len(times) / (time.perf_counter() - start)
            own = (seconds_busy(server) - busy) / len(times) * 1e3
            p50, p99 = np.quantile(times, [0.5, 0.99]) * 1e3
            print(f"{name:18}{len(times):12,}{rate:12.0f}{p50:12.1f}{p99:12.1f}{own:12.1f}")
    finally:
        server.terminate()
        server.wait(10)


def free_port() -> int:
    with socket.create_server((HOST, 0)) as place:
        return place.getsockname()[1]


def seconds_busy(server: subprocess.Popen) -> float:
    return sum(psutil.Process(server.pid).cpu_times()[:2])


def wait_for(server: subprocess.Popen, port: int, seconds: float = 60) -> None:
    """Return when the server answers."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            ask(port, ["/health"], 5)
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("The server did not start.")


def load(port: int, paths: list[str], seconds: float) -> list[float]:
    """Return the seconds that each question took, with all clients asking."""
    shares = [paths[client::CLIENTS] for client in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        parts = pool.map(lambda share: ask(port, share, seconds), shares)
        return [time for part in parts for time in part]


def ask(port: int, paths: list[str], seconds: float) -> list[float]:
    """Ask one question after the other, over one connection, until the time is over."""
    connection, times = http.client.HTTPConnection(HOST, port, timeout=30), []
    end = time.perf_counter() + seconds
    for path in paths:
        start = time.perf_counter()
        if start > end:
            break
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {body[:200]}")
        times.append(time.perf_counter() - start)
    connection.close()
    return times


if __name__ == "__main__":
    main()
