"""What a lesson needs: what it says, checks and records; its figures, widgets and costs."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
