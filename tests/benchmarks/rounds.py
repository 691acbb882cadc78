"""What the benchmarks share: rounds in turns, rows of results, and whether tables are the same."""

import statistics
from collections.abc import Callable, Mapping
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nbhelpers.data.sampling import mixed
from nbhelpers.teaching.costs import alone

SHAPES = {  # users and films
    10**5: (943, 1682),
    10**6: (6040, 3706),
    10**7: (48_000, 17_770),
    10**8: (480_189, 17_770),
}
MEMORY = 16e9  # bytes that a peer may take
PATIENCE = 120  # seconds after which a peer has no further round
_BLOCK = 1 << 20


@dataclass
class Outcome:
    """What a task did: seconds and peak MB of each round, and what it found."""

    rounds: list[tuple[float, float]] = field(default_factory=list)
    found: Any = None
    note: str = ""


def in_turns(
    tasks: Mapping[str, tuple], rounds: int, patience: float = PATIENCE, memory: float = MEMORY
) -> dict[str, Outcome]:
    """Run tasks in turns, round after round, each time in a process of its own.

    Parameters
    ----------
    tasks : mapping of str to tuple
        A function and its arguments; it returns seconds and anything else. The first task is
        ours. It has all rounds.
    rounds : int
    patience : float
        Seconds after which another task is not run again.
    memory : float
        Bytes that a task may take; one that needs more has a note, and no further round.
    """
    outcomes = {name: Outcome() for name in tasks}
    for _ in range(rounds):
        for place, (name, task) in enumerate(tasks.items()):
            outcome = outcomes[name]
            spent = sum(took for took, _ in outcome.rounds)
            if outcome.note or (place and spent > patience):
                continue
            try:
                result, peak = alone(_within, memory, *task)
            except BrokenProcessPool:  # the system ended it, or it ended itself
                result = None
            if result is None:
                outcome.note = f"needs more than {memory / 1e9:.3g} GB"
            else:
                outcome.rounds.append((result[0], peak))
                outcome.found = result[1]
    return outcomes


def _within(memory: float, task: Callable, *args: Any) -> Any:
    """Return what a task returns, None if that takes more memory."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (int(memory),) * 2)
    except (ImportError, ValueError, OSError):  # not every system can
        pass
    try:
        return task(*args)
    except Exception as error:  # pandas' parser has an error of its own for it
        if isinstance(error, MemoryError) or "out of memory" in str(error):
            return None
        raise


def paired(ours: list[tuple], peers: list[tuple], **names: Any) -> dict[str, Any]:
    """Return a row from rounds of (seconds, peak).

    Seconds are those of the round with the median ratio (the lower of two): a minute in which
    the machine is busy with something else hits both sides. Without a peer they are the median.
    """
    pairs = sorted(zip(ours, peers, strict=False), key=lambda pair: pair[1][0] / pair[0][0])
    row = {"task": names["task"], "size": names["size"], "ours_s": middle(ours, 0)}
    row |= {"peer": names["peer"], "peer_s": None, "ratio": None}
    if pairs:
        (mine, _), (theirs, _) = pairs[(len(pairs) - 1) // 2]
        row |= {"ours_s": mine, "peer_s": theirs, "ratio": theirs / mine}
    row |= {"ours_peak_mb": middle(ours, 1), "peer_peak_mb": middle(peers, 1)}
    return row | {"equal": names["equal"]}


def middle(rounds: list[tuple], place: int) -> float | None:
    return statistics.median(one[place] for one in rounds) if rounds else None


def compared(ours: Outcome, other: Outcome, **names: Any) -> dict[str, Any]:
    """Return a row: the two are equal if they found the same in what both have looked at."""
    equal = None
    if ours.found and other.found:
        both = ours.found.keys() & other.found.keys()
        equal = bool(both) and all(ours.found[name] == other.found[name] for name in both)
    row = paired(ours.rounds, other.rounds, equal=equal, **names)
    return row | ({"note": other.note} if other.note else {})


def found(table: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Return what a table of ratings says, without its order, for `compared`."""
    columns = [table[name].to_numpy() for name in ("user_id", "movie_id", "rating")]
    result = {"ratings": fingerprint(*columns)}
    if "timestamp" in table:
        result["dates"] = fingerprint(*columns, table["timestamp"].to_numpy())
    return result


def fingerprint(*columns: np.ndarray) -> tuple[int, int]:
    """Return the number of rows, and one that the same rows give in any order.

    Parameters
    ----------
    *columns : numpy.ndarray
        Of whole numbers, whatever their type, or dates, of which days count.
    """
    total = np.uint64(0)
    for start in range(0, len(columns[0]), _BLOCK):  # so that it does not show in the peak
        hashes = np.zeros(len(columns[0][start : start + _BLOCK]), np.uint64)
        for column in columns:
            part = column[start : start + _BLOCK]
            part = part.astype("datetime64[D]") if part.dtype.kind == "M" else part
            hashes = mixed(hashes ^ part.astype(np.int64).view(np.uint64))
        total = np.add(total, hashes.sum(), dtype=np.uint64)
    return len(columns[0]), int(total)


def write(folder: Path, name: str, size: int, test: float = 0) -> None:
    """Write generated ratings, and a part of them that is held out, as NumPy's files."""
    from shaped import shaped  # here, as what it compiles with would count in every peak

    ratings = shaped(size)
    held_out = np.random.default_rng(1).random(len(ratings), np.float32) < test
    for part, kept in (("train", ~held_out), ("test", held_out)):
        for column in ratings:
            np.save(folder / f"{name}-{part}-{column}.npy", ratings[column].to_numpy()[kept])


def read(folder: Path, name: str, part: str = "train") -> pd.DataFrame:
    columns = ("user_id", "movie_id", "rating")
    values = {column: np.load(folder / f"{name}-{part}-{column}.npy") for column in columns}
    return pd.DataFrame(values, copy=False)


def show(rows: list[dict[str, Any]]) -> None:
    """Print rows as a table."""
    table = pd.DataFrame(rows)
    with pd.option_context("display.width", 150, "display.max_columns", None):
        print(table.to_string(index=False, float_format=lambda value: f"{value:,.4g}", na_rep=""))
