"""One person's exports, joined to the films of a set."""

import zipfile
from types import SimpleNamespace

import pandas as pd
import pytest

from nbhelpers import DataError, load
from nbhelpers.data import my_ratings

LETTERBOXD = """Date,Name,Year,Letterboxd URI,Rating
2021-01-02,Toy Story,1995,https://example.org/1,4.5
2021-01-03,Alien,1979,https://example.org/2,5
2021-01-04,"Matrix, The",1999,https://example.org/3,4
2021-01-04,A Home Video of Ours,2020,https://example.org/4,3.5
2021-01-05,Heat,1995,https://example.org/5,
2021-01-06,Alien,1979,https://example.org/2,3
"""
IMDB = """Const,Your Rating,Date Rated,Title,URL,Title Type,IMDb Rating,Year,Genres
tt01,9,2014-07-22,Alien,https://example.org,movie,8.5,1979,"Horror, Sci-Fi"
tt02,6,2014-07-22,Toy Story,https://example.org,movie,8.3,1995,Animation
"""
NETFLIX = """Title,Date
"Some Show: Season 1: The Beginning",1/2/20
Alien,13/2/20
Toy Story,13/2/20
"""


@pytest.fixture(scope="module")
def sample():
    return load("sample")


@pytest.fixture
def read(tmp_path, sample):
    def read(text: str):
        path = tmp_path / "export.csv"
        path.write_text(text, encoding="utf-8")
        return my_ratings(path, sample)

    return read


def test_an_export_in_another_encoding(tmp_path, sample):
    path = tmp_path / "ratings.csv"
    path.write_bytes("title,rating\nAlien,4\nAm\xe9lie,5\n".encode("latin-1"))
    with pytest.raises(DataError, match="encoding='cp1252'"):
        my_ratings(path, sample)
    assert my_ratings(path, sample, encoding="cp1252").links["title"].tolist() == [
        "Alien",
        "Amélie",
    ]


def test_letters_in_utf_8_are_not_taken_for_two_letters_each(tmp_path, sample):
    path = tmp_path / "ratings.csv"
    path.write_text("title,rating\nAlien,4\nAmélie,5\n", encoding="utf-8")
    assert my_ratings(path, sample, encoding="cp1252").links["title"].iloc[1] == "Amélie"


def titled(mine, data):
    titles = data.titles[mine.ratings["movie_id"]]
    return dict(zip(titles, mine.ratings["rating"], strict=True))


def test_letterboxd(read, sample):
    mine = read(LETTERBOXD)
    assert titled(mine, sample) == {"Toy Story": 4.5, "Alien": 3.0, "The Matrix": 4.0}
    links = mine.links.set_index("title")
    assert links.loc["Toy Story", "confidence"] == 1
    assert pd.isna(links.loc["A Home Video of Ours", "movie_id"])
    assert links.loc["A Home Video of Ours", "confidence"] == 0
    said = "; ".join(mine.said)
    for words in ("Letterboxd", "without a rating left out: 1", "last of several", "4 of 5 titles"):
        assert words in said


def test_imdb_is_halved(read, sample):
    mine = read(IMDB)
    assert titled(mine, sample) == {"Toy Story": 3.0, "Alien": 4.5}
    assert "divided by 2" in "; ".join(mine.said)


def test_netflix_history_is_likes_of_films(read, sample):
    mine = read(NETFLIX)
    assert titled(mine, sample) == {"Toy Story": 4.0, "Alien": 4.0}
    assert (mine.links["confidence"] == 0.7).all()
    assert "episodes of series left out: 1" in mine.said


def test_goodreads_takes_books_and_leaves_zeros_out(tmp_path):
    books = pd.DataFrame({"user": [1, 2, 1], "item": [1, 1, 2], "rating": [5, 4, 1]})
    items = pd.DataFrame({"item": [1, 2], "title": ["Alpha", "Beta"], "year": [1965, 1815]})
    data = load(books, items=items)
    path = tmp_path / "goodreads_library_export.csv"
    path.write_text(
        "Book Id,Title,Author,My Rating,Average Rating,Year Published,"
        "Original Publication Year,Date Read,Date Added,Bookshelves\n"
        '1,"Alpha (Alpha Chronicles, #1)",Ann,5,4.2,2003,1965,2020/01/02,2020/01/01,\n'
        "2,Beta,Bob,0,4.0,2001,1815,,2020/01/01,to-read\n",
        encoding="utf-8",
    )
    assert titled(my_ratings(path, data), data) == {"Alpha": 5.0}


def test_a_slip_in_a_title_costs_confidence(read, sample):
    mine = read("title,rating\nThe Godfathr,5\nAlien,4\n")
    links = mine.links.set_index("title")
    assert links.loc["The Godfathr", "linked_title"] == "The Godfather"
    assert 0.5 < links.loc["The Godfathr", "confidence"] < 0.6


def test_what_no_film_answers_to_is_refused(read):
    with pytest.raises(DataError, match="None of the 1 titles is in Sample"):
        read("title,year,rating\nA Home Video of Ours,2020,4\n")
    with pytest.raises(DataError, match=r"export.csv:3: The rating 'good' is not a number"):
        read("title,year,rating\nAlien,1979,4\nHeat,1995,good\nBig,1988,3\n")
    with pytest.raises(
        DataError, match=r"No column could be recognised as the title.*title='COLUMN'"
    ):
        read("a,b\nAlien,x\n")


def test_adopting_an_export_says_what_to_do(tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text(LETTERBOXD, encoding="utf-8")
    with pytest.raises(DataError, match=r"one person's export \(Letterboxd\).*my_ratings"):
        load(path)


def test_an_engine_recommends_to_me(engine, tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text(LETTERBOXD, encoding="utf-8")
    mine = my_ratings(path, engine.data)
    found = engine.recommend(mine.ratings, n=5)
    assert len(found) == 5 and not set(found["movie_id"]) & set(mine.ratings["movie_id"])
    assert set(found["source"]) == {"folded in"}


def test_an_export_may_be_in_its_archive(tmp_path, sample):
    path = tmp_path / "letterboxd.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ratings.csv", LETTERBOXD)
        archive.writestr("watched.csv", LETTERBOXD)
    with pytest.raises(DataError, match=r"2 files.*member='ratings\.csv'"):
        my_ratings(path, sample)
    plain = tmp_path / "ratings.csv"
    plain.write_text(LETTERBOXD, encoding="utf-8")
    inside = my_ratings(path, sample, member="ratings.csv").ratings
    pd.testing.assert_frame_equal(inside, my_ratings(plain, sample).ratings)


def test_what_cannot_be_looked_for_is_said(read, sample):
    with pytest.raises(DataError, match="No film is left to look for: episodes of series left out"):
        read('Title,Date\n"Stranger Things: Season 1: Chapter One","1/1/24"\n')
    letterboxd = "Date,Name,Year,Letterboxd URI,Rating\n2024-01-01,Alien,1979,x,11\n"
    with pytest.raises(DataError, match=r"export\.csv: .*from 0\.5 to 5, as exported") as error:
        read(letterboxd)
    assert "--scale" not in str(error.value)
    for rows, what in (("4\nHeat,140", "beyond"), ("4\nHeat,0", "none")):
        with pytest.raises(DataError, match=r"my_ratings\(…, rating='none'\)") as error:
            read(f"title,rating\nAlien,{rows}\nBig,3\n")
        assert "--" not in str(error.value), what
    for other in ("sample", SimpleNamespace(movies=sample.movies)):  # as an engine
        with pytest.raises(TypeError, match=r"engine\.data"):
            my_ratings("export.csv", other)
