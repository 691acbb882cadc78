"""The engine on a screen: a Streamlit app of four tabs, on this computer only."""

from nbhelpers.app.server import serve

__all__ = ["serve"]
