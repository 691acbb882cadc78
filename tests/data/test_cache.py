"""A cache that never gives back anything but what went in."""

import json
import os
import shutil
import threading
import warnings
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from processes import of_the_dead

from nbhelpers.data import cache
from nbhelpers.data.movies_table import movies_table


def tables() -> dict[str, pd.DataFrame]:
    ratings = pd.DataFrame(
        {
            "user_id": np.array([2, 3, 1], dtype="int32"),
            "movie_id": np.array([1, 1, 7], dtype="int32"),
            "rating": np.array([0.5, 3.5, 5], dtype="float32"),
            "timestamp": np.array([1, 2, 3], dtype="datetime64[s]"),
        }
    )
    movies = movies_table(
        {
            "movie_id": [1, 7],
            "title": ["A, b", "Amélie"],
            "year": [None, 2001],
            "genres": [["Drama", "Sci-Fi"], []],
            "tmdb_id": [None, 9],
        }
    )
    return {"ratings": ratings, "movies": movies}


def test_tables_come_back_as_they_went_in(tmp_path):
    notes = {"report": {"x": 1}}
    assert cache.write_cache(tmp_path, "source", tables(), lambda: notes) == notes
    again, notes_again = cache.read_cache(tmp_path, "source")
    assert notes_again == notes
    for name, table in tables().items():
        pd.testing.assert_frame_equal(again[name], table)
    assert type(again["movies"]["actors"][0]) is list
    assert cache.content_hash(**again) == cache.content_hash(**tables())


def kept(frame: pd.DataFrame, folder) -> pd.DataFrame:
    """A table after it was written and read."""
    cache.write_cache(folder, "source", {"table": frame}, dict)
    return cache.read_cache(folder, "source")[0]["table"]


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


@pytest.mark.parametrize("n", [0, 1, 1000, (1 << 20) + 1])  # the last in two groups of rows
def test_rows_come_back_in_their_order(n, tmp_path):
    pd.testing.assert_frame_equal(kept(ratings(n), tmp_path), ratings(n))


def test_missing_values_and_extremes_come_back(tmp_path):
    frame = pd.DataFrame(
        {
            "float": np.array([np.nan, 0.5, -np.inf], "float32"),
            "time": np.array(["NaT", "1970-01-01", "2005-12-31"], "datetime64[s]"),
            "least": np.array([-128, 127, 0], "int8"),
            "most": np.array([2**63 - 1, -(2**63), 0]),
            "maybe": pd.array([1, None, 3], "Int16"),
            "text": ["a", "", "ß"],
            "texts": [["a", "b"], [], ["ß"]],
        }
    )
    again = kept(frame, tmp_path)
    pd.testing.assert_frame_equal(again, frame)
    assert np.isnan(again["float"][0]) and again["time"].isna().tolist() == [True, False, False]


def test_other_programs_find_the_types_that_they_know(tmp_path):
    frame = ratings(50)
    kept(frame, tmp_path)
    file = pq.ParquetFile(tmp_path / "table.parquet")
    columns = [file.schema.column(n) for n in range(4)]
    assert [column.physical_type for column in columns] == ["INT32", "INT32", "INT32", "INT64"]
    assert "bitWidth=8" in str(columns[2].logical_type)  # Spark's byte
    assert "milliseconds" in str(columns[3].logical_type)
    plain = pd.read_parquet(tmp_path / "table.parquet").astype(frame.dtypes.to_dict())
    pd.testing.assert_frame_equal(plain, frame)


def test_sorted_ids_take_little_room(tmp_path):
    frame = ratings(50_000).sort_values(["movie_id", "user_id"], ignore_index=True)
    kept(frame[["movie_id", "user_id"]], tmp_path)
    assert (tmp_path / "table.parquet").stat().st_size < 4 * len(frame)


