from .building import build, light, train
from .engine import Engine, Unknown, UnknownModel, UnknownMovie
from .engine_files import folder_of, load, save
from .filters import MOODS, Filters, WrongFilter, listed, tags_of
from .profiles import Profile
from .scoring import ENOUGH, MODELS, SHRINKAGE

__all__ = [
    "ENOUGH",
    "MODELS",
    "MOODS",
    "SHRINKAGE",
    "Engine",
    "Filters",
    "Profile",
    "Unknown",
    "UnknownModel",
    "UnknownMovie",
    "WrongFilter",
    "build",
    "folder_of",
    "light",
    "listed",
    "load",
    "save",
    "tags_of",
    "train",
]
