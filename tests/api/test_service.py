"""The API gives the answers of the functions, and a helpful problem for everything else."""

import asyncio
import json
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from http.client import HTTPConnection
from pathlib import Path
from threading import Event
from urllib.parse import quote

import httpx
import pandas as pd
import pytest
import schemathesis
from click.testing import CliRunner
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, assume, given, settings
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from nbhelpers import cli
from nbhelpers.api import running
from nbhelpers.api.schemas import BLENDED
from nbhelpers.api.service import create_app
from nbhelpers.engine import MOODS, engine_files
from nbhelpers.engine.engine import MODELS
from nbhelpers.tools.addresses import HOST

ROOT = Path(__file__).resolve().parents[2]
JSON = {"Content-Type": "application/json"}
OPERATIONS = [
    ("/v1/health", "GET"),
    ("/v1/genres", "GET"),
    ("/v1/moods", "GET"),
    ("/v1/movies", "GET"),
    ("/v1/movies/{movie_id}", "GET"),
    ("/v1/movies/{movie_id}/similar", "GET"),
    ("/v1/explore", "GET"),
    ("/v1/users/{user_id}/recommendations", "GET"),
    ("/v1/users/{user_id}/profile", "GET"),
    ("/v1/recommendations", "POST"),
    ("/v1/profile", "POST"),
    ("/v1/predictions", "POST"),
]


@pytest.fixture(scope="module")
def app(engine):
    return create_app(engine)


@pytest.fixture(scope="module")
def site(app):
    return TestClient(app, "http://localhost", raise_server_exceptions=False)


@pytest.fixture(scope="module")
def client(app):
    """A client of the addresses that start with /v1."""
    return TestClient(app, "http://localhost/v1", raise_server_exceptions=False)


@pytest.fixture(scope="module")
def user(engine) -> int:
    return int(engine.users()["user_id"].iloc[100])


@pytest.fixture(scope="module")
def movies(engine) -> list[int]:
    return engine.find("", 10)["movie_id"].tolist()


@pytest.fixture(scope="module")
def ratings(movies) -> list[dict]:
    stars = [5, 4, 1, 3.5]
    return [{"movie_id": m, "rating": r} for m, r in zip(movies, stars, strict=False)]


def assert_same(response, like: pd.DataFrame) -> None:
    """Compare the items of an answer with the table that a function gives."""
    assert response.status_code == 200, response.text
    table = pd.DataFrame(strict(response)["items"])[list(like)].astype(like.dtypes)
    if "because" in like:
        like = like.assign(because=[list(map(without_nan, each)) for each in like["because"]])
    pd.testing.assert_frame_equal(table, like, check_exact=True)


def without_nan(named: dict) -> dict:
    """What a list names, with null where JSON has no number."""
    return {name: None if value != value else value for name, value in named.items()}


def strict(response):
    """The JSON of an answer, without the constants that JSON does not have."""

    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(response.text, parse_constant=refuse)


# --- the same answers as the functions -------------------------------------------------------


@pytest.mark.parametrize("model", [*MODELS, "ml"])
def test_lists_of_a_user(client, engine, user, model):
    same = engine.recommend(user, 7, model)
    response = client.get(f"/users/{user}/recommendations?n=7&model={model}")
    assert_same(response, same)
    assert response.json()["model"] == (engine.trained.best if model == "ml" else model)


KNOBS = [
    {"surprise": 0.5},
    {"variety": 0.8},
    {"own_genres": 0},
    {"series": True},
    {"surprise": 1, "variety": 1, "series": True, "skip": 20},
    {"model": "blend", "surprise": 0.2, "weight": 0.3, "skip": 3},
]


@pytest.mark.parametrize("knobs", KNOBS, ids=lambda knobs: "-".join(knobs))
def test_knobs(client, engine, user, ratings, knobs):
    same = engine.recommend(user, 5, **knobs)
    response = client.get(f"/users/{user}/recommendations", params=knobs | {"n": 5})
    assert_same(response, same)
    same = engine.recommend(pd.DataFrame(ratings), 5, **knobs)
    response = client.post("/recommendations", json=knobs | {"n": 5, "ratings": ratings})
    assert_same(response, same)


