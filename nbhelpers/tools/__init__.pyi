from . import addresses
from .wording import of_items

__all__ = ["addresses", "of_items"]
