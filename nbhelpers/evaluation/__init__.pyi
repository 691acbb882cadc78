from .classification import auc, auc_difference, auc_per_user
from .hit_rate import hit_rates
from .intervals import bootstrap, paired_difference, verdict
from .leaderboards import leaderboard, ranking_leaderboard, ranking_over_splits
from .metrics import mae, ranking, rmse
from .model_selection import best_of
from .reliability import calibration
from .splits import (
    cold,
    folds,
    last_per_user,
    probe_or_latest,
    published_split,
    random_split,
    three_way,
    time_split,
)

__all__ = [
    "auc",
    "auc_difference",
    "auc_per_user",
    "best_of",
    "bootstrap",
    "calibration",
    "cold",
    "folds",
    "hit_rates",
    "last_per_user",
    "leaderboard",
    "mae",
    "paired_difference",
    "probe_or_latest",
    "published_split",
    "random_split",
    "ranking",
    "ranking_leaderboard",
    "ranking_over_splits",
    "rmse",
    "three_way",
    "time_split",
    "verdict",
]
