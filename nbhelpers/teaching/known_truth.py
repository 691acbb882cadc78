"""What the oracle says of a test and of models; of real ratings nothing, without an error."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nbhelpers.data.datasets import Dataset
from nbhelpers.evaluation.metrics import rmse
from nbhelpers.evaluation.splits import Split
from nbhelpers.models.base import Model
from nbhelpers.simulation.oracle import true_stars


def truth(data: Dataset, rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the expected ratings of some rows, as one more entry beside models' predictions.

    Parameters
    ----------
    data : Dataset
    rows : DataFrame (user_id, movie_id, timestamp)

    Returns
    -------
    dict of str to ndarray
        ``{"the truth": stars}``; empty if nobody knows it.
    """
    stars = true_stars(data.folder, rows["user_id"], rows["movie_id"], rows["timestamp"])
    return {"the truth": stars.to_numpy()} if stars.notna().any() else {}


def true_means(data: Dataset, split: Split) -> pd.Series:
    """Return the mean of the expected ratings, of what people chose and of everything.

    Parameters
    ----------
    data : Dataset
    split : Split

    Returns
    -------
    Series of float
        ``test pairs`` and ``all pairs`` (`all_pairs`), in stars; empty if nobody knows them.
    """
    if not truth(data, split.test):
        return pd.Series(dtype=float)
    pairs = {"test pairs": split.test, "all pairs": all_pairs(split.train)}
    return pd.Series({of: truth(data, rows)["the truth"].mean() for of, rows in pairs.items()})


def against_truth(data: Dataset, split: Split, models: Mapping[str, Model]) -> pd.DataFrame:
    """Return how far models are from the test ratings, and from what was to be expected.

    Parameters
    ----------
    data : Dataset
    split : Split
    models : mapping of str to Model
        Fitted on ``split.train``.

    Returns
    -------
    DataFrame of float
        RMSE against ``test ratings``, clipped to the scale; where the truth is known also against
        ``truth, test pairs`` and ``truth, all pairs`` (`all_pairs`), and a row ``the truth``.
    """
    test = split.test
    known = truth(data, test)
    everything = truth(data, all_pairs(split.train)) if known else {}
    rows = {}
    for name, model in models.items():
        said = np.clip(model.predict(test["user_id"], test["movie_id"]), *data.scale)
        rows[name] = {"test ratings": rmse(test["rating"], said)}
        for stars in known.values():
            rows[name]["truth, test pairs"] = rmse(stars, said)
        for stars in everything.values():
            scores = np.clip(model.scores(model.user_ids), *data.scale)
            rows[name]["truth, all pairs"] = rmse(stars, scores.ravel())
    for name, stars in known.items():
        floor = rmse(test["rating"], stars)
        rows[name] = {"test ratings": floor, "truth, test pairs": 0, "truth, all pairs": 0}
    return pd.DataFrame(rows).T.sort_values("test ratings")


def all_pairs(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return every user with every movie, each in the middle of the user's time.

    Parameters
    ----------
    ratings : DataFrame (user_id, movie_id, timestamp)

    Returns
    -------
    DataFrame (user_id, movie_id, timestamp)
    """
    when = ratings.groupby("user_id")["timestamp"].median()
    movies = np.unique(ratings["movie_id"])
    return pd.DataFrame(
        {
            "user_id": np.repeat(when.index, len(movies)),
            "movie_id": np.tile(movies, len(when)),
            "timestamp": np.repeat(when.to_numpy(), len(movies)),
        }
    )
