from itertools import combinations
from math import ceil, isnan, log2, sqrt
from statistics import fmean

import made
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbhelpers.evaluation import metrics

SIDE = st.floats(-5, 5)
MOVIES = st.integers(1, 12)
LISTS = st.dictionaries(st.integers(1, 6), st.lists(MOVIES, unique=True, max_size=8), max_size=6)


def as_frame(lists):
    rows = [(u, k, m) for u, movies in lists.items() for k, m in enumerate(movies, start=1)]
    return pd.DataFrame(rows, columns=["user_id", "rank", "movie_id"]).astype("int64")


@given(st.lists(st.tuples(SIDE, SIDE), min_size=1))
def test_errors_against_plain_python(pairs):
    actual, predicted = zip(*pairs, strict=True)
    squares = sqrt(fmean((p - a) ** 2 for a, p in pairs))
    assert metrics.rmse(actual, predicted) == pytest.approx(squares, abs=1e-9)
    assert metrics.mae(actual, predicted) == pytest.approx(
        fmean(abs(p - a) for a, p in pairs), abs=1e-9
    )


@pytest.mark.parametrize("metric", [metrics.rmse, metrics.mae])
def test_errors_refuse_what_cannot_be_compared(metric):
    with pytest.raises(ValueError, match="predictions"):
        metric([1, 2, 3], [1])
    with pytest.raises(ValueError, match="no ratings to compare"):
        metric([], [])


def plain_ranking(movies, relevant, n):
    top = movies[:n]
    ranks = [k for k, movie in enumerate(top, start=1) if movie in relevant]
    ideal = sum(1 / log2(k + 1) for k in range(1, min(n, len(relevant)) + 1))
    return {
        "precision": len(ranks) / n,
        "recall": len(ranks) / len(relevant),
        "ndcg": sum(1 / log2(k + 1) for k in ranks) / ideal,
        "mrr": 1 / ranks[0] if ranks else 0,
        "hit": float(bool(ranks)),
    }


@given(LISTS, LISTS, st.integers(1, 10))
def test_ranking_against_plain_python(lists, relevant, n):
    result = metrics.ranking(as_frame(lists), as_frame(relevant), n)
    expected = {
        user: plain_ranking(lists.get(user, []), movies, n)
        for user, movies in relevant.items()
        if movies
    }
    assert result.columns.tolist() == ["precision", "recall", "ndcg", "mrr", "hit"]
    assert sorted(expected) == result.index.tolist()
    for user, values in expected.items():
        assert result.loc[user].to_dict() == pytest.approx(values, abs=1e-9)


def test_a_perfect_list_is_perfect():
    lists = as_frame({1: [3, 1, 2], 2: [9]})
    found = metrics.ranking(lists, lists, n=3)[["recall", "ndcg", "mrr", "hit"]]
    assert (found == 1).all(axis=None)


def test_a_relevant_pair_counts_once():
    lists = as_frame({1: [3, 1]})
    relevant = pd.concat([as_frame({1: [1]})] * 2)
    assert metrics.ranking(lists, relevant, 2).loc[1, "recall"] == 1


@given(LISTS.filter(lambda lists: any(lists.values())), made.frames())
def test_beyond_accuracy_against_plain_python(lists, train):
    recommended = as_frame(lists)
    slots = [movie for movies in lists.values() for movie in movies]
    raters = {m: sum(train["movie_id"] == m) for m in set(train["movie_id"])}
    n_users = len(set(train["user_id"]))
    head = sorted(raters, key=lambda m: (-raters[m], m))[: ceil(0.3 * len(raters))]
    assert metrics.coverage(recommended, range(1, 13)) == pytest.approx(len(set(slots)) / 12)
    assert metrics.novelty(recommended, train) == pytest.approx(
        fmean(-log2(raters.get(m, 1) / n_users) for m in slots), abs=1e-9
    )
    assert metrics.popularity_share(recommended, train, 0.3) == pytest.approx(
        fmean(m in head for m in slots), abs=1e-9
    )


def plain_diversity(lists, distance):
    per_list = [
        fmean(distance(a, b) for a, b in combinations(movies, 2))
        for movies in lists.values()
        if len(movies) > 1
    ]
    return fmean(per_list) if per_list else float("nan")


def same(value, expected):
    return (isnan(value) and isnan(expected)) or value == pytest.approx(expected, abs=1e-9)


@given(LISTS, st.dictionaries(MOVIES, st.lists(st.sampled_from("abcd"), max_size=4)))
def test_genre_diversity_against_plain_python(lists, genres):
    def distance(a, b):
        a, b = set(genres.get(a, [])), set(genres.get(b, []))
        return 1 - len(a & b) / len(a | b) if a | b else 0

    value = metrics.diversity(as_frame(lists), pd.Series(genres, dtype=object))
    assert same(value, plain_diversity(lists, distance))


@given(LISTS, st.dictionaries(MOVIES, st.tuples(st.integers(-3, 3), st.integers(-3, 3))))
def test_feature_diversity_against_plain_python(lists, rows):
    def distance(a, b):
        a, b = rows.get(a, (0, 0)), rows.get(b, (0, 0))
        length = sqrt(sum(x * x for x in a)) * sqrt(sum(x * x for x in b))
        return 1 - sum(x * y for x, y in zip(a, b, strict=True)) / length if length else 1

    features = pd.DataFrame(rows.values(), index=list(rows), columns=["x", "y"], dtype=float)
    value = metrics.diversity(as_frame(lists), features)
    assert same(value, plain_diversity(lists, distance))


def test_novelty_counts_bits():
    train = made.frame_of([1, 2, 3, 4, 1], [1, 1, 1, 1, 2], np.full(5, 3))
    assert metrics.novelty(as_frame({9: [1]}), train) == 0
    assert metrics.novelty(as_frame({9: [2]}), train) == 2
