"""The engine over HTTP, on this computer only: what programs in any language can ask."""

from nbhelpers.api.server import running, serve
from nbhelpers.api.service import create_app

__all__ = ["create_app", "running", "serve"]
