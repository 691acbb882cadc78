"""Ratings by user: the same cells from any number of threads and any kind of ids."""

import made
import numpy as np
import pytest

from nbhelpers.data.ids import WIDEST
from nbhelpers.models.ratings_by_user import group

FAR = WIDEST * 10  # ids so far apart are numbered by a hash table


@pytest.mark.parametrize("groups", [1, 2, 3])
@pytest.mark.parametrize("kind", ["int32", "far", "text"])
def test_ids_of_any_kind_make_the_same_groups(groups, kind):
    ratings = made.ratings().sample(frac=1, random_state=1)
    expected = group(ratings, groups, most=4)
    for name in ("user_id", "movie_id"):
        ids = ratings[name]
        ratings[name] = ids.map("{:09d}".format) if kind == "text" else ids.astype("int64")
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
