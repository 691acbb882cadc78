"""The questions that the API answers: their addresses, and what may be asked."""

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, FastAPI, Path, Query, Request
from fastapi.responses import RedirectResponse
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from nbhelpers import __version__
from nbhelpers.api import problems, questions, schemas
from nbhelpers.api.answers import Answers, paged
from nbhelpers.api.connections import KnownNames
from nbhelpers.api.examples import Examples
from nbhelpers.engine import Engine

ABOUT = (
    "Recommendations, similar movies, predictions and profiles. The answers are those of the "
    "functions of the same names in Python; the examples are this server's own answers, with two "
    "entries of each list. {label}: {licence}"
)


def create_app(
    engine: Engine, hosts: Collection[str] = (), origins: Collection[str] = ()
) -> FastAPI:
    """Return the API of an engine, to be run by any ASGI server; see `KnownNames`.

    All requests share the engine, and none of them changes it.
    """
    about = ABOUT.format(label=engine.data.label, licence=engine.data.licence)
    # FastAPI's own page of documentation loads its script from elsewhere: this one is offline.
    app = FastAPIOffline(
        "/docs",
        None,
        title="nbhelpers",
        version=__version__,
        description=about,
        generate_unique_id_function=lambda route: route.name,
    )
    problems.install(app)
    app.add_middleware(HeadAsGet)
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_methods=["GET", "HEAD", "POST"],
            allow_headers=["Content-Type"],
        )
    app.add_middleware(KnownNames, hosts=hosts, origins=origins)
    answers = Answers(engine)
    examples = Examples(answers)
    routes = _routes(answers, examples)
    app.include_router(routes, prefix="/v1")
    app.include_router(routes, include_in_schema=False)  # as addresses were before they had one

    @app.get("/", include_in_schema=False)
    async def root() -> RedirectResponse:
        return RedirectResponse("/docs")

    # Into the finished description: FastAPI would leave out what is null in them.
    for operations in app.openapi()["paths"].values():
        for operation in operations.values():
            [answer] = operation["responses"]["200"]["content"].values()
            answer["example"] = examples.answers[operation["operationId"]]
    return app


class HeadAsGet:
    """Answers HEAD as GET; the server that runs the app leaves out the body."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("method") == "HEAD":
            scope = {**scope, "method": "GET"}
        await self.app(scope, receive, send)


def _routes(answers: Answers, examples: Examples) -> APIRouter:
    router, ask = APIRouter(dependencies=[Depends(questions.check)]), _worker()
    UserId = Annotated[
        schemas.Id, Path(examples=[examples.user], description="A user of the data.")
    ]
    MovieId = Annotated[schemas.Id, Path(examples=examples.movies[:1])]

    def asked(address: str, summary: str, answer: type, *wrong: int) -> Callable:
        """Answer GET at an address, or say what is wrong: a status of these, or 422."""
        said = problems.responses(*wrong, 422)
        return router.get(address, summary=summary, response_model=answer, responses=said)

    def told(address: str, summary: str, answer: type) -> Callable:
        """Answer POST, which brings a person's own ratings, at an address."""
        said = problems.responses(400, 404, 413, 422)
        return router.post(address, summary=summary, response_model=answer, responses=said)

    @asked("/health", "What is being served", schemas.Health)
    async def health() -> dict[str, Any]:
        return answers.health

    @asked("/genres", "Which genres there are", schemas.Genres)
    async def genres() -> dict[str, Any]:
        return answers.genres

    @asked("/moods", "Which moods there are, and what suits them", schemas.Moods)
    async def moods() -> dict[str, Any]:
        return answers.moods

    @asked("/movies", "Find movies by title", schemas.Movies)
    async def find(request: Request, wanted: Annotated[schemas.Found, Query()]) -> dict[str, Any]:
        return paged(await ask(answers.find, wanted.query, wanted), wanted, request.url)

    @asked("/movies/{movie_id}", "What is known of a movie", schemas.Film, 404)
    async def movie(movie_id: MovieId) -> dict[str, Any]:
        return await ask(answers.movie, movie_id)

    @asked("/movies/{movie_id}/similar", "Which movies are like a movie", schemas.Similar, 404)
    async def similar(
        request: Request, movie_id: MovieId, wanted: Annotated[schemas.WantedAlike, Query()]
    ) -> dict[str, Any]:
        return paged(await ask(answers.similar, movie_id, wanted), wanted, request.url)

    @asked("/explore", "What everyone likes, of a genre, time or mood", schemas.RecommendationsPage)
    async def explore(
        request: Request, wanted: Annotated[schemas.Chosen, Query()]
    ) -> dict[str, Any]:
        return paged(await ask(answers.explore, wanted), wanted, request.url)

    @asked(
        "/users/{user_id}/recommendations",
        "What a user of the data may like",
        schemas.RecommendationsPage,
        404,
    )
    async def recommend(
        request: Request, user_id: UserId, wanted: Annotated[schemas.Wanted, Query()]
    ) -> dict[str, Any]:
        return paged(await ask(answers.recommend, user_id, wanted), wanted, request.url)

    @asked("/users/{user_id}/profile", "What a user's ratings say", schemas.Profile, 404)
    async def profile(user_id: UserId) -> dict[str, Any]:
        return await ask(answers.profile, user_id)

    @told("/recommendations", "What a newcomer may like", schemas.Recommendations)
    async def recommend_newcomer(
        newcomer: Annotated[schemas.Newcomer, Body(examples=[examples.ratings | {"n": 5}])],
    ) -> dict[str, Any]:
        return await ask(answers.recommend_newcomer, newcomer)

    @told("/profile", "What a newcomer's ratings say", schemas.Profile)
    async def profile_newcomer(
        newcomer: Annotated[schemas.Rated, Body(examples=[examples.ratings])],
    ) -> dict[str, Any]:
        return await ask(answers.profile_newcomer, newcomer)

    @told("/predictions", "What a user or a newcomer would make of movies", schemas.Predictions)
    async def predict(
        question: Annotated[schemas.Question, Body(examples=examples.judged)],
    ) -> dict[str, Any]:
        return await ask(answers.predict, question)

    return router


def _worker() -> Callable:
    """Return what puts questions to the engine, one after the other.

    The answers are computed, not waited for: several threads would take turns (Python's lock) and
    only slow each other down. In one beside the server's own, they do not keep /health waiting.
    """
    thread = ThreadPoolExecutor(1, "engine")

    async def ask(question: Callable, *about: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(thread, question, *about)

    return ask
