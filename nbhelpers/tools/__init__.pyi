from .options import HOST, LOCAL, host, listen, origin, refuse_in_a_notebook

__all__ = ["HOST", "LOCAL", "host", "listen", "origin", "refuse_in_a_notebook"]
