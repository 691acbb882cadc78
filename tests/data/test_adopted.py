"""Sets that readers adopt: kept whole, found by name, shown with their licence."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from processes import of_the_dead

from nbhelpers import DataError, adopt, load
from nbhelpers.cli import app
from nbhelpers.data.catalogue import about, describe_all, find
from nbhelpers.data.own import kept
from nbhelpers.tools import minimum

ROWS = "reader,book_title,book,stars,when\nann,Alpha (1999),a,4.5,2020-01-02\n"
ROWS += "ann,Beta,b,3,2020-01-03\nbob,Alpha (1999),a,5,2020-01-04\n"


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("NBHELPERS_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "My Books.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    return lambda *arguments: CliRunner().invoke(app, list(map(str, arguments)))


def test_an_adopted_set_is_there_by_its_name(file):
    first = adopt(file, "books", licence="CC0", source="my shelf")
    file.unlink()
    data = load("books")
    assert (data.name, data.label, data.licence, data.source) == (
        *("books", "books", "CC0", "my shelf"),
    )
    for name in ("ratings", "movies", "user_labels", "movie_labels"):
        pd.testing.assert_frame_equal(getattr(data, name), getattr(first, name))
    assert (data.scale, data.step, data.report) == ((0.5, 5.0), 0.5, first.report)
    assert data.content_hash == first.content_hash and data.folder == find("books")
    assert data.movies["title"].tolist() == ["Alpha", "Beta"]
    assert data.movies["year"].tolist() == [1999, pd.NA]
    assert data.user_labels["label"].tolist() == ["ann", "bob"]
    assert data.items == "items" and load("sample").items == "films"
    assert data.user_names[data.ratings["user_id"].iloc[0]] == "ann"
    assert about("books").licence == "CC0"
    assert [row.where for row in describe_all() if row.name == "books"] == [str(data.folder)]


def test_a_file_that_is_only_loaded_is_not_kept(file):
    data = load(file, name="books")
    assert data.name == "books" and data.licence == kept.UNSTATED
    assert kept.names() == []
    with pytest.raises(DataError, match=r"no data set 'books'.*nbhelpers adopt"):
        load("books")


def test_a_frame_is_read_like_its_file(file):
    frame = pd.read_csv(file)
    pd.testing.assert_frame_equal(load(frame, name="x").ratings, load(file).ratings)
    indexed = frame.set_index(["reader", "book"])
    pd.testing.assert_frame_equal(load(indexed).ratings, load(file).ratings)
    with pytest.raises(DataError, match="no name"):
        adopt(frame)


def test_the_order_of_rows_changes_nothing(file):
    frame = pd.read_csv(file)
    assert load(frame).content_hash == load(frame.iloc[::-1]).content_hash


def test_names_that_are_taken_are_refused(file):
    for name in ("sample", "netflix", "ml-1m", "No Name", "../x", ""):
        with pytest.raises(DataError, match="name"):
            adopt(file, name)
    adopt(file, "books")
    with pytest.raises(DataError, match=r"already.*--replace"):
        adopt(file, "books")
    file.write_text(ROWS + "bob,Beta,b,1,2020-01-05\n", encoding="utf-8")
    assert len(adopt(file, "books", replace=True).ratings) == 4
    assert [path.name for path in kept.shelf().iterdir()] == ["books"]


def test_a_kill_while_a_set_is_kept_loses_nothing_and_is_cleaned_up(file):
    before = adopt(file, "books")
    left = kept.shelf() / "books" / f"set-{of_the_dead()}"
    left.mkdir()
    assert load("books").content_hash == before.content_hash
    file.write_text(ROWS + "bob,Beta,b,1,2020-01-05\n", encoding="utf-8")
    assert len(adopt(file, "books", replace=True).ratings) == 4
    held = [path.name for path in (kept.shelf() / "books").iterdir()]
    assert sorted(held) == sorted(["now", find("books").name])


def test_a_set_that_was_kept_in_the_folder_itself_is_still_read_and_replaced(file):
    adopt(file, "books")
    folder = kept.shelf() / "books"
    for path in find("books").iterdir():
        path.rename(folder / path.name)
    (folder / "now").unlink()
    assert len(load("books").ratings) == 3 and kept.names() == ["books"]
    adopt(file, "books", replace=True)
    assert find("books").parent == folder and not (folder / "manifest.json").exists()


def test_room_is_asked_for_before_a_set_is_kept(file, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda place: SimpleNamespace(free=10))
    with pytest.raises(DataError, match=r"no room for the adopted set.*Expected about"):
        adopt(file, "books")


def test_what_is_refused_leaves_the_kept_set_as_it_was(file):
    before = adopt(file, "books").content_hash
    file.write_text(ROWS + "bob,,,1,\n", encoding="utf-8")
    with pytest.raises(DataError, match="cannot be used"):
        adopt(file, "books", replace=True)
    assert load("books").content_hash == before


@pytest.mark.parametrize("name", ["manifest.json", "ratings.parquet"])
def test_damage_is_noticed(file, name):
    adopt(file, "books")
    path = find("books") / name
    path.write_bytes(path.read_bytes()[:-20] + bytes(20))
    with pytest.raises(DataError, match=r"'books' cannot be read.*--replace"):
        load("books")


def test_a_share_of_the_users(file):
    frame = pd.DataFrame({"user": np.arange(200), "item": np.arange(200) % 7, "rating": 5})
    adopt(frame, "many")
    some = load("many", users=0.2)
    assert 20 < some.n_users < 60 and some.content_hash != load("many").content_hash
    assert some.content_hash == load(frame, users=0.2).content_hash


def test_options_that_do_not_exist(file):
    with pytest.raises(TypeError, match="usr"):
        load(file, usr="reader")
    with pytest.raises(TypeError, match="takes no options such as user"):
        load("sample", user="reader")
    with pytest.raises(DataError, match="duplicates is 'first'"):
        load(file, duplicates="first")


def test_items_of_a_second_file(file):
    ratings = pd.DataFrame({"user": [1, 1, 2], "item": ["a", "b", "a"], "rating": [1, 2, 5]})
    items = file.with_name("items.csv")
    items.write_text("item,title,year,genres\na,Alpha,1999,Drama|War\nz,Zeta,2000,\n", "utf-8")
    data = load(ratings, items=items)
    assert data.movies["title"].tolist() == ["Alpha", "b"]
    assert data.movies["genres"].tolist() == [["Drama", "War"], []]
    assert data.report["listed items without a rating"] == 1
    assert data.report["rated items that are not listed"] == 1
    items.write_bytes("item,title\na,Caf\xe9\nb,Am\xc3\xa9lie\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"0xe9.*--encoding cp1252"):
        load(ratings, items=items)
    data = load(ratings, items=items, encoding="cp1252")
    assert data.movies["title"].tolist() == ["Café", "AmÃ©lie"]
    assert data.report["titles with damaged letters"] == 1
    items.write_text("item,title\nx,Alpha\n", "utf-8")
    with pytest.raises(DataError, match=r"None of the rated items.*a, b"):
        load(ratings, items=items)


def test_recbole_finds_its_items(file):
    inter, item = (file.with_name(f"ml.{kind}") for kind in ("inter", "item"))
    inter.write_text("user_id:token\titem_id:token\trating:float\n1\t7\t3\n2\t7\t5\n", "utf-8")
    item.write_text("item_id:token\tmovie_title:token_seq\n7\tSeven\n", "utf-8")
    assert load(inter).movies["title"].tolist() == ["Seven"]


def test_ten_points_are_halved_and_said(file, run):
    file.write_text("user,item,rating\n1,1,10\n1,2,7\n2,1,1\n", encoding="utf-8")
    data = load(file)
    assert data.ratings["rating"].tolist() == [5, 0.5, 3.5]
    assert (data.scale, data.step) == ((0.5, 5), 0.5)
    assert data.report["ratings brought to five stars"] == 3
    data = load(file, as_is=True)
    assert data.ratings["rating"].tolist() == [10, 1, 7] and data.scale == (1, 10)
    said = run("adopt", file, "--name", "points").output
    assert "from 1 to 10, in steps of 1; kept as stars from 0.5 to 5 in steps of 0.5" in said


def test_the_command_says_what_it_found(file, run):
    done = run("adopt", file, "--licence", "CC0", "--source", "my shelf")
    assert done.exit_code == 0, done.output
    for words in (
        "3 ratings of 2 items by 2 users, from 3 rows",
        "user: reader, item: book, rating: stars, time: when, title: book_title",
        "Licence: CC0. Source: my shelf.",
        "nbhelpers run --dataset my-books",
    ):
        assert words in done.output
    listed = run("data").output
    assert "my-books" in listed and "CC0" in listed
    again = run("adopt", file)
    assert again.exit_code == 1 and "already" in again.output


def test_doctor_shows_and_examines_own_sets(file):
    from nbhelpers.tools import doctor

    assert doctor.own_sets().found.startswith("none")
    adopt(file, "books", licence="CC0", source="my shelf")
    assert doctor.own_sets() == doctor.Finding("own sets", "books (CC0; my shelf)")
    (find("books") / "ratings.parquet").write_bytes(b"x")
    assert doctor.own_sets().found == "damaged: books" and not doctor.own_sets().ok


def test_the_command_asks_once_and_its_own_answer_works(file, run):
    file.write_text("a,b,c,d\nann,x,4.5,2020-01-02\nbob,x,3,2020-01-03\n", encoding="utf-8")
    asked = run("adopt", file)
    assert asked.exit_code == 1
    command = asked.output.split("nbhelpers adopt")[1]
    for role in ("user", "item", "rating", "time"):
        assert f"--{role} " in command
    options = ["--user", "a", "--item", "b", "--rating", "c", "--time", "d"]
    assert run("adopt", file, *options).exit_code == 0
    assert load("my-books").n_users == 2


def test_what_a_set_lacks_for_a_notebook_is_one_sentence(file):
    frame = pd.DataFrame({"user": [1, 2], "item": [1, 2], "rating": [1, 5]})
    untimed, likes = load(frame), load(frame.drop(columns="rating"))
    assert "no times" in minimum.lacking_for("02_exploring", untimed)
    assert minimum.lacking_for("05_svd", untimed) == ""
    assert "all are the same" in minimum.lacking_for("05_svd", likes)
    assert minimum.lacking_for("02_exploring", load("sample")) == ""
