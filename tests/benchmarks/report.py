"""What was measured, in words and tables: docs/benchmarks.md from files like bench.json."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

COLUMNS = ("task", "peer", "ours", "peer's", "ratio", "ours MB", "peer's MB", "same result")
ALIGNED = "|---|---|--:|--:|--:|--:|--:|:-:|"

INTRODUCTION = """\
# Benchmarks

Each part of `nbhelpers` beside what is usually used in its place, in one run on one machine. The
ratings are simulated: as many as in the heading of each section, in the proportions of the
Netflix Prize.

This page is written by a command from the numbers in [benchmarks.json](benchmarks.json):

```sh
make bench SIZE=1e6    # or 1e5, 1e7, 1e8; the result is build/bench/bench.json and bench.png
python tests/benchmarks/bench.py --report build/bench/bench.json docs/benchmarks.md
```

A run that is ended goes on where it was when it is started again. `ARGS="--tasks load,fit"`
measures some tasks only, `ARGS="--rounds 1"` each of them once.
"""

METHOD = """\
## How it was measured

- **In turns.** A round runs ours, then each peer, so that a busy minute hits both. The table
  shows the round with the median ratio. A peer that has taken two minutes is not run again.
- **Alone.** Every measured piece runs in a process of its own. Memory is the highest that the
  process held, Python and imported packages (up to 190 MB of each number) included.
- **Warm.** Files are in the file cache before the first round. What is compiled (numba's, once
  for each installation) is compiled and loaded before the clock starts, and so are imports.
- **The same result** means: the same rows for `load` and `reload` (in any order, and with dates
  where both have them); the same counts, means and deviations for `count`; a mean held-out RMSE
  within .001 for `fit`, beside our float64 class, which has Surprise's numbers to the last bit;
  similarities within 10⁻⁹; the same ten films for `top_n`; scores within .001 for `ease`.

| task | ours | beside |
|---|---|---|
| `load` | `netflix.read_ratings`: text to typed columns | the loaders described below |
| `reload` | `datasets.load` of a set read before | pandas' own files of the same tables |
| `count` | counts, means, deviations per user, film and month | `groupby` |
| `fit` | `SVD(dtype="float32")`, 20 epochs | `surprise.SVD` with the same settings |
| `similarity` | `KNN`, pearson_baseline, all pairs of films | `surprise.KNNBaseline` |
| `top_n` | ten of 17,770 films for one user, 100 factors | the loop over `algo.predict` |
| `top_n_all` | the same for all users, 50 factors, written as Parquet | the same loop |
| `ease` | `EASE`, weights between all films | the usual lines of NumPy and SciPy |
| `ease_lists` | ten films for every user, written as Parquet | the same by NumPy's `argpartition` |
| `ials` | `IALS`, 64 factors, 5 epochs | `implicit`'s ALS, its default (cg) or exact as ours |
| `spark_als` | `ALS` on two threads | Spark's ALS on the same problem, `local[2]` |

The loaders: the pandas code that most notebooks on this data share, written anew from how it
works (lines without a rating are films; a loop numbers the rows between them); the same with a
loop that is linear; and pandas used with care, which has small types, parses each date once and
goes file by file. Surprise's `load_from_df` and `build_full_trainset` begin with our table; beside
them stands `ratings_by_user.group`, which makes what our SVD learns from.

## What is not fair, or not shown

- `similarity` is measured at a million ratings at most: the peer's memory sets that.
- The peers of `ease` and `ials` begin with a matrix of likes, ours with the table of ratings.
- Surprise's `fit` and `similarity` begin with a finished trainset, ours with the table.
- Our `load` has dates and checks every line; the copied pandas loader drops the dates and
  checks nothing.
- That loader copies all ratings so far for every film. Where this takes long, its time is
  modelled (and marked) as that of the linear loop plus the copies, timed at eight lengths.
- Spark's clock runs while it learns: the ten seconds and more in which it starts are not in
  it. It is made for clusters, and here it is on one machine.
- The predict loop is timed on a few users. For all users that time is multiplied.
- Every reader of `reload` opens its file and adds up every column: a mapped file would otherwise
  open in no time, and be read later. Ours also compares the text's size and time of change, and
  the Parquet file's checksum.
- The first run after an installation compiles for some seconds. That is not in these numbers.
- The ratings are simulated: what is measured is time, memory and equality, not how well a
  method predicts what people like.
