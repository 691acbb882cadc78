from .options import HOST, LOCAL, host, listen, origin, refuse_in_a_notebook
from .wording import of_items

__all__ = ["HOST", "LOCAL", "host", "listen", "of_items", "origin", "refuse_in_a_notebook"]
