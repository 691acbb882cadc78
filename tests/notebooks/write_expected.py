"""Store the metrics of the last run on ml-latest-small for tests to compare with."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAME = "ml-latest-small"

summary = json.loads((ROOT / "build" / "run" / NAME / "summary.json").read_text(encoding="utf-8"))
failed = [notebook["name"] for notebook in summary["notebooks"] if notebook["status"] != "ok"]
if failed:
    sys.exit(f"Not stored: {', '.join(failed)} failed.")
metrics = {notebook["name"]: notebook["metrics"] for notebook in summary["notebooks"]}
target = Path(__file__).parent / "expected" / f"{NAME}.json"
target.parent.mkdir(exist_ok=True)
target.write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
