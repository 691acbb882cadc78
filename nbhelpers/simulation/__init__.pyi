from .netflix_set import generate
from .oracle import Oracle

__all__ = [
    "Oracle",
    "generate",
]
