from types import SimpleNamespace

import made
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbhelpers import DataError, load
from nbhelpers.evaluation import splits
from nbhelpers.evaluation.splits import published_split, random_split

SPLITTERS = [
    splits.random_split,
    splits.time_split,
    splits.last_per_user,
    lambda ratings, test: splits.probe_split(ratings, ratings.iloc[::3]),
]
KEY = ["movie_id", "user_id"]


def assert_parts(split, ratings):
    """Every row is in exactly one part, in the original order."""
    for part in split:
        assert len(part)
        assert part.index.equals(pd.RangeIndex(len(part)))
        assert part[KEY].apply(tuple, axis=1).is_monotonic_increasing
        assert part.dtypes.equals(ratings.dtypes)
    together = pd.concat(split).sort_values(KEY, ignore_index=True)
    pd.testing.assert_frame_equal(together, ratings)


@given(made.frames(), st.floats(0.05, 0.95), st.sampled_from(SPLITTERS))
def test_every_rating_is_in_exactly_one_part(ratings, test, splitter):
    try:
        split = splitter(ratings, test=test)
    except ValueError as error:
        assert "leave nothing for the" in str(error)
    else:
        assert_parts(split, ratings)


def test_the_seed_decides():
    ratings = made.ratings()
    first, same, other = (splits.random_split(ratings, seed=seed) for seed in (1, 1, 2))
    assert first.test.equals(same.test)
    assert not first.test.equals(other.test)
    assert len(first.test) == pytest.approx(0.2 * len(ratings), rel=0.1)


@given(made.frames())
def test_every_user_keeps_a_rating(ratings):
    try:
        split = splits.last_per_user(ratings, test=0.9)
    except ValueError:
        assert ratings["user_id"].value_counts().max() == 1
    else:
        assert set(split.train["user_id"]) == set(ratings["user_id"])
        size = ratings.groupby("user_id").size()
        held_out = split.test.groupby("user_id").size().reindex(size.index, fill_value=0)
        assert (held_out == np.minimum((0.9 * size).round(), size - 1)).all()


def test_random_split_does_not_follow_the_order():
    ratings = made.ratings(users=100)
    split = splits.random_split(ratings)
    assert split.test["movie_id"].nunique() == ratings["movie_id"].nunique()


@given(made.frames(), st.floats(0.05, 0.95))
def test_time_split_separates_past_from_future(ratings, test):
    try:
        split = splits.time_split(ratings, test)
    except ValueError:
        return
    assert split.train["timestamp"].max() < split.cutoff <= split.test["timestamp"].min()
    later = split.test["timestamp"] >= split.cutoff + pd.Timedelta(days=1)
    assert later.sum() <= round(test * len(ratings)) <= len(split.test)


def test_time_split_keeps_a_day_together():
    ratings = made.frame_of([1, 2, 3, 4], [1, 1, 1, 1], [1, 2, 3, 4])
    ratings["timestamp"] = pd.to_datetime(
        ["2000-01-03 09:00", "2000-01-01 00:00", "2000-01-03 23:00", "2000-01-02 00:00"]
    ).astype("datetime64[s]")
    split = splits.time_split(ratings, test=0.25)
    assert split.cutoff == pd.Timestamp("2000-01-03")
    assert split.test["user_id"].tolist() == [1, 3]


@given(made.frames())
def test_last_per_user_holds_out_the_latest(ratings):
    try:
        train, test = splits.last_per_user(ratings, test=0.5)
    except ValueError:
        return
    newest = train.groupby("user_id")["timestamp"].max()
    oldest = test.groupby("user_id")["timestamp"].min()
    assert (oldest >= newest.reindex(oldest.index)).all()


def test_probe_split_takes_pairs_not_users_or_movies():
    ratings = made.frame_of([1, 2, 1, 2], [1, 1, 2, 2], [1, 2, 3, 4])
    probe = pd.DataFrame({"movie_id": [1, 2, 9], "user_id": [2, 1, 9]})
    assert splits.probe_split(ratings, probe).test["rating"].tolist() == [2, 3]


