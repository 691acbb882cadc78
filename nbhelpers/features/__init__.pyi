from .builder import FeatureBuilder
from .encodings import Encoding, from_multi_hot, multi_hot
from .rating_times import time_features
from .side_information import about_movies, about_users
from .texts import documents, text_features

__all__ = [
    "Encoding",
    "FeatureBuilder",
    "about_movies",
    "about_users",
    "documents",
    "from_multi_hot",
    "multi_hot",
    "text_features",
    "time_features",
]
