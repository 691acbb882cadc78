"""Data sets by name: found, read, cached, joined."""

import dataclasses
import os
import subprocess
import sys

import movielens_sets as sets
import numpy as np
import pandas as pd
import pytest

from nbhelpers import DataError, files, load
from nbhelpers.data import cache, catalogue, datasets, netflix
from nbhelpers.data.sampling import chosen
from nbhelpers.errors import SettingError

METADATA = """movieId,title,tmdb_id,overview,poster_url,genres,release_year,actors,directors
1,Alpha,11,"A, b and c.",https://example.org/a.jpg,Drama|War,2001,Ann A|Bob B,Cy C
9,Unlisted,12,None of ours.,,Drama,2001,,
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty machine: nothing in the project, on Kaggle, in the cache or in the folders above."""
    monkeypatch.setenv("NBHELPERS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NBHELPERS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(catalogue, "PROJECT", tmp_path / "project")
    monkeypatch.setattr(catalogue, "KAGGLE", tmp_path / "kaggle")
    (tmp_path / "here" / "below").mkdir(parents=True)
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path / "here" / "below")
    return tmp_path


def write_netflix(folder, files: int = 2) -> pd.DataFrame:
    """Four movies, one of them unlisted, one listed but not rated."""
    rng = np.random.default_rng(3)
    users, movies = np.tile(np.arange(1, 41), 3), np.repeat([1, 2, 4], 40)
    ratings = pd.DataFrame(
        {
            "user_id": users.astype("int32"),
            "movie_id": movies.astype("int32"),
            "rating": rng.integers(1, 6, 120).astype("int8"),
            "timestamp": np.datetime64("2004-02-28") + rng.integers(0, 3, 120),
        }
    ).astype({"timestamp": "datetime64[s]"})
    titles = pd.DataFrame({"movie_id": [1, 2, 3], "title": ["Alpha", "Beta", "Gamma, the"]})
    titles["year"] = pd.array([2000, None, 1999], dtype="Int16")
    pairs = pd.DataFrame({"movie_id": [1, 2, 3], "user_id": [5, 6, 7]})
    netflix.write_ratings(ratings, folder, files)
    netflix.write_titles(titles, folder / "movie_titles.csv")
    netflix.write_probe(pairs, folder / "probe.txt")
    return ratings


def write_movielens(folder) -> None:
    folder.mkdir(parents=True)
    rows = [f"{u},{m},{(u + m) % 10 / 2 + 0.5},{10**9 + u}" for u in range(1, 31) for m in (1, 2)]
    files = {
        "ratings.csv": "userId,movieId,rating,timestamp\n" + "".join(f"{row}\n" for row in rows),
        "movies.csv": 'movieId,title,genres\n1,"Alpha, The (1995)",Drama|War\n'
        "2,Beta (1996),(no genres listed)\n",
        "links.csv": "movieId,imdbId,tmdbId\n1,0000001,862\n2,0000002,\n",
        "tags.csv": "userId,movieId,tag,timestamp\n" + "3,1,fun,1000000000\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")


def test_importing_is_cheap():
    heavy = {"surprise", "matplotlib", "seaborn", "sklearn", "numba", "pooch"}
    code = f"import nbhelpers, sys; print(*({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


# The sample


def test_sample_is_whole():
    sample = load()
    ratings, movies = sample.ratings, sample.movies
    assert (sample.name, sample.simulated) == ("sample", True) and "simulated" in sample.label
    assert ratings.dtypes.astype(str).to_dict() == {
        "user_id": "int32",
        "movie_id": "int32",
        "rating": "int8",
        "timestamp": "datetime64[s]",
    }
    pairs = ratings[["movie_id", "user_id"]]
    pd.testing.assert_frame_equal(pairs, pairs.sort_values([*pairs], ignore_index=True))
    assert movies["movie_id"].is_monotonic_increasing and len(movies) >= 500
    planted = ("ratings of unlisted movies", "listed movies without a rating")
    planted += ("metadata that name another year",)
    for found, count in sample.report.items():
        assert (count > 0) == (found in planted), found
    assert sample.n_users == ratings["user_id"].nunique()
    assert sample.density == pytest.approx(len(ratings) / (sample.n_users * sample.n_movies))
    for column in ("probe", "genres", "overview", "actors", "directors", "keywords"):
        assert sample.has(column), column
    assert not any(map(sample.has, ("tags", "genome", "genres_meta", "no such column")))


