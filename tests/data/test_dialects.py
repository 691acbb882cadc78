"""Files as people have them: what is accepted, and said; what is refused, and all that is wrong."""

import gzip
import zipfile

import numpy as np
import pandas as pd
import pytest

from nbhelpers import DataError, load
from nbhelpers.data import catalogue
from nbhelpers.data.formats.text_damage import damage

RATINGS = """userId,movieId,rating,timestamp
1,10,4.0,1100000000
1,11,3.5,1100005000
2,12,5.0,1100010000
"""
MOVIES = """movieId,title,genres
10,Paper Boats (1999),Comedy|Drama
11,"Long Wait, The (1987)",Drama
12,Émile's Garden (2001),(no genres listed)
"""
TITLES = b"1,1999,Paper Boats\n2,NULL,The Long Wait, Part 2\n3,2001,\xc9mile's Garden\n"
NETFLIX = b"1:\n7,4,2004-03-01\n8,3,2004-03-02\n2:\n7,2,2004-03-01\n3:\n9,5,2005-02-03\n"
pytestmark = pytest.mark.filterwarnings("ignore:.*was published with")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Write files below an empty NBHELPERS_DATA, and load the set that they are."""
    monkeypatch.setenv("NBHELPERS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NBHELPERS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(catalogue, "PROJECT", tmp_path / "project")

    def write(name, files, folder=None):
        for file, content in files.items():
            path = tmp_path / "data" / (folder or name) / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load(name)

    return write


def small(**changed):
    return {"ratings.csv": RATINGS, "movies.csv": MOVIES} | {
        f"{name}.csv": content for name, content in changed.items()
    }


def with_dates(form):
    frame = pd.read_csv(pd.io.common.StringIO(RATINGS), dtype=str)
    times = pd.to_datetime(frame["timestamp"].astype("int64"), unit="s")
    return frame.assign(timestamp=times.dt.strftime(form)).to_csv(index=False)


@pytest.mark.parametrize(
    ("ratings", "told"),
    [
        ("," + RATINGS.replace("\n", "\n0,")[:-2], "columns left aside"),
        ("\ufeff" + RATINGS.replace(",", ";").replace(".", ",").replace("\n", "\r\n"),
         "decimal commas"),
        ("\ufeff" + RATINGS.replace("\n", "\r\n"), "byte order mark"),
        (RATINGS.replace(",", "\t"), "tabs between the fields"),
        (RATINGS[:-1], "last line without an end"),
        (RATINGS + "\n\n", "blank lines at the end"),
        ('"userId","movieId","rating","timestamp"' + RATINGS[31:], "quoted header"),
        (RATINGS.replace("userId", "user_id").replace("movieId", "movie_id"),
         "other names of columns"),
        (RATINGS.replace("1,1", "1.0,1").replace("2,1", "2.0,1"), "whole numbers such as 1.0"),
        (with_dates("%Y-%m-%d %H:%M:%S"), "dates as text, taken as UTC"),
        (with_dates("%Y-%m-%dT%H:%M:%SZ"), "dates as text, taken as UTC"),
    ],
)  # fmt: skip
def test_ratings_in_a_dialect_are_the_same_and_it_is_said(place, ratings, told):
    data = place("ml-latest-small", small(ratings=ratings))
    assert data.ratings["user_id"].tolist() == [1, 1, 2]
    assert data.ratings["rating"].tolist() == [4.0, 3.5, 5.0]
    assert data.ratings["timestamp"].astype("int64").tolist() == [
        1_100_000_000,
        1_100_005_000,
        1_100_010_000,
    ]
    assert data.report[f"ratings.csv: {told}"] >= 1
    assert data.report == load("ml-latest-small").report  # from the cache


def test_columns_in_another_order_and_one_more(place):
    frame = pd.read_csv(pd.io.common.StringIO(RATINGS), dtype=str).assign(source="web")
    turned = frame[["movieId", "userId", "timestamp", "rating", "source"]].to_csv(index=False)
    data = place("ml-latest-small", small(ratings=turned))
    assert data.ratings["movie_id"].tolist() == [10, 11, 12]
    assert data.report["ratings.csv: columns in another order"] == 1
    assert data.report["ratings.csv: columns left aside"] == 1


def test_without_times_there_are_none(place):
    frame = pd.read_csv(pd.io.common.StringIO(RATINGS), dtype=str)
    data = place(
        "ml-latest-small", small(ratings=frame.drop(columns="timestamp").to_csv(index=False))
    )
    assert data.ratings["timestamp"].isna().all() and len(data.ratings) == 3
    assert data.report["ratings.csv: no timestamp"] == 1
    assert load("ml-latest-small").ratings["timestamp"].isna().all()


def test_user_0_and_genres_of_others(place):
    files = small(
        ratings=RATINGS.replace("\n1,", "\n0,"), movies=MOVIES.replace("Drama\n", "Sport\n")
    )
    data = place("ml-latest-small", files)
    assert data.ratings["user_id"].tolist() == [0, 0, 2] and data.report["ratings by user 0"] == 2
    assert data.report["movies.csv: genre Sport, which MovieLens lacks"] == 2
    with pytest.raises(DataError, match="'Dramma' is no genre; is it Drama"):
        place("ml-latest-small", small(movies=MOVIES.replace("|Drama", "|Dramma")))


@pytest.mark.parametrize(
    ("ratings", "line", "found"),
    [
        ("\ufeff" + RATINGS.replace(",", ";").replace("\n1;", "\nU1;").replace("4.0", "vier"),
         2, "userId is 'U1'.*rating is 'vier'.*byte order mark, semicolons"),
        (RATINGS.replace("userId", "Benutzer").replace("movieId", "Film").replace(",", ";"),
         1, "userId, movieId are missing.*parted by semicolons"),
        (RATINGS.replace("1100000000", "02/04/2005").replace("\n2,", "\nx,"),
         2, r"timestamp is '02/04/2005'.*|userId is 'x' \(line 4\)"),
        (RATINGS.replace("timestamp", "tmestamp"), 1, "timestamp is missing; there is tmestamp"),
        (RATINGS[32:], 1, "no header.*nobody can guess it"),
        (RATINGS.replace("movieId", "user_id"), 1, "movieId"),
        (RATINGS[:-3], 4, "has no end"),
    ],
)  # fmt: skip
def test_all_differences_are_named_at_once(place, ratings, line, found):
    with pytest.raises(DataError, match=f"(?s){found}") as caught:
        place("ml-latest-small", small(ratings=ratings))
    assert caught.value.line == line and caught.value.path.name == "ratings.csv"


@pytest.mark.parametrize(
    "movies", [MOVIES[:-1].replace("(no genres listed)", "Drama"), MOVIES[:-4]]
)
def test_a_last_line_that_may_be_cut_is_refused(place, movies):
    with pytest.raises(DataError, match="has no end"):
        place("ml-latest-small", small(movies=movies))
    place("ml-latest-small", small(movies=MOVIES[:-1]))  # (no genres listed) is whole


def test_optional_files_cost_themselves(place):
    links = "movieId,imdbId,tmdbId\n10,111111,501.0\n11,122222,\n"
    tags = 'userId,movieId,tag,timestamp\n1,10,"two\nlines",1100000000\n2,11,plain,1100000001\n'
    data = place("ml-latest-small", small(links=links, tags=tags))
    assert data.movies["tmdb_id"].tolist() == [501, pd.NA, pd.NA]
    assert data.tags["tag"].tolist() == ["two\nlines", "plain"]
    assert data.report["tags.csv: line breaks in tags"] == 1
    with pytest.warns(
        UserWarning, match=r"(?s)tags\.csv is left out.*read without it.*tags\.csv:4: userId is 'x'"
    ):
        data = place("ml-latest-small", small(links=links, tags=tags.replace("\n2,", "\nx,")))
    assert data.tags is None and data.report["tags.csv left out, for what is in line 4"] == 1
    assert data.movies["tmdb_id"].iloc[0] == 501


def test_a_lost_quotation_mark_swallows_no_row(place):
    tags = "userId,movieId,tag,timestamp\n" + '1,10,"a,1100000000\n2,11,b",1100000001\n'
    with pytest.warns(UserWarning, match="quotation mark that was lost"):
        assert place("ml-latest-small", small(tags=tags)).tags is None


def test_tags_that_are_there_twice(place):
    rows = [f"1,10,tag {n},11000000{n:02}\n" for n in range(9)]
    head = "userId,movieId,tag,timestamp\n"
    data = place("ml-latest-small", small(tags=head + "".join([*rows, rows[0]])))
    assert data.report["tags.csv: tags that are there twice"] == 1 and len(data.tags) == 10
    with pytest.warns(UserWarning, match="there a second time"):
        assert place("ml-latest-small", small(tags=head + "".join(rows * 2))).tags is None


def test_a_quotation_mark_inside_a_columns_name_is_refused(place):
    head, rows = RATINGS.split("\n", 1)
    odd = rows.replace("\n", ",x\n")
    assert place("ml-latest-small", small(ratings=f'{head},"s ""o"""\n{odd}')).n_users == 2
    with pytest.raises(DataError, match=r"ratings\.csv:1"):
        place("ml-latest-small", small(ratings=f'{head},s""o\n{odd}'))


