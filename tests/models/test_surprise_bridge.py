import made
import numpy as np
import pytest
import surprise
from surprise.model_selection import GridSearchCV, KFold, cross_validate

from nbhelpers.models import surprise_bridge
from nbhelpers.models.knn import KNN
from nbhelpers.models.svd import SVD


@pytest.fixture(scope="module")
def data():
    ratings = made.ratings(users=40, movies=25).sample(frac=1, random_state=4)
    table = ratings[["user_id", "movie_id", "rating"]]
    return surprise.Dataset.load_from_df(table, surprise.Reader(rating_scale=(1, 5)))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_cross_validation_is_that_of_surprise(data, dtype):
    settings = {"n_factors": 4, "n_epochs": 8, "lr_all": 0.01, "random_state": 1}
    folds = KFold(3, random_state=0)
    mine = cross_validate(surprise_bridge.SVD(**settings, dtype=dtype), data, cv=folds)
    theirs = cross_validate(surprise.SVD(**settings), data, cv=folds)
    for measure in ("test_rmse", "test_mae"):
        exact = {"rtol": 1e-9} if dtype == "float64" else {"rtol": 0.02}
        np.testing.assert_allclose(mine[measure], theirs[measure], **exact)


def test_a_grid_search_finds_what_surprise_finds(data):
    grid = {"n_factors": [2, 5], "reg_all": [0.02, 0.5], "n_epochs": [5], "random_state": [3]}
    folds = KFold(2, random_state=0)
    mine, theirs = (
        GridSearchCV(algo, grid, measures=["rmse"], cv=folds)
        for algo in (surprise_bridge.SVD, surprise.SVD)
    )
    mine.fit(data)
    theirs.fit(data)
    assert mine.best_params == theirs.best_params
    assert mine.best_score["rmse"] == pytest.approx(theirs.best_score["rmse"], rel=1e-9)
    assert mine.best_estimator["rmse"].model.n_factors == mine.best_params["rmse"]["n_factors"]


@pytest.mark.parametrize(
    "algo", [surprise_bridge.SVD(n_epochs=3, random_state=0), surprise_bridge.KNN()]
)
def test_single_predictions_are_those_of_many(data, algo):
    trainset = data.build_full_trainset()
    algo.fit(trainset)
    asked = [*trainset.build_testset()[:20], (-1, 5, 3.0), (7, -1, 3.0), (-1, -1, 3.0)]
    many = algo.test(asked)
    for (user, movie, stars), prediction in zip(asked, many, strict=True):
        one = algo.predict(user, movie, stars)
        assert prediction[:3] == one[:3]
        assert prediction.est == pytest.approx(one.est, abs=1e-12)
    assert algo.test([]) == []
    assert (many[-1].est) == pytest.approx(trainset.global_mean)


def test_the_model_inside_is_the_model(data):
    trainset = data.build_full_trainset()
    inside = surprise_bridge.KNN(k=5, shrinkage=10).fit(trainset).model
    raw = made.frame_of(
        *zip(
            *[
                (trainset.to_raw_uid(u), trainset.to_raw_iid(m), r)
                for u, m, r in trainset.all_ratings()
            ],
            strict=True,
        )
    )
    direct = KNN(k=5, shrinkage=10).fit(raw)
    order = [trainset.to_inner_iid(movie) for movie in direct.movie_ids.tolist()]
    inner = inside.similarities[np.ix_(order, order)]
    np.testing.assert_allclose(inner, direct.similarities, atol=1e-12)
    assert isinstance(surprise_bridge.SVD().model, SVD)


def test_each_prediction_is_shown_if_asked(data, capsys):
    algo = surprise_bridge.SVD(n_epochs=1).fit(data.build_full_trainset())
    algo.test([(7, 1, 3.0)], verbose=True)
    assert "user: 7" in capsys.readouterr().out
