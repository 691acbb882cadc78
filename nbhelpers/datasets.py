"""Data sets by name: where they are looked for, their licences, and one shape for all."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nbhelpers.errors import DataError

SAMPLE = "sample"


@dataclass(frozen=True, eq=False)
class Dataset:
    """Ratings and movies of one data set."""

    name: str
    label: str
    ratings: pd.DataFrame
    movies: pd.DataFrame
    scale: tuple[float, float]
    step: float
    licence: str
    source: str
    content_hash: str
    simulated: bool
    folder: Path
    report: dict[str, int]
    probe: pd.DataFrame | None = None
    tags: pd.DataFrame | None = None
    genome: pd.DataFrame | None = None

    @property
    def n_users(self) -> int:
        return self.ratings["user_id"].nunique()

    @property
    def n_movies(self) -> int:
        return self.ratings["movie_id"].nunique()

    @property
    def density(self) -> float:
        return len(self.ratings) / (self.n_users * self.n_movies)
