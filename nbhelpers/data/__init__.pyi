from . import counts, netflix, sampling
from .catalogue import SAMPLE, about
from .datasets import Dataset, adopt, interactions
from .own.personal_exports import my_ratings
from .titles import link_titles, normalise_title, split_title

__all__ = [
    "SAMPLE",
    "Dataset",
    "about",
    "adopt",
    "counts",
    "interactions",
    "link_titles",
    "my_ratings",
    "netflix",
    "normalise_title",
    "sampling",
    "split_title",
]
