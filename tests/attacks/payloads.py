"""Texts that would be markup, code or commands if something took them for more than texts."""

import itertools

# Each names what it would do: FORGE marks what must never become an element, a request or a call.
MARKUP = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
]


def attack(seconds: float) -> list[dict]:
    from nbhelpers.app import text

    tried = survived = 0
    for one, other in itertools.product(MARKUP, MARKUP):
        tried += 1
        survived += "<" in text.markup(one + other)
    return [{"kind": "cards of the app", "tried": tried, "survived": survived, "note": ""}]
