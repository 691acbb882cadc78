"""Spark on two threads of this machine: one Java process for the file."""

import os
import tempfile
import warnings
from contextlib import contextmanager

import made
import numpy as np
import pandas as pd
import pytest

from nbhelpers import spark
from nbhelpers.data import datasets
from nbhelpers.errors import DataError
from nbhelpers.evaluation.metrics import rmse
from nbhelpers.models.als import ALS
from nbhelpers.models.baselines import GlobalMean
from nbhelpers.spark.als import predict
from nbhelpers.spark.sessions import COLUMNS


def to_pandas(table):
    """Bring a table to pandas, without what Spark and pandas 3 say of each other."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return table.toPandas()


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(spark.available()), reason=spark.available()),
]
SAID = []  # to the terminal or notebook while Spark started


@contextmanager
def listening(file):
    """Send what this process and those it starts say into a file."""
    kept = os.dup(1), os.dup(2)
    for place in (1, 2):
        os.dup2(file.fileno(), place)
    try:
        yield
    finally:
        for place, old in zip((1, 2), kept, strict=True):
            os.dup2(old, place)
            os.close(old)


@pytest.fixture(scope="module")
def session():
    # Java does not run long enough here for its best compiler to be worth its time.
    os.environ["JAVA_TOOL_OPTIONS"] = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    with tempfile.TemporaryFile() as file, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with listening(file):
            session = spark.session(memory="2g")
            started = session.__enter__()
            started.range(3).count()
        file.seek(0)
        SAID.extend([file.read().decode(), *map(str, said)])
    yield started
    session.__exit__(None, None, None)
    del os.environ["JAVA_TOOL_OPTIONS"]


@pytest.fixture(scope="module")
def sample():
    return datasets.load("sample")


@pytest.fixture(scope="module")
def table(session, sample, tmp_path_factory):
    path = tmp_path_factory.mktemp("sample") / "ratings.parquet"
    sample.ratings.to_parquet(path)
    return spark.read(path)


@pytest.fixture(scope="module")
def small(session, tmp_path_factory):
    """Ratings of few movies, most of which most users have seen: as pandas' and Spark's table."""
    ratings = made.ratings(users=30, movies=40, share=0.8)
    path = tmp_path_factory.mktemp("small") / "ratings.parquet"
    ratings.to_parquet(path)
    return ratings, spark.read(path)


def test_it_starts_quietly_and_a_second_one_is_the_first(session):
    assert "".join(SAID) == ""
    with spark.session() as other:
        assert other is session
    assert session.range(3).count() == 3


def test_it_reads_the_cache(sample, table):
    ratings = sample.ratings
    assert table.dtypes == [("user_id", "int"), ("movie_id", "int"), ("rating", "float")]
    sums = table.selectExpr("count(*)", "sum(user_id)", "sum(movie_id)", "sum(rating)").first()
    assert tuple(sums) == (len(ratings), *ratings[list(COLUMNS)].sum())


def test_the_same_rows_are_held_out_here_and_there(sample, table):
    keys = ["user_id", "movie_id", "rating"]
    ours = spark.hash_split(sample.ratings, 0.3, seed=7)
    theirs = spark.hash_split(table.repartition(5), 0.3, seed=7)
    for mine, part in zip(ours, theirs, strict=True):
        found = to_pandas(part).sort_values(["movie_id", "user_id"], ignore_index=True)
        pd.testing.assert_frame_equal(found, mine[keys].astype(found.dtypes))
    assert len(ours.train) + len(ours.test) == len(sample.ratings)


@pytest.mark.parametrize("share", [0, 1, -0.1, float("nan")])
def test_a_share_is_between_0_and_1(table, share):
    with pytest.raises(ValueError, match="between 0 and 1"):
        spark.hash_split(table, share)


def test_errors_on_the_sample_are_those_of_our_own_als(sample, table):
    train, test = spark.hash_split(table)
    fitted = spark.factorise(train, test, ranks=[5], regs=[0.15], n_epochs=6)
    found = spark.error(fitted, test)
    here, judged = spark.hash_split(sample.ratings)

    def error(model):
        stars = model.fit(here).predict(judged["user_id"], judged["movie_id"])
        return rmse(judged["rating"], stars)

    # After so few epochs the error depends on where each began, by about .005.
    ours = [error(ALS(5, 6, reg=0.15, biased=False, random_state=seed)) for seed in (1, 2, 3)]
    assert found.rows == len(judged)
    assert found.rmse == pytest.approx(sum(ours) / 3, abs=0.01)
    assert found.rmse < error(GlobalMean()) - 0.1
    assert fitted.rmse == pytest.approx(found.rmse)
    assert spark.error(fitted, test, sample.scale).rmse < found.rmse


def test_the_best_on_the_validation_part_is_kept_and_a_seed_gives_the_same(small):
    train, validation = spark.hash_split(small[1], 0.2)
    first, again, other = (
        spark.factorise(train, validation, ranks=[2], regs=[5.0, 0.1], n_epochs=2, seed=seed)
        for seed in (0, 0, 1)
    )
    assert first.tried["reg"].tolist() == [0.1, 5.0]
    assert first.tried["rmse"].is_monotonic_increasing
    np.testing.assert_allclose(first.tried, again.tried, rtol=1e-6)
    assert spark.error(first, validation).rmse == pytest.approx(first.tried["rmse"][0])
    assert not np.allclose(first.tried["rmse"], other.tried["rmse"], rtol=1e-6)


def test_unknown_users_and_movies_are_counted_and_get_the_mean(session, small):
    fitted = spark.factorise(small[1], small[1], ranks=[2], regs=[0.1], n_epochs=1)
    user, movie = small[0].loc[0, ["user_id", "movie_id"]].astype(int)
    rows = [(user, movie, 3.0), (-1, movie, 5.0), (user, -1, 1.0), (-1, -1, 2.0)]
    asked = session.createDataFrame(rows, "user_id int, movie_id int, rating float")
    mean = small[0]["rating"].mean()
    predicted = to_pandas(predict(fitted, asked).sort("rating"))
    assert predicted["cold"].tolist() == [True, True, False, True]
    np.testing.assert_allclose(predicted["prediction"][predicted["cold"]], mean)
    found = spark.error(fitted, asked)
    assert (found.rows, found.cold) == (4, 3)
    assert found.rmse == pytest.approx(rmse(predicted["rating"], predicted["prediction"]))
    with pytest.raises(ValueError, match="no ratings"):
        spark.error(fitted, asked.limit(0))


def test_what_cannot_be_read_is_told_in_one_sentence(session, tmp_path):
    text, other = tmp_path / "text.parquet", tmp_path / "other.parquet"
    text.write_text("user_id,movie_id,rating", encoding="utf-8")
    pd.DataFrame({"user_id": [1]}).to_parquet(other)
    for path, found in (
        (tmp_path / "nowhere", "does not exist"),
        (text, "not a Parquet file"),
        (other, "lacks movie_id, rating"),
    ):
        with pytest.raises(DataError, match=found) as caught:
            spark.read(path)
        assert "\n" not in str(caught.value) and "Expected Parquet" in str(caught.value)
    with pytest.raises(DataError, match="nowhere"):
        spark.factorise(str(tmp_path / "nowhere"), other)
