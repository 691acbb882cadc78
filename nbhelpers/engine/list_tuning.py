"""The settings of two-stage lists: of the list model, of its lift, and of the second stage."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd

from nbhelpers.models.ease import EASE
from nbhelpers.models.likes import ListModel
from nbhelpers.models.walks import RP3beta

DAYS = 365  # what was liked in that time is popular lately


class Lists(NamedTuple):
    """How lists are made.

    Attributes
    ----------
    parameters : dict
        Of EASE.
    lift, liking : float
        See `Trained`.
    """

    parameters: dict[str, Any]
    lift: float
    liking: float


USUAL = Lists({"reg": 200, "weight_other": 0.4}, lift=0.4, liking=0.25)


def list_model(parameters: dict[str, Any], ratings: pd.DataFrame) -> ListModel:
    """Return EASE fitted on ratings; where its weights find no room in memory, RP3beta.

    Parameters
    ----------
    parameters : dict
        Of EASE.
    ratings : DataFrame (user_id, movie_id, rating)

    Returns
    -------
    ListModel
    """
    try:
        return EASE(**parameters).fit(ratings)
    except MemoryError:  # EASE looks before it begins
        return RP3beta(weight_other=parameters.get("weight_other", 0)).fit(ratings)
