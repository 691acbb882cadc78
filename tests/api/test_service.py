"""The API gives the answers of the functions, and a helpful problem for everything else."""

import json
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from http.client import HTTPConnection
from urllib.parse import quote

import pandas as pd
import pytest
import schemathesis
from click.testing import CliRunner
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from nbhelpers import cli
from nbhelpers.api import running
from nbhelpers.api.server import HOST
from nbhelpers.api.service import create_app
from nbhelpers.engine import engine_files
from nbhelpers.engine.engine import MODELS

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def app(engine):
    return create_app(engine)


@pytest.fixture(scope="module")
def client(app):
    return TestClient(app, raise_server_exceptions=False)


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


def items(response, like: pd.DataFrame) -> pd.DataFrame:
    """The items of an answer as the table that a function gives."""
    assert response.status_code == 200, response.text
    return pd.DataFrame(strict(response)["items"])[list(like)].astype(like.dtypes)


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
    pd.testing.assert_frame_equal(items(response, same), same, check_exact=True)
    assert response.json()["model"] == (engine.trained.best if model == "ml" else model)


def test_filters_and_weight(client, engine, user):
    same = engine.recommend(user, 5, "blend", 0.2, genres=("Drama", "Comedy"), years=(1980, None))
    asked = "n=5&weight=0.2&genre=Drama&genre=Comedy&from_year=1980"
    response = client.get(f"/users/{user}/recommendations?{asked}")
    pd.testing.assert_frame_equal(items(response, same), same, check_exact=True)
    moody = engine.recommend(user, 5, tag="feel-good", years=(None, 1999))
    response = client.get(f"/users/{user}/recommendations?n=5&tag=feel-good&to_year=1999")
    pd.testing.assert_frame_equal(items(response, moody), moody, check_exact=True)


@pytest.mark.parametrize("count", [0, 1, 4])
def test_lists_of_a_newcomer(client, engine, ratings, count):
    own = pd.DataFrame(ratings[:count], columns=["movie_id", "rating"])
    same = engine.recommend(own.astype({"movie_id": "int64", "rating": float}), 6)
    response = client.post("/recommendations", json={"ratings": ratings[:count], "n": 6})
    pd.testing.assert_frame_equal(items(response, same), same, check_exact=True)


def test_predictions(client, engine, user, movies, ratings):
    seen = int(engine.history(user)["movie_id"][0])
    same = engine.predict(user, [*movies, seen])
    response = client.post("/predictions", json={"user_id": user, "movie_ids": [*movies, seen]})
    pd.testing.assert_frame_equal(items(response, same), same, check_exact=True)
    assert response.json()["items"][-1]["known"] is not None
    same = engine.predict(pd.DataFrame(ratings), movies)
    response = client.post("/predictions", json={"ratings": ratings, "movie_ids": movies})
    pd.testing.assert_frame_equal(items(response, same), same, check_exact=True)


def test_what_is_not_known_is_null(client, movies):
    response = client.post("/predictions", json={"ratings": [], "movie_ids": movies[:1]})
    [item] = strict(response)["items"]
    assert item["chance"] is None and item["known"] is None and item["stars"] > 1


@pytest.mark.parametrize("by", ["both", "content", "behaviour"])
def test_similar_movies(client, engine, movies, by):
    same = engine.similar(movies[0], 8, by)
    response = client.get(f"/movies/{movies[0]}/similar?n=8&by={by}")
    pd.testing.assert_frame_equal(items(response, same), same, check_exact=True)


@pytest.mark.parametrize("query", ["", "matrix", "M*A*S*H", "[REC", "(", "$", "ä é", "🎬"])
def test_found_movies(client, engine, query):
    same = engine.find(query, 20)
    response = client.get("/movies", params={"query": query})
    if same.empty:
        assert response.json() == {"items": []}
    else:
        pd.testing.assert_frame_equal(items(response, same), same, check_exact=True)


