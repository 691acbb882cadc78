"""Processes that are gone, for what they leave behind."""

import subprocess
import sys
from functools import lru_cache


@lru_cache
def of_the_dead() -> str:
    """An end for a name, as `files.owner` gives it to a process that is gone by now."""
    code = "from nbhelpers.files import owner; print(owner())"
    asked = [sys.executable, "-c", code]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
