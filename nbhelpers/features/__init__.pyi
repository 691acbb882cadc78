from .builder import FeatureBuilder
from .encodings import Encoding, from_multi_hot, multi_hot
from .rating_times import time_features
from .texts import documents, text_features

__all__ = [
    "Encoding",
    "FeatureBuilder",
    "documents",
    "from_multi_hot",
    "multi_hot",
    "text_features",
    "time_features",
]