# Names and packing


def test_packed_files_are_read_where_they_are(place, tmp_path):
    plain = place("ml-latest-small", small())
    frame = pd.read_csv(pd.io.common.StringIO(RATINGS))
    frame.to_parquet(tmp_path / "ratings.parquet")
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for name, text in small().items():
            archive.writestr(f"ml-latest-small/{name}", text)
    packed = {
        "ml-20m": {"ratings.csv.gz": gzip.compress(RATINGS.encode()), "movies.csv": MOVIES},
        "ml-25m": {
            "ratings.parquet": (tmp_path / "ratings.parquet").read_bytes(),
            "movies.csv": MOVIES,
        },
        "ml-32m": {"set.zip": (tmp_path / "set.zip").read_bytes()},
        "ml-latest": {"Ratings.csv": RATINGS, "MOVIES.CSV": MOVIES},
    }
    for name, files in packed.items():
        data = place(name, files)
        pd.testing.assert_frame_equal(data.ratings, plain.ratings)
        pd.testing.assert_frame_equal(data.movies, plain.movies)
        assert any("taken for ratings.csv" in key for key in data.report)
        assert not any("quoted header" in key for key in data.report)


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"ratings.csv.gz": gzip.compress(RATINGS.encode())[:-20]}, "cannot be unpacked"),
        ({"ratings.parquet": b"PAR1 no more"}, "cannot be unpacked"),
        ({"set.zip": b"PK\x03\x04...."}, "holds movies.csv, set.zip.*damaged"),
        ({"Ratings.csv": RATINGS, "RATINGS.CSV": RATINGS}, "are both there"),
        ({"ratings.dat": b"1::2::3::4\n"}, "looks like MovieLens 1M or 10M"),
        ({"credits.csv": b"x", "movies_metadata.csv": b"x"}, "looks like Kaggle's The Movies"),
    ],
)
def test_what_is_there_is_named(place, files, found):
    with pytest.raises(DataError, match=f"(?s){found}"):
        place("ml-latest-small", files | {"movies.csv": MOVIES})