"""


def write(sources: Iterable[Path], page_path: Path) -> None:
    """Write the page, its charts and its numbers, which later runs of other sizes add to.

    Parameters
    ----------
    sources : iterable of pathlib.Path
        Files like bench.json. A run takes the place of one of the same size.
    page_path : pathlib.Path
        Its numbers are beside it, with the suffix ``.json``.
    """
    from chart import draw

    from nbhelpers.files import atomic_path

    kept = page_path.with_suffix(".json")
    runs = json.loads(kept.read_text(encoding="utf-8"))["runs"] if kept.exists() else []
    found = {run["size"]: run for run in runs}
    for source in sources:
        run = json.loads(source.read_text(encoding="utf-8"))
        found[run["size"]] = run
    runs = [found[size] for size in sorted(found)]
    for run in runs:
        draw(run, page_path.with_name(chart_name(run)))
    texts = {kept: json.dumps({"runs": runs}, indent=1) + "\n", page_path: page(runs)}
    for path, text in texts.items():
        with atomic_path(path) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")


def page(runs: list[dict[str, Any]]) -> str:
    """Return the page in Markdown."""
    return "\n".join([INTRODUCTION, *map(section, runs), METHOD])


def section(run: dict[str, Any]) -> str:
    machine, rows = run["machine"], run["rows"]
    versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
    lines = [
        f"## {run['size']:,} ratings",
        "",
        f"{finding(rows)}.",
        "",
        f"![At {run['size']:,} ratings, a bar for each peer, with its time over ours. "
        f"{finding(rows)}]({chart_name(run)})",
        "",
        f"| {' | '.join(COLUMNS)} |",
        ALIGNED,
        *(f"| {' | '.join(cells(row))} |" for row in rows),
        "",
        *(f"- {line}" for line in remarks(run)),
        f"- {run['date']}, rounds: {run['rounds']} at most. {machine['processor']}, "
        f"{machine['cores']} cores, {machine['memory_gb']:g} GB, {machine['system']}.",
        f"- {versions}.",
        "",
    ]
    return "\n".join(lines)


def remarks(run: dict[str, Any]) -> list[str]:
    """Return what the table has no column for."""
    said = []
    for row in run["rows"]:
        extra = [row[key] for key in ("detail", "note") if row.get(key)]
        if row["size"] != run["size"]:
            extra.insert(0, f"measured at {row['size']:,} ratings")
        if extra:
            said.append(f"{row['task']}, {row['peer']}: {'; '.join(extra)}.")
    states = {task: state or "not reached" for task, state in run["tasks"].items()}
    return said + [f"{task}: {state}." for task, state in states.items() if state != "done"]


def finding(rows: list[dict[str, Any]]) -> str:
    """Return in how many comparisons ours is faster, by how much, and what is faster than ours."""
    ratios = [row["ratio"] for row in rows if row["ratio"] and not own(row)]
    faster = [ratio for ratio in ratios if ratio > 1]
    if not faster:
        return f"Ours is faster in none of {len(ratios)} comparisons"
    which = f"{len(faster)} of" if len(faster) < len(ratios) else "all"
    span = f"{times(min(faster))} to {times(max(faster))}"
    lost = [row["peer"] for row in rows if row["ratio"] and row["ratio"] < 1 and not own(row)]
    names = ", ".join(peer.replace(", ours: ", " beside our ") for peer in lost)
    ahead = f"; faster than ours: {names}" if lost else ""
    return f"Ours is faster in {which} {len(ratios)} comparisons, by {span}{ahead}"


def cells(row: dict[str, Any]) -> tuple[str, ...]:
    """Return a row as text, for `COLUMNS`."""
    same = {True: "yes", False: "no", None: "–"}[row["equal"]]
    peer_s = spoken(row["peer_s"])
    ratio = times(row["ratio"]) if row["ratio"] else "–"
    memory = (f"{mb:,.0f}" if mb else "–" for mb in (row["ours_peak_mb"], row["peer_peak_mb"]))
    times_ = spoken(row["ours_s"]), f"~{peer_s}" if modelled(row) else peer_s
    return row["task"], row["peer"], *times_, ratio, *memory, same


def own(row: dict[str, Any]) -> bool:
    """Return whether ours is beside another way of its own."""
    return row["peer"].startswith("ours")


def modelled(row: dict[str, Any]) -> bool:
    return row.get("note", "").startswith("modelled")


def spoken(seconds: float | None) -> str:
    """Return seconds with two or three digits, in a unit that suits them."""
    if seconds is None:
        return "–"
    if seconds < 0.0095:
        return f"{seconds * 1e3:.2g} ms"
    if seconds < 0.95:
        return f"{seconds * 1e3:.0f} ms"
    if seconds < 9950:
        return f"{seconds:,.1f} s" if seconds < 9.95 else f"{seconds:,.0f} s"
    return f"{seconds / 3600:,.1f} h"


def times(ratio: float) -> str:
    return f"{ratio:,.0f}×" if ratio >= 9.95 else f"{ratio:.2g}×"


def chart_name(run: dict[str, Any]) -> str:
    return f"benchmarks_{run['size']:.0e}.png".replace("e+0", "e")
