"""Ratings by user: the same cells from any number of threads and any kind of ids."""

import made
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbhelpers.data.id_index import WIDEST
from nbhelpers.models.ratings_by_user import group

FAR = WIDEST * 10  # ids so far apart are numbered by a hash table


@pytest.mark.parametrize("groups", [1, 2, 3])
@pytest.mark.parametrize("kind", ["int32", "far", "text"])
def test_ids_of_any_kind_make_the_same_groups(groups, kind):
    ratings = made.ratings().sample(frac=1, random_state=1)
    expected = group(ratings, groups, most=4)
    for name in ("user_id", "movie_id"):
        ids = ratings[name]
        ratings[name] = ids.map(str) if kind == "text" else ids.astype("int64")
        if kind == "far":
            ratings[name] *= FAR
    if kind == "int32":
        ratings = ratings.astype({"user_id": "int32", "movie_id": "int32"})
    found = group(ratings, groups, most=4)
    assert found.edges == expected.edges
    for name in ("starts", "movies", "stars"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    for mine, theirs in zip(found.met, expected.met, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_users_ratings_are_the_same_in_one_part_or_many():
    ratings = made.ratings().sample(frac=1, random_state=1)
    whole, parts = group(ratings), group(ratings, 2, most=3)
    for user in range(len(whole.user_ids)):
        mine, theirs = (
            table.movies[slice(*table.starts[[user * table.parts, (user + 1) * table.parts]])]
            for table in (whole, parts)
        )
        order = np.searchsorted(parts.edges, mine, side="right")
        assert theirs.tolist() == mine[np.argsort(order, kind="stable")].tolist()


@settings(deadline=None)  # the first call may compile
@given(made.frames(), st.integers(1, 4), st.sampled_from([None, 1, 2]))
def test_groups_hold_every_rating_in_its_place(ratings, groups, most):
    ratings = ratings.sample(frac=1, random_state=0)
    table = group(ratings, groups, most)
    assert table.parts % groups == 0
    found = []
    for u, user in enumerate(table.user_ids):
        for part in range(table.parts):
            cell = slice(*table.starts[u * table.parts + part :][:2])
            movies = table.movies[cell]
            assert ((movies >= table.edges[part]) & (movies < table.edges[part + 1])).all()
            rows = ratings[ratings["user_id"] == user]
            places = np.searchsorted(table.movie_ids, rows["movie_id"])
            kept = rows[(places >= table.edges[part]) & (places < table.edges[part + 1])]
            assert table.movie_ids[movies].tolist() == kept["movie_id"].tolist()  # in order
            assert (table.unit * table.stars[cell]).tolist() == kept["rating"].tolist()
            found += movies.tolist()
    assert len(found) == len(ratings)
    assert table.user_ids[table.met[0]].tolist() == ratings["user_id"].unique().tolist()
    assert table.movie_ids[table.met[1]].tolist() == ratings["movie_id"].unique().tolist()
    seen = table.seen().toarray() != 0
    assert seen.sum() == len(ratings)
    assert table.mean() == pytest.approx(ratings["rating"].mean())


@pytest.mark.parametrize("ids", [[-5, 10**15, 3], [2**62, 0, 1]])
def test_ids_can_be_any_whole_numbers(ids):
    ratings = pd.DataFrame({"user_id": ids, "movie_id": [7, 7, 8], "rating": [0, 4.5, 3]})
    table = group(ratings)
    assert table.user_ids.tolist() == sorted(ids)
    assert table.stars.dtype == np.float32  # a 0 would be no rating
    assert table.seen().nnz == table.seen().sum() == 3


def test_only_ratings_can_be_grouped():
    ratings = made.ratings()
    with pytest.raises(ValueError, match="have no column rating; their columns: user_id"):
        group(ratings.drop(columns="rating"))
    with pytest.raises(ValueError, match="at least one"):
        group(ratings.iloc[:0])
    with pytest.raises(ValueError, match="may be missing"):
        group(ratings.assign(rating=np.nan))
