"""The benchmarks' harness, on made-up measurements; that what is compared is the same, for real."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from nbhelpers.data import netflix
from nbhelpers.simulation import netflix_set

ROOT = Path(__file__).resolve().parents[1]
BENCHMARKS = ROOT / "tests" / "benchmarks"
sys.path.append(str(BENCHMARKS))  # where a process of its own looks, too

import bench  # noqa: E402
import load  # noqa: E402
import report  # noqa: E402
import rounds  # noqa: E402

FORM = {"task", "size", "ours_s", "peer", "peer_s", "ratio", "ours_peak_mb", "peer_peak_mb"}
FORM |= {"equal"}
STUB = """
from rounds import paired

def rows(size, rounds):
    with open(__file__ + ".calls", "a") as file:
        file.write("x")
    {first}
    row = paired([(1.0, 100)], [({peer}, 200)], task="{task}", size=size, peer="them", equal=True)
    return [row]
"""


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small set in Netflix's files."""
    folder = tmp_path_factory.mktemp("text") / "netflix"
    netflix_set.generate(folder, 10_000, seed=1)
    return folder


@pytest.fixture
def stubs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put made-up measurements in place of the real ones; returns how often one was made."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(bench, "MODULES", {})

    def add(task: str, peer: float = 2.0, first: str = "pass"):
        path = tmp_path / f"stub_{task}.py"
        path.write_text(STUB.format(task=task, peer=peer, first=first), encoding="utf-8")
        bench.MODULES[task] = path.stem
        sys.modules.pop(path.stem, None)
        calls = tmp_path / f"{path.name}.calls"
        return lambda: len(calls.read_text("utf-8")) if calls.exists() else 0

    return add


def kept(folder: Path) -> dict:
    return json.loads((folder / "bench.json").read_text(encoding="utf-8"))


def test_a_run_writes_rows_machine_versions_and_a_chart(stubs, tmp_path, capsys):
    stubs("count"), stubs("spark_als", peer=0.5)
    bench.run(10**5, ["count", "spark_als"], 3, tmp_path / "out")
    result = kept(tmp_path / "out")
    assert [row["task"] for row in result["rows"]] == ["count", "spark_als"]
    assert all(row.keys() == FORM for row in result["rows"])
    assert [row["ratio"] for row in result["rows"]] == [2.0, 0.5]
    assert result["rounds"] == 3 and result["size"] == 10**5
    assert {"processor", "cores", "memory_gb", "system"} == result["machine"].keys()
    assert {"python", "numpy", "pandas", "numba", "pyarrow"} <= result["versions"].keys()
    assert kept(tmp_path / "out") == json.loads((tmp_path / "out/bench-1e5.json").read_text())
    with Image.open(tmp_path / "out" / "bench.png") as chart:
        assert chart.width > 800
    bench.print_rows(result["rows"])
    assert "2×" in capsys.readouterr().out


def test_a_run_that_was_ended_goes_on_where_it_was(stubs, tmp_path):
    first, second = stubs("count"), stubs("spark_als", first="raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        bench.run(10**5, ["count", "spark_als"], 1, tmp_path / "out")
    assert [row["task"] for row in kept(tmp_path / "out")["rows"]] == ["count"]
    second = stubs("spark_als")
    result = bench.run(10**5, ["count", "spark_als"], 1, tmp_path / "out")
    assert [row["task"] for row in result["rows"]] == ["count", "spark_als"]
    assert first() == 1 and second() == 2
    bench.run(10**5, ["count", "spark_als"], 1, tmp_path / "out")  # all was done: a new run
    assert first() == 2


def test_what_is_missing_or_fails_is_said_in_a_line_and_the_rest_goes_on(stubs, tmp_path, capsys):
    stubs("count", first="import no_such_package")
    stubs("fit", first="raise ZeroDivisionError('by nought')")
    bench.MODULES["reload"] = "no_such_module"
    stubs("spark_als")
    tasks = ["count", "reload", "spark_als"]
    result = bench.run(10**5, tasks, 1, tmp_path / "out")
    assert [row["task"] for row in result["rows"]] == ["spark_als"]
    assert "no_such_package" in result["tasks"]["count"]
    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if "no_such_module" in line] == [
        "reload is skipped: No module named 'no_such_module'"
    ]
    result = bench.run(10**5, ["fit"], 1, tmp_path / "out")
    assert result["tasks"]["fit"] == "failed: ZeroDivisionError: by nought"


def test_where_its_peer_is_missing_a_task_does_not_repeat_what_others_measured(stubs, tmp_path):
    stubs("ease"), stubs("ials")
    peer = tmp_path / "implicit.py"
    peer.write_text("raise ImportError('no implicit here')", encoding="utf-8")
    result = bench.run(10**5, ["ease", "ials"], 1, tmp_path / "out")
    assert [row["task"] for row in result["rows"]] == ["ease"]
    assert result["tasks"]["ials"] == "skipped: no implicit here"


def test_all_ways_to_load_give_the_same_ratings(text):
    expected = rounds.found(netflix.read_ratings(text))
    for number in (load.number, load.number_linear):
        assert rounds.found(load.load_as_published(text, number))["ratings"] == expected["ratings"]
    assert rounds.found(load.load_carefully(text)) == expected
    assert load.group(text)[1]["ratings"] == expected["ratings"]
    assert load.build_trainset(text)[1]["ratings"] == expected["ratings"]


