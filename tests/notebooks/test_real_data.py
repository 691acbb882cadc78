"""The same notebooks on real data, and the metrics that they have to find there.

`make expected` stores the metrics anew, when they are meant to change.
"""

import json
from pathlib import Path

import pytest
from comparison import LARGEST_SHARE

from nbhelpers.teaching.lesson import REAL_RESULTS
from nbhelpers.tools import running, series

DATASET = "ml-latest-small"
EXPECTED = json.loads(REAL_RESULTS.read_text(encoding="utf-8"))["metrics"]
# Seeds fix every number; what is left is how processors round. No absolute tolerance: a metric
# that falls to 0 has to fail.
TOLERANCE = LARGEST_SHARE
NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))


def differences(metrics: dict[str, float], expected: dict[str, float]) -> list[str]:
    """Return, in words, what is missing, new or further off than the tolerance."""
    found = [f"{name} is not recorded" for name in sorted(expected.keys() - metrics.keys())]
    found += [f"{name} is not expected" for name in sorted(metrics.keys() - expected.keys())]
    return found + [
        f"{name} is {metrics[name]:g}, expected {expected[name]:g}"
        for name in expected
        if name in metrics and metrics[name] != pytest.approx(expected[name], rel=TOLERANCE, abs=0)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_metrics_on_real_data(path, real_data, tmp_path):
    if not (real_data / DATASET).is_dir():
        pytest.skip(f"no {DATASET} in NBHELPERS_DATA")
    [job] = series.plan([path], DATASET, 42, {}, tmp_path)
    result = running.run(job)
    assert result.status == "ok", result.problem
    assert differences(result.metrics, EXPECTED[path.stem]) == []


def test_every_notebook_records_metrics():
    assert list(EXPECTED) == [path.stem for path in NOTEBOOKS]
    assert all(EXPECTED.values())


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        ({"rmse": 0.9, "gain": 0.02}, []),
        ({"rmse": 0.90005, "gain": 0.02}, []),
        ({"rmse": 0.9002, "gain": 0.02}, ["rmse is 0.9002, expected 0.9"]),
        ({"rmse": 0.9, "gain": 0.0}, ["gain is 0, expected 0.02"]),
        ({"rmse": 0.9}, ["gain is not recorded"]),
        ({"rmse": 0.9, "gain": 0.02, "mae": 1}, ["mae is not expected"]),
    ],
)
def test_differences_are_told(metrics, said):
    assert differences(metrics, {"rmse": 0.9, "gain": 0.02}) == said