def test_a_list_names_the_movies_that_carried_it(client, engine, user):
    rated = set(engine.history(user)["movie_id"])
    because = [item["because"] for item in recommended(client, user)]
    named = [one for each in because for one in each]
    assert len(named) >= 5
    assert all(one["movie_id"] in rated and 0 < one["share"] <= 1 for one in named)
    shares = [[one["share"] for one in each] for each in because]
    assert shares == [sorted(each, reverse=True) for each in shares]


def recommended(client, user: int, asked: str = "") -> list[dict]:
    return strict(client.get(f"/users/{user}/recommendations{asked}"))["items"]


def test_filters_and_weight(client, engine, user):
    same = engine.recommend(user, 5, "blend", 0.2, genres=("Drama", "Comedy"), years=(1980, None))
    asked = "n=5&model=blend&weight=0.2&genre=Drama&genre=Comedy&from_year=1980"
    response = client.get(f"/users/{user}/recommendations?{asked}")
    assert_same(response, same)
    moody = engine.recommend(user, 5, tag="feel-good", years=(None, 1999))
    response = client.get(f"/users/{user}/recommendations?n=5&tag=feel-good&to_year=1999")
    assert_same(response, moody)


@pytest.mark.parametrize("count", [0, 1, 4])
def test_lists_of_a_newcomer(client, engine, ratings, count):
    own = pd.DataFrame(ratings[:count], columns=["movie_id", "rating"])
    same = engine.recommend(own.astype({"movie_id": "int64", "rating": float}), 6)
    response = client.post("/recommendations", json={"ratings": ratings[:count], "n": 6})
    assert_same(response, same)
    assert response.json()["model"] == ("two-stage" if count >= 3 else "popular")


def test_predictions(client, engine, user, movies, ratings):
    seen = int(engine.history(user)["movie_id"][0])
    same = engine.predict(user, [*movies, seen])
    response = client.post("/predictions", json={"user_id": user, "movie_ids": [*movies, seen]})
    assert_same(response, same)
    assert response.json()["items"][-1]["known"] is not None
    same = engine.predict(pd.DataFrame(ratings), movies)
    response = client.post("/predictions", json={"ratings": ratings, "movie_ids": movies})
    assert_same(response, same)


def test_what_is_not_known_is_null(client, movies):
    response = client.post("/predictions", json={"ratings": [], "movie_ids": movies[:1]})
    [item] = strict(response)["items"]
    assert item["chance"] is None and item["known"] is None and item["stars"] > 1


@pytest.mark.parametrize("by", ["both", "content", "behaviour"])
def test_similar_movies(client, engine, movies, by):
    same = engine.similar(movies[0], 8, by)
    response = client.get(f"/movies/{movies[0]}/similar?n=8&by={by}")
    assert_same(response, same)


@pytest.mark.parametrize("query", ["", "matrix", "M*A*S*H", "[REC", "(", "$", "ä é", "🎬"])
def test_found_movies(client, engine, query):
    same = engine.find(query, 20)
    response = client.get("/movies", params={"query": query})
    if same.empty:
        assert response.json() == {"items": [], "next": None}
    else:
        assert_same(response, same)


def test_profile(client, engine, user):
    response = client.get(f"/users/{user}/profile")
    assert strict(response) == engine.profile(user).as_dict()


@pytest.mark.parametrize("count", [0, 4])
def test_profile_of_a_newcomer(client, engine, ratings, count):
    own = pd.DataFrame(ratings[:count], columns=["movie_id", "rating"])
    response = client.post("/profile", json={"ratings": ratings[:count]})
    assert strict(response) == engine.profile(own.astype({"movie_id": "int64"})).as_dict()


