"""The engine over HTTP, on this computer only: what programs in any language can ask."""

from nbhelpers.api.server import running, serve

__all__ = ["running", "serve"]