def test_a_fingerprint_sees_every_cell_but_not_order_or_type():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        rng.integers(1, 1000, (3000, 3)), columns=["user_id", "movie_id", "rating"]
    )
    table["timestamp"] = np.datetime64("2000-01-01", "s") + np.arange(3000) * 86_400
    expected = rounds.found(table)
    shuffled = table.sample(frac=1, random_state=1).astype(
        {"rating": "float64", "user_id": "int32"}
    )
    assert rounds.found(shuffled.astype({"timestamp": "datetime64[ns]"})) == expected
    for column in table:
        other = table.copy()
        other.loc[7, column] += pd.Timedelta(days=1) if column == "timestamp" else 1
        assert rounds.found(other) != expected
    swapped = table.rename(columns={"user_id": "movie_id", "movie_id": "user_id"})
    assert rounds.found(swapped)["ratings"] != expected["ratings"]
    assert rounds.found(table[:-1])["ratings"] != expected["ratings"]


def test_rows_say_whether_the_same_was_found_in_what_both_looked_at():
    ours = rounds.Outcome([(1.0, 100), (3.0, 100)], {"ratings": 1, "dates": 2})
    names = {"task": "load", "size": 10, "peer": "them"}
    for seen, equal in (({"ratings": 1}, True), ({"ratings": 9}, False), ({}, None)):
        other = rounds.Outcome([(4.0, 300)], seen)
        row = rounds.compared(ours, other, **names)
        assert (row["equal"], row["ratio"], row["ours_s"]) == (equal, 4.0, 1.0)
    three = [(4.0, 1), (18.0, 2), (10.0, 3)]  # in a busy machine's rounds
    row = rounds.paired([(1.0, 4), (3.0, 5), (2.0, 6)], three, equal=None, **names)
    assert (row["ours_s"], row["peer_s"], row["ratio"]) == (2.0, 10.0, 5.0)
    assert (row["ours_peak_mb"], row["peer_peak_mb"]) == (5, 2)
    row = rounds.compared(ours, rounds.Outcome(note="needs more than 16 GB"), **names)
    assert row["peer_s"] is row["ratio"] is row["equal"] is None
    assert row["note"] == "needs more than 16 GB"


FILLING = """
import numpy as np

def fill(megabytes, claimed=0.1):
    return claimed, int(np.ones(megabytes * 10**6, np.int8).sum())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")
def test_a_peer_has_rounds_until_it_is_too_slow_or_too_large(tmp_path, monkeypatch):
    (tmp_path / "filling.py").write_text(FILLING, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    fill = importlib.import_module("filling").fill
    tasks = {"ours": (fill, 1), "slow": (fill, 1, 100.0), "large": (fill, 3000)}
    outcomes = rounds.in_turns(tasks, 2, patience=50, memory=1.5e9)
    assert [len(outcomes[name].rounds) for name in tasks] == [2, 1, 0]
    assert outcomes["large"].note == "needs more than 1.5 GB" and not outcomes["ours"].note


def test_the_page_says_what_the_numbers_say(stubs, tmp_path):
    stubs("count")
    run = bench.run(10**5, ["count"], 1, tmp_path)
    run["rows"].append(run["rows"][0] | {"peer_s": None, "ratio": None, "note": "needs 99 GB"})
    source = tmp_path / "run.json"
    source.write_text(json.dumps(run), encoding="utf-8")
    report.write([source], tmp_path / "page.md")
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "| count | them | 1.0 s | 2.0 s | 2× | 100 | 200 | yes |" in page
    assert "Ours is faster in all 1 comparisons" in page and "needs 99 GB" in page
    lost = run["rows"][0] | {"peer": "theirs, ours: Parquet", "ratio": 0.2}
    assert report.finding([*run["rows"], lost]).endswith(
        "; faster than ours: theirs beside our Parquet"
    )
    assert (tmp_path / "benchmarks_1e5.png").exists()
    source.write_text(json.dumps(run | {"size": 10**6}), encoding="utf-8")
    report.write([source], tmp_path / "page.md")
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert page.index("## 100,000 ratings") < page.index("## 1,000,000 ratings")


def test_the_page_in_docs_is_what_its_numbers_give():
    page = ROOT / "docs" / "benchmarks.md"
    runs = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))["runs"]
    assert page.read_text(encoding="utf-8") == report.page(runs)
    for run in runs:
        assert all(row.keys() >= FORM for row in run["rows"])
        assert page.with_name(report.chart_name(run)).exists()


@pytest.mark.slow
def test_the_command_measures_for_real_and_finds_the_same_as_its_peers(tmp_path):
    options = ["--size", "1e5", "--tasks", "load,reload,top_n", "--rounds", "1"]
    subprocess.run(
        [sys.executable, BENCHMARKS / "bench.py", *options, "--output", tmp_path], check=True
    )
    found = kept(tmp_path)["rows"]
    assert {row["task"] for row in found} == {"load", "reload", "top_n"}
    assert all(row["equal"] is True and row["ratio"] > 0 for row in found)