def test_a_movie(client, engine, movies):
    film = strict(client.get(f"/movies/{movies[0]}"))
    known = engine.movies.set_index("movie_id").loc[movies[0]]
    for name in ("title", "overview", "genres", "directors", "actors", "keywords"):
        assert film[name] == known[name]
    own = engine.data.ratings.query("movie_id == @movies[0]")["rating"]
    assert film["evidence"] == len(own) and film["mean"] == pytest.approx(own.mean(), abs=1e-6)


def test_genres_and_moods_can_be_asked_for(client, engine):
    counts = engine.movies["genres"].explode().value_counts()
    genres = strict(client.get("/genres"))["items"]
    assert {genre["name"]: genre["count"] for genre in genres} == dict(counts)
    moods = strict(client.get("/moods"))["items"]
    assert [mood["name"] for mood in moods] == list(MOODS)
    for mood in moods:
        for item in client.get("/explore", params={"tag": mood["name"]}).json()["items"]:
            assert not set(item["genres"]) & set(mood["but"])


def test_exploring(client, engine):
    same = engine.explore(7, genres=("Drama", "Crime"), years=(1980, None))
    response = client.get("/explore?n=7&genre=Drama&genre=Crime&from_year=1980")
    assert_same(response, same)


# --- pages, and other ways to ask ------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/movies?query=the",
        "/movies/MOVIE/similar?by=content",
        "/explore?genre=Drama&genre=Romance",
        "/users/USER/recommendations?surprise=0.2",
        "/users/USER/recommendations?model=svd&variety=0.5",
    ],
)
def test_pages_are_parts_of_one_list(client, user, movies, path):
    path = path.replace("USER", str(user)).replace("MOVIE", str(movies[0]))
    whole = strict(client.get(f"{path}&n=20"))["items"]
    address, parts = f"{path}&n=8", []
    while address and len(parts) < 20:
        page = strict(client.get(address))
        parts, address = parts + page["items"], page["next"]
    assert parts[:20] == whole


def test_a_page_that_is_not_full_is_the_last(client):
    page = client.get("/movies?query=matrix&n=100").json()
    assert 0 < len(page["items"]) < 100 and page["next"] is None
    assert client.get(f"/movies?skip={2**31 - 1}").json() == {"items": [], "next": None}


def test_addresses_without_a_version_are_answered_alike(client, site, user, ratings):
    for path in ("/health", f"/users/{user}/profile", "/movies/99999999"):
        old, new = site.get(path), client.get(path)
        assert (old.status_code, old.json()) == (new.status_code, new.json())
    question = {"ratings": ratings}
    old, new = (each.post("/recommendations", json=question) for each in (site, client))
    assert old.status_code == 200 and old.json() == new.json()


@pytest.mark.parametrize("path", ["/v1/health", "/v1/movies", "/docs", "/v1/movies/x", "/v1/no"])
def test_head_is_get_without_the_body(site, path):
    head, get = site.head(path), site.get(path)
    assert (head.status_code, head.headers) == (get.status_code, get.headers)
    assert not head.content and get.content


def test_health_does_not_wait_behind_lists(engine, user):
    going, over = Event(), Event()

    def slow(*asked, **settings):
        going.set()
        assert over.wait(60)
        return engine.recommended(*asked, **settings)

    async def ask():
        transport = httpx.ASGITransport(app_around(engine, recommended=slow))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost/v1") as client:
            path = f"/users/{user}/recommendations"
            lists = [asyncio.create_task(client.get(path)) for _ in range(3)]
            assert await asyncio.to_thread(going.wait, 60)
            health = await asyncio.wait_for(client.get("/health"), 60)
            waiting = [not task.done() for task in lists]
            over.set()
            return health, waiting, await asyncio.gather(*lists)

    health, waiting, lists = asyncio.run(ask())
    assert health.status_code == 200 and all(waiting)
    assert all(answer.status_code == 200 for answer in lists)


def app_around(engine, **replaced):
    """An app whose engine does other things once the app is made."""

    class Other:
        def __getattr__(self, name):
            return replaced[name] if made and name in replaced else getattr(engine, name)

    made = False
    app = create_app(Other())
    made = True
    return app


