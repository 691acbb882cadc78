"""The same steps on a cluster: a session, a split by hash, alternating least squares."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
