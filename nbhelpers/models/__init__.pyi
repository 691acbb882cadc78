from .als import ALS
from .base import Model, best_columns
from .baselines import BayesianMean, Biases, GlobalMean, MovieMean, UserMean
from .ease import EASE
from .factors import principal_axes
from .implicit_als import IALS
from .knn import KNN
from .model_files import load_model, save_model
from .neighbours_of_likes import ItemKNN, UserKNN
from .popularity import Popularity, RecentPopularity
from .pure_svd import PureSVD
from .sgd_threads import grouped_for
from .surprise_bridge import Surprise
from .svd import SVD
from .top_n import Ranker, write_lists
from .walks import RP3beta

__all__ = [
    "ALS",
    "EASE",
    "IALS",
    "KNN",
    "SVD",
    "BayesianMean",
    "Biases",
    "GlobalMean",
    "ItemKNN",
    "Model",
    "MovieMean",
    "Popularity",
    "PureSVD",
    "RP3beta",
    "Ranker",
    "RecentPopularity",
    "Surprise",
    "UserKNN",
    "UserMean",
    "best_columns",
    "grouped_for",
    "load_model",
    "principal_axes",
    "save_model",
    "write_lists",
]