def test_health(client, engine):
    answer = client.get("/health").json()
    assert answer["status"] == "ok"
    assert answer["users"] == engine.data.n_users and answer["movies"] == len(engine.movies)
    assert [model["name"] for model in answer["models"]] == list(MODELS)


# --- problems --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("/users/2147483647/recommendations", 404, "user 2147483647"),
        ("/users/2147483647/profile", 404, "user 2147483647"),
        ("/movies/2147483647", 404, "movie 2147483647"),
        ("/movies/2147483647/similar", 404, "movie 2147483647"),
        ("/users/USER/recommendations?model=magic", 404, "magic"),
        ("/users/USER/recommendations?n=0", 422, "n: "),
        ("/users/USER/recommendations?n=101", 422, "n: "),
        ("/users/USER/recommendations?n=ten", 422, "n: "),
        ("/users/USER/recommendations?modle=svd", 422, "modle: "),
        ("/users/USER/recommendations?weight=1.1", 422, "weight: "),
        ("/users/USER/recommendations?weight=nan", 422, "weight: "),
        ("/users/USER/recommendations?weight=0.5&model=svd", 422, "two-stage and blend"),
        ("/users/USER/recommendations?surprise=1.1", 422, "surprise: "),
        ("/users/USER/recommendations?variety=-1", 422, "variety: "),
        ("/users/USER/recommendations?series=some", 422, "series: "),
        ("/users/USER/recommendations?skip=-1", 422, "skip: "),
        ("/explore?surprise=0.5", 422, "surprise: "),
        ("/users/USER/recommendations?from_year=19", 422, "from_year: "),
        ("/users/USER/recommendations?" + "genre=x&" * 21, 422, "genre: "),
        ("/users/2147483648/recommendations", 422, "user_id: "),
        ("/users/-1/profile", 422, "user_id: "),
        ("/users/me/profile", 422, "user_id: "),
        ("/movies/1e3/similar", 422, "movie_id: "),
        ("/movies?n=101", 422, "n: "),
        ("/movies/1/similar?by=magic", 422, "by: "),
        ("/nothing", 404, "Not Found"),
    ],
)
def test_wrong_questions(client, user, path, code, words):
    response = client.get(path.replace("USER", str(user)))
    problem = strict(response)
    assert response.status_code == code
    assert words in problem["detail"] and problem["remedy"]


@pytest.mark.parametrize(
    ("path", "body", "code", "words"),
    [
        ("/predictions", '{"movie_ids": [1]}', 422, "ratings: "),
        ("/predictions", '{"user_id": 1, "ratings": [], "movie_ids": [1]}', 422, "ratings: "),
        ("/predictions", '{"user_id": 2147483647, "movie_ids": [1]}', 404, "user"),
        ("/predictions", '{"user_id": 1, "movie_ids": []}', 422, "movie_ids: "),
        ("/predictions", '{"user_id": "1", "movie_ids": [1]}', 422, "user_id: "),
        ("/predictions", '{"user_id": true, "movie_ids": [1]}', 422, "user_id: "),
        ("/predictions", '{"ratings": [], "movie_ids": [2147483647]}', 404, "movie"),
        ("/recommendations", '{"ratings": [{"movie_id": 1, "rating": NaN}]}', 422, "finite"),
        ("/recommendations", '{"ratings": [{"movie_id": 1, "rating": 1e999}]}', 422, "finite"),
        ("/recommendations", '{"ratings": [{"movie_id": 1, "rating": 0.4}]}', 422, "rating: "),
        ("/recommendations", '{"ratings": [{"movie_id": MOVIE, "rating": 0.5}]}', 422, "1 and 5"),
        ("/recommendations", '{"ratings": [{"movie_id": 1e9, "rating": 4}]}', 404, "movie"),
        ("/recommendations", '{"ratings": [{"movie_id": 1.5, "rating": 4}]}', 422, "movie_id: "),
        ("/recommendations", '{"ratings": [{"movie_id": 4294967296, "rating": 4}]}', 422, "_id: "),
        ("/recommendations", '{"model": "magic"}', 404, "magic"),
        ("/recommendations", '{"n": null}', 422, "n: "),
        ("/recommendations", '{"series": 1}', 422, "series: "),
        ("/recommendations", '{"model": "ml", "weight": 1}', 422, "two-stage and blend"),
        ("/profile", "{}", 422, "ratings: "),
        ("/profile", '{"ratings": [{"movie_id": 2147483647, "rating": 4}]}', 404, "movie"),
        ("/recommendations", '{"ratings": ', 422, "no JSON"),
        ("/recommendations", '"\\ud800"', 422, "body"),
        ("/recommendations", '{"\\ud800": 1}', 422, "body"),
        ("/recommendations", '{"tag": "\\ud800"}', 422, "tag"),
        ("/recommendations", '{"n": ' + "1" * 5000 + "}", 400, "body"),
        ("/recommendations", "[" * 100_000, 400, "body"),
        ("/recommendations", '{"a":' * 20_000, 400, "body"),
        ("/recommendations", "", 422, "body"),
        ("/recommendations", " " * 200_000, 413, "128,000"),
    ],
)
def test_wrong_bodies(client, movies, path, body, code, words):
    content = body.replace("MOVIE", str(movies[0]))
    response = client.post(path, content=content, headers=JSON)
    problem = strict(response)
    assert response.status_code == code, problem
    assert words in problem["detail"] and problem["remedy"]


