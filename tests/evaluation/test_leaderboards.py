from collections import Counter
from functools import cache
from math import log2, sqrt
from random import Random
from statistics import fmean, stdev

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


@cache
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
        assert row["users"] == len(found)
    assert "diversity" not in leaderboards.ranking_leaderboard(models, split)


def ndcg_of(models, split, n=5):
    """Return nDCG by user and model, and the relevant pairs."""
    relevant = split.test[split.test["rating"] >= 4]
    users = np.unique(relevant["user_id"])
    ndcg = {k: metrics.ranking(m.top_n(users, n), relevant, n)["ndcg"] for k, m in models.items()}
    return pd.DataFrame(ndcg), relevant


@pytest.mark.parametrize("baseline", [None, "mean"])
@pytest.mark.parametrize(("correction", "level"), [("bonferroni", 1 - 0.05 / 2), ("none", 0.95)])
def test_ranking_leaderboard_compares_with_a_baseline_on_the_same_draws(
    baseline, correction, level
):
    split, models = ranking_parts()
    board = leaderboards.ranking_leaderboard(
        models, split, n=5, baseline=baseline, correction=correction, draws=200
    )
    ndcg, _ = ndcg_of(models, split)
    base = baseline or board.index[0]
    for name, row in board.iterrows():
        expected = intervals.bootstrap(ndcg[name] - ndcg[base], n=200, level=level)
        assert row[leaderboards.DIFFERENCE].tolist() == pytest.approx(list(expected))
        said = intervals.verdict(expected, ndcg.index, better="higher")
        assert row["verdict"] == ("" if name == base else said)
        assert row[["ndcg", "low", "high"]].tolist() == pytest.approx(
            list(intervals.bootstrap(ndcg[name], n=200))
        )
    assert (board.loc[base, leaderboards.DIFFERENCE] == 0).all()


def test_redrawn_users_and_films_against_counting_them_in_loops():
    split, models = ranking_parts()
    board = leaderboards.ranking_leaderboard(
        models, split, n=5, baseline="mean", redrawn="users and films", draws=500
    )
    _, relevant = ndcg_of(models, split)
    liked = relevant.groupby("user_id")["movie_id"].agg(list).to_dict()
    ideal = [sum(1 / log2(k + 1) for k in range(1, size + 1)) for size in range(6)]
    top = {k: m.top_n(list(liked), 5).groupby("user_id") for k, m in models.items()}
    lists = {k: groups["movie_id"].agg(list).to_dict() for k, groups in top.items()}

    def drawn(users, films):
        often, found, total = Counter(films), Counter(), 0.0
        for user in users:
            for film in liked[user]:
                total += often[film] / len(liked[user])
                for name, made_for in lists.items():
                    if film in made_for[user]:
                        worth = 1 / log2(made_for[user].index(film) + 2)
                        found[name] += often[film] * worth / ideal[min(5, len(liked[user]))]
        return [(found[name] - found["mean"]) / total for name in models]

    lot, films = Random(0), sorted(set(relevant["movie_id"]))
    everyone = drawn(list(liked), films)
    many = [
        drawn(lot.choices(list(liked), k=len(liked)), lot.choices(films, k=len(films)))
        for _ in range(500)
    ]
    found = board.loc[list(models)]
    assert found["difference"].tolist() == pytest.approx(everyone)
    wide = np.ptp(np.quantile(many, [0.0125, 0.9875], axis=0), axis=0)
    assert (found["diff_high"] - found["diff_low"]).to_numpy() == pytest.approx(wide, rel=0.2)


def test_users_and_films_redrawn_is_wider_than_users_alone():
    split, models = ranking_parts()
    width = {}
    for redrawn in leaderboards.REDRAWN:
        board = leaderboards.ranking_leaderboard(models, split, redrawn=redrawn, draws=200)
        width[redrawn] = board["high"] - board["low"]
    assert (width["users and films"] > 1.2 * width["users"]).all()


def test_known_users_and_strangers_apart():
    split = splits.time_split(made.ratings(users=60, movies=40))
    users = split.test["user_id"].unique()
    split = split._replace(train=split.train[~split.train["user_id"].isin(users[::3])])
    models = {"most rated": Popularity().fit(split.train), "mean": MovieMean().fit(split.train)}
    boards = leaderboards.ranking_leaderboard(models, split, apart=True, correction="none")
    assert boards.index.names == ["who", "model"]
    known = split.test["user_id"].isin(split.train["user_id"])
    for who, rows in {"known": known, "strangers": ~known}.items():
        alone = split._replace(test=split.test[rows])
        expected = leaderboards.ranking_leaderboard(models, alone, correction="none")
        pd.testing.assert_frame_equal(boards.loc[who], expected)
    nobody = split._replace(test=split.test[known])
    boards = leaderboards.ranking_leaderboard(models, nobody, apart=True)
    assert set(boards.index.get_level_values("who")) == {"known"}


@pytest.mark.parametrize(
    "choice", [{"baseline": "none"}, {"redrawn": "films"}, {"correction": "holm"}]
)
def test_ranking_leaderboard_says_which_choices_there_are(choice):
    split, models = ranking_parts()
    (what, chosen), *_ = choice.items()
    with pytest.raises(ValueError, match=f"{what}.* '{chosen}' is not one of"):
        leaderboards.ranking_leaderboard(models, split, **choice)


def test_leads_over_splits():
    ratings = made.ratings(users=60, movies=40)
    cuts = [splits.random_split(ratings, seed=seed) for seed in range(3)]
    models = {"most rated": Popularity(), "mean": MovieMean()}
    board = leaderboards.ranking_over_splits(models, iter(cuts), baseline="most rated", n=5)
    ndcg = [
        ndcg_of({k: type(m)().fit(cut.train) for k, m in models.items()}, cut)[0].mean()
        for cut in cuts
    ]
    gaps = [found["mean"] - found["most rated"] for found in ndcg]
    row = board.loc["mean"]
    assert row["ndcg"] == pytest.approx(fmean(found["mean"] for found in ndcg))
    assert row["difference"] == pytest.approx(fmean(gaps))
    assert row["spread"] == pytest.approx(stdev(gaps))
    reach = 4.302653 * stdev(gaps) * sqrt(1 / 3 + 0.25)  # t with two degrees of freedom
    assert row[["low", "high"]].tolist() == pytest.approx(
        [fmean(gaps) - reach, fmean(gaps) + reach], rel=1e-3
    )
    assert row[["ahead", "splits"]].tolist() == [sum(gap > 0 for gap in gaps), 3]
    assert board["ndcg"].is_monotonic_decreasing
    assert not hasattr(models["mean"], "movie_ids")
    with pytest.raises(ValueError, match="two splits or more"):
        leaderboards.ranking_over_splits(models, cuts[:1], baseline="mean")


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
