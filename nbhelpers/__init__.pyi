from .data.datasets import adopt, load
from .errors import DataError

__all__ = ["DataError", "__version__", "adopt", "load"]
__version__: str