@pytest.mark.parametrize(("path", "verb"), OPERATIONS)
def test_every_route_refuses_names_that_it_does_not_know(site, user, movies, path, verb):
    path = path.format(user_id=user, movie_id=movies[0])
    answer = site.request(verb, f"{path}?zzz=1&n%5B%5D=2", json={"ratings": []})
    assert answer.status_code == 422
    assert "zzz: " in answer.json()["detail"] and "n[]: " in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/movies?qery=alien", "Did you mean query?"),
        ("/movies?title=alien", "there are n, query, skip"),
        ("/users/USER/recommendations?Genre=Drama", "Did you mean genre?"),
        ("/explore?n=5&n=10", "n: given 2 times"),
        ("/explore?genre=Comdy", "Nothing here has the genre 'Comdy'"),
        ("/explore?genre=Comedy,Drama", "Nothing here has the genre 'Comedy,Drama'"),
        ("/explore?tag=no+such+tag", "Nothing here has the tag or mood"),
        ("/explore?from_year=2010&to_year=1990", "run backwards, from 2010 to 1990"),
        ("/users/USER/profile?n=3", "this question has none"),
    ],
)
def test_slips_are_told_with_what_there_is(client, user, path, said):
    answer = client.get(path.replace("USER", str(user)))
    assert answer.status_code == 422 and said in answer.json()["detail"], answer.text


def test_slips_in_a_body_are_told_too(client):
    answer = client.post("/recommendations", json={"genres": ["Drama"]})
    assert answer.status_code == 422 and "Did you mean genre?" in answer.json()["detail"]
    both = client.get("/explore?genre=Drama&genre=war&n=3")
    assert both.status_code == 200 and both.json()["items"]


def test_a_movie_rated_twice_is_named(client, movies):
    twice = [{"movie_id": movies[0], "rating": 4}] * 2
    response = client.post("/recommendations", json={"ratings": twice})
    assert response.status_code == 422
    assert f"Movie {movies[0]} is rated twice" in response.json()["detail"]


def test_a_thousand_ratings_at_most(client):
    many = [{"movie_id": i, "rating": 4} for i in range(2_000_000_000, 2_000_001_001)]
    assert client.post("/recommendations", json={"ratings": many}).status_code == 422
    indented = json.dumps({"ratings": many[1:]}, indent=4)
    response = client.post("/recommendations", content=indented, headers=JSON)
    assert response.status_code == 404  # read, though there are no such movies
    movies = {"ratings": [], "movie_ids": list(range(1001))}
    assert client.post("/predictions", json=movies).status_code == 422


