"""Published ways to judge lists, step by step as their authors took them."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from nbhelpers.evaluation.metrics import ranking
from nbhelpers.features.summaries import LIKE_FROM
from nbhelpers.models.base import CELLS, Model, best_columns
from nbhelpers.models.baselines import Impersonal
from nbhelpers.models.list_model import ListModel

SEED = 98765  # the authors'
LEAST = 5  # likes that a user needs: fewer are left out, or hide nothing
HIDDEN = 0.2  # share of a held-out user's likes


class HeldOut(NamedTuple):
    """Likes of users whom no model has learned from, sorted by user, then movie."""

    known: pd.DataFrame  # what a model is told of them
    hidden: pd.DataFrame  # what it has to find


class StrongSplit(NamedTuple):
    """Likes of users to learn from, and of others to choose and to judge by."""

    train: pd.DataFrame  # sorted by user, then movie
    validation: HeldOut
    test: HeldOut
    users: int  # before the split
    likes: int  # before the split


def strong_split(ratings: pd.DataFrame, held_out: int, seed: int = SEED) -> StrongSplit:
    """Hold out whole users for each of two parts, and hide a fifth of what each of them likes.

    Ratings, sorted by movie, below 4 stars are dropped, and then users with fewer than five likes.
    Of the rest, in an order drawn at random, the last are the test part and those before them the
    validation part. Films that no training user likes are dropped from both. Users of whom fewer
    than five likes remain hide nothing, and cannot be judged.

    The seed of the authors gives their split, number for number. A ValueError says that no user
    would remain to learn from.

    References
    ----------
    Liang, Krishnan, Hoffman & Jebara (2018), "Variational autoencoders for collaborative
    filtering", section 4.1 ("strong generalization"), and the notebook published with it.
    """
    likes = ratings.loc[ratings["rating"] >= LIKE_FROM, ["user_id", "movie_id", "rating"]]
    users, counts = np.unique(likes["user_id"], return_counts=True)
    users = users[counts >= LEAST]
    if not 0 < held_out < len(users) / 2:
        raise ValueError(
            f"{len(users):,} users like {LEAST} films or more: {held_out:,} of them for validation "
            "and as many for the test leave none to learn from."
        )
    likes = likes[likes["user_id"].isin(users)].sort_values("user_id", kind="stable")
    # The old generator, not default_rng: published splits were drawn with it.
    drawn = users[np.random.RandomState(seed).permutation(len(users))]
    first = len(users) - 2 * held_out
    train = likes[likes["user_id"].isin(drawn[:first])]
    known = likes["movie_id"].isin(train["movie_id"].unique())
    parts = drawn[first : first + held_out], drawn[first + held_out :]
    validation, test = (_hide(likes[known & likes["user_id"].isin(part)], seed) for part in parts)
    train = train.reset_index(drop=True)
    return StrongSplit(train, validation, test, len(users), len(likes))


def eligible(ratings: pd.DataFrame) -> int:
    """Return how many users like enough films to be split."""
    counts = ratings.loc[ratings["rating"] >= LIKE_FROM, "user_id"].value_counts()
    return int((counts >= LEAST).sum())


def _hide(likes: pd.DataFrame, seed: int) -> HeldOut:
    """Hide a share of each user's likes; they are sorted by user."""
    rng = np.random.RandomState(seed)
    hidden = np.zeros(len(likes), bool)
    _, starts, counts = np.unique(likes["user_id"], return_index=True, return_counts=True)
    for start, count in zip(starts, counts, strict=True):
        if count >= LEAST:
            hidden[start + rng.choice(count, int(HIDDEN * count), replace=False)] = True
    return HeldOut(*(likes[rows].reset_index(drop=True) for rows in (~hidden, hidden)))


def lists_for(model: Model, part: HeldOut, n: int = 100) -> Iterator[pd.DataFrame]:
    """Make lists of `n` films for held-out users from what is known of them, some users at a time.

    The model was fitted to other users, and has to be able to `fold_in`. Lists are made for the
    users with something hidden, and leave out what is known: ``user_id, rank`` (from 1) ``,
    movie_id``; ties go by movie_id.
    """
    users = np.unique(part.hidden["user_id"])
    row = pd.Index(users).get_indexer(part.known["user_id"])
    column = pd.Index(model.movie_ids).get_indexer(part.known["movie_id"])
    kept = (row >= 0) & (column >= 0)
    shape = len(users), len(model.movie_ids)
    likes = csr_array((np.ones(kept.sum(), np.float32), (row[kept], column[kept])), shape=shape)
    size = max(1, CELLS // shape[1])
    for first in range(0, len(users), size):
        block = likes[first : first + size]
        scores = _scores(model, block)
        scores[block.nonzero()] = -np.inf
        best = best_columns(scores, n)
        lists = pd.DataFrame(
            {
                "user_id": np.repeat(users[first : first + size], best.shape[1]),
                "rank": np.tile(np.arange(1, best.shape[1] + 1), len(scores)),
                "movie_id": model.movie_ids[best].ravel(),
            }
        )
        yield lists[np.take_along_axis(scores, best, axis=1).ravel() > -np.inf]


def _scores(model: Model, likes: csr_array) -> np.ndarray:
    """Score all movies for people who like the movies of their row."""
    if isinstance(model, ListModel):
        return model.scores_of(likes.astype(model.likes.dtype))
    rows = np.split(likes.indices, likes.indptr[1:-1])
    if isinstance(model, Impersonal):
        nobody = pd.DataFrame({"movie_id": [], "rating": []})
        return np.tile(model.fold_in(nobody), (len(rows), 1))
    told = [pd.DataFrame({"movie_id": model.movie_ids[row], "rating": 5.0}) for row in rows]
    return np.stack([model.fold_in(one) for one in told])


def judged(model: Model, part: HeldOut) -> pd.DataFrame:
    """Judge a model's `lists_for` held-out users: a row for each who has something hidden.

    Columns are ``recall@20, recall@50, ndcg@100``, as the authors define them, and ``plain
    recall@20, plain recall@50``, divided by all that is hidden.
    """
    blocks = []
    for lists in lists_for(model, part):
        hidden = part.hidden[part.hidden["user_id"].isin(lists["user_id"].unique())]
        at = {n: ranking(lists, hidden, n, "liang2018") for n in (20, 50, 100)}
        found = {f"recall@{n}": at[n]["recall"] for n in (20, 50)}
        found |= {"ndcg@100": at[100]["ndcg"]}
        found |= {f"plain recall@{n}": ranking(lists, hidden, n)["recall"] for n in (20, 50)}
        blocks.append(pd.DataFrame(found))
    return pd.concat(blocks)