def test_kaggles_20m(place):
    def quoted(text):
        head, rest = text.split("\n", 1)
        return ",".join(f'"{name}"' for name in head.split(",")) + "\n" + rest

    tags = 'userId,movieId,tag,timestamp\n1,10,"slow","2009-04-24 18:19:40"\n'
    files = {
        "rating.csv": quoted(with_dates('"%Y-%m-%d %H:%M:%S"').replace('"""', '"')),
        "movie.csv": quoted(MOVIES),
        "tag.csv": quoted(tags),
        "link.csv": quoted("movieId,imdbId,tmdbId\n10,0111111,501\n"),
        "genome_tags.csv": quoted('tagId,tag\n1,"007"\n'),
        "genome_scores.csv": quoted("movieId,tagId,relevance\n10,1,0.025\n"),
    }
    data = place("ml-20m", files, "movielens-20m-dataset")
    assert data.ratings["timestamp"].astype("int64").tolist()[0] == 1_100_000_000
    assert data.tags["tag"].tolist() == ["slow"] and len(data.genome) == 1
    assert data.report["folder movielens-20m-dataset taken for ml-20m"] == 1
    assert data.movies["tmdb_id"].tolist() == [501, pd.NA, pd.NA]


def test_1m_as_csv_and_in_utf8(place):
    whole = RATINGS.replace(".0", "").replace("3.5", "3")
    data = place("ml-1m", {"ratings.csv": whole, "movies.csv": MOVIES})
    assert (
        data.ratings["rating"].dtype == "int8" and data.movies["title"].iloc[2] == "Émile's Garden"
    )
    lines = "10::Paper Boats (1999)::Drama\n12::Émile's Garden (2001)::Drama\n"
    dat = whole.split("\n", 1)[1].replace(",", "::")
    data = place("ml-1m", {"ratings.dat": dat, "movies.dat": lines})
    assert data.movies["title"].iloc[1] == "Émile's Garden"
    assert data.report["movies.dat: UTF-8 instead of latin-1"] == 1