def test_the_limit_does_not_trust_the_header(client):
    pieces = (b" " * 10_000 for _ in range(20))
    response = client.post("/recommendations", content=pieces, headers=JSON)
    assert response.status_code == 413
    response = client.post("/recommendations", content=b"{}", headers={"Content-Length": "9" * 30})
    assert response.status_code == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_content_type(client, kind):
    response = client.post("/recommendations", content='{"n": 1}', headers={"Content-Type": kind})
    assert response.status_code == 422
    assert "application/json" in response.json()["remedy"]


HOSTILE = [
    *("x" * 10_000, "🎬" * 500, "(((", "[REC", "$", "\\", "%00", "\x00", "\u202e", "' OR 1=1 --"),
    *(
        "<script>alert(1)</script>",
        "../../etc/passwd",
        "{{7*7}}",
        "NaN",
        "\ufdfa" * 300,
        "%ED%A0%80",
    ),
]


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_is_only_text(client, user, text):
    raw = text if text.startswith("%") else quote(text, safe="")
    for path in (
        f"/movies?query={raw}",
        f"/users/{user}/recommendations?tag={raw}",
        f"/users/{user}/recommendations?genre={raw}",
        f"/users/{user}/recommendations?model={raw}",
        f"/users/{user}/recommendations?{raw}=1",
        f"/users/{raw}/profile",
        f"/movies/{raw}/similar",
    ):
        response = client.get(path)
        assert response.status_code in (200, 404, 422), path
        strict(response)
        assert len(response.text) < 30_000


def test_an_unexpected_error_tells_nothing(engine, user, caplog):
    def broken(*words, **named):
        raise RuntimeError("secret")

    client = TestClient(
        app_around(engine, recommended=broken), "http://localhost", raise_server_exceptions=False
    )
    response = client.get(f"/v1/users/{user}/recommendations")
    assert response.status_code == 500
    assert list(response.json()) == ["detail", "remedy"]
    assert "secret" not in response.text and "Error" not in response.text


def test_other_sites_may_not_read_answers(client):
    response = client.get("/health", headers={"Origin": "https://example.org"})
    assert not [name for name in response.headers if name.startswith("access-control")]


# --- the description -------------------------------------------------------------------------


def test_examples_are_answered(site):
    for path, verbs in site.get("/openapi.json").json()["paths"].items():
        for operation in verbs.values():
            assert operation["summary"]
            if "requestBody" in operation:
                schema = operation["requestBody"]["content"]["application/json"]["schema"]
                for example in schema["examples"]:
                    response = site.post(path, json=example)
                    assert response.status_code == 200, response.text
                    assert response.json()


def test_examples_of_answers_are_answers(site, user):
    """Each keeps to its schema, and is what this server answers to what it is an example of."""
    description = site.get("/openapi.json").json()
    parts, seen = {"components": description["components"]}, {}
    for path, verbs in description["paths"].items():
        for verb, operation in verbs.items():
            [said] = operation["responses"]["200"]["content"].values()
            Draft202012Validator(said["schema"] | parts).validate(said["example"])
            seen[verb, path] = said["example"]
    assert set(seen) == {(verb.lower(), path) for path, verb in OPERATIONS}
    found = seen["get", "/v1/movies"]
    assert site.get("/v1/movies?n=2").json()["items"] == found["items"]
    assert found["next"].endswith("/v1/movies?n=2&skip=2")
    movie = found["items"][0]["movie_id"]
    assert seen["get", "/v1/movies/{movie_id}"]["movie_id"] == movie
    similar = site.get(f"/v1/movies/{movie}/similar?n=2").json()["items"]
    assert similar == seen["get", "/v1/movies/{movie_id}/similar"]["items"]


def test_the_page_comes_from_this_server_alone(site):
    assert site.get("/", follow_redirects=False).headers["location"] == "/docs"
    links = re.findall(r'(?:href|src)="([^"]+)"', site.get("/docs").text)
    assert len(links) >= 3
    for link in links:
        assert link.startswith("/") and site.get(link).status_code == 200


