from .netflix_set import generate
from .oracle import Oracle, true_stars

__all__ = [
    "Oracle",
    "generate",
    "true_stars",
]
