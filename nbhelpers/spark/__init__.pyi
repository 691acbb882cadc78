from .als import error, factorise
from .sessions import available, read, session
from .splits import hash_split

__all__ = [
    "available",
    "error",
    "factorise",
    "hash_split",
    "read",
    "session",
]
