"""Room in memory, looked for before it is needed."""

import psutil


def check_room(size: float, what: str, instead: str) -> None:
    """Raise MemoryError if so many bytes are not free: what takes them, and what to do instead."""
    free = psutil.virtual_memory().available
    if size > free:
        raise MemoryError(
            f"{what} take {size / 1e9:,.0f} GB, and {free / 1e9:,.0f} GB are free: {instead}."
        )