def test_other_encodings_than_latin_1_are_named(place):
    dat = RATINGS.split("\n", 1)[1].replace(",", "::").replace(".0", "").replace("3.5", "3")
    for encoding, title, name in (
        ("cp1252", "Amy’s Garden (2001)", "’ in Windows-1252"),
        ("mac_roman", "Joe's Café (2001)", "é in Mac Roman"),
        ("cp850", "Joe's Café (2001)", "é in DOS"),
    ):
        lines = f"10::{title}::Drama\n".encode(encoding)
        with pytest.raises(DataError, match=f"it is {name}.*Save it as UTF-8"):
            place("ml-1m", {"ratings.dat": dat, "movies.dat": lines})


HETREC = {
    "user_ratedmovies.dat": b"userID\tmovieID\trating\tdate_day\tdate_month\tdate_year\tdate_hour\t"
    b"date_minute\tdate_second\n75\t10\t1\t29\t10\t2006\t23\t17\t16\n75\t11\t4.5\t29\t10\t2006\t0\t0\t0\n",
    "movies.dat": b"id\ttitle\timdbID\tspanishTitle\tyear\n10\tPaper \"Boats\"\t1\tx\t1999\n"
    b"11\t\xc9mile\t2\ty\t2001\n",
    "movie_genres.dat": b"movieID\tgenre\n10\tComedy\n10\tDrama\n",
    "movie_directors.dat": b"movieID\tdirectorID\tdirectorName\n11\tx\tBo Sample\n",
    "movie_actors.dat": b"movieID\tactorID\tactorName\tranking\n10\tb\tB\t2\n10\ta\tA\t1\n",
    "tags.dat": b"id\tvalue\n1\tslow\n",
    "user_taggedmovies.dat": b"userID\tmovieID\ttagID\tdate_day\tdate_month\tdate_year\tdate_hour\t"
    b"date_minute\tdate_second\n75\t10\t1\t29\t10\t2006\t23\t17\t16\n",
}  # fmt: skip


