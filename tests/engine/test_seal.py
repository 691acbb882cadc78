"""The key that seals engines: made once, kept from others, and what happens where it cannot be."""

import hashlib
import os
import stat
import subprocess
import sys

import pytest

from nbhelpers.engine import seal
from nbhelpers.errors import DataError


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv(seal.PLACE, str(tmp_path / "config"))
    return tmp_path / "config"


def test_a_seal_is_hmac_sha256_by_its_definition(place):
    """RFC 2104: H(key ^ opad, H(key ^ ipad, text)), with keys filled up to 64 bytes."""
    key = seal.key() + bytes(32)
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in key) + b"text").digest()
    outer = hashlib.sha256(bytes(b ^ 0x5C for b in key) + inner).hexdigest()
    assert seal.sign(b"text") == outer and seal.fits(b"text", outer)
    assert not seal.fits(b"texT", outer) and not seal.fits(b"text", outer[:-1] + "x")


def test_a_key_is_made_once_and_only_its_owner_reads_it(place):
    first = seal.key()
    assert len(first) == 32 and seal.key() == first
    assert [path.name for path in place.iterdir()] == ["engine.key"]
    if os.name == "posix":
        assert stat.S_IMODE((place / "engine.key").stat().st_mode) == 0o600


def test_another_folder_has_another_key(place, tmp_path, monkeypatch):
    first = seal.key()
    monkeypatch.setenv(seal.PLACE, str(tmp_path / "other"))
    assert seal.key() != first


def test_without_a_key_nothing_fits_and_none_is_made(place):
    assert not seal.fits(b"text", "0" * 64)
    assert not place.exists()


def test_processes_that_begin_at_once_have_the_same_key(place):
    code = "from nbhelpers.engine import seal; print(seal.key().hex())"
    started = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert len({process.communicate()[0] for process in started}) == 1


def test_a_disk_without_hard_links_will_do(place, monkeypatch):
    def refuse(*_):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    assert seal.key() == seal.key()


def test_where_a_key_cannot_be_kept_it_is_said_how_to_choose_another_place(place):
    place.write_text("a file, where the folder should be")
    with pytest.raises(DataError, match=r"cannot be kept: .*NBHELPERS_CONFIG") as caught:
        seal.key()
    assert str(place) in str(caught.value)
    assert not seal.fits(b"text", "0" * 64)


@pytest.mark.parametrize("content", [b"", b"0" * 63, b"\xff", b"no key"])
def test_what_is_no_key_is_refused(place, content):
    place.mkdir()
    (place / "engine.key").write_bytes(content)
    for use in (seal.key, lambda: seal.fits(b"text", "0" * 64)):
        with pytest.raises(DataError, match=r"engine\.key: "):
            use()


def test_the_platform_says_where_the_key_is_if_nobody_else_does(monkeypatch):
    monkeypatch.delenv(seal.PLACE)
    assert seal.key_file().parent.name == "nbhelpers"
    assert seal.key_file().is_absolute()