def test_without_a_probe_the_latest_ratings_stand_in():
    ratings = made.frame_of([1, 1, 2, 2], [1, 2, 1, 2], [1, 2, 3, 4])
    ratings["timestamp"] = pd.to_datetime(["2001-01-01", "2000-01-01", "2000-01-01", "2001-01-01"])
    probe = pd.DataFrame({"user_id": [1], "movie_id": [2]})
    for known, expected in ((probe, [2]), (None, [1, 4])):
        data = SimpleNamespace(ratings=ratings, probe=known, has={"probe": known is not None}.get)
        train, test = splits.probe_or_latest(data, test=0.5)
        assert test["rating"].tolist() == expected
        assert list(train) == list(test) == ["user_id", "movie_id", "rating"]


@given(made.frames(), st.integers(2, 5))
def test_folds_test_each_rating_once(ratings, n):
    if len(ratings) < n:
        with pytest.raises(ValueError, match="number of folds"):
            splits.folds(ratings, n)
        return
    parts = list(splits.folds(ratings, n))
    for split in parts:
        assert_parts(split, ratings)
    tested = pd.concat([s.test for s in parts]).sort_values(KEY, ignore_index=True)
    pd.testing.assert_frame_equal(tested, ratings)
    sizes = [len(s.test) for s in parts]
    assert max(sizes) - min(sizes) <= 1


def test_cold_counts_rows():
    train = made.frame_of([1, 2], [1, 2], [3, 3])
    test = made.frame_of([1, 1, 9, 9], [2, 8, 1, 8], [3, 3, 3, 3])
    assert splits.cold(splits.Split(train, test)).to_dict() == {
        "user": 0.5,
        "movie": 0.5,
        "either": 0.75,
    }


@pytest.mark.parametrize("share", [0, 1, -0.2, 20])
@pytest.mark.parametrize("splitter", SPLITTERS[:3])
def test_a_share_is_a_share(splitter, share):
    with pytest.raises(ValueError, match="between 0 and 1"):
        splitter(made.ratings(), test=share)


@given(made.frames(), st.sampled_from(["random", "time"]))
def test_three_parts_hold_every_rating_once(ratings, how):
    try:
        parts = splits.three_way(ratings, how)
    except ValueError as error:
        assert "leave nothing for the" in str(error)
    else:
        assert_parts(parts, ratings)


def test_the_third_part_is_that_of_two():
    ratings = made.ratings(users=100)
    for how, splitter in {"random": splits.random_split, "time": splits.time_split}.items():
        parts = splits.three_way(ratings, how)
        pd.testing.assert_frame_equal(parts.test, splitter(ratings).test)
        pd.testing.assert_frame_equal(parts.before_test, splitter(ratings).train)
        assert len(parts.validation) == pytest.approx(0.1 * len(ratings), rel=0.2)
    assert parts.train["timestamp"].max() < parts.validation["timestamp"].min()
    assert parts.validation["timestamp"].max() < parts.test["timestamp"].min()


@pytest.mark.parametrize(
    "wrong", [{"how": "by user"}, {"test": 1.2}, {"validation": 0}, {"validation": 0.8}]
)
def test_three_parts_need_sound_shares(wrong):
    with pytest.raises(ValueError, match=r"not by 'by user'|between 0 and 1"):
        splits.three_way(made.ratings(), **wrong)


def test_probe_split_takes_ratings_in_any_order_and_both_of_a_pair_rated_twice():
    ratings = made.frame_of([2, 1, 2, 1, 1], [2, 2, 1, 1, 2], [5, 4, 3, 2, 1])
    probe = pd.DataFrame({"movie_id": [2], "user_id": [1]})
    split = splits.probe_split(ratings, probe)
    assert split.test["rating"].tolist() == [4, 1] and split.train["rating"].tolist() == [5, 3, 2]


