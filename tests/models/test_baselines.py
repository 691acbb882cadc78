from collections import defaultdict
from statistics import fmean

import made
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbhelpers.models import baselines
from nbhelpers.models.baselines import (
    BayesianMean,
    Biases,
    GlobalMean,
    MovieMean,
    UserMean,
)
from nbhelpers.models.popularity import Popularity

UNKNOWN = 99


def predictions(model, ratings):
    """Return predictions for all pairs, an unknown user and movie included."""
    users = [*ratings["user_id"].unique().tolist(), UNKNOWN]
    movies = [*ratings["movie_id"].unique().tolist(), UNKNOWN]
    pairs = [(u, m) for u in users for m in movies]
    values = model.fit(ratings).predict([u for u, _ in pairs], [m for _, m in pairs])
    return dict(zip(pairs, values.tolist(), strict=True))


def stars_by(ratings, column):
    stars = defaultdict(list)
    for key, rating in zip(ratings[column].tolist(), ratings["rating"].tolist(), strict=True):
        stars[key].append(rating)
    return stars


@given(made.frames(), st.floats(0, 50))
def test_means_against_plain_python(ratings, weight):
    mean = fmean(ratings["rating"].tolist())
    by_user, by_movie = stars_by(ratings, "user_id"), stars_by(ratings, "movie_id")
    expected = {
        GlobalMean(): lambda u, m: mean,
        UserMean(): lambda u, m: fmean(by_user.get(u, [mean])),
        MovieMean(): lambda u, m: fmean(by_movie.get(m, [mean])),
        BayesianMean(weight): lambda u, m: (
            (weight * mean + sum(by_movie[m])) / (weight + len(by_movie[m]))
            if m in by_movie
            else mean
        ),
        Popularity(): lambda u, m: len(by_movie.get(m, [])),
    }
    for model, formula in expected.items():
        for (u, m), value in predictions(model, ratings).items():
            assert value == pytest.approx(formula(u, m), abs=1e-9), type(model).__name__


@given(made.frames(), st.floats(0, 50), st.floats(0, 50))
def test_biases_against_plain_python(ratings, user_shrinkage, movie_shrinkage):
    mean = fmean(ratings["rating"].tolist())
    movie_bias = {
        m: sum(r - mean for r in stars) / (movie_shrinkage + len(stars))
        for m, stars in stars_by(ratings, "movie_id").items()
    }
    residual = ratings.assign(rating=ratings["rating"] - ratings["movie_id"].map(movie_bias) - mean)
    user_bias = {
        u: sum(left) / (user_shrinkage + len(left))
        for u, left in stars_by(residual, "user_id").items()
    }
    model = Biases(user_shrinkage, movie_shrinkage)
    for (u, m), value in predictions(model, ratings).items():
        expected = mean + user_bias.get(u, 0) + movie_bias.get(m, 0)
        assert value == pytest.approx(expected, abs=1e-9)


def test_shrinkage_halves_a_bias():
    ratings = made.frame_of([1, 2, 3, 4], [1, 1, 2, 2], [5, 5, 1, 1])
    model = Biases(user_shrinkage=1e9, movie_shrinkage=2).fit(ratings)
    assert model.movie_bias.tolist() == [1, -1]  # 3 stars ± 2, each with two ratings


def test_popularity_recommends_the_most_rated_unseen():
    ratings = made.frame_of([1, 2, 3, 2, 3, 4], [1, 1, 1, 2, 2, 3], [1, 1, 1, 1, 1, 5])
    recommended = Popularity().fit(ratings).recommend(1, 2)
    assert recommended.to_numpy().tolist() == [[2, 2], [3, 1]]


@pytest.mark.parametrize("model", [GlobalMean(), MovieMean(), BayesianMean(3), Popularity()])
def test_impersonal_models_tell_newcomers_what_they_tell_everyone(model):
    fitted = model.fit(made.ratings())
    own = made.frame_of([1, 1], [1, 999], [5, 1])
    np.testing.assert_array_equal(fitted.fold_in(own), fitted.scores(7)[0])


@pytest.mark.parametrize("model", [UserMean(), Biases(0, 3), Biases()])
def test_folding_in_a_trained_users_ratings_gives_their_scores(model):
    ratings = made.ratings()
    fitted = model.fit(ratings)
    for user, own in ratings.groupby("user_id"):
        np.testing.assert_allclose(fitted.fold_in(own), fitted.scores(user)[0], atol=1e-12)
    np.testing.assert_allclose(fitted.fold_in(ratings[:0]), fitted.scores(-1)[0], atol=1e-12)


def test_biases_summed_in_blocks_are_the_same(monkeypatch):
    ratings = made.ratings()
    whole = Biases().fit(ratings)
    monkeypatch.setattr(baselines, "ROWS", 7)
    parts = Biases().fit(ratings)
    np.testing.assert_allclose(parts.movie_bias, whole.movie_bias, atol=1e-12)
    np.testing.assert_allclose(parts.user_bias, whole.user_bias, atol=1e-12)
