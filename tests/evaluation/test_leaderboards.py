from math import sqrt

import made
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbhelpers.evaluation import leaderboards, metrics, splits
from nbhelpers.models.baselines import Biases, GlobalMean, MovieMean, Popularity

VALUES = st.lists(st.tuples(st.integers(1, 5), st.floats(-3, 3)), min_size=1, max_size=30)


def plain_means(groups, values, n, seed):
    """Return the mean of all values, then that of each draw of whole groups, by loops."""
    names = list(dict.fromkeys(groups))
    rng = np.random.default_rng(seed)
    draws = [[1] * len(names)]
    draws += [rng.multinomial(len(names), [1 / len(names)] * len(names)) for _ in range(n)]
    means = []
    for times in draws:
        sample = [
            value
            for name, count in zip(names, times, strict=True)
            for _ in range(count)
            for group, value in zip(groups, values, strict=True)
            if group == name
        ]
        means.append(sum(sample) / len(sample))
    return means


@settings(max_examples=25)
@given(VALUES)
def test_bootstrap_against_loops(pairs):
    groups, values = zip(*pairs, strict=True)
    means = plain_means(groups, values, n=20, seed=5)
    expected = [means[0], np.quantile(means[1:], 0.1), np.quantile(means[1:], 0.9)]
    interval = leaderboards.bootstrap(values, groups, n=20, seed=5, level=0.8)
    assert list(interval) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=25)
@given(VALUES, st.floats(-3, 3))
def test_paired_difference_against_loops(pairs, shift):
    groups, a = zip(*pairs, strict=True)
    b = [shift - error / 2 for error in a]
    rmse_a, rmse_b = (
        [sqrt(m) for m in plain_means(groups, [e * e for e in errors], n=20, seed=5)]
        for errors in (a, b)
    )
    difference = [x - y for x, y in zip(rmse_a, rmse_b, strict=True)]
    interval = leaderboards.paired_difference(a, b, groups, n=20, seed=5)
    expected = [difference[0], *np.quantile(difference[1:], [0.025, 0.975])]
    assert list(interval) == pytest.approx(expected, abs=1e-9)


def test_bootstrap_agrees_with_the_normal_approximation():
    values = np.random.default_rng(0).normal(2, 1, 2000)
    estimate, low, high = leaderboards.bootstrap(values)
    assert estimate == pytest.approx(values.mean())
    assert (high - low) / 2 == pytest.approx(1.96 * values.std() / sqrt(2000), rel=0.1)


def test_ratings_of_one_user_are_one_piece_of_evidence():
    values = np.random.default_rng(0).normal(size=50)
    once = leaderboards.bootstrap(values)
    repeated = leaderboards.bootstrap(np.repeat(values, 20), groups=np.repeat(np.arange(50), 20))
    naive = leaderboards.bootstrap(np.repeat(values, 20))
    assert repeated == pytest.approx(once)
    assert naive.high - naive.low < (once.high - once.low) / 3


def test_draws_in_blocks_are_the_same(monkeypatch):
    values = np.random.default_rng(0).normal(size=50)
    whole = leaderboards.bootstrap(values)
    monkeypatch.setattr(leaderboards, "_WEIGHTS", 170)
    assert leaderboards.bootstrap(values) == pytest.approx(whole)


@pytest.mark.parametrize("values", [[], [1, np.nan], [np.inf]])
def test_bootstrap_needs_finite_values(values):
    with pytest.raises(ValueError, match="at least one value, and finite ones only"):
        leaderboards.bootstrap(values)


def n_test():
    return len(splits.random_split(made.ratings(users=60, movies=40)).test)


def board_of(**predictions):
    train, test = splits.random_split(made.ratings(users=60, movies=40))
    for name, model in {"mean": GlobalMean(), "biases": Biases()}.items():
        predictions[name] = model.fit(train).predict(test["user_id"], test["movie_id"])
    board = leaderboards.leaderboard(predictions, test, baseline="mean", scale=(1, 5))
    return test, predictions, board


