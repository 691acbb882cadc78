from .kinds import LABELS, builder, chance, estimator
from .study import judge, run_study

__all__ = [
    "LABELS",
    "builder",
    "chance",
    "estimator",
    "judge",
    "run_study",
]
