from types import SimpleNamespace

import pandas as pd

from nbhelpers.features.side_information import about_movies, about_users


def test_users_by_age_group_gender_and_occupation(tmp_path):
    (tmp_path / "u.user").write_text("1|24|M|artist|1\n2|25|F|artist|1\n3|34|M|doctor|1\n")
    table = about_users(SimpleNamespace(name="ml-100k", folder=tmp_path))
    same = table @ table.T  # in how many things two people are alike
    assert same.loc[1, 1] == 3
    assert [same.loc[1, 2], same.loc[1, 3], same.loc[2, 3]] == [1, 1, 1]


def test_sets_without_people_have_no_columns(tmp_path):
    assert about_users(SimpleNamespace(name="netflix", folder=tmp_path)).shape == (0, 0)


def test_movies_by_genres_and_year():
    movies = pd.DataFrame({"movie_id": [4, 7, 9], "genres": [["War", "Drama"], [], ["War"]]})
    movies["year"] = pd.array([1990, pd.NA, 1991], "Int16")
    table = about_movies(SimpleNamespace(movies=movies))
    assert table.columns.tolist() == ["Drama", "War", "1990", "1991"]
    assert table.to_numpy().tolist() == [[1, 1, 1, 0], [0, 0, 0, 0], [0, 1, 0, 1]]


def test_movies_of_which_nothing_is_known():
    movies = pd.DataFrame({"movie_id": [4, 7], "genres": [[], []]})
    movies["year"] = pd.array([pd.NA, pd.NA], "Int16")
    assert about_movies(SimpleNamespace(movies=movies)).shape == (2, 0)
