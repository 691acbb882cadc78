"""A notebook executed in a process of its own, which ends when whoever started it does.

It is told what to do as JSON, ``python -m nbhelpers.tools.execution '{…}'``, and its standard
input is its lifeline: held open by the one who started it, it ends with them, however they end.
"""

import json
import os
import shutil
import sys
import tempfile
import threading
from contextlib import suppress

import psutil

MARK = "NBHELPERS_RUN"  # in the environment of all that belongs to a job, its kernel's children too
SECONDS_TO_CLEAN_UP = 0.5
ROUNDS = 5  # those that are ended may start others


def main() -> None:
    import papermill

    ended = threading.Event()
    lifeline = threading.Thread(target=_end_with_parent, args=[ended], daemon=True)
    lifeline.start()
    try:
        papermill.execute_notebook(
            **json.loads(sys.argv[1]), kernel_name="python3", progress_bar=False
        )
    finally:
        if ended.is_set():  # papermill gave up because its kernel was ended
            lifeline.join()


def _end_with_parent(ended: threading.Event) -> None:
    os.read(0, 1)  # nobody ever writes: it returns when the other end is closed
    ended.set()
    end(os.environ[MARK])
    shutil.rmtree(tempfile.gettempdir(), ignore_errors=True)  # made for this job alone
    os._exit(1)


def end(mark: str) -> None:
    """End every process that carries a mark, but for this one."""
    for _ in range(ROUNDS):
        if not (left := _marked(mark)):
            return
        for process in left:
            with suppress(psutil.Error):  # it ended by itself
                process.terminate()
        # They may tidy up: Spark removes gigabytes.
        _, left = psutil.wait_procs(left, timeout=SECONDS_TO_CLEAN_UP)
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=SECONDS_TO_CLEAN_UP)


def _marked(mark: str) -> list[psutil.Process]:
    def carries(process: psutil.Process) -> bool:
        try:
            alive = process.status() != psutil.STATUS_ZOMBIE
            return alive and process.environ().get(MARK) == mark
        except (psutil.Error, OSError):  # other people's, or ended by now
            return False

    return [p for p in psutil.process_iter() if p.pid != os.getpid() and carries(p)]


if __name__ == "__main__":
    main()
