"""Counts of ratings, beside what pandas finds by its own means."""

import made
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal, assert_series_equal

from nbhelpers import load
from nbhelpers.data import counts

CLOSE = {"rtol": 1e-10, "atol": 1e-10, "check_dtype": False, "check_index_type": False}
PARTS = {  # of a date, as pandas knows them
    "month": lambda times: times.dt.to_period("M"),
    "year": lambda times: times.dt.year,
    "weekday": lambda times: times.dt.day_of_week,
    "month of year": lambda times: times.dt.month,
}


@pytest.fixture(scope="module", params=["sample", "ml-latest-small"])
def data(request):
    if request.param != "sample":
        folder = request.getfixturevalue("real_data")
        if not (folder / request.param).is_dir():
            pytest.skip(f"no {request.param} in NBHELPERS_DATA")
    return load(request.param)


def grouped(ratings: pd.DataFrame, by, *what: str) -> pd.DataFrame:
    """Return what everybody writes; in float64, as pandas 2 averages float32 in float32."""
    return ratings.astype({"rating": "float64"}).groupby(by)["rating"].agg(list(what))


def assert_like_pandas(ratings: pd.DataFrame) -> None:
    for by in ("user_id", "movie_id"):
        found = counts.per(ratings, by)
        assert_frame_equal(found, grouped(ratings, by, "count", "mean", "std"), **CLOSE)
        assert counts.distinct(ratings[by]) == ratings[by].nunique()
    found = counts.stars(ratings)
    assert_series_equal(found, ratings.groupby("rating").size(), check_names=False, **CLOSE)
    for by, part in PARTS.items():
        when = part(ratings["timestamp"]).rename(by)
        found = counts.over(ratings, by)
        present = found[found["count"] > 0]
        assert_frame_equal(present, grouped(ratings, when, "count", "mean"), **CLOSE)
        assert found.loc[found["count"] == 0, "mean"].isna().all()
        found = counts.over(ratings, by, each="movie_id")
        expected = grouped(ratings, [ratings["movie_id"], when], "count", "mean")
        assert_frame_equal(found, expected, **CLOSE)


def merged(ratings: pd.DataFrame, movies: pd.DataFrame) -> pd.DataFrame:
    """Return counts by genre the long way: a row for each rating and genre."""
    genres = movies[["movie_id", "genres"]].explode("genres").dropna(subset="genres")
    long = ratings.merge(genres.rename(columns={"genres": "genre"}), on="movie_id")
    return grouped(long, "genre", "count", "mean")


def test_counts_like_pandas(data):
    assert_like_pandas(data.ratings)
    expected = merged(data.ratings, data.movies)
    assert_frame_equal(counts.per_genre(data.ratings, data.movies), expected, **CLOSE)


@settings(deadline=None, max_examples=25)
@given(ratings=made.frames(), kind=st.sampled_from(["float32", "float64"]), seed=st.integers(0, 9))
def test_counts_generated_tables_like_pandas(ratings, kind, seed):
    table = ratings.astype({"rating": kind, "user_id": "int64"}).sample(frac=1, random_state=seed)
    assert_like_pandas(table)
    films = made.movies(table)
    assert_frame_equal(counts.per_genre(table, films), merged(table, films), **CLOSE)


@settings(deadline=None, max_examples=25)
@given(
    rows=st.lists(
        st.tuples(
            st.integers(-(2**62), 2**62) | st.integers(-3, 3),
            st.floats(-100, 100, width=32),
            st.datetimes(pd.Timestamp(1890, 1, 1), pd.Timestamp(2250, 1, 1)),
        ),
        min_size=1,
        max_size=20,
    ),
    unit=st.sampled_from(["s", "ms", "ns"]),
)
def test_counts_any_id_number_and_time(rows, unit):
    ids, stars, times = zip(*rows, strict=True)
    table = pd.DataFrame({"user_id": ids, "rating": np.array(stars, np.float32)})
    table["timestamp"] = np.array(times, f"datetime64[{unit}]")
    found = counts.per(table, "user_id")
    expected = grouped(table, "user_id", "count", "mean", "std")
    assert_frame_equal(found, expected, rtol=1e-6, atol=1e-5, check_dtype=False)
    for by, part in PARTS.items():
        found = counts.over(table, by)
        sizes = table.groupby(part(table["timestamp"])).size()
        assert found["count"].loc[sizes.index].tolist() == sizes.tolist()
        assert found["count"].sum() == len(table)


def test_blocks_change_nothing(monkeypatch):
    ratings = made.ratings(users=60, movies=40)
    whole = counts.per(ratings, "user_id"), counts.over(ratings, "weekday", each="movie_id")
    monkeypatch.setattr(counts, "BLOCK", 7)
    assert_frame_equal(counts.per(ratings, "user_id"), whole[0], check_exact=True)
    assert_frame_equal(counts.over(ratings, "weekday", each="movie_id"), whole[1], check_exact=True)


def test_half_stars_add_up_exactly():
    # Added up in float32, five million of them would miss the mark.
    ratings = pd.DataFrame({"movie_id": 1, "rating": np.full(5_000_001, 3.5, np.float32)})
    found = counts.per(ratings, "movie_id").loc[1]
    assert (found["count"], found["mean"], found["std"]) == (5_000_001, 3.5, 0)


