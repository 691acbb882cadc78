"""Downloads, from a server on this machine."""

import hashlib
import io
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import movielens_sets as sets
import pytest

from nbhelpers.data import movielens
from nbhelpers.data.formats import downloads
from nbhelpers.errors import DataError

NAME = "ml-latest-small"


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, *args):  # the test's output stays readable
        pass


def archive(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return packed.getvalue()


def whole() -> bytes:
    return archive({f"{NAME}/{file}": content for file, content in sets.files(NAME).items()})


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("NBHELPERS_CACHE", str(folder))
    return folder


@pytest.fixture
def serve(tmp_path, monkeypatch):
    """Serve an archive as the set's, under its own checksum or another."""
    site = tmp_path / "site"
    site.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=site))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setattr(movielens, "ADDRESS", f"http://127.0.0.1:{server.server_port}/{{}}.zip")

    def put(content: bytes, sha256: str | None = None):
        (site / f"{NAME}.zip").write_bytes(content)
        known = sha256 or hashlib.sha256(content).hexdigest()
        monkeypatch.setitem(movielens.SHA256, NAME, known)

    yield put
    server.shutdown()
    server.server_close()


def test_a_set_is_downloaded_once(serve, cache):
    serve(whole())
    folder = movielens.download(NAME)
    assert folder == cache / NAME
    assert len(movielens.read(folder, NAME)["ratings"]) == len(sets.RATINGS)
    assert [path.name for path in cache.iterdir()] == [NAME]  # nothing else is kept
    serve(b"gone")
    assert movielens.download(NAME) == folder


def test_another_checksum_is_refused(serve, cache):
    serve(whole(), sha256="0" * 64)
    with pytest.raises(DataError, match=r"not the published archive.*SHA-256 0000.*in a browser"):
        movielens.download(NAME)
    assert list(cache.iterdir()) == []


def test_a_part_of_an_archive_is_fetched_anew(serve, cache):
    serve(whole())
    cache.mkdir()
    (cache / f"{NAME}.zip").write_bytes(whole()[:100])
    assert movielens.download(NAME).is_dir()
    assert [path.name for path in cache.iterdir()] == [NAME]


@pytest.mark.parametrize("evil", ["../evil.txt", f"{NAME}/../../evil.txt", "/evil.txt", "..\\evil"])
def test_an_archive_that_would_write_elsewhere_is_refused(serve, cache, evil):
    serve(archive({f"{NAME}/ratings.csv": b"x", evil: b"x"}))
    with pytest.raises(DataError, match="outside its folder"):
        movielens.download(NAME)
    assert list(cache.iterdir()) == [] and not list(cache.parent.glob("evil*"))


def test_an_archive_that_unpacks_too_large_is_refused(serve, cache, monkeypatch):
    monkeypatch.setattr(downloads, "UNPACKED_LIMIT", 10_000)
    serve(archive({f"{NAME}/ratings.csv": bytes(20_000)}))
    with pytest.raises(DataError, match=r"unpacks to 20,000 bytes\. Expected at most 10,000"):
        movielens.download(NAME)
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"no zip archive at all", "cannot be unpacked"),
        (archive({"ratings.csv": b"x"}), "exactly one folder"),
        (archive({"a/x": b"x", "b/x": b"x"}), "exactly one folder"),
    ],
    ids=["no archive", "no folder", "two folders"],  # an archive's bytes hold the time
)
def test_what_is_no_archive_of_one_folder_is_refused(serve, cache, content, found):
    serve(content)
    with pytest.raises(DataError, match=found):
        movielens.download(NAME)
    assert list(cache.iterdir()) == []


def test_without_a_server_it_is_said_what_to_do(serve, cache, monkeypatch):
    monkeypatch.setattr(movielens, "ADDRESS", "http://127.0.0.1:9/{}.zip")
    with pytest.raises(DataError) as caught:
        movielens.download(NAME)
    text = str(caught.value)
    assert "could not be downloaded (ConnectionError" in text
    assert f"download http://127.0.0.1:9/{NAME}.zip in a browser" in text
    assert str(cache / NAME) in text


def test_a_missing_page_is_said(serve, cache, monkeypatch):
    with pytest.raises(DataError, match=r"could not be downloaded \(HTTPError: 404"):
        movielens.download(NAME)


def test_every_set_has_a_checksum():
    assert set(movielens.SHA256) == set(movielens.LAYOUTS)
    assert all(len(value) == 64 and int(value, 16) for value in movielens.SHA256.values())
