"""Learn, teach and reproduce movie recommendation."""

import lazy_loader

__version__ = "0.1.0"

# The face of this room, and of each below it, is named in its __init__.pyi. What a name stands
# for is imported when it is first used: NumPy, pandas and numba take seconds together.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
