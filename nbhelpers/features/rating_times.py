"""When ratings were given: what describes a rating, not a pair of user and movie."""

import numpy as np
import pandas as pd


def time_features(rows: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """Return when each rating was given, and how long its user had been rating by then.

    This describes a rating, not a pair: whoever asks "what next?" asks at one moment, the same
    for all movies. So it is no part of `FeatureBuilder.transform`.

    Parameters
    ----------
    rows : DataFrame (user_id, timestamp)
        Ratings to describe.
    history : DataFrame (user_id, timestamp)
        Training ratings: the only ones that count as a user's past.

    Returns
    -------
    DataFrame of int64, index of `rows`
        ``year, month, weekday`` (0 is Monday), ``user_days`` (whole days since the user's first
        rating in `history`, 0 before it) and ``user_index`` (ratings in `history` before it).
    """
    when = rows["timestamp"].dt
    first = rows["user_id"].map(history.groupby("user_id")["timestamp"].min())
    days = (rows["timestamp"] - first).dt.days.clip(lower=0).fillna(0)
    past = np.sort(_moment(history["user_id"], history["timestamp"]))
    begin = np.searchsorted(past, _moment(rows["user_id"], 0))
    index = np.searchsorted(past, _moment(rows["user_id"], rows["timestamp"])) - begin
    columns = {"year": when.year, "month": when.month, "weekday": when.day_of_week}
    return pd.DataFrame(columns | {"user_days": days, "user_index": index}).astype("int64")


def dated(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return ratings with a time each: the same for all where a set has none.

    Parameters
    ----------
    ratings : DataFrame

    Returns
    -------
    DataFrame
    """
    if ratings["timestamp"].notna().any():
        return ratings
    return ratings.assign(timestamp=np.datetime64(0, "s"))


def _moment(users: pd.Series, times: pd.Series | int) -> np.ndarray:
    """Return one sortable number for user and second (seconds since 1970 fit into 34 bits)."""
    seconds = np.asarray(times, dtype="datetime64[s]").astype("int64")
    return (users.to_numpy("int64") << 34) + seconds
