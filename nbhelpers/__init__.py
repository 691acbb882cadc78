"""Learn, teach and reproduce movie recommendation."""

from nbhelpers.data.datasets import Dataset, load
from nbhelpers.errors import DataError

__all__ = ["DataError", "Dataset", "load"]
__version__ = "0.1.0"
