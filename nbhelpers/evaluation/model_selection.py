"""The best of several settings, by ratings held back for the choice."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from nbhelpers.evaluation.metrics import rmse
from nbhelpers.models.base import Model


def best_of(
    models: Iterable[Model],
    fitting: pd.DataFrame,
    validation: pd.DataFrame,
    scale: tuple[float, float] = (-np.inf, np.inf),
) -> tuple[Model, float]:
    """Return the model with the lowest error on the validation part, and that error.

    Parameters
    ----------
    models : iterable of Model
        At least one; each is fitted on the fitting part.
    fitting, validation : DataFrame (user_id, movie_id, rating)
    scale : tuple of float
        Lowest and highest rating, to which predictions are clipped.

    Returns
    -------
    tuple of Model and float
        The first of equals, and its RMSE in stars.
    """
    asked = validation["user_id"], validation["movie_id"]

    def error(model: Model) -> float:
        said = model.fit(fitting).predict(*asked)
        return rmse(validation["rating"], np.clip(said, *scale))

    errors = [(error(model), place, model) for place, model in enumerate(models)]
    lowest, _, best = min(errors, key=lambda one: one[:2])
    return best, lowest
