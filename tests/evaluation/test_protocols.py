"""The protocol of Liang et al. (2018): their split to the last pair, and lists by it."""

import hashlib

import made
import numpy as np
import pandas as pd
import pytest

from nbhelpers.data import datasets
from nbhelpers.evaluation.protocols import eligible, judged, lists_for, strong_split
from nbhelpers.models import EASE, BayesianMean, ItemKNN, Popularity

RATINGS = made.ratings(users=60, movies=40, share=0.5)


def pairs(likes):
    return likes[["user_id", "movie_id"]].sort_values(["user_id", "movie_id"]).to_numpy(np.int64)


def test_the_split_is_the_authors_own(real_data):
    ratings = datasets.load("ml-latest-small").ratings
    split = strong_split(ratings, 60)
    assert (split.likes, split.users, eligible(ratings)) == (48_562, 603, 603)
    assert split.train["movie_id"].nunique() == 5_660
    parts = (split.train, *split.validation, *split.test)
    assert [len(part) for part in parts] == [38_246, 3_875, 939, 3_879, 935]
    # Of the reference implementation: whole pairs, as int64, sorted by both.
    assert [hashlib.sha256(pairs(part).tobytes()).hexdigest()[:16] for part in parts] == [
        "cfb4eccf6262e7cd",
        "d0edd979f5ac8ff1",
        "ce799662ded5c47c",
        "be09a0c673124683",
        "de0e669db2440c62",
    ]


def plain_split(ratings, held_out, seed):
    """Do what the authors' notebook does, in its words: global state, and a frame per user."""
    raw = ratings[ratings["rating"] > 3.5].sort_values(["user_id", "movie_id"])
    raw = raw.groupby("user_id").filter(lambda of: len(of) >= 5)
    users = np.sort(raw["user_id"].unique())
    np.random.seed(seed)  # noqa: NPY002
    users = users[np.random.permutation(users.size)]  # noqa: NPY002
    train = raw[raw["user_id"].isin(users[: -2 * held_out])]
    found = [train]
    for part in (users[-2 * held_out : -held_out], users[-held_out:]):
        rows = raw[raw["user_id"].isin(part) & raw["movie_id"].isin(train["movie_id"])]
        known, hidden = [], []
        np.random.seed(seed)  # noqa: NPY002
        for _, of in rows.groupby("user_id"):
            away = np.zeros(len(of), bool)
            if len(of) >= 5:
                away[np.random.choice(len(of), int(0.2 * len(of)), replace=False)] = True  # noqa: NPY002
            known.append(of[~away])
            hidden.append(of[away])
        found += [pd.concat(known), pd.concat(hidden)]
    return found


@pytest.mark.parametrize("seed", [98765, 1])
def test_the_split_against_the_notebooks_way(seed):
    split = strong_split(RATINGS, 12, seed)
    theirs = plain_split(RATINGS, 12, seed)
    for ours, part in zip((split.train, *split.validation, *split.test), theirs, strict=True):
        assert np.array_equal(pairs(ours), pairs(part))


@pytest.mark.parametrize("held_out", [0, 30, 1000])
def test_somebody_has_to_be_left_to_learn_from(held_out):
    with pytest.raises(ValueError, match="none to learn from"):
        strong_split(RATINGS, held_out)


@pytest.mark.parametrize("model", [EASE(reg=5), ItemKNN(k=5), Popularity(), BayesianMean()])
def test_lists_are_those_of_fold_in(model):
    split = strong_split(RATINGS, 12)
    model.fit(split.train)
    lists = pd.concat(lists_for(model, split.test, 7))
    assert set(lists["user_id"]) == set(split.test.hidden["user_id"])
    for user, listed in lists.groupby("user_id"):
        known = split.test.known[split.test.known["user_id"] == user]
        scores = pd.Series(model.fold_in(known), model.movie_ids).drop(known["movie_id"])
        best = scores.round(9).sort_values(ascending=False, kind="stable").index[:7]
        assert listed["movie_id"].tolist() == best.tolist()
        assert listed["rank"].tolist() == list(range(1, len(best) + 1))


def test_figures_by_hand():
    split = strong_split(RATINGS, 12)
    model = Popularity().fit(split.train)
    found = judged(model, split.test)
    lists = pd.concat(lists_for(model, split.test))
    for user, hidden in split.test.hidden.groupby("user_id")["movie_id"]:
        ranks = lists.loc[
            (lists["user_id"] == user) & lists["movie_id"].isin(hidden), "rank"
        ].to_numpy()
        ideal = (1 / np.log2(np.arange(len(hidden)) + 2)).sum()
        assert found.loc[user, "recall@20"] == pytest.approx((ranks <= 20).mean())
        assert found.loc[user, "ndcg@100"] == pytest.approx((1 / np.log2(ranks + 1)).sum() / ideal)
    assert found["recall@20"].equals(found["plain recall@20"])  # nobody hides more than 20