def test_probe_split_in_blocks_is_the_same(monkeypatch):
    sample = load("sample")
    whole = splits.probe_split(sample.ratings, sample.probe)
    monkeypatch.setattr(splits, "ROWS", 1000)
    for part, same in zip(splits.probe_split(sample.ratings, sample.probe), whole, strict=True):
        pd.testing.assert_frame_equal(part, same)


def test_probe_without_pairs_is_an_empty_test():
    ratings = made.frame_of([1, 2], [1, 2], [1, 2])
    with pytest.raises(ValueError, match="test part"):
        splits.probe_split(ratings, ratings.head(0))


@pytest.mark.parametrize("split", [splits.time_split, splits.last_per_user])
@pytest.mark.parametrize(
    ("times", "said"),
    [
        (lambda n: 1_100_000_000 + np.arange(n), "unit='s'"),
        (lambda n: ["2005-01-02"] * n, "pd.to_datetime"),
        (lambda n: pd.date_range("2005-01-02", periods=n, tz="Europe/Vienna"), "tz_convert"),
        (lambda n: [pd.NaT] + [pd.Timestamp("2005-01-02")] * (n - 1), "1 ratings have no time"),
    ],
)
def test_times_are_dates(split, times, said):
    ratings = made.ratings()
    with pytest.raises(DataError, match="What to do") as refused:
        split(ratings.assign(timestamp=times(len(ratings))))
    assert said in str(refused.value)
    with pytest.raises(DataError, match="no times"):
        split(ratings.drop(columns="timestamp"))


def test_ids_of_two_kinds_are_compared_as_numbers():
    ratings = made.ratings()
    probe = ratings.iloc[::3].astype({"user_id": str, "movie_id": float})
    split = splits.probe_split(ratings, probe)
    assert len(split.test) == len(probe)
    as_text = split._replace(test=split.test.astype({"user_id": str}))
    pd.testing.assert_series_equal(splits.cold(as_text), splits.cold(split))
    with pytest.raises(DataError, match="user's id"):
        splits.probe_split(ratings, probe.assign(user_id="x"))
    with pytest.raises(DataError, match="is missing"):
        splits.last_per_user(ratings.assign(user_id=ratings["user_id"].where(ratings.index != 4)))


def _of_100k(tmp_path, base, test):
    (tmp_path / "u1.base").write_text(base)
    (tmp_path / "u1.test").write_text(test)
    return SimpleNamespace(name="ml-100k", folder=tmp_path, ratings=made.ratings())


def test_a_published_split_is_that_of_its_files(tmp_path):
    base = "1\t2\t5\t874965758\n3\t1\t4\t874965758\n"
    dataset = _of_100k(tmp_path, base, "1\t1\t3\t875072484\n")
    split = published_split(dataset, "u1")
    assert split.train[["user_id", "movie_id", "rating"]].to_numpy().tolist() == [
        [3, 1, 4],
        [1, 2, 5],
    ]
    assert split.test["rating"].tolist() == [3]
    assert split.test["timestamp"].tolist() == [pd.Timestamp("1997-09-24 03:41:24")]
    chance = published_split(dataset, seed=7)
    pd.testing.assert_frame_equal(chance.test, random_split(dataset.ratings, seed=7).test)


def test_a_published_split_that_is_not_there_or_not_one(tmp_path):
    line = "1\t2\t5\t874965758\n"
    dataset = _of_100k(tmp_path, line, line)
    with pytest.raises(DataError, match="user 1 and movie 2 are in both parts"):
        published_split(dataset, "u1")
    with pytest.raises(DataError, match=r"u2\.base"):
        published_split(dataset, "u2")
    for name, split in [("ml-100k", "u9"), ("ml-1m", "u1")]:
        dataset.name = name
        with pytest.raises(DataError, match=f"no split '{split}' of {name}"):
            published_split(dataset, split)


def test_a_share_in_words_is_refused():
    with pytest.raises(ValueError, match=r"such as 0.2, but is '20%'"):
        random_split(made.ratings(), "20%")
