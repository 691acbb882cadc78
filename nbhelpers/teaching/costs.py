"""What a piece of work costs: seconds, and the peak of memory in a process of its own.

Apart from `cost_growth`, which imports the models: what is measured imports this module, and would
take their memory, too.
"""

import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any


def seconds(call: Callable[[], Any]) -> tuple[float, Any]:
    """Return how long a call took, and what it returned.

    Parameters
    ----------
    call : callable
        Without arguments.

    Returns
    -------
    seconds : float
    value : object
    """
    start = time.perf_counter()
    value = call()
    return time.perf_counter() - start, value


def alone(task: Callable[..., Any], *args: Any) -> tuple[Any, float]:
    """Run a module's function in a process of its own; return its value and the peak memory in MB.

    Python itself and what the function's module imports are part of it.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_with_peak, task, *args).result()


def _with_peak(task: Callable[..., Any], *args: Any) -> tuple[Any, float]:
    value = task(*args)
    status = Path("/proc/self/status")
    if status.exists():  # where the process that started this one does not count
        line = next(ln for ln in status.read_text("ascii").splitlines() if "VmHWM" in ln)
        return value, int(line.split()[1]) / 1e3
    if sys.platform == "win32":
        import psutil

        return value, psutil.Process().memory_info().peak_wset / 1e6
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return value, peak / (1e6 if sys.platform == "darwin" else 1e3)
