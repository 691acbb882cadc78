"""Numbers that judge predictions (in stars), lists of recommendations, and what lists lack.

Lists come as a DataFrame ``user_id, rank, movie_id`` with ranks from 1, as `Model.top_n`
returns them. Throughout, L_u is the list of user u, cut at n, and R_u the movies that are
relevant to u.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from nbhelpers.evaluation.definitions import Definition, named
from nbhelpers.features.encodings import multi_hot


def rmse(actual: ArrayLike, predicted: ArrayLike) -> float:
    """Return the root mean squared error, in stars.

    .. math:: \\sqrt{\\frac{1}{N} \\sum_{k=1}^N (\\hat r_k - r_k)^2}

    Parameters
    ----------
    actual, predicted : array_like of float, shape (n,)
        In stars.

    Returns
    -------
    float
        In stars.

    Raises
    ------
    ValueError
        If the shapes differ, or there is nothing to compare.
    """
    return float(np.sqrt(np.mean(_errors(actual, predicted) ** 2)))


def mae(actual: ArrayLike, predicted: ArrayLike) -> float:
    """Return the mean absolute error, in stars.

    .. math:: \\frac{1}{N} \\sum_{k=1}^N |\\hat r_k - r_k|

    Parameters
    ----------
    actual, predicted : array_like of float, shape (n,)
        In stars.

    Returns
    -------
    float
        In stars.

    Raises
    ------
    ValueError
        If the shapes differ, or there is nothing to compare.
    """
    return float(np.mean(np.abs(_errors(actual, predicted))))


def ranking(
    recommended: pd.DataFrame,
    relevant: pd.DataFrame,
    n: int = 10,
    definition: str | Definition = "nbhelpers",
) -> pd.DataFrame:
    """Judge each user's list by the movies that are relevant to the user.

    .. math::
        \\mathrm{precision} &= |L_u \\cap R_u| / n \\\\
        \\mathrm{recall} &= |L_u \\cap R_u| / |R_u| \\\\
        \\mathrm{ndcg} &= \\sum_{k:\\, L_u[k] \\in R_u} \\frac{1}{\\log_2(k + 1)} \\Big/
            \\sum_{k=1}^{\\min(n, |R_u|)} \\frac{1}{\\log_2(k + 1)} \\\\
        \\mathrm{mrr} &= 1 / \\min \\{k: L_u[k] \\in R_u\\}, \\text{ or 0} \\\\
        \\mathrm{hit} &= 1 \\text{ if } L_u \\cap R_u \\neq \\emptyset, \\text{ else } 0

    Parameters
    ----------
    recommended : pandas.DataFrame
        ``user_id, rank, movie_id``. A list shorter than `n` is still divided by n.
    relevant : pandas.DataFrame
        ``user_id, movie_id``, one row per pair.
    n : int
        Ranks above `n` do not count.
    definition : str or Definition
        Whose recall, precision and nDCG: a key of `DEFINITIONS`, such as "recbole" or
        "liang2018". The formulas above are those of "nbhelpers"; docs/metrics.md has a table of
        how the others differ.

    Returns
    -------
    pandas.DataFrame
        One row per user of `relevant`, whether or not the user has a list; its columns are
        named as above. Users without a relevant movie are left out: nothing could be found. Who
        has a row, and for which metrics, is different in some definitions: what leaves a user
        out is NaN, so that the mean of a column is the metric.

    Raises
    ------
    ValueError
        If there is no definition of that name.

    References
    ----------
    Järvelin & Kekäläinen (2002), "Cumulated gain-based evaluation of IR techniques", with
    binary gains.
    """
    how = named(definition)
    pairs = relevant[["user_id", "movie_id"]].drop_duplicates()
    lists = recommended.loc[recommended["rank"] <= n, ["user_id", "rank", "movie_id"]]
    hits = lists.merge(pairs, on=["user_id", "movie_id"])
    hits["gain"] = how.gains(hits["rank"].to_numpy())
    size, length = (table.groupby("user_id").size() for table in (pairs, lists))
    users = size.index.union(length.index)
    size, length = size.reindex(users, fill_value=0), length.reindex(users, fill_value=0)
    found = hits.groupby("user_id").agg(
        count=("rank", "size"), first=("rank", "min"), gain=("gain", "sum")
    )
    found = found.reindex(users)
    judged = pd.DataFrame(
        {
            "precision": found["count"] / how.places(n, length, size),
            "recall": found["count"] / how.wanted(n, size),
            "ndcg": found["gain"] / how.ideal_gain(n, size),
            "mrr": 1 / found["first"],
            "hit": found["count"] / found["count"],
        }
    )
    return judged.fillna(0.0).mask(how.left_out(length, size)).dropna(how="all")


def coverage(recommended: pd.DataFrame, catalogue: ArrayLike) -> float:
    """Return the share of the catalogue C, ids of movies, that is recommended to anyone.

    .. math:: |\\bigcup_u L_u| / |C|
    """
    return recommended["movie_id"].nunique() / len(np.unique(catalogue))


def novelty(recommended: pd.DataFrame, train: pd.DataFrame) -> float:
    """Return the mean self-information of the recommended movies, in bits.

    .. math:: \\frac{1}{\\sum_u |L_u|} \\sum_u \\sum_{i \\in L_u} -\\log_2 \\frac{|U_i|}{|U|}

    with U the users of `train` and U_i those who rated i: one bit more means rated by half as
    many users. A movie that nobody rated counts as rated by one user.

    References
    ----------
    Vargas & Castells (2011), "Rank and relevance in novelty and diversity metrics for
    recommender systems".
    """
    counts = recommended["movie_id"].map(train["movie_id"].value_counts()).fillna(1)
    return float(-np.log2(counts / train["user_id"].nunique()).mean())


def popularity_share(recommended: pd.DataFrame, train: pd.DataFrame, top: float = 0.1) -> float:
    """Return the share of recommended places taken by the most rated movies.

    .. math:: \\sum_u |L_u \\cap T| \\Big/ \\sum_u |L_u|

    where T holds the share `top` of the movies in `train` (rounded up) that have the most ratings;
    ties go by movie_id.
    """
    counts = train["movie_id"].value_counts().sort_index()
    head = counts.sort_values(ascending=False, kind="stable").index
    return float(recommended["movie_id"].isin(head[: int(np.ceil(top * len(head)))]).mean())


def diversity(recommended: pd.DataFrame, features: pd.Series | pd.DataFrame) -> float:
    """Return how unlike each other the movies of a list are, averaged over lists.

    .. math::
        \\frac{1}{|U|} \\sum_u \\frac{2}{|L_u| (|L_u| - 1)}
        \\sum_{i, j \\in L_u,\\, i < j} (1 - \\mathrm{sim}(i, j))

    It is 0 when all movies of a list are the same, 1 when they have nothing in common; with cosine
    up to 2. Lists of a single movie are left out; if there are no others, it is NaN.

    Features, by movie_id, are lists, such as genres, compared by Jaccard similarity, where two
    empty ones are alike (sim = 1); or rows of numbers, compared by cosine, where a row of zeros is
    like nothing (sim = 0). A movie that is not in the index counts as empty, or zeros.

    References
    ----------
    Ziegler, McNee, Konstan & Lausen (2005), "Improving recommendation lists through topic
    diversification".
    """
    lists = recommended[["user_id", "rank", "movie_id"]]
    pairs = lists.merge(lists, on="user_id", suffixes=("", "_other"))
    pairs = pairs[pairs["rank"] < pairs["rank_other"]]
    movies = np.unique(recommended["movie_id"])
    if isinstance(features, pd.Series):
        sim = _jaccard(features, movies)
    else:
        sim = _cosine(features, movies)
    first, second = (np.searchsorted(movies, pairs[c]) for c in ("movie_id", "movie_id_other"))
    distance = pd.Series(1 - sim[first, second], index=pairs["user_id"])
    return float(distance.groupby(level=0).mean().mean())


def _jaccard(features: pd.Series, movies: np.ndarray) -> np.ndarray:
    known = features.to_dict()
    lists = pd.Series([known.get(movie, []) for movie in movies.tolist()], dtype=object)
    members = multi_hot(lists).to_numpy(float)
    both = members @ members.T
    either = members.sum(axis=1)[:, None] + members.sum(axis=1) - both
    return np.where(either > 0, both / np.maximum(either, 1), 1.0)


def _cosine(features: pd.DataFrame, movies: np.ndarray) -> np.ndarray:
    rows = features.reindex(movies).fillna(0).to_numpy(float)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = np.divide(rows, length, out=np.zeros_like(rows), where=length > 0)
    sim: np.ndarray = unit @ unit.T
    return sim


def _errors(actual: ArrayLike, predicted: ArrayLike) -> np.ndarray:
    actual, predicted = np.asarray(actual, float), np.asarray(predicted, float)
    if actual.shape != predicted.shape:
        raise ValueError(
            f"There are {actual.size:,} ratings, but {predicted.size:,} predictions: each rating "
            f"needs one (the shapes are {actual.shape} and {predicted.shape})."
        )
    if not actual.size:
        raise ValueError("There are no ratings to compare.")
    errors: np.ndarray = predicted - actual
    return errors
