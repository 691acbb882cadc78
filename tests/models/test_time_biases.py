import made
import numpy as np
import pytest
from hypothesis import given, settings

from nbhelpers.models.time_biases import TimeBiases


def days_of(ratings):
    return ratings["timestamp"].to_numpy().astype("datetime64[D]").astype(int)


def by_least_squares(model, ratings):
    """The same parameters by one linear system: a column each, and a row more that shrinks it."""
    day = days_of(ratings)
    u = np.searchsorted(model.user_ids, ratings["user_id"])
    m = np.searchsorted(model.movie_ids, ratings["movie_id"])
    columns, penalties = [], []

    def add(which, x, penalty):
        for value in np.unique(which):
            columns.append(np.where(which == value, x, 0))
            penalties.append(penalty)

    since = [day[i] - day[u == u[i]].mean() for i in range(len(day))]
    dev = np.array([np.sign(d) * abs(d) ** 0.4 for d in since])
    bins = np.array([sum(d >= edge for edge in model.edges) for d in day])
    add(m, 1.0, model.reg)
    add(u, 1.0, model.reg)
    add(m * 1_000 + bins, 1.0, model.reg_bin)
    add(u, dev, model.reg_slope)
    add(u * 100_000 + day, 1.0, model.reg_day)
    x = np.array(columns).T
    r = ratings["rating"].to_numpy(float)
    gram = x.T @ x + np.diag(penalties)
    return r.mean() + x @ np.linalg.solve(gram, x.T @ (r - r.mean()))


@settings(deadline=None, max_examples=15)
@given(made.frames())
def test_it_is_the_ridge_regression_of_the_formula(ratings):
    model = TimeBiases(2, 3, 4, 5, n_bins=3, n_epochs=200).fit(ratings)
    predicted = model.predict(ratings["user_id"], ratings["movie_id"], ratings["timestamp"])
    np.testing.assert_allclose(predicted, by_least_squares(model, ratings), atol=1e-4)


def test_without_a_day_and_for_strangers_the_rest_remains():
    ratings = made.ratings()
    model = TimeBiases(n_bins=4).fit(ratings)
    user, movie = model.user_ids[3], model.movie_ids[2]
    when = ratings["timestamp"].iloc[0]
    plain = model.global_mean + model.bu[3] + model.bi[2]
    assert model.predict(user, movie)[0] == pytest.approx(plain)
    assert model.predict(-1, -1, [when])[0] == pytest.approx(model.global_mean)
    later = np.datetime64("2030-01-01")  # no day of anybody's: no bias of the day
    dev = abs(later.astype("datetime64[D]").astype(int) - model.mean_day[3]) ** 0.4
    expected = plain + model.bins[2, -1] + model.slope[3] * dev
    assert model.predict(user, movie, [later])[0] == pytest.approx(expected)


def test_it_needs_times():
    with pytest.raises(ValueError, match="timestamp"):
        TimeBiases().fit(made.ratings().drop(columns="timestamp"))