@pytest.mark.filterwarnings("error")
def test_large_table_is_mapped_and_read_where_that_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "MAPPED", 2)
    ratings = tables()["ratings"]
    cache.write_cache(tmp_path, "source", tables(), dict)
    names = sorted(path.stem for path in tmp_path.glob("*.npy"))
    assert names == sorted(f"ratings-{column}" for column in ratings)  # movies are no numbers
    (tmp_path / "ratings.parquet").rename(tmp_path / "moved")  # it is not needed
    again = cache.read_cache(tmp_path, "source")[0]["ratings"]
    pd.testing.assert_frame_equal(again, ratings)
    again.loc[0, "user_id"] = 99
    pd.testing.assert_frame_equal(cache.read_cache(tmp_path, "source")[0]["ratings"], ratings)
    (tmp_path / "moved").rename(tmp_path / "ratings.parquet")
    column = tmp_path / "ratings-user_id.npy"
    whole = column.read_bytes()
    for damage in (lambda: column.write_bytes(whole[:-1]), column.unlink):
        damage()
        pd.testing.assert_frame_equal(cache.read_cache(tmp_path, "source")[0]["ratings"], ratings)


def test_columns_to_map_are_left_out_where_the_disk_is_full(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "MAPPED", 3)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=100))
    cache.write_cache(tmp_path, "source", tables(), dict)
    assert not list(tmp_path.glob("*.npy"))
    assert cache.read_cache(tmp_path, "source") is not None


@pytest.mark.filterwarnings("error")
def test_columns_may_be_the_first_in_a_new_folder(tmp_path, monkeypatch):
    # They are written beside the tables, and on a busy machine before them.
    monkeypatch.setattr(cache, "MAPPED", 2)
    write_table, write_columns, done = cache._write_table, cache._write_columns, threading.Event()

    def late(*given):
        done.wait(10)
        return write_table(*given)

    def first(*given):
        try:
            return write_columns(*given)
        finally:
            done.set()

    monkeypatch.setattr(cache, "_write_table", late)
    monkeypatch.setattr(cache, "_write_columns", first)
    ratings, folder = {"ratings": tables()["ratings"]}, tmp_path / "new" / "set"
    cache.write_cache(folder, "source", ratings, dict)
    pd.testing.assert_frame_equal(
        cache.read_cache(folder, "source")[0]["ratings"], ratings["ratings"]
    )


def test_no_cache_is_no_news(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cache.read_cache(tmp_path / "none", "source") is None


def damage_truncated(folder):
    path = folder / "ratings.parquet"
    path.write_bytes(path.read_bytes()[:-20])


def damage_one_bit(folder):
    path = folder / "ratings.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def damage_swapped_files(folder):
    (folder / "movies.parquet").replace(folder / "ratings.parquet")


def damage_missing(folder):
    (folder / "ratings.parquet").unlink()


def damage_edited_manifest(folder):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["tables"]["ratings"]["rows"] += 1
    path.write_text(json.dumps(manifest))


def damage_cut_manifest(folder):
    path = folder / "manifest.json"
    path.write_bytes(path.read_bytes()[:-9])


def damage_empty_manifest(folder):
    (folder / "manifest.json").write_text("[]")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (damage_truncated, r"ratings\.parquet is damaged"),
        (damage_one_bit, r"ratings\.parquet is damaged"),
        (damage_swapped_files, r"ratings\.parquet is damaged"),
        (damage_missing, "damaged"),
        (damage_edited_manifest, "manifest was changed"),
        (damage_cut_manifest, "damaged"),
        (damage_empty_manifest, "damaged"),
    ],
)
def test_damaged_or_old_cache_is_noticed_in_one_line(damage, reason, tmp_path):
    cache.write_cache(tmp_path, "source", tables(), dict)
    damage(tmp_path)
    with pytest.warns(UserWarning, match=reason) as caught:
        assert cache.read_cache(tmp_path, "source") is None
    assert len(caught) == 1 and "\n" not in str(caught[0].message)


