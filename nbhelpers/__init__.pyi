from .data import load
from .errors import DataError

__all__ = ["DataError", "__version__", "load"]
__version__: str
