from .data import Dataset, load
from .errors import DataError

__all__ = ["DataError", "Dataset", "__version__", "load"]
__version__: str
