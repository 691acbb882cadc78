"""The questions that the API answers, each by the engine's function of the same name."""

from typing import Annotated, Any

import pandas as pd
from fastapi import Body, FastAPI, HTTPException, Path, Query
from fastapi.responses import RedirectResponse
from fastapi_offline import FastAPIOffline

from nbhelpers import __version__
from nbhelpers.api import problems, schemas
from nbhelpers.engine import MODELS, Engine

ABOUT = (
    "Recommendations, similar movies, predictions and profiles. The answers are those of the "
    "functions of the same names in Python. {label}: {licence}"
)


def create_app(engine: Engine) -> FastAPI:
    """Return the API of an engine, to be run by any ASGI server.

    Parameters
    ----------
    engine : Engine
        Shared by all requests, none of which changes it.

    Returns
    -------
    FastAPI
    """
    about = ABOUT.format(label=engine.data.label, licence=engine.data.licence)
    # FastAPI's own page of documentation loads its script from elsewhere: this one is offline.
    app = FastAPIOffline("/docs", None, title="nbhelpers", version=__version__, description=about)
    problems.install(app)
    # The answers are computed, not waited for: threads would take turns (Python's lock) and
    # only slow each other down. So all is done in one, a question after the other.
    user, movies, ratings = _examples(engine)
    UserId = Annotated[schemas.Id, Path(examples=[user], description="A user of the data.")]
    MovieId = Annotated[schemas.Id, Path(examples=[movies[0]])]

    @app.get("/health", summary="What is being served", response_model=schemas.Health)
    async def health() -> dict[str, Any]:
        return _health(engine)

    @app.get(
        "/movies",
        summary="Find movies by title",
        response_model=schemas.Movies,
        responses=problems.responses(422),
    )
    async def find(
        query: Annotated[
            str, Query(description="Any text; none finds the most rated.", examples=["matrix"])
        ] = "",
        n: Annotated[schemas.Length, Query()] = 20,
    ) -> dict[str, Any]:
        return {"items": _records(engine.find(query, n))}

    @app.get(
        "/users/{user_id}/recommendations",
        summary="What a user of the data may like",
        response_model=schemas.Recommendations,
        responses=problems.responses(404, 422),
    )
    async def recommend(
        user_id: UserId, wanted: Annotated[schemas.Wanted, Query()]
    ) -> dict[str, Any]:
        return _recommend(engine, user_id, wanted)

    @app.post(
        "/recommendations",
        summary="What a newcomer may like",
        response_model=schemas.Recommendations,
        responses=problems.responses(400, 404, 413, 422),
    )
    async def recommend_newcomer(
        newcomer: Annotated[schemas.Newcomer, Body(examples=[{"ratings": ratings, "n": 5}])],
    ) -> dict[str, Any]:
        return _recommend(engine, _table(engine, newcomer.ratings), newcomer)

    @app.post(
        "/predictions",
        summary="What a user or a newcomer would make of movies",
        response_model=schemas.Predictions,
        responses=problems.responses(400, 404, 413, 422),
    )
    async def predict(
        question: Annotated[
            schemas.Question,
            Body(
                examples=[
                    {"user_id": user, "movie_ids": movies},
                    {"ratings": ratings, "movie_ids": movies},
                ]
            ),
        ],
    ) -> dict[str, Any]:
        person: int | pd.DataFrame
        if isinstance(question, schemas.UserAndMovies):
            person = question.user_id
        else:
            person = _table(engine, question.ratings)
        return {"items": _records(engine.predict(person, question.movie_ids))}

    @app.get(
        "/users/{user_id}/profile",
        summary="What a user's ratings say",
        response_model=schemas.Profile,
        responses=problems.responses(404, 422),
    )
    async def profile(user_id: UserId) -> dict[str, Any]:
        return engine.profile(user_id).as_dict()

    @app.get(
        "/movies/{movie_id}/similar",
        summary="Which movies are like a movie",
        response_model=schemas.Similar,
        responses=problems.responses(404, 422),
    )
    async def similar(
        movie_id: MovieId, wanted: Annotated[schemas.WantedAlike, Query()]
    ) -> dict[str, Any]:
        table = engine.similar(movie_id, wanted.n, wanted.by, **wanted.filters())
        return {"items": _records(table)}

    @app.get("/", include_in_schema=False)
    async def root() -> RedirectResponse:
        return RedirectResponse("/docs")

    return app


def _recommend(engine: Engine, person: int | pd.DataFrame, wanted: schemas.Wanted) -> dict:
    columns = engine.recommended(person, wanted.n, wanted.model, wanted.weight, **wanted.filters())
    model = engine.trained.best if wanted.model == "ml" else wanted.model
    return {"model": model, "items": _records(columns)}


def _table(engine: Engine, ratings: list[schemas.Rating]) -> pd.DataFrame:
    low, high = engine.data.scale
    stars = [one.rating for one in ratings]
    if stars and not low <= min(stars) <= max(stars) <= high:
        raise HTTPException(422, f"Ratings have to lie between {low:g} and {high:g} stars.")
    columns = {"movie_id": [one.movie_id for one in ratings], "rating": stars}
    return pd.DataFrame(columns).astype({"movie_id": "int64", "rating": "float64"})


def _records(columns: pd.DataFrame | dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a table, or of its columns, with None for what is missing."""
    values = [list(map(_known, _plain(column))) for _, column in columns.items()]
    names = list(map(str, columns))
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def _plain(column: Any) -> list:
    return column if isinstance(column, list) else column.tolist()


def _known(value: Any) -> Any:
    missing = value is pd.NA or (isinstance(value, float) and value != value)
    return None if missing else value


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


def _examples(engine: Engine) -> tuple[int, list[int], list[dict]]:
    """Return a user, movies and ratings that the data hold."""
    movies = engine.find("", 6)["movie_id"].tolist()
    stars = [5, 4, 1]
    ratings = [{"movie_id": m, "rating": r} for m, r in zip(movies[3:], stars, strict=False)]
    return int(engine.users(1)["user_id"][0]), movies[:3], ratings
