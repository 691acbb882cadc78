"""Engines that are damaged, or made to do harm: refused in words, or opened and harmless.

Changed at random are arrays, JSON, trees and archives; then all hashes and the seal are made to
fit, as whoever is trusted could. Each is opened by a process that may crash: what got through is a
crash, a trace, memory without bounds, or a list that does not come. Without the seal, nothing at
all may be opened.
"""

import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
MEMORY = 8 << 30  # bytes that opening an engine may ask for
PATIENCE = 120  # seconds
NUMBERS = (0, -1, 1, 2**31 - 1, 2**31, -(2**31), 10**9, 0.5, 1e308, -1e308, float("nan"), 10**25)
ODD = (*NUMBERS, None, True, "", "x", "1000000000", "-1", [], {}, [[]], [0] * 50, {"array": "x"})


def attack(seconds: float) -> list[dict]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["NBHELPERS_CONFIG"] = str(folder / "key")
        sys.path.insert(0, str(ROOT))
        sound, draw, rows = _made(folder / "sound"), random.Random(0), []
        opener = Opener()
        for kind, (harm, share) in KINDS.items():
            began, tried, problems, refused = time.monotonic(), 0, [], 0
            while time.monotonic() - began < share * seconds:
                target = folder / "target"
                shutil.rmtree(target, ignore_errors=True)
                what = harm(sound, target, draw)
                said = opener.open(target, trust=harm is not _unsealed)
                tried += 1
                refused += said == "refused"
                if said not in ("refused", "opened") or (harm is _unsealed and said == "opened"):
                    problems.append(f"{what}: {said}")
            note = problems[0] if problems else f"{refused} refused, the others do no harm"
            row = {"kind": kind, "tried": tried, "got_through": len(problems), "note": note[:300]}
            rows.append(row)
        opener.end()
    return rows


def _made(folder: Path) -> Path:
    """An engine of the sample: trained without a search, with all kinds of classifiers."""
    from nbhelpers import engine, load

    data = load("sample")
    about = {"dataset": "sample", "data": data.content_hash, "share": None, "seed": 42}
    engine.save(folder, engine.train(data, engine.light(data)), {}, about)
    return folder


class Opener:
    """A process that opens engines, replaced whenever one of them ends it."""

    def __init__(self) -> None:
        self.process = self._started()

    def _started(self) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        )

    def open(self, folder: Path, trust: bool) -> str:
        self.process.stdin.write(json.dumps([str(folder), trust]) + "\n")
        self.process.stdin.flush()
        watch = threading.Timer(PATIENCE, self.process.kill)
        watch.start()
        said = self.process.stdout.readline().strip()
        watch.cancel()
        if said:
            return said
        code = self.process.wait()
        self.process = self._started()
        return f"the process ended with {code}"

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def serve() -> None:
    """Open the engines that standard input names, one a line, and say what came of each."""
    with suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    from nbhelpers.engine import engine_files, load
    from nbhelpers.errors import DataError

    engine_files.load_data = lru_cache(engine_files.load_data)  # it is not what is attacked
    for line in sys.stdin:
        folder, trust = json.loads(line)
        try:
            engine = load("sample", Path(folder), trust=trust)
        except DataError:
            print("refused", flush=True)
            continue
        except BaseException as error:
            print(f"{type(error).__name__} while opening: {error}"[:200], flush=True)
            continue
        try:
            for user in engine.users()["user_id"].iloc[::997]:
                engine.recommend(int(user))
            engine.similar(int(engine.movies["movie_id"].iloc[7]))
            print("opened", flush=True)
        except BaseException as error:
            print(f"{type(error).__name__} at a question: {error}"[:200], flush=True)


def _copied(sound: Path, target: Path, changed: dict[str, bytes], seal: bool = True) -> None:
    """Make an engine of links to another's files, some changed; all that is kept of them fits."""
    from nbhelpers.engine.engine_files import MANIFEST, write_manifest
    from nbhelpers.files import sha256

    manifest = json.loads((sound / MANIFEST).read_bytes())
    parts = target / manifest["parts"]
    for name in manifest["files"]:
        path = parts / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name in changed:
            path.write_bytes(changed[name])
        else:
            os.link(sound / manifest["parts"] / name, path)
    for name in [name for name in changed if name.endswith("arrays.npz")]:
        path = (parts / name).with_name(MANIFEST)
        own = json.loads(path.read_bytes()) | {"sha256": sha256([parts / name])}
        path.unlink()
        path.write_text(json.dumps(own), encoding="utf-8")
    if not seal:
        (target / MANIFEST).write_bytes((sound / MANIFEST).read_bytes())
        return
    files = {name: sha256([parts / name]) for name in manifest["files"]}
    write_manifest(target, manifest | {"files": files})


def _file(sound: Path, draw: random.Random, ending: str) -> tuple[str, bytes]:
    """Draw a file of an engine: its name, and what is in it."""
    [parts] = sound.glob("parts-*")
    path = draw.choice(sorted(parts.rglob(f"*{ending}")))
    return path.relative_to(parts).as_posix(), path.read_bytes()


def _arrays(sound: Path, target: Path, draw: random.Random) -> str:
    name, content = _file(sound, draw, "arrays.npz")
    with np.load(io.BytesIO(content)) as file:
        arrays = dict(file)
    chosen = draw.choice(sorted(arrays))
    arrays[chosen], how = _harmed(arrays[chosen], draw)
    packed = io.BytesIO()
    np.savez(packed, **arrays)
    _copied(sound, target, {name: packed.getvalue()})
    return f"{name}, {chosen}: {how}"