def test_hetrec(place):
    data = place("hetrec2011-movielens-2k", HETREC)
    assert data.ratings["rating"].tolist() == [1.0, 4.5]
    times = np.array(["2006-10-29T23:17:16", "2006-10-29T00:00:00"], "datetime64[s]")
    np.testing.assert_array_equal(data.ratings["timestamp"], times)
    assert data.movies["title"].tolist() == ['Paper "Boats"', "Émile"]
    assert data.movies["year"].tolist() == [1999, 2001]
    assert data.movies["genres"].tolist() == [["Comedy", "Drama"], []]
    assert data.movies["directors"].tolist() == [[], ["Bo Sample"]]
    assert data.movies["actors"].tolist() == [["A", "B"], []]
    assert data.tags["tag"].tolist() == ["slow"]
    wrong = HETREC["user_ratedmovies.dat"].replace(b"\t29\t10\t", b"\t31\t2\t", 1)
    with pytest.raises(DataError, match=r"user_ratedmovies\.dat:2: There is no time"):
        place("hetrec2011-movielens-2k", HETREC | {"user_ratedmovies.dat": wrong})


# Netflix


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"movie_titles.csv": TITLES.decode("latin-1")},
         "movie_titles.csv: UTF-8 instead of latin-1"),
        ({"movie_titles.csv": TITLES.replace(b"The Long Wait, Part 2", b'"The Long Wait, Part 2"')},
         "movie_titles.csv: titles in quotation marks"),
        ({"movie_titles.csv": b"movie_id,date,movie_name\n1,1999.0,Paper Boats\n2,,"
          b'"The Long Wait, Part 2"\n3,2001.0,\xc3\x89mile\'s Garden\n'},
         "movie_titles.csv: whole numbers such as 1.0"),
        ({"movie_titles.csv": TITLES.replace(b"1999", b"1999.0").replace(b"NULL", b"") + b"\n"},
         "movie_titles.csv: no year instead of NULL"),
        ({"movie_titles.txt": TITLES}, None),
        ({"Movie_Titles.csv": TITLES}, None),
    ],
)  # fmt: skip
def test_netflix_titles_in_other_forms(place, files, told):
    data = place("netflix", {"Combined_Data_1.txt": NETFLIX} | files, "netflix-prize-data")
    assert data.movies["title"].tolist() == [
        "Paper Boats",
        "The Long Wait, Part 2",
        "Émile's Garden",
    ]
    assert data.movies["year"].tolist() == [1999, pd.NA, 2001] and len(data.ratings) == 4
    assert told is None or data.report[told] >= 1
    assert data.report["folder netflix-prize-data taken for netflix"] == 1
    assert data.report["Combined_Data_1.txt taken for combined_data_1.txt"] == 1


def test_netflix_titles_quoted_now_and_then_are_refused(place):
    titles = TITLES + b'4,2000,"One, Two"\n'
    with pytest.raises(DataError, match=r"movie_titles\.csv:4: .*in quotation marks, but"):
        place("netflix", {"combined_data_1.txt": NETFLIX, "movie_titles.csv": titles})
    kept = TITLES + b'4,2000,"One"\n'
    data = place("netflix", {"combined_data_1.txt": NETFLIX, "movie_titles.csv": kept})
    assert data.movies["title"].iloc[3] == '"One"'


def test_netflix_archive_one_folder_deeper(place):
    files = {
        "download/training_set/mv_0000001.txt": NETFLIX.split(b"2:")[0],
        "download/movie_titles.txt": TITLES,
        "download/probe.txt": b"1:\n7\n",
    }
    data = place("netflix", files)
    assert len(data.ratings) == 2 and len(data.probe) == 1
    assert data.report["folder download taken for netflix"] == 1


def test_netflix_one_part_alone(place):
    files = {"combined_data_2.txt": NETFLIX, "movie_titles.csv": TITLES}
    data = place("netflix", files)
    assert data.report["rating files missing"] == 3 and len(data.ratings) == 4


