"""What an engine says, in the lists, texts and numbers that JSON knows."""

from collections import Counter
from typing import Any

import pandas as pd
from fastapi import HTTPException
from starlette.datastructures import URL

from nbhelpers import __version__
from nbhelpers.api import schemas
from nbhelpers.engine import MODELS, MOODS, Engine

Person = int | pd.DataFrame


class Answers:
    """The answers of an engine, each by its function of the same name.

    Of what never changes there is one answer: `health`, `genres`, `moods`.
    """

    def __init__(self, engine: Engine):
        self.engine = engine
        self.health = _health(engine)
        counts = Counter(genre for listed in engine.movies["genres"] for genre in listed)
        self.genres = {
            "items": [{"name": name, "count": count} for name, count in sorted(counts.items())]
        }
        self.moods = {"items": [{"name": name} | mood._asdict() for name, mood in MOODS.items()]}

    def find(self, query: str, page: schemas.Page) -> dict:
        return {"items": _records(self.engine.find(query, page.n, page.skip))}

    def movie(self, movie_id: int) -> dict:
        return self.engine.movie(movie_id)

    def similar(self, movie_id: int, wanted: schemas.WantedAlike) -> dict:
        return {"items": _records(self.engine.similar(movie_id, **wanted.settings()))}

    def explore(self, wanted: schemas.Chosen) -> dict:
        table = self.engine.explore(**wanted.settings())
        return {"model": "rated", "items": _records(table)}

    def recommend(self, person: Person, wanted: schemas.Wanted) -> dict:
        columns = self.engine.recommended(person, **wanted.settings())
        model = self.engine.answering(person, wanted.model)
        return {"model": model, "items": _records(columns)}

    def recommend_newcomer(self, newcomer: schemas.Newcomer) -> dict:
        return self.recommend(self._table(newcomer.ratings), newcomer)

    def predict(self, question: schemas.UserAndMovies | schemas.NewcomerAndMovies) -> dict:
        person: Person
        if isinstance(question, schemas.UserAndMovies):
            person = question.user_id
        else:
            person = self._table(question.ratings)
        return {"items": _records(self.engine.predict(person, question.movie_ids))}

    def profile(self, user_id: int) -> dict:
        return self.engine.profile(user_id).as_dict()

    def profile_newcomer(self, newcomer: schemas.Rated | schemas.Newcomer) -> dict:
        return self.engine.profile(self._table(newcomer.ratings)).as_dict()

    def _table(self, ratings: list[schemas.Rating]) -> pd.DataFrame:
        low, high = self.engine.data.scale
        stars = [one.rating for one in ratings]
        if stars and not low <= min(stars) <= max(stars) <= high:
            raise HTTPException(422, f"Ratings have to lie between {low:g} and {high:g} stars.")
        columns = {"movie_id": [one.movie_id for one in ratings], "rating": stars}
        return pd.DataFrame(columns).astype({"movie_id": "int64", "rating": "float64"})


def paged(answer: dict, page: schemas.Page, address: URL) -> dict:
    """Return a list with the address of what follows, if it is full."""
    following = address.include_query_params(skip=page.skip + page.n)
    return answer | {"next": str(following) if len(answer["items"]) == page.n else None}


def _health(engine: Engine) -> dict:
    return {
        "status": "ok",
        "dataset": engine.manifest["dataset"],
        "label": engine.data.label,
        "licence": engine.data.licence,
        "users": engine.manifest["users"],
        "movies": len(engine.movies),
        "ratings": len(engine.data.ratings),
        "made": engine.manifest["made"],
        "version": __version__,
        "best": engine.trained.best,
        "models": [
            {"name": name, "label": model.label, "unit": model.unit}
            for name, model in MODELS.items()
        ],
    }


def _records(columns: pd.DataFrame | dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a table, or of its columns, with None for what is missing."""
    values = [list(map(_known, _plain(column))) for _, column in columns.items()]
    names = list(map(str, columns))
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def _plain(column: Any) -> list:
    return column if isinstance(column, list) else column.tolist()


def _known(value: Any) -> Any:
    if isinstance(value, list):
        return [_known(part) for part in value]
    if isinstance(value, dict):
        return {name: _known(part) for name, part in value.items()}
    missing = value is pd.NA or (isinstance(value, float) and value != value)
    return None if missing else value