def test_cache_of_another_source_is_noticed(tmp_path):
    cache.write_cache(tmp_path, "source", tables(), dict)
    with pytest.warns(UserWarning, match="source has changed"):
        assert cache.read_cache(tmp_path, "other") is None


def test_cache_that_cannot_be_written_is_only_warned_about(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.warns(UserWarning, match="No cache could be written"):
        cache.write_cache(tmp_path / "file", "source", tables(), dict)


def test_source_hash_sees_name_size_time_and_settings(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("abc")
    os.utime(path, ns=(10**18, 10**18))
    seen = {cache.source_hash(tmp_path), cache.source_hash(tmp_path, 0.1, 42)}
    assert cache.source_hash(tmp_path) in seen
    os.utime(path, ns=(10**18, 10**18 + 1000))
    seen.add(cache.source_hash(tmp_path))
    path.write_text("abcd")
    os.utime(path, ns=(10**18, 10**18))
    seen.add(cache.source_hash(tmp_path))
    (tmp_path / "sub").mkdir()
    path.rename(tmp_path / "sub" / "a.txt")
    seen.add(cache.source_hash(tmp_path))
    assert len(seen) == 5


def test_content_hash_sees_every_value_and_type():
    def changed(name, column, value):
        frames = tables()
        frame = frames[name].copy()
        frame[column] = value if callable(value) is False else value(frame[column])
        return cache.content_hash(**{**frames, name: frame})

    hashes = {
        cache.content_hash(**tables()),
        changed("ratings", "rating", np.array([0.5, 3.5, 4.5], dtype="float32")),
        changed("ratings", "rating", np.array([0.5, 3.5, 5], dtype="float64")),
        changed("ratings", "timestamp", lambda column: column + pd.Timedelta(seconds=1)),
        changed("movies", "title", ["A", "Amélie"]),
        changed("movies", "year", pd.array([2001, None], dtype="Int16")),
        changed("movies", "genres", [["Drama"], ["Sci-Fi"]]),
    }
    assert len(hashes) == 7


def test_source_hash_sees_what_links_lead_to_and_what_is_beside(tmp_path):
    folder, behind, beside = (tmp_path / name for name in ("set", "behind", "beside"))
    for place in (folder, behind):
        place.mkdir()
    (folder / "training_set").symlink_to(behind)
    (folder / "in circles").symlink_to(tmp_path)
    (folder / "titles").symlink_to(behind / "titles")
    seen = [cache.source_hash(folder, beside=[beside])]
    for path in (behind / "titles", behind / "more", beside / "ratings"):
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
        seen.append(cache.source_hash(folder, beside=[beside]))
    (behind / "more").write_text("other")
    seen.append(cache.source_hash(folder, beside=[beside]))
    (folder / "titles").unlink()
    (folder / "titles").symlink_to(behind / "more")
    seen.append(cache.source_hash(folder, beside=[beside]))
    assert len(set(seen)) == len(seen)
    assert cache.source_hash(folder, beside=[beside]) == seen[-1]


def test_pipes_and_dangling_links_stop_no_source_hash(tmp_path):
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    before = cache.source_hash(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
    assert cache.source_hash(tmp_path) == before
    (tmp_path / "nothing").write_text("x")
    assert cache.source_hash(tmp_path) != before


@pytest.mark.filterwarnings("error")
def test_cache_that_nobody_may_look_into_is_none(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    cache.write_cache(tmp_path, "source", tables(), dict)
    monkeypatch.setattr(os, "stat", refuse)
    assert cache.read_cache(tmp_path, "source") is None


def test_parts_that_killed_processes_left_in_any_cache_are_removed(tmp_path):
    left = tmp_path / "other" / f".ratings-{of_the_dead()}.parquet"
    left.parent.mkdir()
    left.write_bytes(bytes(100))
    cache.write_cache(tmp_path / "mine", "source", tables(), dict)
    assert not left.exists()
