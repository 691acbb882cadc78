"""`Model.top_n`, compiled: the best films for one user in a blink, for all as a Parquet file."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numba import njit
from numpy.typing import ArrayLike
from tqdm import tqdm

from nbhelpers.data.ids import whole
from nbhelpers.files import atomic_path
from nbhelpers.models.base import Model, check_length
from nbhelpers.models.base import places as places_of

BLOCK = 256  # users scored together
WRITTEN = 64  # blocks written together
CHUNK = 64  # scores looked at together


class Ranker:
    """What `Model.recommend` returns, from the same scores, as arrays and much faster.

    Parameters
    ----------
    model : Model
        Fitted. Scores and their precision are its own.
    """

    def __init__(self, model: Model):
        model.check_fitted()
        self.model = model
        self._seen = model.seen.indptr, model.seen.indices

    def best(self, user: int, n: int = 10) -> tuple[np.ndarray, np.ndarray]:
        """Return ids and scores of the best `n` movies that a user has not rated.

        Parameters
        ----------
        user : int
            Id, known to the model or not.
        n : int
            At least 1.

        Returns
        -------
        movies, scores : numpy.ndarray, shape (at most n,)
            The best first, ties by movie_id.
        """
        ids, wanted = self.model.user_ids, whole(user, "user")[0]
        # Of the same type, or all ids are copied; what does not fit turns into somebody else.
        place = int(np.searchsorted(ids, wanted.astype(ids.dtype)))
        known = place < len(ids) and ids[place] == wanted
        places, scores, count = self._rank(np.array([place if known else -1]), n)
        return self.model.movie_ids[places[0, : count[0]]], scores[0, : count[0]]

    def lists(self, users: ArrayLike, n: int = 10) -> pd.DataFrame:
        """Return what `Model.top_n` returns.

        Parameters
        ----------
        users : array_like
            Ids, known to the model or not.
        n : int
            At least 1.

        Returns
        -------
        pandas.DataFrame
            ``user_id, rank`` (from 1) ``, movie_id, score``.
        """
        users = whole(users, "user")
        u = places_of(self.model.user_ids, users, "user")
        blocks = [u[first : first + BLOCK] for first in range(0, max(1, len(u)), BLOCK)]
        found = [self._rank(block, n) for block in blocks]
        movies, scores, counts = map(np.concatenate, zip(*found, strict=True))
        ranks = np.broadcast_to(np.arange(1, movies.shape[1] + 1), movies.shape)
        kept = ranks <= counts[:, None]
        columns = {
            "user_id": np.repeat(users, counts),
            "rank": ranks[kept],
            "movie_id": self.model.movie_ids[movies[kept]],
            "score": scores[kept],
        }
        return pd.DataFrame(columns)

    def blocks(
        self, n: int = 10, n_threads: int = 1, progress: bool = False
    ) -> Iterator[tuple[np.ndarray, ...]]:
        """Go through the lists of all users, in their order, some users at a time.

        Parameters
        ----------
        n, n_threads, progress
            See `write_lists`.

        Yields
        ------
        users, movies, scores, counts : numpy.ndarray, shape (b,), (b, n), (b, n) and (b,)
            Positions of users and movies; only the first so many of a row are a list.
        """
        users = np.arange(len(self.model.user_ids))
        blocks = [users[first : first + BLOCK] for first in range(0, len(users), BLOCK)]
        bar = tqdm(total=len(users), unit="user", unit_scale=True, disable=not progress)
        with bar, ThreadPoolExecutor(n_threads) as pool:
            for first in range(0, len(blocks), WRITTEN):
                some = blocks[first : first + WRITTEN]
                found = list(pool.map(lambda block: self._rank(block, n), some))
                yield np.concatenate(some), *map(np.concatenate, zip(*found, strict=True))
                bar.update(sum(map(len, some)))

    def _rank(self, u: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        check_length(n)
        scores = np.ascontiguousarray(self.model.scores_at(u))
        places, values, counts = _best(scores, u, *self._seen, min(n, scores.shape[1]))
        return places, values, counts


def write_lists(
    model: Model, path: str | Path, n: int = 10, n_threads: int = 1, progress: bool = False
) -> int:
    """Write the best `n` movies of all users as Parquet, without holding them all in memory.

    Parameters
    ----------
    model : Model
        Fitted.
    path : path-like
        Columns ``user_id, rank`` (from 1) ``, movie_id, score``, as of `Model.top_n`.
    n : int
    n_threads : int
        Whatever their number, the lists are the same.
    progress : bool
        Show a bar.

    Returns
    -------
    int
        Number of rows.
    """
    rows, ranks = 0, np.arange(1, n + 1, dtype=np.int32)
    with atomic_path(path) as temporary:
        writer = None
        try:
            for users, movies, scores, counts in Ranker(model).blocks(n, n_threads, progress):
                kept = ranks[: movies.shape[1]] <= counts[:, None]
                columns = {
                    "user_id": np.repeat(model.user_ids[users], counts),
                    "rank": np.broadcast_to(ranks[: movies.shape[1]], kept.shape)[kept],
                    "movie_id": model.movie_ids[movies[kept]],
                    "score": scores[kept],
                }
                table = pa.table(columns)
                writer = writer or pq.ParquetWriter(temporary, table.schema, compression="zstd")
                writer.write_table(table)
                rows += len(table)
        finally:
            if writer is not None:
                writer.close()
    return rows


# Scores can be -inf here, so not every liberty of fast arithmetic may be taken.
@njit(cache=True, nogil=True, fastmath={"nnan", "nsz", "reassoc"})
def _best(scores, users, starts, seen, n):
    """Return columns and scores of each row's best, ties by column, and how many there are."""
    rows, columns = scores.shape
    places = np.zeros((rows, n), np.int64)
    values = np.full((rows, n), -np.inf, scores.dtype)
    counts = np.zeros(rows, np.int64)
    for row in range(rows):
        if users[row] >= 0:
            for place in range(starts[users[row]], starts[users[row] + 1]):
                scores[row, seen[place]] = -np.inf
        for first in range(0, columns, CHUNK):
            last = min(first + CHUNK, columns)
            highest = scores[row, first]
            for column in range(first + 1, last):
                highest = max(highest, scores[row, column])
            if highest <= values[row, n - 1]:  # none of them comes into the list
                continue
            for column in range(first, last):
                score = scores[row, column]
                if score <= values[row, n - 1]:
                    continue
                place = min(counts[row], n - 1)
                counts[row] = min(counts[row] + 1, n)
                while place > 0 and values[row, place - 1] < score:
                    values[row, place] = values[row, place - 1]
                    places[row, place] = places[row, place - 1]
                    place -= 1
                values[row, place], places[row, place] = score, column
    return places, values, counts