def _harmed(array: np.ndarray, draw: random.Random) -> tuple[np.ndarray, str]:
    """An array as no training made it, and what was done to it."""
    kinds = ["value", "values", "type", "short", "long", "shape", "order"]
    kind = draw.choice(kinds if array.ndim else kinds[:3])
    if kind in ("value", "values") and array.size:
        number = draw.choice(NUMBERS)
        with np.errstate(all="ignore"), suppress(OverflowError, ValueError):
            changed = array.copy()
            at = draw.randrange(array.size) if kind == "value" else slice(None, None, 3)
            changed.reshape(-1)[at] = number
            return changed, f"{kind} {number}"
    if kind == "type":
        other = draw.choice(["float64", "float32", "int64", "int8", "uint64", "bool", "U3", "c16"])
        with np.errstate(all="ignore"):
            return array.astype(other), f"type {other}"
    if kind == "short":
        return array[: len(array) // 2], kind
    if kind == "long":
        return np.concatenate([array, array[:5]]), kind
    if kind == "shape":
        return array.reshape(-1, 1) if array.ndim < 2 else array.reshape(-1), kind
    return array[::-1].copy(), "order"


def _texts(sound: Path, target: Path, draw: random.Random) -> str:
    name, content = _file(sound, draw, ".json")
    changed = json.loads(content)
    how = _replaced(changed, draw)
    _copied(sound, target, {name: json.dumps(changed).encode()})
    return f"{name}: {how}"


def _replaced(content: dict, draw: random.Random) -> str:
    """Put something odd in a random place of what JSON holds."""
    place, way = content, []
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw.choice(keys)
        way.append(str(key))
        inner = place[key]
        if isinstance(inner, dict | list) and inner and draw.random() < 0.95:
            place = inner
            continue
        if draw.random() < 0.15:
            del place[key]
            return "/".join(way[-5:]) + " removed"
        place[key] = draw.choice(ODD)
        return f"{'/'.join(way[-5:])} = {place[key]!r}"


def _manifest(sound: Path, target: Path, draw: random.Random) -> str:
    from nbhelpers.engine.engine_files import MANIFEST, write_manifest

    _copied(sound, target, {})
    manifest = json.loads((target / MANIFEST).read_bytes())
    how = _replaced(manifest, draw)
    write_manifest(target, manifest)
    return f"manifest: {how}"


def _skops(sound: Path, target: Path, draw: random.Random) -> str:
    name, content = _file(sound, draw, ".skops")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    chosen = draw.choice(sorted(members))
    if chosen.endswith(".npy"):
        array = np.load(io.BytesIO(members[chosen]))
        if array.dtype.names:
            column = draw.choice(array.dtype.names)
            array[column], how = _harmed(array[column], random.Random(1))[0].ravel()[0], column
        else:
            array, how = _harmed(array, draw)
        file = io.BytesIO()
        np.save(file, array)
        members[chosen] = file.getvalue()
    else:
        schema = json.loads(members[chosen])
        how = _replaced(schema, draw)
        members[chosen] = json.dumps(schema).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for member, held in members.items():
            archive.writestr(member, held)
    _copied(sound, target, {name: packed.getvalue()})
    return f"{name}, {chosen}: {how}"


def _archives(sound: Path, target: Path, draw: random.Random) -> str:
    name, content = _file(sound, draw, draw.choice([".npz", ".skops"]))
    return f"{name}: {_bytes(sound, target, draw, name, content)}"


def _bytes(
    sound: Path, target: Path, draw: random.Random, name: str, content: bytes, seal: bool = True
) -> str:
    """Change bytes of a file, mostly where a zip archive says what is in it."""
    changed = bytearray(content)
    if draw.random() < 0.2:
        changed, how = changed[: draw.randrange(len(changed))], "cut"
    else:
        marks = [b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"\x93NUMPY"]
        start = max(changed.find(draw.choice(marks)), 0)
        at = min(start + draw.randrange(60), len(changed) - 1)
        changed[at] = draw.choice([0, 1, 8, 12, 14, 97, 127, 128, 255])
        how = f"byte {at} = {changed[at]}"
    _copied(sound, target, {name: bytes(changed)}, seal)
    return how


def _unsealed(sound: Path, target: Path, draw: random.Random) -> str:
    """Change a file and nothing else, or the manifest without the key."""
    from nbhelpers.engine.engine_files import MANIFEST

    if draw.random() < 0.5:
        _copied(sound, target, {})
        content = bytearray((target / MANIFEST).read_bytes())
        at = draw.randrange(len(content))
        content[at] ^= 1 << draw.randrange(8)
        (target / MANIFEST).write_bytes(content)
        return f"manifest, byte {at}"
    name, content = _file(sound, draw, draw.choice([".npz", ".json", ".skops"]))
    at = draw.randrange(len(content))
    changed = content[:at] + bytes([content[at] ^ 1 << draw.randrange(8)]) + content[at + 1 :]
    _copied(sound, target, {name: changed}, seal=False)
    return f"{name}, byte {at}"


KINDS: dict[str, tuple[Callable, float]] = {  # how, and its share of the time
    "arrays of engines, opened on trust": (_arrays, 0.3),
    "JSON of engines, opened on trust": (_texts, 0.2),
    "manifests of engines, opened on trust": (_manifest, 0.1),
    "classifiers of scikit-learn, opened on trust": (_skops, 0.2),
    "archives of engines, opened on trust": (_archives, 0.1),
    "engines without a seal that fits": (_unsealed, 0.1),
}

if __name__ == "__main__":
    serve()
