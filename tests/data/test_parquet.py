"""Tables as Parquet: what goes in comes out, by our reader and by others."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from nbhelpers.data import parquet


def ratings(n: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    seconds = rng.integers(-(10**9), 2 * 10**9, n)
    return pd.DataFrame(
        {
            "user_id": rng.integers(1, 2_649_429, n).astype("int32"),
            "movie_id": np.sort(rng.integers(1, 17_770, n)).astype("int32"),
            "rating": rng.integers(1, 6, n).astype("int8"),
            "timestamp": seconds.astype("datetime64[s]"),
        }
    )


@pytest.mark.parametrize("n", [0, 1, 9, 10, 11, 1000])
def test_rows_come_back_in_their_order(n, tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "_GROUP", 10)
    monkeypatch.setattr(parquet, "_BATCH", 3)
    parquet.write(ratings(n), tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(parquet.read(tmp_path / "a.parquet"), ratings(n))


def test_missing_values_and_extremes_come_back(tmp_path):
    frame = pd.DataFrame(
        {
            "float": np.array([np.nan, 0.5, -np.inf], "float32"),
            "time": np.array(["NaT", "1970-01-01", "2005-12-31"], "datetime64[s]"),
            "least": np.array([-128, 127, 0], "int8"),
            "most": np.array([2**63 - 1, -(2**63), 0]),
            "maybe": pd.array([1, None, 3], "Int16"),
            "text": ["a", "", "ß"],
        }
    )
    parquet.write(frame, tmp_path / "a.parquet")
    again = parquet.read(tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(again, frame)
    assert np.isnan(again["float"][0]) and again["time"].isna().tolist() == [True, False, False]


def test_other_programs_find_the_types_that_they_know(tmp_path):
    frame = ratings(50)
    parquet.write(frame, tmp_path / "a.parquet")
    file = pq.ParquetFile(tmp_path / "a.parquet")
    columns = [file.schema.column(n) for n in range(4)]
    assert [column.physical_type for column in columns] == ["INT32", "INT32", "INT32", "INT64"]
    assert "bitWidth=8" in str(columns[2].logical_type)  # Spark's byte
    assert "milliseconds" in str(columns[3].logical_type)
    assert all(column.max_definition_level == 0 for column in columns)  # none is missing
    plain = pd.read_parquet(tmp_path / "a.parquet").astype(frame.dtypes.to_dict())
    pd.testing.assert_frame_equal(plain, frame)


def test_sorted_ids_take_little_room(tmp_path):
    frame = ratings(50_000).sort_values(["movie_id", "user_id"], ignore_index=True)
    parquet.write(frame[["movie_id", "user_id"]], tmp_path / "a.parquet")
    assert (tmp_path / "a.parquet").stat().st_size < 4 * len(frame)
