"""Downloads, from a server on this machine."""

import errno
import hashlib
import io
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import movielens_sets as sets
import pytest
from processes import of_the_dead

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


def test_what_a_killed_download_left_is_removed_and_fetched_anew(serve, cache):
    serve(whole())
    cache.mkdir()
    left = cache / f".{NAME}-{of_the_dead()}"
    left.mkdir()
    (left / f"{NAME}.zip").write_bytes(whole()[:100])
    assert movielens.download(NAME).is_dir()
    assert [path.name for path in cache.iterdir()] == [NAME]


def test_downloads_at_once_do_not_meet(serve, cache):
    serve(whole())
    with ThreadPoolExecutor(4) as pool:
        folders = list(pool.map(movielens.download, [NAME] * 4))
    assert set(folders) == {cache / NAME}
    assert [path.name for path in cache.iterdir()] == [NAME]


def test_room_is_asked_for_before_a_download(serve, cache, monkeypatch):
    monkeypatch.setattr(downloads, "_fetch", pytest.fail)
    monkeypatch.setitem(movielens.ROOM, "ml-25m", 10**10)
    with pytest.raises(DataError, match=r"no room for the data set ml-25m.*about"):
        movielens.download("ml-25m")


def test_a_disk_that_fills_up_is_not_taken_for_a_missing_connection(serve, cache, monkeypatch):
    serve(whole())

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pooch.HTTPDownloader.__call__", full)
    with pytest.raises(DataError, match=r"There is no room for the data set .* MB free") as caught:
        movielens.download(NAME)
    assert "connect to the internet" not in str(caught.value)
    assert list(cache.iterdir()) == []


def test_a_cache_folder_that_cannot_be_made_is_said(serve, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NBHELPERS_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(DataError, match=r"No place for the data set .*: Not a directory"):
        movielens.download(NAME)


def odd(**attributes) -> bytes:
    """An archive whose entries say something else of themselves than is true."""
    content = bytearray(whole())
    for start, at, value in attributes.values():
        place = content.find(start)
        while place >= 0:
            content[place + at] = value
            place = content.find(start, place + 4)
    return bytes(content)


HEADER, ENTRY = b"PK\x03\x04", b"PK\x01\x02"


@pytest.mark.parametrize(
    "content",
    [
        odd(a=(HEADER, 6, 1), b=(ENTRY, 8, 1)),
        odd(a=(HEADER, 8, 97), b=(ENTRY, 10, 97)),
        odd(a=(HEADER, 8, 12), b=(ENTRY, 10, 12)),
        odd(a=(HEADER, 8, 14), b=(ENTRY, 10, 14)),
        odd(a=(HEADER, 60, 255)),
        archive({f"{NAME}/a": b"x", f"{NAME}/a/b": b"x"}),
        archive({f"{NAME}/{'n' * 300}": b"x"}),
    ],
    ids=["encrypted", "unknown", "no bzip2", "no lzma", "damaged", "in a file", "long name"],
)
def test_odd_archives_are_refused(serve, cache, content):
    serve(content)
    with pytest.raises(DataError, match="cannot be unpacked"):
        movielens.download(NAME)
    assert list(cache.iterdir()) == []


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
    assert "could not be downloaded (no connection)" in text
    assert f"download http://127.0.0.1:9/{NAME}.zip in a browser" in text
    assert str(cache / NAME) in text


def test_a_missing_page_is_said(serve, cache, monkeypatch):
    with pytest.raises(DataError, match=r"could not be downloaded \(HTTPError: 404"):
        movielens.download(NAME)


def test_every_set_has_a_checksum():
    assert set(movielens.SHA256) == set(movielens.ROOM) == set(movielens.LAYOUTS) - {"ml-latest"}
    assert all(len(value) == 64 and int(value, 16) for value in movielens.SHA256.values())
