"""Room in memory, looked for before it is needed."""

import psutil


def check_room(size: float, what: str, instead: str) -> None:
    """Raise MemoryError if so many bytes are not free.

    Parameters
    ----------
    size : float
        In bytes.
    what : str
        What takes them, in the plural.
    instead : str
        What to do if there is no room.
    """
    free = psutil.virtual_memory().available
    if size > free:
        raise MemoryError(
            f"{what} take {size / 1e9:,.0f} GB, and {free / 1e9:,.0f} GB are free: {instead}."
        )
