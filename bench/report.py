"""Makes bench/results/README.md from the newest result of each scenario; says reached or missed beside each target.

The table holds what the files hold and nothing else: no figure is typed by hand.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.targets import TARGETS

__all__ = ["RESULTS", "write_report"]

RESULTS = Path(__file__).parent / "results"
_ORDER = (
    "acks",
    "latency",
    "slow-disk",
    "projector",
    "memory",
    "growth",
    "disk",
    "breakdown",
    "engine",
    "relay",
    "delivery",
    "isolation",
    "backlog",
    "relay-kill",
    "commit-modes",
)
_HEAD = """# Results

Made by `python -m bench report` from the JSON files beside this page; do not edit.
`bench/README.md` says what is compared and how far to trust it.
Each figure is the median of its repeats, with the least and the greatest beside it.
A ratio was taken round by round, between runs that followed each other, and then its median.
A target is the promise, with the stretch in brackets.
"""
_RUN_COLUMNS = (
    ("contender", "contender"),
    ("connections", "connections"),
    ("rate", "acks/s"),
    ("p50_ms", "p50 ms"),
    ("p99_ms", "p99 ms"),
    ("p999_ms", "p99.9 ms"),
    ("max_ms", "max ms"),
    ("server_us", "server us"),
    ("projector_us", "projector us"),
    ("server_rss_peak_mb", "server MB"),
    ("acked_in_all", "answered"),
    ("rows", "stored"),
    ("ended", "ended"),
    ("arrived", "arrived"),
    ("leased", "leased"),
    ("extra", "twice"),
    ("since_answer_p50_ms", "p50 since answer"),
    ("since_answer_p99_ms", "p99 since answer"),
)


def write_report(results: Path) -> Path:
    """Write the page, return where it is."""
    newest: dict[str, dict[str, Any]] = {}
    for path in sorted(results.glob("*.json")):
        result = json.loads(path.read_text())
        newest[result["scenario"]] = result
    parts = [_HEAD]
    names = (*_ORDER, *sorted(set(newest) - set(_ORDER)))
    parts += [_section(newest[name]) for name in names if name in newest]
    page = results / "README.md"
    page.write_text("\n".join(parts))
    return page


def _section(result: dict[str, Any]) -> str:
    machine = result["machine"]
    lines = [
        f"## {result['scenario']}",
        "",
        result["question"],
        "",
        _conditions(result["date"], machine),
        "",
        "| figure | median | spread | target | |",
        "|---|---|---|---|---|",
        *(_figure_row(figure) for figure in result["figures"]),
        "",
        *_runs_table(result["runs"]),
    ]
    return "\n".join(lines)


def _conditions(date: str, machine: dict[str, Any]) -> str:
    """When and where it was measured, in one sentence."""
    sync = f"one sync {machine['sync_ms']['median']} ms (p99 {machine['sync_ms']['p99']})"
    facts = (
        date,
        f"commit {machine['commit'] or 'unknown'}",
        machine["cpu"],
        f"{machine['cores']} cores",
        f"{machine['memory_gib']} GiB",
        f"Linux {machine['kernel']}",
        f"Python {machine['python']}",
        f"{machine['filesystem']}, {sync}",
        f"load average before {machine['load_average_before']}",
    )
    return ", ".join(facts) + "."


def _figure_row(figure: dict[str, Any]) -> str:
    target = TARGETS.get(figure["key"])
    shown = f"{_short(figure['median'])} {figure['unit']}".rstrip()
    spread = f"{_short(figure['min'])} - {_short(figure['max'])}" if figure["repeats"] > 1 else ""
    judged = (target.shown(), target.verdict(figure["median"])) if target else ("", "")
    return f"| {figure['label']} | {shown} | {spread} | {judged[0]} | {judged[1]} |"


def _runs_table(runs: list[dict[str, Any]]) -> list[str]:
    """Every measurement in the order in which it was made."""
    shown = [run for run in runs if "p99_ms" in run or "is_honest" in run]
    if not shown:
        return []
    columns = [(key, title) for key, title in _RUN_COLUMNS if any(run.get(key) for run in shown)]
    return [
        "| " + " | ".join(title for _, title in columns) + " |",
        "|" + "---|" * len(columns),
        *("| " + " | ".join(_cell(run.get(key)) for key, _ in columns) + " |" for run in shown),
        "",
    ]


def _cell(value: object) -> str:
    return _short(value) if isinstance(value, (int, float)) else str(value or "")


def _short(number: float) -> str:
    """Three digits that matter, thousands with commas."""
    if abs(number) >= 100 or number == int(number):
        return f"{number:,.0f}"
    return f"{number:.3g}"
