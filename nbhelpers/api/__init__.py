"""The engine over HTTP, on this computer only: what programs in any language can ask."""

from nbhelpers.api.background import running
from nbhelpers.api.server import serve

__all__ = ["running", "serve"]
