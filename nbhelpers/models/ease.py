"""EASE: each film's likes explained by the likes of all others, in closed form."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from nbhelpers.features.summaries import LIKE_FROM
from nbhelpers.models.list_model import ListModel
from nbhelpers.models.memory import check_room


@dataclass(eq=False)
class EASE(ListModel):
    """Score a film by weights of the films that a person likes, learned by ridge regression.

    .. math::
        \\min_B \\|X - XB\\|^2 + \\lambda \\|B\\|^2, \\quad \\mathrm{diag}\\, B = 0; \\qquad
        B = I - P / \\mathrm{diag}\\, P, \\quad P = (X^\\top X + \\lambda I)^{-1}

    where each column of P is divided by its place on the diagonal: no film explains itself.
    With fewer users than films the same scores are found by a smaller inverse, without B:

    .. math::
        XB = X - Z / \\mathrm{diag}\\, P, \\quad Z = (XX^\\top + \\lambda I)^{-1} X, \\quad
        \\mathrm{diag}\\, P = \\big(1 - \\textstyle\\sum_u X \\circ Z\\big) / \\lambda

    Scores estimate X: about 1 is a like, about 0 none. They are not stars.

    Parameters
    ----------
    reg : float
        λ, more than 0, in likes: films with far fewer are hardly believed.
    like_from : float
        Stars from which a rating is a like.
    weight_other : float
        What ratings below that are in X.
    n_threads : int
        That count common likes; NumPy's own settings say how many invert.

    Attributes
    ----------
    weights : numpy.ndarray, shape (n_movies, n_movies)
        B: from the film of a row to that of a column. Only if there are at least as many users as
        films. It is float64, float32 beyond 5,000 films (4 bytes × n²).
    solved, diagonal : numpy.ndarray, shape (n_users, n_movies) and (n_movies,)
        Z and the diagonal of P, if there are fewer users than films.
    likes, popularity
        See `ListModel`.

    Notes
    -----
    `fold_in` gives somebody from the training ratings their own scores again.

    References
    ----------
    Steck (2019), "Embarrassingly shallow autoencoders for sparse data", equations 4 and 8; the
    second form follows from them by (XᵀX + λI)⁻¹ Xᵀ = Xᵀ (XXᵀ + λI)⁻¹.
    """

    reg: float = 200
    like_from: float = LIKE_FROM
    weight_other: float = 0
    n_threads: int = 1

    def __post_init__(self) -> None:
        if self.reg <= 0:
            raise ValueError(f"The regularisation has to be more than 0, but is {self.reg}.")

    def _learn(self) -> None:
        for stale in ("weights", "solved", "diagonal"):  # of ratings of another shape
            vars(self).pop(stale, None)
        n_users, n_movies = self.likes.shape
        if n_users < n_movies:
            self.solved, self.diagonal = dual(self.likes, self.reg, self.n_threads)
        else:
            self.weights = primal(self.likes, self.reg, self.n_threads)

    def _score(self, likes: csr_array) -> np.ndarray:
        if hasattr(self, "weights"):
            from nbhelpers.models.sparse_products import times  # numba

            return times(likes, self.weights)
        left = likes.toarray() - (likes @ self.likes.T).toarray() @ self.solved
        return self._without(likes, left / self.reg)

    def _score_users(self, u: np.ndarray) -> np.ndarray:
        if hasattr(self, "weights"):
            return super()._score_users(u)
        return self._without(self.likes[u], self.solved[u])

    def _weights_between(self, m: np.ndarray, columns: np.ndarray) -> np.ndarray:
        if hasattr(self, "weights"):
            found: np.ndarray = self.weights[np.ix_(m, columns)].astype(np.float64)
            return found
        # B without its diagonal is Xᵀ Z / (λ diag P): see the second form above.
        between: np.ndarray = (self.likes.T @ self.solved[:, columns])[m].astype(np.float64)
        between /= self.reg * self.diagonal[columns]
        between[m[:, None] == columns] = 0
        return between

    def _without(self, likes: csr_array, explained: np.ndarray) -> np.ndarray:
        scores: np.ndarray = likes.toarray() - explained / self.diagonal
        return scores


def primal(likes: csr_array, reg: float, n_threads: int = 1) -> np.ndarray:
    """Return the weights B, by an inverse that is as wide as there are films."""
    from scipy.linalg import get_lapack_funcs

    from nbhelpers.models.sparse_products import gram, mirror_weights  # numba

    n = likes.shape[1]
    _check(n * n * likes.dtype.itemsize, f"The weights between {n:,} films")
    weights = _regular(gram(_transposed(likes), likes, n_threads), reg)
    # In place: LAPACK reads columns where NumPy writes rows, so the lower triangle is its upper.
    factorise, invert = get_lapack_funcs(("potrf", "potri"), (weights,))
    _, failed = factorise(weights.T, lower=0, clean=0, overwrite_a=1)
    _, failed_too = invert(weights.T, lower=0, overwrite_c=1)
    if failed or failed_too:
        raise np.linalg.LinAlgError(f"λ = {reg} is too small for an inverse of {n:,} films.")
    mirror_weights(weights, weights.diagonal().copy())
    return weights


def dual(likes: csr_array, reg: float, n_threads: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return Z and the diagonal of P, by an inverse that is as wide as there are users."""
    from scipy.linalg import cho_factor, cho_solve

    from nbhelpers.models.sparse_products import gram  # numba

    n_users, n_movies = likes.shape
    size = (n_users * n_users + n_users * n_movies) * likes.dtype.itemsize
    _check(size, f"The scores of {n_movies:,} films for {n_users:,} users")
    common = _regular(gram(likes, _transposed(likes), n_threads), reg)
    factor = cho_factor(common.T, lower=False, overwrite_a=True)
    solved: np.ndarray = cho_solve(factor, likes.toarray(order="F"), overwrite_b=True)
    explained = np.asarray(likes.multiply(solved).sum(axis=0)).ravel()
    return solved, (1 - explained) / reg


def _regular(product: np.ndarray, reg: float) -> np.ndarray:
    product.flat[:: len(product) + 1] += reg
    return product


def _transposed(likes: csr_array) -> csr_array:
    return likes.T.tocsr()


def _check(size: float, what: str) -> None:
    check_room(size, what, "learn from the films with more ratings, or by ItemKNN or IALS")
