import made
import pytest

from nbhelpers.evaluation.splits import random_split
from nbhelpers.features.rating_times import time_features


@pytest.fixture
def ratings():
    return made.ratings(users=30, movies=20)


def test_time_features_count_from_the_users_training_past(ratings):
    train, test = random_split(ratings)
    table = time_features(test, train)
    for (_, row), (_, found) in zip(test.iterrows(), table.iterrows(), strict=True):
        past = train.loc[train["user_id"] == row["user_id"], "timestamp"]
        days = max((row["timestamp"] - past.min()).days, 0) if len(past) else 0
        when = row["timestamp"]
        expected = [when.year, when.month, when.weekday(), days, (past < when).sum()]
        assert found.tolist() == expected
    assert table.index.equals(test.index)


def test_time_features_of_a_stranger_are_zero(ratings):
    row = ratings.iloc[[0]].assign(user_id=9999)
    assert time_features(row, ratings)[["user_days", "user_index"]].to_numpy().tolist() == [[0, 0]]
