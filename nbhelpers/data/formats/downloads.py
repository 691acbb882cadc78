"""Fetching a zip archive whose checksum is known, and unpacking it safely."""

import shutil
import warnings
import zipfile
from pathlib import Path

from nbhelpers.errors import DataError
from nbhelpers.files import beside, disk_for, is_full, remove

UNPACKED_LIMIT = 4 << 30  # bytes; the largest MovieLens set unpacks to about 1.3 GB


def fetch_folder(url: str, sha256: str, target: Path, needs: int = 0) -> Path:
    """Download a zip archive that holds one folder, and put that folder at `target`.

    The folder appears whole or not at all, and the archive is not kept. Run again after a broken
    attempt: what it left is removed, and the archive fetched anew. Of two processes that fetch the
    same, each has files of its own, and the folder of the first is kept: if `target` exists,
    nothing is done. `needs` are bytes of room on the disk, if it is known how many.

    A DataError says that the archive cannot be fetched, has another checksum, or holds what it
    should not.
    """
    if target.is_dir():
        return target
    try:
        with disk_for(f"the data set {target.name}", target.parent, needs):
            target.parent.mkdir(parents=True, exist_ok=True)
            _fetch_into(beside(target), url, sha256, target)
    except DataError as error:
        first = (error.remedy or "try again later").removesuffix(".")
        error.remedy = (
            f"{first}; or download {url} in a browser and unpack it so that its files are in "
            f"{target}."
        )
        raise
    return target


def _fetch_into(scratch: Path, url: str, sha256: str, target: Path) -> None:
    scratch.mkdir()
    try:
        archive = scratch / f"{target.name}.zip"
        _fetch(url, sha256, archive)
        unpacked = _unpack(archive, scratch / "unpacked")
        try:
            unpacked.rename(target)
        except OSError:
            if not target.is_dir():  # else another process was faster
                raise
    finally:
        remove(scratch)


def _fetch(url: str, sha256: str, archive: Path) -> None:
    with warnings.catch_warnings():  # in a notebook without widgets tqdm, which it imports, warns
        warnings.simplefilter("ignore")
        import pooch
        from requests import RequestException
    pooch.get_logger().setLevel("WARNING")
    downloader = pooch.HTTPDownloader(progressbar=True, chunk_size=1 << 16, timeout=30)
    place = {"fname": archive.name, "path": archive.parent}
    try:
        pooch.retrieve(url, f"sha256:{sha256}", downloader=downloader, **place)
    except (RequestException, ConnectionError, TimeoutError) as error:
        raise DataError(
            f"{url} could not be downloaded ({_reason(error)}).",
            expected="an answer from the server.",
            remedy="connect to the internet and try again",
        ) from error
    except ValueError as error:  # pooch's word for another checksum
        raise DataError(
            f"What came from {url} is not the published archive. Nothing of it was kept.",
            expected=f"SHA-256 {sha256}.",
        ) from error


def _reason(error: BaseException) -> str:
    """What went wrong on the way, without the names of those who passed it on."""
    known = {"Timeout": "no answer in time", "Proxy": "the proxy did not answer"}
    known |= {"SSL": "its certificate is not trusted", "ConnectionError": "no connection"}
    name = type(error).__name__
    said = next((words for kind, words in known.items() if kind in name), None)
    return said or f"{name}: {error}"


def _unpack(archive: Path, folder: Path) -> Path:
    """Unpack an archive and return the one folder in it."""
    folder.mkdir()
    try:
        with zipfile.ZipFile(archive) as packed:
            _check_members(packed, folder)
            packed.extractall(folder)
    except DataError:
        raise
    except Exception as error:  # encrypted, unknown to Python, damaged, odd names: it has no end
        if is_full(error):
            raise
        raise DataError(
            f"The archive cannot be unpacked ({type(error).__name__}: {error}).",
            expected="an ordinary zip archive.",
        ) from error
    inside = [path for path in folder.iterdir() if path.name != "__MACOSX"]
    if len(inside) != 1 or not inside[0].is_dir():
        raise DataError("The archive does not hold exactly one folder.")
    return inside[0]


def _check_members(packed: zipfile.ZipFile, folder: Path) -> None:
    for member in packed.infolist():
        path = (folder / member.filename.replace("\\", "/")).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise DataError(f"The archive would write outside its folder: {member.filename!r}.")
    size = sum(member.file_size for member in packed.infolist())
    room = shutil.disk_usage(folder).free
    if size > UNPACKED_LIMIT or size > room:
        raise DataError(
            f"The archive unpacks to {size:,} bytes.",
            expected=f"at most {min(UNPACKED_LIMIT, room):,}.",
            remedy="make room on the disk" if size > room else None,
        )
