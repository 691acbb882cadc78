"""Each definition gives what the library of that name gave, as recorded in rosetta.json."""

import json
from pathlib import Path

import pandas as pd
import pytest

from nbhelpers.evaluation.definitions import DEFINITIONS, METRICS, Definition
from nbhelpers.evaluation.metrics import ranking

ROOT = Path(__file__).resolve().parents[2]
ROSETTA = json.loads(Path(__file__).with_name("rosetta.json").read_text(encoding="utf-8"))
ANSWERS = {
    library: {case: said for case, said in of["answers"].items() if isinstance(said, dict)}
    for library, of in ROSETTA["libraries"].items()
}
# Repeated rows are counted in ways that no definition would name; ours are counted as they come
# in a list, and once in what is relevant.
TWICE = {
    "a relevant film named twice": {"recommenders", "lenskit", "rectools"},
    "a film twice in a list": {"recommenders", "rectools"},
}


def frame(lists):
    rows = [(int(u), k, m) for u, films in lists.items() for k, m in enumerate(films, start=1)]
    return pd.DataFrame(rows, columns=["user_id", "rank", "movie_id"])


def means(case, definition):
    asked = ROSETTA["cases"][case]
    tables = frame(asked["lists"]), frame(asked["relevant"])
    return ranking(*tables, asked["n"], definition).mean()


@pytest.mark.parametrize("library", ANSWERS)
def test_a_definition_agrees_with_its_library(library):
    for case, theirs in ANSWERS[library].items():
        ours = means(case, library)[list(theirs)].to_dict()
        agree = ours == pytest.approx(theirs, abs=1e-9)
        assert agree == (library not in TWICE.get(case, ())), (case, ours, theirs)


def test_every_library_was_asked():
    assert set(ANSWERS) == set(DEFINITIONS) - {"nbhelpers"}
    assert len(ROSETTA["cases"]) == 20
    assert min(map(len, ANSWERS.values())) >= 14


def test_each_choice_can_be_told_from_the_usual_one():
    choices = [
        Definition(recall="reachable"),
        Definition(precision="list"),
        Definition(precision="pooled"),
        Definition(ideal="n"),
        Definition(discount="flat log"),
        Definition(without_list=()),
        Definition(without_relevant=METRICS),
    ]
    tables = [
        pd.concat([means(case, how) for case in ROSETTA["cases"]])
        for how in (*choices, "nbhelpers")
    ]
    seen = {tuple(table.round(9)) for table in tables}
    assert len(seen) == len(tables)


def test_an_unknown_definition_is_refused_by_name():
    with pytest.raises(ValueError, match=r"recbolle.*recbole"):
        means("no hit", "recbolle")


# --- The page ------------------------------------------------------------------------------

SAID = {
    "relevant": "all relevant",
    "reachable": "at most n",
    "n": "n",
    "list": "length of the list",
    "pooled": "pooled",
    "log": "log₂(k + 1)",
    "flat log": "log₂ max(k, 2)",
    (): "left out",
    METRICS: "0",
    ("ndcg",): "nDCG 0, else left out",
    ("precision",): "precision 0, else left out",
}


def choices_table():
    head = "recall by", "precision by", "ideal list", "discount", "no list", "nothing relevant"
    lines = [f"| definition | checked with | {' | '.join(head)} |", "|---" * 8 + "|"]
    for name, how in DEFINITIONS.items():
        version = ROSETTA["libraries"].get(name, {"version": "this library"})["version"]
        cells = [SAID[value] for value in vars(how).values()]
        lines.append(f"| `{name}` | {version} | {' | '.join(cells)} |")
    return "\n".join(lines)


def example_table(case="seven users"):
    lines = ["| definition | precision | recall | nDCG |", "|---|--:|--:|--:|"]
    for name in DEFINITIONS:
        said = ANSWERS.get(name, {case: METRICS}).get(case, ())
        found = means(case, name)
        cells = [
            f"{found[metric]:.3f}" if metric in said else "–"
            for metric in ("precision", "recall", "ndcg")
        ]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join(lines)


@pytest.mark.parametrize("table", [choices_table, example_table])
def test_the_page_has_the_table(table):
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert table() in page, f"put this into docs/metrics.md:\n{table()}"
