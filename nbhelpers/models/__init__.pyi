from .als import ALS
from .base import Model, best_columns
from .baselines import BayesianMean, Biases, GlobalMean, MovieMean, Popularity, UserMean
from .factors import principal_axes
from .knn import KNN
from .model_files import load_model, save_model
from .sgd_threads import grouped_for
from .surprise_bridge import Surprise
from .svd import SVD
from .top_n import Ranker, write_lists

__all__ = [
    "ALS",
    "KNN",
    "SVD",
    "BayesianMean",
    "Biases",
    "GlobalMean",
    "Model",
    "MovieMean",
    "Popularity",
    "Ranker",
    "Surprise",
    "UserMean",
    "best_columns",
    "grouped_for",
    "load_model",
    "principal_axes",
    "save_model",
    "write_lists",
]
