"""One JSON line for each run, in `results-local/*.jsonl`, and one line for people.

Rules:
- The fields are those of the programme; a field that an experiment does not measure is absent, never invented.
- A verdict is `pass`, `FAIL` or `skipped(reason)`; a skip is shown and never counted as a pass.
- A line carries its seed and its parameters, so that the run can be repeated.

What does not belong here: judging, and any figure meant for README; those are copied from a release run by hand.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["percentile", "publish"]

ROOT = Path(__file__).resolve().parents[2]
DIRECTORY = ROOT / "results-local"


def publish(experiment: str, figure: str, verdict: str, **fields: Any) -> None:
    """Append the run's line, and print `experiment: figure`."""
    DIRECTORY.mkdir(exist_ok=True)
    line = {"exp": experiment, "commit": commit(), "verdict": verdict, **fields}
    with (DIRECTORY / f"{experiment.lower()}.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.write(f"\n{experiment}: {figure} [{verdict}]\n")


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of the values do not exceed; 0 when there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def commit() -> str:
    """The commit under test, or `uncommitted`."""
    asked = subprocess.run(
        ("git", "rev-parse", "--short", "HEAD"), cwd=ROOT, capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() if asked.returncode == 0 else "uncommitted"
