"""Posters from TMDB, only for who has a key of their own in $TMDB_API_KEY.

This server fetches them, so that a visitor's browser asks nobody else. Whatever is slow, missing
or not a picture is left out: the poster drawn here is shown then.
"""

import base64
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor, wait
from functools import lru_cache
from urllib.parse import urlsplit

import pandas as pd
import requests

KEY = "TMDB_API_KEY"
NOTICE = "This product uses the TMDB API but is not endorsed or certified by TMDB."
HOSTS = ("api.themoviedb.org", "image.tmdb.org")
SECONDS = 3
LARGEST = 600_000  # bytes of a picture
KINDS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
_workers = ThreadPoolExecutor(8, thread_name_prefix="posters")


def enabled() -> bool:
    """Whether there is a key."""
    return bool(os.environ.get(KEY, "").strip())


def allowed(url: str) -> bool:
    """Whether an address is one that may be asked: https, one of `HOSTS`, the usual port."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = parts.username is None and parts.password is None and port in (None, 443)
    return parts.scheme == "https" and parts.hostname in HOSTS and plain


def posters(films: pd.DataFrame) -> dict[int, str]:
    """Return what could be had within three seconds: addresses of pictures by movie_id.

    Parameters
    ----------
    films : DataFrame (movie_id, tmdb_id, poster_url)
    """
    if not enabled():
        return {}
    hour = int(time.time() // 3600)  # what failed is tried again in the next one
    columns = films["movie_id"], films["tmdb_id"].astype(object), films["poster_url"]
    asked = {
        _workers.submit(_poster, None if pd.isna(tmdb) else int(tmdb), url, hour): int(movie)
        for movie, tmdb, url in zip(*columns, strict=True)
    }
    done, late = wait(asked, timeout=SECONDS)
    for one in late:
        one.cancel()
    found = {asked[one]: one.result() for one in done if one.exception() is None}
    return {movie: picture for movie, picture in found.items() if picture}


@lru_cache(4096)
def _poster(tmdb_id: int | None, poster_url: str, hour: int) -> str | None:
    try:
        url = poster_url if allowed(poster_url) else _address(tmdb_id)
        picture = fetch(url) if url else b""
    except (requests.RequestException, ValueError, KeyError, TypeError):
        return None
    kind = next((kind for start, kind in KINDS.items() if picture.startswith(start)), None)
    return f"data:{kind};base64,{base64.b64encode(picture).decode()}" if kind else None


def _address(tmdb_id: int | None) -> str | None:
    if tmdb_id is None:
        return None
    key = os.environ[KEY].strip()
    film = json.loads(fetch(f"https://{HOSTS[0]}/3/movie/{tmdb_id}", {"api_key": key}))
    path = film["poster_path"]
    return f"https://{HOSTS[1]}/t/p/w342{path}" if path else None


def fetch(url: str, query: dict[str, str] | None = None) -> bytes:
    """Return what is at an address.

    A ValueError says that the address is not `allowed`, or that what is there is too large or comes
    too slowly; a requests.RequestException that nothing is there, or that it is elsewhere.
    """
    if not allowed(url):
        raise ValueError("This address is not one of TMDB's.")
    end = time.monotonic() + SECONDS
    with requests.get(
        url, params=query, timeout=SECONDS, allow_redirects=False, stream=True
    ) as answer:
        if answer.status_code != 200:
            raise requests.HTTPError(f"status {answer.status_code}")
        found = bytearray()
        for part in answer.iter_content(16_384):
            found += part
            if len(found) > LARGEST or time.monotonic() > end:
                raise ValueError("Too large or too slow.")
    return bytes(found)
