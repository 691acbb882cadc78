from .als import ALS
from .base import Model, best_columns
from .baselines import BayesianMean, Biases, GlobalMean, MovieMean, UserMean
from .bayesian_fm import BayesianFM
from .ease import EASE
from .factors import principal_axes
from .implicit_als import IALS
from .knn import KNN
from .model_files import load_model, save_model
from .neighbours_of_likes import ItemKNN, UserKNN
from .on_residuals import OnResiduals
from .popularity import Popularity, RecentPopularity
from .pure_svd import PureSVD
from .rbm import RBM
from .sgd_threads import grouped_for
from .surprise_bridge import Surprise
from .svd import SVD
from .svdpp import SVDpp
from .time_biases import TimeBiases
from .top_n import Ranker, write_lists
from .walks import RP3beta

__all__ = [
    "ALS",
    "EASE",
    "IALS",
    "KNN",
    "RBM",
    "SVD",
    "BayesianFM",
    "BayesianMean",
    "Biases",
    "GlobalMean",
    "ItemKNN",
    "Model",
    "MovieMean",
    "OnResiduals",
    "Popularity",
    "PureSVD",
    "RP3beta",
    "Ranker",
    "RecentPopularity",
    "SVDpp",
    "Surprise",
    "TimeBiases",
    "UserKNN",
    "UserMean",
    "best_columns",
    "grouped_for",
    "load_model",
    "principal_axes",
    "save_model",
    "write_lists",
]
