from .als import ALS
from .base import Model, best_columns
from .baselines import BayesianMean, Biases, GlobalMean, MovieMean, UserMean
from .bayesian_fm import BayesianFM
from .ease import EASE
from .factors import principal_axes
from .implicit_als import IALS
from .implicit_knn import ItemKNN, UserKNN
from .knn import KNN
from .model_files import load_model, save_model
from .on_residuals import OnResiduals
from .popularity import Popularity, RecentPopularity
from .pure_svd import PureSVD
from .rbm import RBM
from .rp3beta import RP3beta
from .sgd_threads import grouped_for
from .surprise_bridge import Surprise
from .svd import SVD
from .svdpp import SVDpp
from .time_biases import TimeBiases
from .top_n import Ranker, write_lists

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
