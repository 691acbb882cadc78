"""What predicts: means, biases, neighbours and factors with fit, predict, scores, fold_in."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
