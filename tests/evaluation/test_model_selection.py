import pandas as pd

from nbhelpers.evaluation import best_of, rmse
from nbhelpers.models import Biases, GlobalMean, MovieMean

RATINGS = pd.DataFrame(
    {"user_id": [1, 1, 2, 2, 3, 3], "movie_id": [1, 2, 1, 2, 1, 2], "rating": [5, 1, 5, 2, 4, 1]}
)


def test_the_lowest_error_is_chosen():
    fitting, validation = RATINGS[:4], RATINGS[4:]
    means = MovieMean().fit(fitting).predict(validation["user_id"], validation["movie_id"])
    best, error = best_of([GlobalMean(), MovieMean()], fitting, validation)
    assert isinstance(best, MovieMean)
    assert error == rmse(validation["rating"], means)


def test_the_first_of_equals_is_chosen():
    first = GlobalMean()
    assert best_of([first, GlobalMean()], RATINGS, RATINGS)[0] is first


def test_predictions_are_clipped_to_the_scale():
    _, clipped = best_of([Biases(0, 0)], RATINGS, RATINGS, scale=(3, 3))
    assert clipped == rmse(RATINGS["rating"], [3] * 6)
