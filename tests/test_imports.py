"""Nothing heavy is imported before it is used."""

import json
import subprocess
import sys

import pytest

HEAVY = {
    *("matplotlib", "numba", "numpy", "pandas", "pooch", "pyarrow", "rapidfuzz", "scipy"),
    *("seaborn", "skops", "sklearn", "streamlit", "surprise", "uvicorn", "xgboost"),
}


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        ("import nbhelpers", set()),
        ("import nbhelpers.models, nbhelpers.evaluation, nbhelpers.teaching", set()),
        ("from nbhelpers import DataError", set()),
        ("from nbhelpers.teaching import check, record, say", {"numpy", "pandas"}),
        ("from nbhelpers.evaluation import rmse, random_split", {"numpy", "pandas"}),
        ("from nbhelpers import load", {"numpy", "pandas"}),
        ("from nbhelpers.models import SVD", {"numpy", "pandas", "scipy"}),
    ],
)
def test_what_an_import_brings_along(code, allowed):
    code += "; import json, sys; print(json.dumps(sorted(sys.modules)))"
    found = json.loads(subprocess.check_output([sys.executable, "-c", code]))
    # pandas looks for pyarrow by itself.
    beside = {"pyarrow"} if "pandas" in allowed else set()
    assert HEAVY & set(found) - beside <= allowed
