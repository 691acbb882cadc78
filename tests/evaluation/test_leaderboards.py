import made
import numpy as np
import pandas as pd
import pytest

from nbhelpers.evaluation import intervals, leaderboards, metrics, splits
from nbhelpers.models.baselines import Biases, GlobalMean, MovieMean
from nbhelpers.models.popularity import Popularity


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
        interval = intervals.bootstrap(squares, test["user_id"])
        assert row[["low", "high"]].tolist() == pytest.approx(np.sqrt(interval[1:]).tolist())
        base = np.clip(predictions["mean"], 1, 5) - actual
        difference = intervals.paired_difference(clipped - actual, base, test["user_id"])
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


def test_ranking_leaderboard_compares_with_the_best_on_the_same_draws():
    split, models = ranking_parts()
    board = leaderboards.ranking_leaderboard(models, split, n=5)
    relevant = split.test[split.test["rating"] >= 4]
    judged = np.unique(relevant["user_id"])
    ndcg = {n: metrics.ranking(m.top_n(judged, 5), relevant, 5)["ndcg"] for n, m in models.items()}
    for name, row in board.iterrows():
        expected = intervals.bootstrap(ndcg[name] - ndcg[board.index[0]])
        assert row[leaderboards.DIFFERENCE].tolist() == pytest.approx(list(expected))
    assert (board[leaderboards.DIFFERENCE].iloc[0] == 0).all()


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
