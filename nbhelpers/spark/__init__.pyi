from .als import error, factorise, top_n
from .sessions import available, read, session, to_pandas
from .splits import hash_split

__all__ = [
    "available",
    "error",
    "factorise",
    "hash_split",
    "read",
    "session",
    "to_pandas",
    "top_n",
]
