"""Our models as algorithms of Surprise, for its ``cross_validate`` and ``GridSearchCV``."""

from typing import Any, Self

import numpy as np
import pandas as pd
from surprise import AlgoBase, Prediction, Trainset

from nbhelpers.models import knn, svd
from nbhelpers.models.base import Model


class Algorithm(AlgoBase):
    """A model behind Surprise's methods; a subclass says which, in `kind`.

    Parameters
    ----------
    **settings
        Of the model, e.g. ``n_factors=50``.

    Attributes
    ----------
    model : Model
        Whose ids are Surprise's inner ids.

    Notes
    -----
    The predictions are those that Surprise's own algorithm would make: clipped to the rating
    scale, and the mean rating where user and movie are unknown.
    """

    kind: type[Model]

    def __init__(self, **settings: Any):
        super().__init__()
        self.model = self.kind(**settings)

    def fit(self, trainset: Trainset) -> Self:
        super().fit(trainset)
        u, m, r = zip(*trainset.all_ratings(), strict=True)
        frame = pd.DataFrame({"user_id": u, "movie_id": m, "rating": r})
        self.model.fit(frame)
        return self

    def estimate(self, u: int | str, i: int | str) -> float:
        return self._estimates([u], [i])[0]

    def test(self, testset: list[tuple], verbose: bool = False) -> list[Prediction]:
        """Predict all at once what Surprise would predict one by one."""
        if not testset:
            return []
        users, movies, stars = zip(*testset, strict=True)
        trainset = self.trainset
        u = [trainset._raw2inner_id_users.get(user, -1) for user in users]
        m = [trainset._raw2inner_id_items.get(movie, -1) for movie in movies]
        estimates = np.clip(self._estimates(u, m), *trainset.rating_scale).tolist()
        details = {"was_impossible": False}
        rows = zip(users, movies, stars, estimates, strict=True)
        predictions = [Prediction(*row, details) for row in rows]
        if verbose:
            print(*predictions, sep="\n")
        return predictions

    def _estimates(self, u: list, m: list) -> np.ndarray:
        inner = [[i if isinstance(i, int) else -1 for i in side] for side in (u, m)]
        return self.model._estimate(*(np.array(side, np.int64) for side in inner))


class _SVD(svd.SVD):
    def _appearance(self, positions: np.ndarray) -> np.ndarray:
        return np.arange(len(self.movie_ids))  # inner ids count movies as they appear


class SVD(Algorithm):
    """`svd.SVD`: bit for bit the numbers of ``surprise.SVD``, or with float32 faster ones."""

    kind = _SVD


class KNN(Algorithm):
    """`knn.KNN`."""

    kind = knn.KNN
