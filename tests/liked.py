"""Likes for tests: two shapes of ratings, X as a dense table, and the nearest found by sorting."""

import made
import numpy as np
import pandas as pd

SHAPES = {"more users": made.ratings(), "more films": made.ratings(users=15, movies=40)}


def table(ratings: pd.DataFrame, weight_other: float = 0) -> np.ndarray:
    """Return X: 1 where a rating is a like, `weight_other` where it is not, else 0."""
    weights = np.where(ratings["rating"] >= 4, 1, weight_other)
    cells = ratings.assign(x=weights).pivot_table("x", "user_id", "movie_id", fill_value=0)
    return cells.to_numpy(float)


def with_popularity(scores: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return the scores, with means of X for those without likes."""
    return np.where((x != 0).any(axis=1, keepdims=True), scores, x.mean(axis=0))


def only_nearest(found: np.ndarray, k: int) -> np.ndarray:
    """Keep the k highest of each row that are positive, ties by column."""
    kept = np.zeros_like(found)
    for row, values in enumerate(found):
        best = sorted(range(len(values)), key=lambda column: (-values[column], column))[:k]
        kept[row, best] = np.maximum(values[best], 0)
    return kept