def test_columns_have_their_types_and_order():
    ratings = made.ratings().astype({"rating": "int8"})
    found = counts.per(ratings, "user_id")
    assert found.dtypes.astype(str).to_dict() == {
        "count": "int64",
        "mean": "float64",
        "std": "float64",
    }
    assert found.index.name == "user_id"
    assert found.index.dtype == np.int32
    assert found.index.is_monotonic_increasing
    assert counts.stars(ratings).index.tolist() == sorted(set(ratings["rating"]))


def test_one_rating_has_no_spread():
    ratings = made.frame_of([1, 2, 2], [5, 5, 6], [4, 3, 3])
    assert counts.per(ratings, "user_id")["std"].tolist() == [pytest.approx(np.nan, nan_ok=True), 0]


def test_those_who_vary_alike_have_the_same_spread_to_the_last_bit():
    ratings = made.frame_of([1] * 4 + [2] * 7, range(11), [3, 4, 3, 4, 2, 3, 3, 3, 3, 3, 4])
    assert counts.per(ratings, "user_id")["std"].tolist() == [np.sqrt(1 / 3)] * 2


def test_times_without_ratings_are_listed():
    ratings = made.frame_of([1, 2], [1, 1], [4, 5])
    ratings["timestamp"] = np.array(["1999-12-31T23:59:59", "2001-02-01"], "datetime64[s]")
    months = counts.over(ratings, "month")
    assert months.index.equals(pd.period_range("1999-12", "2001-02", freq="M", name="month"))
    assert months["count"].tolist() == [1, *[0] * 13, 1]
    assert months["mean"].dropna().tolist() == [4, 5]
    assert counts.over(ratings, "year")["count"].to_dict() == {1999: 1, 2000: 0, 2001: 1}
    assert counts.over(ratings, "weekday")["count"].tolist() == [0, 0, 0, 1, 1, 0, 0]
    assert counts.over(ratings, "month of year")["count"].to_dict() == {
        month: int(month in (2, 12)) for month in range(1, 13)
    }


def test_memory_that_may_not_be_written_is_read(tmp_path):
    ratings = made.ratings().astype({"rating": "int8"})
    for name in ratings:
        np.save(tmp_path / f"{name}.npy", ratings[name].to_numpy())
    columns = {name: np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in ratings}
    mapped = pd.DataFrame({name: np.asarray(c) for name, c in columns.items()}, copy=False)
    assert_like_pandas(mapped)


def test_nothing_is_counted_in_an_empty_table():
    empty = made.ratings().iloc[:0]
    assert counts.per(empty, "user_id").shape == (0, 3)
    assert counts.stars(empty).empty
    assert counts.distinct(empty["movie_id"]) == 0
    assert len(counts.over(empty, "month")) == len(counts.over(empty, "year")) == 0
    assert counts.over(empty, "weekday")["count"].tolist() == [0] * 7
    assert counts.over(empty, "month", each="movie_id").empty
    assert counts.per_genre(empty, made.movies(made.ratings())).empty


def test_movies_without_genre_or_rating_count_nowhere():
    ratings = made.frame_of([1, 2, 1], [1, 1, 2], [4, 5, 1])
    genres = [["War", "Drama"], [], ["Comedy"]]
    found = counts.per_genre(ratings, pd.DataFrame({"movie_id": [1, 2, 3], "genres": genres}))
    assert found.to_dict("index") == {
        "Drama": {"count": 2, "mean": 4.5},
        "War": {"count": 2, "mean": 4.5},
    }
    nowhere = counts.per_genre(ratings, pd.DataFrame({"movie_id": [1, 2], "genres": [[], []]}))
    assert nowhere.empty


def test_what_is_missing_is_refused():
    ratings = made.ratings()
    gap = ratings.assign(rating=ratings["rating"].where(ratings.index != 3))
    with pytest.raises(ValueError, match="rating is missing"):
        counts.per(gap, "user_id")
    gap = ratings.assign(timestamp=ratings["timestamp"].where(ratings.index != 3))
    with pytest.raises(ValueError, match="no time"):
        counts.over(gap, "month")
    with pytest.raises(ValueError, match="month of year, not 'hour'"):
        counts.over(ratings, "hour")


@given(st.lists(st.integers(0, 1000), min_size=1).filter(any))
def test_gini_is_half_the_mean_difference(values):
    x = np.array(values, float)
    expected = np.abs(x[:, None] - x).mean() / (2 * x.mean())  # Gini's own definition
    assert counts.gini(values) == pytest.approx(expected, abs=1e-12)


def test_lorenz_curve_begins_with_those_who_have_least():
    curve = counts.lorenz(pd.Series([2, 0, 6]))
    assert curve.share_of_items.tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert curve.share_of_ratings.tolist() == [0, 0, 0.25, 1]
    assert counts.gini([1, 1, 1]) == pytest.approx(0)


@pytest.mark.parametrize("values", [[], [0, 0], [-1, 2]])
def test_nothing_has_no_shares(values):
    with pytest.raises(ValueError, match="Shares"):
        counts.lorenz(values)
