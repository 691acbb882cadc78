"""Implicit ALS: factors that are fitted to all pairs of users and films, by ridge regressions."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from nbhelpers.features.summaries import LIKE_FROM
from nbhelpers.models.list_model import ListModel


@dataclass(eq=False)
class IALS(ListModel):
    """Score a film by the product of its factors and a person's, fitted to likes and to the rest.

    .. math::
        \\min_{P, Q} \\sum_{(u, i):\\, x_{ui} \\neq 0} (x_{ui} - p_u^\\top q_i)^2
        + \\alpha_0 \\sum_u \\sum_i (p_u^\\top q_i)^2
        + \\lambda \\Big(\\sum_u (|I_u| + \\alpha_0 |I|)^\\nu \\|p_u\\|^2
        + \\sum_i (|U_i| + \\alpha_0 |U|)^\\nu \\|q_i\\|^2\\Big)

    where I_u are the films with an x of user u, I are all films, and U likewise. With the Q
    fixed, the best p of a user is found by a ridge regression,

    .. math::
        p_u = \\left(\\sum_{i \\in I_u} q_i q_i^\\top + \\alpha_0 Q^\\top Q
        + \\lambda (|I_u| + \\alpha_0 |I|)^\\nu I\\right)^{-1} \\sum_{i \\in I_u} x_{ui} q_i

    and likewise a film's q; QᵀQ is the same for all, so that all pairs cost no more than the
    likes. Scores estimate X: about 1 is a like, about 0 none. They are not stars.

    Parameters
    ----------
    n_factors, n_epochs : int
        An epoch is one step of the films and one of the users.
    alpha : float
        α₀, the weight of what is not liked: more than 0, mostly far less than 1.
    reg, reg_exponent : float
        λ, more than 0, and ν: 0 treats all alike, 1 regularises by frequency.
    random_state : int
        Seed of the users' factors to start from.
    like_from : float
        Stars from which a rating is a like.
    weight_other : float
        What ratings below that are in X. If 0, they are like the films never rated.
    n_threads : int
        How many rows are fitted at the same time; the numbers do not depend on it.

    Attributes
    ----------
    pu, qi : numpy.ndarray, shape (n_users, n_factors) and (n_movies, n_factors)
        P and Q; rows as in `user_ids` and `movie_ids`, precision as of `likes`.
    likes, popularity
        See `ListModel`.

    Notes
    -----
    The users' step comes last, and is the answer to a newcomer as well: `fold_in` gives somebody
    from the training ratings their own scores again.

    References
    ----------
    Rendle, Krichene, Zhang & Koren (2022), "Revisiting the performance of iALS on item
    recommendation benchmarks", equations 1 to 6; Hu, Koren & Volinsky (2008), "Collaborative
    filtering for implicit feedback datasets".
    """

    n_factors: int = 64
    n_epochs: int = 16
    alpha: float = 0.1
    reg: float = 0.01
    reg_exponent: float = 1.0
    random_state: int = 42
    like_from: float = LIKE_FROM
    weight_other: float = 0
    n_threads: int = 1

    def __post_init__(self) -> None:
        if self.alpha <= 0 or self.reg <= 0:
            given = f"{self.alpha} and {self.reg}"
            raise ValueError(f"alpha and reg have to be more than 0, but are {given}.")

    def _learn(self) -> None:
        by_movie = self.likes.T.tocsr()
        size = len(self.user_ids), self.n_factors
        rng = np.random.default_rng(self.random_state)
        start = rng.normal(0, 0.1 / np.sqrt(self.n_factors), size)
        self.pu = start.astype(self.likes.dtype, copy=False)
        for _ in range(self.n_epochs):
            self.qi = self._fitted(by_movie, self.pu)
            self.pu = self._fitted(self.likes, self.qi)

    def _fitted(self, rows: csr_array, fixed: np.ndarray) -> np.ndarray:
        """Return the factors of the rows, with those of the other side fixed."""
        from nbhelpers.models.als_kernels import Side, ridges  # numba: only where it is needed

        frequency = np.diff(rows.indptr) + self.alpha * len(fixed)
        penalties = self.reg * frequency**self.reg_exponent
        side = Side(rows.indptr, rows.indices, rows.data)
        return ridges(fixed, side, penalties, self.n_threads, self.alpha * fixed.T @ fixed)

    def _score(self, likes: csr_array) -> np.ndarray:
        scores: np.ndarray = self._fitted(likes, self.qi) @ self.qi.T
        return scores

    def _score_users(self, u: np.ndarray) -> np.ndarray:
        scores: np.ndarray = self.pu[u] @ self.qi.T
        return scores
