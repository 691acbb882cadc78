"""Any algorithm of scikit-surprise, with the methods that all models share."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from nbhelpers.models.base import Model, rows_or_zero


@dataclass(eq=False)
class Surprise(Model):
    """Any algorithm of scikit-surprise as a `Model`.

    Parameters
    ----------
    algo : surprise.AlgoBase
        For example ``surprise.SVDpp(random_state=42)``. Where it cannot predict, the answer
        is the mean of the ratings it has learned from.

    Notes
    -----
    Scoring all movies is one product for ``surprise.SVD`` and one call per movie for all
    other algorithms, which takes minutes where there are many users.
    """

    algo: Any

    def fit(self, ratings: pd.DataFrame) -> Self:
        # Not at the top: Kaggle and Colab lack Surprise, and all else works without it.
        from surprise import Dataset, Reader

        self._index(ratings)
        scale = ratings["rating"].min(), ratings["rating"].max()
        table = ratings[["user_id", "movie_id", "rating"]]
        trainset = Dataset.load_from_df(table, Reader(rating_scale=scale)).build_full_trainset()
        self.algo.fit(trainset)
        self._inner_users = np.array([trainset.to_inner_uid(i) for i in self.user_ids.tolist()])
        self._inner_movies = np.array([trainset.to_inner_iid(i) for i in self.movie_ids.tolist()])
        return self

    def _estimate(self, u: np.ndarray, m: np.ndarray) -> np.ndarray:
        users, movies = self.user_ids.tolist(), self.movie_ids.tolist()
        users.append(None)  # position -1, an id that Surprise does not know either
        movies.append(None)
        pairs = zip(u.tolist(), m.tolist(), strict=True)
        return np.array([self.algo.predict(users[i], movies[j], clip=False).est for i, j in pairs])

    def scores_at(self, u: np.ndarray) -> np.ndarray:
        from surprise import SVD

        algo = self.algo
        if type(algo) is not SVD or not algo.biased:
            return super().scores_at(u)
        factors = rows_or_zero(algo.pu[self._inner_users], u) @ algo.qi[self._inner_movies].T
        user_bias = rows_or_zero(algo.bu[self._inner_users], u)[:, None]
        scores: np.ndarray = self.global_mean + user_bias + algo.bi[self._inner_movies] + factors
        return scores
