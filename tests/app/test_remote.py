import time

import pandas as pd
import pytest
import requests

from nbhelpers.app import remote

PNG = b"\x89PNG\r\n\x1a\n picture"
URL = "https://image.tmdb.org/t/p/w342/a.jpg"


@pytest.fixture
def key(monkeypatch):
    monkeypatch.setenv(remote.KEY, "secret")
    remote._poster.cache_clear()
    yield
    remote._poster.cache_clear()


def films(*urls: str, tmdb_id=None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "movie_id": range(1, len(urls) + 1),
            "tmdb_id": pd.array([tmdb_id] * len(urls), dtype="Int64"),
            "poster_url": urls,
        }
    )


class Answer:
    def __init__(self, parts, status=200, wait=0.0):
        self.parts, self.status_code, self.wait = parts, status, wait

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def iter_content(self, size):
        for part in self.parts:
            time.sleep(self.wait)
            yield part


def answer(monkeypatch, *answers, asked=None):
    left = list(answers)

    def get(url, **options):
        if asked is not None:
            asked.append((url, options))
        return left.pop(0) if len(left) > 1 else left[0]

    monkeypatch.setattr(requests, "get", get)


@pytest.mark.parametrize(
    "url",
    [
        *("", "javascript:alert(1)", "http://image.tmdb.org/a.jpg", "https://example.org/a.jpg"),
        *("https://image.tmdb.org.example.org/a", "https://image.tmdb.org@example.org/a"),
        *("https://image.tmdb.org:8443/a", "file:///etc/passwd", "data:text/html,x", "https://["),
        *("//image.tmdb.org/a.jpg", "https://u:p@image.tmdb.org/a.jpg", "https://127.0.0.1/a"),
    ],
)
def test_only_tmdb_is_asked(url, key, monkeypatch):
    assert not remote.allowed(url)
    monkeypatch.setattr(requests, "get", lambda *a, **k: pytest.fail("asked"))
    assert remote.posters(films(url)) == {}
    with pytest.raises(ValueError, match="not one of TMDB"):
        remote.fetch(url)


def test_without_a_key_nobody_is_asked(monkeypatch):
    monkeypatch.delenv(remote.KEY, raising=False)
    monkeypatch.setattr(requests, "get", lambda *a, **k: pytest.fail("asked"))
    assert remote.posters(films(URL)) == {}


def test_a_picture_is_shown_and_redirections_are_not_followed(key, monkeypatch):
    asked = []
    answer(monkeypatch, Answer([PNG]), asked=asked)
    assert remote.posters(films(URL))[1].startswith("data:image/png;base64,")
    assert asked[0][1]["allow_redirects"] is False
    assert asked[0][1]["timeout"] == remote.SECONDS == 3


def test_a_film_of_tmdb_is_looked_up(key, monkeypatch):
    asked = []
    answer(monkeypatch, Answer([b'{"poster_path": "/b.jpg"}']), Answer([PNG]), asked=asked)
    assert 1 in remote.posters(films("", tmdb_id=603))
    assert [url for url, _ in asked] == [
        "https://api.themoviedb.org/3/movie/603",
        "https://image.tmdb.org/t/p/w342/b.jpg",
    ]


@pytest.mark.parametrize(
    "bad",
    [
        Answer([PNG], status=302),
        Answer([PNG], status=404),
        Answer([b"<html>"]),
        Answer([b""]),
        Answer([b"<svg onload='x'>"]),
        Answer([PNG, b"x" * remote.LARGEST]),
    ],
)
def test_what_is_no_picture_is_left_out(bad, key, monkeypatch):
    answer(monkeypatch, bad)
    assert remote.posters(films(URL)) == {}


@pytest.mark.parametrize("reply", [b"not json", b"[]", b"{}", b'{"poster_path": null}'])
def test_odd_replies_are_left_out(reply, key, monkeypatch):
    answer(monkeypatch, Answer([reply]))
    assert remote.posters(films("", tmdb_id=603)) == {}


def test_what_is_slow_does_not_hold_up_the_page(key, monkeypatch):
    monkeypatch.setattr(remote, "SECONDS", 0.2)
    answer(monkeypatch, Answer([PNG] * 20, wait=0.1))
    assert remote.posters(films(URL, URL + "2")) == {}


def test_a_host_that_is_not_there_is_left_out(key, monkeypatch):
    def get(url, **options):
        raise requests.ConnectionError("secret")

    monkeypatch.setattr(requests, "get", get)
    assert remote.posters(films(URL)) == {}