def test_leaderboard():
    test, predictions, board = board_of(wild=np.full(n_test(), 50.0))
    assert board.index.name == "model"
    assert board["rmse"].is_monotonic_increasing
    assert set(board.index) == {"mean", "biases", "wild"}
    actual = test["rating"].to_numpy(float)
    for model, row in board.iterrows():
        clipped = np.clip(predictions[model], 1, 5)
        assert row["rmse"] == pytest.approx(metrics.rmse(actual, clipped), abs=1e-9)
        assert row["mae"] == pytest.approx(metrics.mae(actual, clipped), abs=1e-9)
        assert row["low"] < row["rmse"] < row["high"]
        squares = (clipped - actual) ** 2
        interval = leaderboards.bootstrap(squares, test["user_id"])
        assert row[["low", "high"]].tolist() == pytest.approx(np.sqrt(interval[1:]).tolist())
        base = np.clip(predictions["mean"], 1, 5) - actual
        difference = leaderboards.paired_difference(clipped - actual, base, test["user_id"])
        columns = ["difference", "diff_low", "diff_high"]
        assert row[columns].tolist() == pytest.approx(list(difference))
    assert (board.loc["mean", ["difference", "diff_low", "diff_high"]] == 0).all()


@pytest.mark.parametrize("bad", [[1.0], [np.nan] * n_test()])
def test_leaderboard_refuses_what_does_not_fit(bad):
    with pytest.raises(ValueError, match="guess needs one finite prediction"):
        board_of(guess=bad)


def test_leaderboard_needs_its_baseline():
    test = made.ratings()
    with pytest.raises(ValueError, match=r"'mean' is not one of \['guess'\]"):
        leaderboards.leaderboard({"guess": test["rating"]}, test, baseline="mean", scale=(1, 5))


def ranking_parts():
    split = splits.random_split(made.ratings(users=60, movies=40))
    models = {"popularity": Popularity(), "mean": MovieMean(), "biases": Biases()}
    return split, {name: model.fit(split.train) for name, model in models.items()}


def test_ranking_leaderboard():
    split, models = ranking_parts()
    genres = pd.Series({m: ["Drama"] if m % 3 else ["War", "Drama"] for m in range(100)})
    board = leaderboards.ranking_leaderboard(models, split, n=5, genres=genres)
    assert board["ndcg"].is_monotonic_decreasing
    relevant = split.test[split.test["rating"] >= 4]
    for name, row in board.iterrows():
        lists = models[name].top_n(relevant["user_id"].unique(), 5)
        found = metrics.ranking(lists, relevant, 5)
        for column in found:
            assert row[column] == pytest.approx(found[column].mean())
        assert row["low"] < row["ndcg"] < row["high"]
        assert row["coverage"] == metrics.coverage(lists, split.train["movie_id"])
        assert row["novelty"] == pytest.approx(metrics.novelty(lists, split.train))
        assert row["diversity"] == pytest.approx(metrics.diversity(lists, genres))
        assert row["popularity_share"] == metrics.popularity_share(lists, split.train)
    assert "diversity" not in leaderboards.ranking_leaderboard(models, split)


def test_ranking_leaderboard_of_a_sample_of_users():
    split, models = ranking_parts()
    few, same = (leaderboards.ranking_leaderboard(models, split, users=10) for _ in range(2))
    assert few.equals(same)
    everyone = leaderboards.ranking_leaderboard(models, split)
    assert not few.equals(everyone)
    assert everyone.equals(leaderboards.ranking_leaderboard(models, split, users=10_000))


def test_an_oracle_of_the_test_set_is_perfect():
    split, _ = ranking_parts()
    relevant = split.test[split.test["rating"] >= 4]

    class Oracle(Popularity):
        def _estimate(self, u, m):
            liked = set(zip(relevant["user_id"], relevant["movie_id"], strict=True))
            pairs = zip(self.user_ids[u], self.movie_ids[m], strict=True)
            return np.array([float(pair in liked) for pair in pairs])

    board = leaderboards.ranking_leaderboard({"oracle": Oracle().fit(split.train)}, split)
    assert board.loc["oracle", ["ndcg", "mrr", "hit"]].tolist() == [1, 1, 1]


def test_ranking_needs_something_to_find():
    split, models = ranking_parts()
    with pytest.raises(ValueError, match=r"No test rating reaches 5\.5"):
        leaderboards.ranking_leaderboard(models, split, relevant_from=5.5)
