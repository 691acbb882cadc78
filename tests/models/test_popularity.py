import made
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbhelpers.models.popularity import Popularity, RecentPopularity


def test_most_rated_and_most_liked():
    ratings = made.frame_of([1, 2, 3, 2, 3, 4], [1, 1, 1, 2, 2, 3], [1, 1, 1, 1, 4, 5])
    assert Popularity().fit(ratings).counts.tolist() == [3, 2, 1]
    assert Popularity(4).fit(ratings).counts.tolist() == [0, 1, 1]
    assert Popularity(4).fit(ratings).recommend(-1)["movie_id"].tolist() == [2, 3, 1]


@given(made.frames(), st.integers(1, 25))
def test_recent_popularity_against_loops(ratings, days):
    model = RecentPopularity(days).fit(ratings)
    last = ratings["timestamp"].max()
    ever = dict.fromkeys(sorted(ratings["movie_id"].tolist()), 0)
    recent = dict(ever)
    for row in ratings.itertuples():
        if row.rating >= 4:
            ever[row.movie_id] += 1
            recent[row.movie_id] += (last - row.timestamp).days < days
    order = sorted(ever, key=lambda movie: (-recent[movie], -ever[movie], movie))
    assert model.recommend(-1, 10)["movie_id"].tolist() == order
    assert np.floor(model.scores(-1)[0]).tolist() == list(recent.values())
    own = ratings[ratings["user_id"] == ratings["user_id"].iloc[0]]
    np.testing.assert_array_equal(model.fold_in(own), model.scores(-1)[0])


def test_times_are_needed():
    with pytest.raises(ValueError, match=r"column timestamp: without it, use Popularity"):
        RecentPopularity().fit(made.ratings().drop(columns="timestamp"))
    ratings = made.ratings()
    ratings.loc[3, "timestamp"] = None
    with pytest.raises(ValueError, match="time of each rating"):
        RecentPopularity().fit(ratings)
