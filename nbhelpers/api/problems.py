"""What goes wrong, in words: always JSON, never a trace."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nbhelpers.api import questions
from nbhelpers.api.schemas import Problem
from nbhelpers.engine import Unknown, UnknownModel, UnknownMovie, WrongFilter

LARGEST_BODY = 128_000  # bytes; a thousand ratings, indented, take 90,000
SHOWN = 5  # mistakes of one question that are named
REMEDY = "See /docs for what can be asked, with examples."
WORDS = {
    400: "The question cannot be read.",
    404: "The data holds no such user, movie or model.",
    413: f"The body has more than {LARGEST_BODY:,} bytes.",
    422: "A value is missing, wrong or out of range.",
}


def responses(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Return the description of what can go wrong with a question."""
    return {code: {"model": Problem, "description": WORDS[code]} for code in codes}


def answer(code: int, detail: str, remedy: str | None = None, headers=None) -> JSONResponse:
    content = {"detail": detail, "remedy": remedy}
    return JSONResponse(content, status_code=code, headers=headers)


def install(app: FastAPI) -> None:
    """Let an app answer problems this way."""
    app.add_middleware(BodyLimit)
    app.exception_handler(Unknown)(_unknown)
    app.exception_handler(WrongFilter)(_fits_nothing)
    app.exception_handler(RequestValidationError)(_wrong)
    app.exception_handler(HTTPException)(_refused)
    app.exception_handler(Exception)(_unexpected)  # the server logs it, with its trace


async def _unknown(request: Request, error: Unknown) -> JSONResponse:
    remedy = "Pick another user."
    if isinstance(error, UnknownMovie):
        remedy = "Look it up: /v1/movies?query=matrix"
    elif isinstance(error, UnknownModel):
        remedy = "Pick a model that /v1/health lists, or ml."
    return answer(404, str(error), remedy)


async def _fits_nothing(request: Request, error: WrongFilter) -> JSONResponse:
    said = f"{error.found} Expected {error.expected}" if error.expected else error.found
    return answer(422, said, error.remedy)


async def _wrong(request: Request, error: RequestValidationError) -> JSONResponse:
    mistakes = error.errors()
    named = [_say(mistake, request) for mistake in mistakes[:SHOWN]]
    if len(mistakes) > SHOWN:
        named.append(f"and {len(mistakes) - SHOWN} more")
    remedy = REMEDY
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if request.method == "POST" and kind != "application/json":
        remedy = "Send JSON, with the header Content-Type: application/json."
    return answer(422, "; ".join(named), remedy)


def _say(mistake: dict, request: Request) -> str:
    """Name the place and the rule, and never what was sent: that can be anything."""
    _, *place = mistake["loc"]
    if mistake["type"] == "json_invalid":
        return f"The body is no JSON from character {place[0]} on"
    where = ".".join(questions.shortened(p) for p in place if p not in ("user", "newcomer"))
    said = mistake["msg"].removeprefix("Value error, ")
    if mistake["type"] == "extra_forbidden":
        said = questions.unknown(str(place[-1]), questions.fields(request.scope["route"]))
    return f"{where or 'body'}: {said}"


async def _refused(request: Request, error: HTTPException) -> JSONResponse:
    return answer(error.status_code, str(error.detail), REMEDY, error.headers)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    return answer(500, "That went wrong here, not with you.", "The server's log says where.")


class BodyLimit:
    """Reads no more of a body than `LARGEST_BODY`, whatever its header promises."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and len(length) < 20 and int(length) <= LARGEST_BODY:
            read = 0

            async def limited() -> Message:
                nonlocal read
                message = await receive()
                read += len(message.get("body", b""))
                if read > LARGEST_BODY:
                    raise HTTPException(413, WORDS[413])
                return message

            return await self.app(scope, limited, send)
        return await answer(413, WORDS[413], "Send less at a time.")(scope, receive, send)
