"""A name or a file becomes one Dataset: catalogue, readers, cache, titles, sampling, counts."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
