"""The simulated worlds: the sample's, the Netflix-shaped set, and the truth behind the sample."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