def test_netflix_as_tables(place):
    files = {
        "Netflix_Dataset_Rating.csv": b"User_ID,Rating,Movie_ID\n9,5,1\n7,4,1\n7,2,2\n",
        "Netflix_Dataset_Movie.csv": b"Movie_ID,Year,Name\n1,1999,Paper Boats\n2,2001,B\n",
    }
    data = place("netflix", files)
    assert data.ratings["user_id"].tolist() == [7, 9, 7] and data.ratings["rating"].dtype == "int8"
    assert data.movies["year"].tolist() == [1999, 2001]
    dated = b"Cust_Id,Rating,Date,Movie_Id\n7,4,2004-03-01,1\n"
    data = place("netflix", files | {"Netflix_Dataset_Rating.csv": dated})
    assert data.ratings["timestamp"].tolist() == [pd.Timestamp("2004-03-01")]
    for wrong, found in (
        (dated.split(b"\n", 1)[1], "There is no header"),
        (dated.replace(b"2004", b"2007"), "2: Date 2007-03-01.* is not from 1999"),
        (dated.replace(b"7,4", b"2649430,4"), "2: Customer 2649430"),
        (dated.replace(b",1\n", b",17771\n"), "2: Movie 17771"),
    ):
        with pytest.raises(DataError, match=found):
            place("netflix", files | {"Netflix_Dataset_Rating.csv": wrong})


# Damage


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "mac_roman", "cp437"])
def test_double_encodings_are_known(encoding):
    for text in ("Émile", "naïve", "Señor", "Über", "Łódź", "l’été"):
        try:
            twice = text.encode().decode(encoding)
        except UnicodeDecodeError:
            continue
        assert damage(text) is None
        assert damage(twice), (text, twice)
    assert damage("lost \ufffd") and damage("lost \x92") and damage("Ünlü Ã la carte") is None


def test_titles_that_are_mostly_damaged_are_refused(place):
    more = "".join(f"{n},Café {n} (2001),Drama\n" for n in range(20, 24))
    twice = MOVIES.encode().decode("cp1252", "replace")
    for wrong in (twice, MOVIES.replace("É", "\ufffd"), MOVIES.replace("É", "\x92")):
        with pytest.raises(DataError, match=r"movies\.csv:4: .*so are 1 of 1 titles"):
            place("ml-latest-small", small(movies=wrong))
        data = place("ml-latest-small", small(movies=wrong + more))
        assert data.report["movies.csv: damaged titles, the first in line 4"] == 1
    with pytest.raises(DataError, match="control character"):
        place("ml-latest-small", small(movies=MOVIES.replace("Paper", "Pa\x08per")))


def test_published_counts_notice_what_is_missing(place):
    with pytest.warns(
        UserWarning,
        match=r"100,000 ratings of 1,682 movies, but this copy has 2 ratings of 1 movies\.",
    ):
        data = place("ml-100k", {
            "u.data": b"1\t10\t4\t880000000\n2\t10\t4\t880000000\n",
            "u.item": b"10|Paper Boats (1999)|01-Jan-1995||http://x" + b"|0" * 19 + b"\n",
        })  # fmt: skip
    assert data.report["ratings fewer than published"] == 99_998
    assert data.report["rated movies fewer than published"] == 1_681


def test_titles_of_other_movies_are_refused(place):
    head = "movieId,title,tmdb_id,overview,poster_url,genres,release_year,actors,directors\n"
    titles = ["Paper Boats", "The Long Wait", "Émile's Garden"]
    rows = [f"{n},{title},,,,,,,\n" for n, title in enumerate(titles, 10)]
    data = place("ml-latest-small", small(metadata=head + "".join(rows)))
    assert data.report["metadata that name another title"] == 0
    data = place("ml-latest-small", small(metadata=head + rows[0] + "11,Other,,,,,,,\n" + rows[2]))
    assert data.report["metadata that name another title"] == 1
    turned = [f"{n},{title},,,,,,,\n" for n, title in enumerate(titles[1:] + titles[:1], 10)]
    with pytest.raises(DataError, match="3 of 3 titles are not those of the set"):
        place("ml-latest-small", small(metadata=head + "".join(turned)))