@pytest.mark.slow
def test_the_page_shows_all_and_asks_nobody_else(engine, browser):
    asked, problems = [], []
    with running(engine) as place:
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda said: problems.append(said.text))
        page.goto(f"http://{place}/docs")
        page.locator(".opblock").nth(len(OPERATIONS) - 1).wait_for()
        page.close()
    assert all(url.startswith(f"http://{place}/") for url in asked) and len(asked) > 3
    assert problems == []


FIXED = "/v1/health", "/v1/genres", "/v1/moods"  # there is nothing to get wrong


def test_all_operations_are_tried(site):
    paths = site.get("/openapi.json").json()["paths"]
    described = {(path, verb.upper()) for path, verbs in paths.items() for verb in verbs}
    assert described == set(OPERATIONS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "verb", "kind"),
    [
        (path, verb, kind)
        for path, verb in OPERATIONS
        for kind in ("allowed", "wrong", "known")
        if kind == "allowed" or path not in FIXED
    ],
)
def test_whatever_is_asked_is_answered_as_described(engine, path, verb, kind):
    """Questions are drawn from the description: allowed, wrong, or about what the data hold."""
    app = create_app(engine, ["testserver"])  # the name by which schemathesis asks
    operation = schemathesis.openapi.from_asgi("/openapi.json", app)[path][verb]
    mode = GenerationMode.NEGATIVE if kind == "wrong" else GenerationMode.POSITIVE

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    def ask(case):
        assume(kind != "wrong" or not is_lost(case.query or {}))
        if kind == "known":
            make_known(case, engine)
        response = case.call()
        case.validate_response(response, excluded_checks=unsaid(response))
        assert response.status_code == 200 if kind == "known" else response.status_code < 500
        assert "Traceback" not in response.text and 'File "' not in response.text
        strict(response)

    ask()


def is_lost(query: dict) -> bool:
    """Whether what is wrong may not arrive: an address is text, and no list is as good as one."""
    empty = any(value in ([], {}) for value in query.values())
    return empty or not isinstance(query.get("genre", []), list)


def unsaid(response) -> list:
    """The checks of rules that a description cannot give."""
    if response.status_code == 413:  # the length of a body
        return [negative_data_rejection]
    return [positive_data_acceptance]  # no movie is rated twice; where the scale begins


def make_known(case, engine) -> None:
    """Put users, movies, models and stars of the data in place of any."""
    users, movies = (ids.tolist() for ids in (engine.users()["user_id"], engine.movies["movie_id"]))
    for part in (case.path_parameters, case.query, case.body):
        if not isinstance(part, dict):
            continue
        if "user_id" in part:
            part["user_id"] = users[int(part["user_id"]) % len(users)]
        if "movie_id" in part:
            part["movie_id"] = movies[int(part["movie_id"]) % len(movies)]
        if "movie_ids" in part:
            part["movie_ids"] = [movies[int(m) % len(movies)] for m in part["movie_ids"]]
        if "model" in part:
            part["model"] = [*MODELS, "ml"][len(part["model"]) % (len(MODELS) + 1)]
        if part.get("model") not in BLENDED:
            part.pop("weight", None)
        if "genre" in part:
            part["genre"] = ["Drama"]
        for name in ("tag", "to_year"):  # an unknown tag is refused, and years turned round
            part.pop(name, None)
        if "ratings" in part:
            own = {movies[int(r["movie_id"]) % len(movies)]: r["rating"] for r in part["ratings"]}
            part["ratings"] = [{"movie_id": m, "rating": max(r, 1)} for m, r in own.items()]


# --- the server ------------------------------------------------------------------------------


def test_without_an_engine(monkeypatch, tmp_path):
    monkeypatch.setattr(engine_files, "PROJECT", tmp_path)
    result = CliRunner().invoke(cli.app, ["api", "--port", str(free_port())])
    assert result.exit_code == 1
    assert "There is no engine here." in result.output
    assert "nbhelpers build --dataset sample" in result.output