def test_sample_is_read_the_same_every_time_and_never_cached(place, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setenv("NBHELPERS_CACHE", str(place / "cache"))
    assert load().content_hash == load("sample").content_hash
    assert not (place / "cache").exists()


def test_share_of_the_sample_has_whole_users():
    whole, part = load(), load(users=0.2)
    kept = chosen(whole.ratings["user_id"], 0.2)
    pd.testing.assert_frame_equal(part.ratings, whole.ratings[kept].reset_index(drop=True))
    assert 0 < part.report["probe pairs without a rating"] + len(part.probe) < len(whole.probe)
    assert part.content_hash != whole.content_hash
    with pytest.raises(ValueError, match="share"):
        load(users=0)


# Netflix


def test_netflix_is_read_and_what_is_odd_is_counted(place):
    ratings = write_netflix(place / "data" / "netflix")
    data = load("netflix")
    pd.testing.assert_frame_equal(data.ratings, ratings)
    assert data.report == {
        "ratings of unlisted movies": 40,
        "listed movies without a rating": 1,
        "rating files missing": 2,
        "movies missing from movie_titles.csv": 17_767,
        "probe pairs without a rating": 1,
        "ratings fewer than published": 100_480_507 - 120,
        "rated movies fewer than published": 17_767,
    }
    assert list(data.movies["genres"]) == [[], [], []] and not data.has("genres")
    assert data.has("title") and data.has("year") and data.has("probe")
    assert (data.scale, data.step, data.simulated) == ((1.0, 5.0), 1.0, False)


def test_metadata_beside_a_set_is_merged(place):
    folder = place / "data" / "netflix"
    write_netflix(folder)
    (folder / "metadata.csv").write_text(METADATA, encoding="utf-8", newline="")
    data = load("netflix")
    first = data.movies.iloc[0]
    assert (first["title"], first["year"], first["tmdb_id"]) == ("Alpha", 2000, 11)
    assert first["overview"] == "A, b and c." and first["actors"] == ["Ann A", "Bob B"]
    assert data.report["metadata of unlisted movies"] == 1
    assert data.movies.iloc[1]["overview"] == "" and data.movies.iloc[1]["directors"] == []


def test_every_movie_rated_or_listed_has_a_title():
    data = load("sample")
    some = dataclasses.replace(data, movies=data.movies.iloc[2:])
    first, second = data.movies["movie_id"].iloc[:2]
    rated = dataclasses.replace(some, ratings=data.ratings.query("movie_id != @second"))
    titles = rated.titles
    assert titles[first] == f"film {first}" and second not in titles
    assert titles.index.is_monotonic_increasing and titles.index.is_unique
    for each, listed in ((titles, some.movies), (data.titles, data.movies)):
        assert each[listed["movie_id"]].tolist() == listed["title"].tolist()
    assert len(data.titles) == len(data.movies) + 3  # rated, but not listed


def test_broken_file_is_refused_through_load(place):
    folder = place / "data" / "netflix"
    write_netflix(folder)
    (folder / "movie_titles.csv").unlink()
    with pytest.raises(DataError, match=r"movie_titles\.csv is missing"):
        load("netflix")
    assert not (place / "cache").exists()


# The cache


def same(one, other) -> None:
    for name in ("ratings", "movies", "probe", "tags"):
        a, b = getattr(one, name), getattr(other, name)
        assert (a is None) == (b is None)
        if a is not None:
            pd.testing.assert_frame_equal(a, b)
    assert one.content_hash == other.content_hash
    assert one.report == other.report


@pytest.mark.parametrize("name", ["netflix", "ml-latest-small"])
@pytest.mark.filterwarnings("error", "ignore:.*was published with")
def test_second_load_reads_the_cache_and_gives_the_same(name, place, monkeypatch):
    folder = place / "data" / name
    write_netflix(folder) if name == "netflix" else write_movielens(folder)
    before = sorted(folder.iterdir())
    first = load(name)
    part = load(name, users=0.5)
    monkeypatch.setattr(datasets, "_read", None)  # parsing again would fail
    same(load(name), first)
    same(load(name, users=0.5), part)
    same(load(name, users=1), first)
    assert cache.content_hash(first.ratings, first.movies) == first.content_hash
    assert part.content_hash != first.content_hash
    assert sorted(folder.iterdir()) == before  # nothing is written into the source


def test_share_and_seed_are_part_of_the_cache(place):
    write_netflix(place / "data" / "netflix")
    users = [
        set(load("netflix", users=share, seed=seed).ratings["user_id"])
        for share in (0.3, 0.6)
        for seed in (1, 2)
    ]
    assert users[0] < users[2] and users[1] < users[3] and users[0] != users[1]


def test_changed_source_is_parsed_again(place):
    folder = place / "data" / "netflix"
    write_netflix(folder)
    first = load("netflix")
    path = folder / "combined_data_1.txt"
    text = path.read_bytes()
    path.write_bytes(text.replace(b",2004-02-28", b",2004-02-27", 1))  # the same size
    with pytest.warns(UserWarning, match="source has changed"):
        second = load("netflix")
    assert second.content_hash != first.content_hash
    assert (second.ratings["timestamp"] < first.ratings["timestamp"]).sum() == 1


def test_what_other_code_has_parsed_is_parsed_again(place, edit_library, recwarn):
    write_netflix(place / "data" / "netflix")
    first = load("netflix")
    recwarn.clear()  # of how much smaller it is than the real set
    edit_library("models/svd.py")
    same(load("netflix"), first)
    assert not recwarn
    edit_library("data/netflix.py")
    with pytest.warns(UserWarning, match="source has changed"):
        same(load("netflix"), first)


def test_damaged_cache_is_rebuilt(place, recwarn):
    write_netflix(place / "data" / "netflix")
    first = load("netflix")
    cached = place / "cache" / "parsed" / "netflix" / "ratings.parquet"
    cached.write_bytes(cached.read_bytes()[:100])
    with pytest.warns(UserWarning, match="damaged"):
        same(load("netflix"), first)
    recwarn.clear()
    same(load("netflix"), first)
    assert not recwarn


# Names and places


def test_unknown_name_gets_a_guess_and_the_list():
    with pytest.raises(DataError, match=r"mean 'ml-latest-small'.*sample, ml-.*netflix"):
        load("ml-latest-smal")
    with pytest.raises(DataError, match="one of sample"):
        load("")


@pytest.mark.parametrize("name", ["netflix", "the-movies-dataset", "sample"])
def test_set_that_is_not_there_says_what_to_put_where(name, place):
    with pytest.raises(DataError, match=rf"not on this machine.*data/{name}/.*NBHELPERS_DATA") as e:
        load(name)
    assert e.value.remedy


@pytest.mark.parametrize(
    "where",
    [
        "project/data/netflix",
        "here/below/data/netflix",
        "here/data/netflix",
        "kaggle/netflix-prize-data",
        "kaggle/datasets/netflix-inc/netflix-prize-data",
    ],
)
def test_set_is_found_where_it_may_be(where, place):
    (place / where).mkdir(parents=True)
    assert catalogue.find("netflix") == place / where
    (place / "data" / "netflix").mkdir(parents=True)
    assert catalogue.find("netflix") == place / "data" / "netflix"  # what is asked for comes first


def test_movielens_is_downloaded_only_when_loaded(place, monkeypatch):
    from nbhelpers.data import movielens

    def download(name):
        write_movielens(place / "cache" / name)
        asked.append(name)
        return place / "cache" / name

    asked = []
    monkeypatch.setattr(movielens, "download", download)
    rows = {row.name: row for row in datasets.describe_all()}
    assert len(rows) == 12 and not asked
    assert "downloaded" in rows["ml-20m"].where and "Kaggle" in rows["netflix"].where
    assert rows["ml-20m"].redistributable and not rows["ml-1m"].redistributable
    data = load("ml-latest-small")
    assert list(data.movies["title"]) == ["The Alpha", "Beta"]
    assert str(data.ratings["rating"].dtype) == "float32" and data.scale == (0.5, 5.0)
    assert load("ml-latest-small").folder == place / "cache" / "ml-latest-small"
    assert asked == ["ml-latest-small"]


# The full interaction table


def slow_interactions(data) -> list[tuple]:
    movies = {row.movie_id: row for row in data.movies.itertuples()}
    table = []
    for row in data.ratings.itertuples():
        movie = movies.get(row.movie_id)
        table.append(
            (
                *(row.user_id, row.movie_id, float(row.rating), row.timestamp),
                None if movie is None or movie.year is pd.NA else movie.year,
                movie.title if movie else "",
                ("|".join(movie.genres) if movie else "") or "(no genres listed)",
                "|".join(movie.directors) if movie else "",
                "|".join(movie.actors) if movie else "",
                movie.overview if movie else "",
            )
        )
    return table


@pytest.mark.parametrize("name", ["netflix", "ml-latest-small"])
def test_interactions_join_every_rating_with_its_movie(name, place):
    folder = place / "data" / name
    write_netflix(folder) if name == "netflix" else write_movielens(folder)
    (folder / "metadata.csv").write_text(METADATA, encoding="utf-8", newline="")
    data = load(name)
    before = data.ratings.copy()
    table = datasets.interactions(data)
    pd.testing.assert_frame_equal(data.ratings, before)
    assert str(table["rating"].dtype) == "float32"
    columns = ["user_id", "movie_id", "rating", "timestamp", "release_year", "title"]
    columns += ["genres", "directors", "actors", "overview"]
    found = table[columns].astype(object)
    found = found.where(found.notna(), None).itertuples(index=False, name=None)
    assert list(found) == slow_interactions(data)


# Real files


def test_real_movielens_has_its_published_counts(real_data):
    if not (real_data / "ml-latest-small").is_dir():
        pytest.skip("no ml-latest-small in NBHELPERS_DATA")
    data = load("ml-latest-small")
    assert (len(data.ratings), data.n_users, len(data.movies)) == (100_836, 610, 9_742)
    assert data.has("genres") and data.has("tags") and data.has("tmdb_id")
    assert len(datasets.interactions(data)) == 100_836


def test_pairs_are_found_among_ratings_as_by_a_join():
    rng = np.random.default_rng(0)
    tables = [
        pd.DataFrame(rng.integers(1, 12, (n, 2)), columns=["movie_id", "user_id"], dtype="int32")
        .drop_duplicates()
        .sort_values(["movie_id", "user_id"], ignore_index=True)
        for n in (40, 60)
    ]
    pairs, ratings = tables[0], tables[1][tables[1]["movie_id"] != 5].reset_index(drop=True)
    joined = pairs.merge(ratings, how="left", indicator=True)["_merge"] == "both"
    np.testing.assert_array_equal(datasets.among(pairs, ratings), joined)
    assert 0 < joined.sum() < len(pairs)


# $NBHELPERS_DATA


def test_the_sets_own_folder_will_do_and_home_is_known(place, monkeypatch):
    write_movielens(place / "data" / "ml-latest-small")
    monkeypatch.setenv("NBHELPERS_DATA", str(place / "data" / "ml-latest-small"))
    assert load("ml-latest-small").folder == place / "data" / "ml-latest-small"
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("USERPROFILE", str(place))
    monkeypatch.setenv("NBHELPERS_DATA", "~/data")
    assert catalogue.find("ml-latest-small") == place / "data" / "ml-latest-small"
    monkeypatch.setenv("NBHELPERS_CACHE", "~/cache")
    assert files.cache_folder() == place / "cache"


def test_another_place_that_is_used_instead_is_said(place, recwarn):
    write_movielens(place / "here" / "data" / "ml-latest-small")
    data = load("ml-latest-small")
    [said] = [str(one.message) for one in recwarn if "NBHELPERS_DATA" in str(one.message)]
    assert str(place / "data") in said and str(data.folder) in said and "instead" in said


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_a_folder_that_is_none_is_refused_whatever_is_loaded(place, monkeypatch, name):
    (place / "file").write_text("", encoding="utf-8")
    write_movielens(place / "here" / "data" / "ml-latest-small")
    monkeypatch.setenv("NBHELPERS_DATA", str(place / name))
    with pytest.raises(SettingError, match=r"NBHELPERS_DATA names .*correct the variable"):
        load("ml-latest-small")
    monkeypatch.setenv("NBHELPERS_DATA", str(place / "data"))
    monkeypatch.setenv("NBHELPERS_CACHE", str(place / "file"))
    with pytest.raises(NotADirectoryError, match="NBHELPERS_CACHE names a file"):
        files.cache_folder()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in this system's folders")
@pytest.mark.parametrize("name", ["ratings.csv", "movies.csv", "tags.csv", "metadata.csv"])
@pytest.mark.parametrize("what", ["pipe", "dangling link", "folder"])
def test_what_only_has_a_files_name_is_refused_in_any_place(tmp_path, monkeypatch, name, what):
    monkeypatch.setenv("NBHELPERS_DATA", str(tmp_path))
    monkeypatch.setenv("NBHELPERS_CACHE", str(tmp_path / "cache"))
    folder = sets.write(tmp_path / "ml-latest-small", "ml-latest-small")
    (folder / name).unlink(missing_ok=True)
    make = {"pipe": os.mkfifo, "dangling link": dangle, "folder": os.mkdir}
    make[what](folder / name)
    with pytest.raises(DataError, match=r"not a file\.|a link to") as caught:
        load("ml-latest-small")
    assert caught.value.path == folder / name


def dangle(path) -> None:
    path.symlink_to("nothing")


def test_a_folder_of_data_that_nobody_may_enter_is_not_passed_over(monkeypatch, tmp_path):
    def refuse(path):
        if path.parent == tmp_path:
            raise PermissionError(13, "Permission denied", str(path))
        return True

    monkeypatch.setenv("NBHELPERS_DATA", str(tmp_path))
    monkeypatch.setattr("pathlib.Path.is_dir", refuse)
    with pytest.raises(DataError, match="Permission denied"):
        catalogue.find("ml-1m")


def test_what_lies_in_the_folder_beside_is_noticed_when_it_changes(tmp_path, monkeypatch):
    """Where the archive was unpacked next to the folder that has the set's name."""
    monkeypatch.setenv("NBHELPERS_DATA", str(tmp_path))
    monkeypatch.setenv("NBHELPERS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "ml-10m").mkdir()
    beside = sets.write(tmp_path / "ml-10M100K", "ml-10m")
    first = load("ml-10m")
    before = len(first.ratings)
    assert first.report["folder ml-10M100K taken for ml-10m"] == 1
    lines = (beside / "ratings.dat").read_bytes().splitlines(keepends=True)
    (beside / "ratings.dat").write_bytes(b"".join(lines[:-1]))
    with pytest.warns(UserWarning, match="source has changed"):
        assert len(load("ml-10m").ratings) == before - 1