def test_profile(client, engine, user):
    response = client.get(f"/users/{user}/profile")
    assert strict(response) == engine.profile(user).as_dict()


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
        ("/movies/2147483647/similar", 404, "movie 2147483647"),
        ("/users/USER/recommendations?model=magic", 404, "magic"),
        ("/users/USER/recommendations?n=0", 422, "n: "),
        ("/users/USER/recommendations?n=101", 422, "n: "),
        ("/users/USER/recommendations?n=ten", 422, "n: "),
        ("/users/USER/recommendations?modle=svd", 422, "modle: "),
        ("/users/USER/recommendations?weight=1.1", 422, "weight: "),
        ("/users/USER/recommendations?weight=nan", 422, "weight: "),
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
    class Broken:
        def __getattr__(self, name):
            return getattr(engine, name)

        def recommended(self, *words, **named):
            raise RuntimeError("secret")

    client = TestClient(create_app(Broken()), raise_server_exceptions=False)
    response = client.get(f"/users/{user}/recommendations")
    assert response.status_code == 500
    assert list(response.json()) == ["detail", "remedy"]
    assert "secret" not in response.text and "Error" not in response.text


def test_other_sites_may_not_read_answers(client):
    response = client.get("/health", headers={"Origin": "https://example.org"})
    assert not [name for name in response.headers if name.startswith("access-control")]


# --- the description -------------------------------------------------------------------------


def test_examples_are_answered(client):
    for path, verbs in client.get("/openapi.json").json()["paths"].items():
        for operation in verbs.values():
            assert operation["summary"]
            if "requestBody" in operation:
                schema = operation["requestBody"]["content"]["application/json"]["schema"]
                for example in schema["examples"]:
                    response = client.post(path, json=example)
                    assert response.status_code == 200, response.text
                    assert response.json()["items"]


def test_the_page_comes_from_this_server_alone(client):
    assert client.get("/", follow_redirects=False).headers["location"] == "/docs"
    links = re.findall(r'(?:href|src)="([^"]+)"', client.get("/docs").text)
    assert len(links) >= 3
    for link in links:
        assert link.startswith("/") and client.get(link).status_code == 200


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


OPERATIONS = [
    ("/health", "GET"),
    ("/movies", "GET"),
    ("/users/{user_id}/recommendations", "GET"),
    ("/recommendations", "POST"),
    ("/predictions", "POST"),
    ("/users/{user_id}/profile", "GET"),
    ("/movies/{movie_id}/similar", "GET"),
]


def test_all_operations_are_tried(client):
    paths = client.get("/openapi.json").json()["paths"]
    described = {(path, verb.upper()) for path, verbs in paths.items() for verb in verbs}
    assert described == set(OPERATIONS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "verb", "kind"),
    [
        (path, verb, kind)
        for path, verb in OPERATIONS
        for kind in ("allowed", "wrong", "known")
        if (path, kind) != ("/health", "wrong")  # there is nothing to get wrong
    ],
)
def test_whatever_is_asked_is_answered_as_described(app, engine, path, verb, kind):
    """Questions are drawn from the description: allowed, wrong, or about what the data hold."""
    operation = schemathesis.openapi.from_asgi("/openapi.json", app)[path][verb]
    mode = GenerationMode.NEGATIVE if kind == "wrong" else GenerationMode.POSITIVE

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    def ask(case):
        if kind == "known":
            make_known(case, engine)
        response = case.call()
        case.validate_response(response, excluded_checks=unsaid(response))
        assert response.status_code == 200 if kind == "known" else response.status_code < 500
        assert "Traceback" not in response.text and 'File "' not in response.text
        strict(response)

    ask()


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
        "load = server.load; server.load = lambda name: load(name, Path(sys.argv[1])); "
        "serve('sample', int(sys.argv[2]))"
    )
    server = subprocess.Popen([sys.executable, "-c", code, str(engine_folder), str(port)])
    try:
        answer = fetch(server, port, f"/users/{user}/recommendations")
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
        connection.request("GET", "/health")
        assert json.load(connection.getresponse())["dataset"] == "sample"
        connection.close()
    with pytest.raises(OSError):
        HTTPConnection(address, timeout=5).request("GET", "/health")


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
