"""What predicts stars or makes lists: models with fit, predict, scores, fold_in, top_n."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
