from .kinds import LABELS, builder, chance, estimator
from .study import run_study

__all__ = [
    "LABELS",
    "builder",
    "chance",
    "estimator",
    "run_study",
]