def test_an_engine_that_other_code_made(engine_folder, edit_library, monkeypatch, tmp_path):
    monkeypatch.setattr(engine_files, "PROJECT", tmp_path)
    shutil.copytree(engine_folder, engine_files.folder_of("sample"))
    edit_library("models/svd.py")
    result = CliRunner().invoke(cli.app, ["api", "--port", str(free_port())])
    assert result.exit_code == 1
    assert "made by another version of this library's code" in " ".join(result.output.split())
    assert "nbhelpers build --dataset sample" in result.output


def test_a_port_that_is_taken():
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        result = CliRunner().invoke(cli.app, ["api", "--port", str(port)])
    assert result.exit_code == 1
    assert f"Port {port} of 127.0.0.1" in result.output and "--port" in result.output


@pytest.mark.slow
def test_the_real_server(engine_folder, user):
    port = free_port()
    code = (
        "import sys; from pathlib import Path; from nbhelpers.api import serve, server; "
        "load = server.load; server.load = lambda name, **_: load(name, Path(sys.argv[1])); "
        "serve('sample', int(sys.argv[2]))"
    )
    server = subprocess.Popen([sys.executable, "-c", code, str(engine_folder), str(port)])
    try:
        answer = fetch(server, port, f"/v1/users/{user}/recommendations")
        assert len(json.loads(answer)["items"]) == 10
        assert b"swagger-ui" in fetch(server, port, "/docs")
        with pytest.raises(OSError), socket.create_connection((own_address(), port), timeout=2):
            pass
    finally:
        server.terminate()
        assert server.wait(10) in (0, -15, 1, 143)


def test_the_engine_answers_until_the_block_ends(engine):
    with running(engine) as address:
        connection = HTTPConnection(address, timeout=30)
        connection.request("GET", "/v1/health")
        assert json.load(connection.getresponse())["dataset"] == "sample"
        connection.close()
    with pytest.raises(OSError):
        HTTPConnection(address, timeout=5).request("GET", "/v1/health")


# --- the snippets of docs/api.md -------------------------------------------------------------


@pytest.fixture(scope="module")
def address(engine):
    with running(engine) as place:
        yield place


@pytest.mark.parametrize(
    ("kind", "program", "code"),
    [
        ("python", sys.executable, "-c"),
        ("js", shutil.which("node"), "--input-type=module --eval"),
        ("sh", shutil.which("curl") and shutil.which("sh"), "-c"),
    ],
)
def test_snippets_work(engine, address, kind, program, code):
    if not program:
        pytest.skip("no Node.js or no curl on this machine")
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    snippets = re.findall(rf"```{kind}\n(.*?)```", page, re.DOTALL)
    [rated, paged] = (s.replace("127.0.0.1:8000", address) for s in snippets if "8000" in s)
    separator = "\n;\n" if kind == "js" else "\n"
    joined = separator.join(f"{{{s}}}" if kind == "js" else s for s in (rated, paged))
    run = [program, *code.split(), joined]
    said = subprocess.run(run, capture_output=True, text=True, timeout=60)
    assert said.returncode == 0 and not said.stderr, said.stderr
    stars = pd.DataFrame({"movie_id": [1097, 1435, 907], "rating": [5, 4, 1]})
    for title in engine.recommend(stars, 5, surprise=0.3)["title"]:
        assert title in said.stdout
    westerns = engine.explore(20, 20, genres=["Western"])
    assert len(westerns) and all(title in said.stdout for title in westerns["title"])


def fetch(server, port: int, path: str) -> bytes:
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}{path}", timeout=30) as answer:
                return answer.read()
        except urllib.error.URLError:
            assert server.poll() is None, "the server ended"
            time.sleep(0.2)
    raise AssertionError("the server did not start")


def free_port() -> int:
    with socket.create_server((HOST, 0)) as place:
        return place.getsockname()[1]


def own_address() -> str:
    """Another address of this computer: the server must not listen there."""
    return "127.0.0.2" if sys.platform == "linux" else socket.gethostbyname(socket.gethostname())
