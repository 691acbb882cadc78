"""Chances beside the truth: does what is shown as 80 % come true eight times out of ten?"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from nbhelpers.evaluation.intervals import bootstrap


def calibration(
    shown: ArrayLike,
    true: ArrayLike,
    users: ArrayLike,
    bins: int = 10,
    n: int = 2000,
    seed: int = 42,
    level: float = 0.95,
) -> pd.DataFrame:
    """Compare shown chances with what was true, on the whole and by how high they were.

    To judge what is *recommended*, give the chances of the recommended movies. A model that is
    calibrated on what people happened to rate need not be so there: the top of a list gathers
    the movies whose chances came out too high.

    Parameters
    ----------
    shown : array_like of float in [0, 1], shape (k,)
        Chances that movies are liked.
    true : array_like of bool or float, shape (k,)
        Whether they were; or, where ratings are simulated, the true chance
        (`nbhelpers.simulation.Oracle.chance`). Rows where it is missing, as for movies that
        nobody has rated since, are left out. Mind what that does to real ratings: people rate
        movies that they expect to like, so that what is left looks better than the list was.
    users : array_like, shape (k,)
        For whom; the intervals draw whole users.
    bins : int
        Of equal width, from 0 to 1.
    n, seed, level
        See `bootstrap`.

    Returns
    -------
    pandas.DataFrame
        A row "all", and one for each bin that holds any row, such as "0.8 to 0.9" (0.9 is in the
        next one): ``count, users``, the means ``shown`` and ``true``, and ``gap``, shown minus
        true, with its interval ``low, high``: above zero where too much was promised.

    Raises
    ------
    ValueError
        If lengths differ, a chance is not in [0, 1], or no truth is known.

    References
    ----------
    Niculescu-Mizil & Caruana (2005), "Predicting good probabilities with supervised learning".
    """
    columns = {"shown": shown, "true": true, "user": users}
    table = pd.DataFrame({name: np.asarray(values) for name, values in columns.items()})
    table = table.dropna(subset="true").astype({"shown": float, "true": float})
    chances = table[["shown", "true"]].to_numpy()
    if not len(chances) or not ((chances >= 0) & (chances <= 1)).all():
        raise ValueError("Calibration compares chances in [0, 1] with a truth that is known.")
    place = np.digitize(table["shown"], np.arange(1, bins) / bins)
    parts = {"all": table}
    for at in np.unique(place).tolist():
        parts[f"{at / bins:.4g} to {(at + 1) / bins:.4g}"] = table[place == at]
    rows = {}
    for name, part in parts.items():
        gap = bootstrap(part["shown"] - part["true"], part["user"], n, seed, level)
        rows[name] = {
            "count": len(part),
            "users": part["user"].nunique(),
            "shown": part["shown"].mean(),
            "true": part["true"].mean(),
            **dict(zip(("gap", "low", "high"), gap, strict=True)),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("shown as")
