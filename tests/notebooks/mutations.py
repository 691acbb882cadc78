"""Mistakes put into the library on purpose; the tests of the notebooks have to notice each."""

import dataclasses

import numpy as np


def nothing() -> None:
    """Change nothing: what the others are compared with."""


def zero_metric() -> None:
    """Let the root mean squared error be 0, whatever was predicted."""
    from nbhelpers.evaluation import metrics

    metrics.rmse = lambda actual, predicted: 0.0


def global_mean() -> None:
    """Let models predict one number for everyone: the mean of what they would predict."""
    _change_predictions(lambda predicted: np.full_like(predicted, predicted.mean()))


def shuffled_predictions() -> None:
    """Let models give right predictions to the wrong rows."""
    _change_predictions(lambda predicted: np.random.default_rng(0).permutation(predicted))


def no_dates() -> None:
    """Load ratings without their dates."""
    import nbhelpers
    from nbhelpers.data import datasets

    load = datasets.load

    def load_without_dates(*arguments, **options):
        data = load(*arguments, **options)
        return dataclasses.replace(data, ratings=data.ratings.drop(columns="timestamp"))

    datasets.load = load_without_dates
    if hasattr(nbhelpers, "load"):
        nbhelpers.load = load_without_dates


def _change_predictions(change) -> None:
    from nbhelpers.models.base import Model

    predict = Model.predict
    Model.predict = lambda self, users, movies: change(predict(self, users, movies))
