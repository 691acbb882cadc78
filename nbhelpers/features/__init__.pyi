from .builder import FeatureBuilder
from .encodings import Encoding, multi_hot
from .meanings import MEANINGS
from .side_information import about_movies, about_users
from .texts import descriptions, text_features

__all__ = [
    "MEANINGS",
    "Encoding",
    "FeatureBuilder",
    "about_movies",
    "about_users",
    "descriptions",
    "multi_hot",
    "text_features",
]
