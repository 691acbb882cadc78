import made
import numpy as np
import pytest

from nbhelpers.evaluation import metrics, splits
from nbhelpers.models import early_stopping
from nbhelpers.models.svd import SVD

FAST = {"n_factors": 5, "n_epochs": 3}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_it_stops_when_others_ratings_get_worse(dtype):
    train, test = splits.random_split(made.ratings(users=200, movies=60))
    settings = {"n_factors": 30, "lr_all": 0.03, "reg_all": 0, "dtype": dtype}
    model = SVD(n_epochs=200, **settings).fit(train, test, patience=3)
    errors = model.history["validation"]
    best = errors.idxmin()
    assert 1 < best == len(errors) - 3 < 197
    again = SVD(n_epochs=best, **settings).fit(train)
    for name in ("bu", "bi", "pu", "qi"):
        np.testing.assert_array_equal(getattr(model, name), getattr(again, name))
    predicted = model.predict(test["user_id"], test["movie_id"])
    assert metrics.rmse(test["rating"], predicted) == pytest.approx(errors[best], abs=1e-6)


def test_patience_needs_something_to_watch():
    with pytest.raises(ValueError, match="needs a validation part"):
        SVD(**FAST).fit(made.ratings(), patience=2)


def test_the_bar_tells_the_error(capsys):
    train, test = splits.random_split(made.ratings())
    model = SVD(**FAST).fit(train, test, progress=True)
    shown = capsys.readouterr().err
    assert "3/3" in shown
    assert f"train={model.history['train'].iloc[-1]:.4f}" in shown
    assert f"validation={model.history['validation'].iloc[-1]:.4f}" in shown
    SVD(**FAST).fit(train)
    assert capsys.readouterr().err == ""


def test_learning_stops_and_keeps_the_best():
    class Numbers:
        at = 0

        def epoch(self):
            self.at += 1
            return 1 / self.at

        def factors(self):
            return (np.array([self.at]),)

        def put(self, factors):
            (self.kept,) = factors

    walk, errors = Numbers(), [9, 5, 6, 4, 7, 8, 9, 1]
    found = early_stopping.learn(walk, 8, lambda factors: errors[factors[0][0] - 1], patience=3)
    assert [row["validation"] for row in found] == errors[:7]
    assert walk.kept.tolist() == [4]
