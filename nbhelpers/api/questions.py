"""Which names a question may have: an address's parameters, and the fields of a body."""

from collections.abc import Collection
from typing import Any, get_origin

from fastapi import HTTPException, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter

ALIKE = 60  # per cent, from which a name is offered in place of one that there is not


async def check(request: Request) -> None:
    """Refuse parameters of the address that its question does not have, or that are there twice.

    Raises
    ------
    HTTPException
        422, with the names that there are.
    """
    given = request.query_params.multi_items()
    if not given:
        return
    known = parameters(request.scope["route"])
    names = [name for name, _ in given]
    wrong = [
        f"{shortened(name)}: {unknown(name, known)}"
        for name in dict.fromkeys(names)
        if name not in known
    ]
    wrong += [
        f"{name}: given {names.count(name)} times, and only one can be followed."
        for name in dict.fromkeys(names)
        if names.count(name) > 1 and known.get(name) is False
    ]
    if wrong:
        raise HTTPException(422, " ".join(wrong[:5]))


def parameters(route: APIRoute) -> dict[str, bool]:
    """Return the names that a question's address may have, and whether they may be repeated."""
    found: dict[str, bool] = {}
    for field in route.dependant.query_params:
        kind: Any = field.field_info.annotation
        is_model = isinstance(kind, type) and issubclass(kind, BaseModel)
        fields = kind.model_fields if is_model else {field.alias: field.field_info}
        found |= {name: get_origin(one.annotation) is list for name, one in fields.items()}
    return found


def fields(route: APIRoute) -> frozenset[str]:
    """Return the names that a question's body may have, at any depth."""
    if route.body_field is None:
        return frozenset()
    kind: Any = route.body_field.field_info.annotation
    schema = TypeAdapter(kind).json_schema()
    return frozenset(_properties(schema))


def unknown(name: str, known: Collection[str]) -> str:
    """Say that there is no such name, and which one may be meant."""
    from rapidfuzz import fuzz, process

    if not known:
        return "there is no such parameter; this question has none."
    near = process.extractOne(
        name[:100], list(known), scorer=fuzz.ratio, processor=str.lower, score_cutoff=ALIKE
    )
    guess = f" Did you mean {near[0]}?" if near else ""
    return f"there is no such name; there are {', '.join(sorted(known))}.{guess}"


def shortened(part: str | int) -> str:
    """Return a name as it was sent, fit for a message."""
    text = str(part).encode("utf-8", "replace").decode()
    return text if len(text) <= 40 else text[:39] + "…"


def _properties(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return set().union(*map(_properties, schema))
    if not isinstance(schema, dict):
        return set()
    own = schema.get("properties", {})
    return set(own).union(*map(_properties, schema.values()), *map(_properties, own.values()))
