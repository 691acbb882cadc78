import made
import numpy as np

from nbhelpers.models.baselines import Biases, MovieMean
from nbhelpers.models.knn import KNN
from nbhelpers.models.on_residuals import OnResiduals

RATINGS = made.ratings()


def test_the_second_learns_what_the_first_leaves_over():
    both = OnResiduals(MovieMean(), Biases(2, 3)).fit(RATINGS)
    first = MovieMean().fit(RATINGS)
    left = RATINGS["rating"] - first.predict(RATINGS["user_id"], RATINGS["movie_id"])
    second = Biases(2, 3).fit(RATINGS.assign(rating=left))
    users, movies = [*RATINGS["user_id"][:9], -1, 7], [*RATINGS["movie_id"][:9], 1, -1]
    expected = first.predict(users, movies) + second.predict(users, movies)
    np.testing.assert_allclose(both.predict(users, movies), expected)


def test_scores_are_predictions():
    model = OnResiduals(Biases(), KNN(k=3)).fit(RATINGS)
    user = int(model.user_ids[0])
    np.testing.assert_allclose(model.scores(user)[0], model.predict(user, model.movie_ids))
