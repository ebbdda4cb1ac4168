"""What a million waiting entries cost: the time of a lease, and the memory of the relay."""

from __future__ import annotations

import json
import sys
import time
from itertools import takewhile
from pathlib import Path

from bench.contenders.afterchat_sender import SENDER
from bench.outgoing import fill_outbox, open_entries, set_up
from bench.processes import usage_of_tree
from bench.running import ContenderError, fresh_directory, run_program, running
from bench.session import Figure, Run, Runs, Session, figure
from bench.sink import SINK

__all__ = ["QUESTION", "run"]

QUESTION = (
    "Does it take longer to lease 64 entries when many wait, and does the sender take more memory for it, "
    "while the receiver is away and while it delivers?"
)
_STEPS = (1_000, 10_000, 100_000)
_SHORT = 100_000
"""A backlog that one sender does not deliver while it is watched."""
_SECONDS = 10.0
_AT_ONCE = 64


def run(session: Session) -> list[Figure]:
    """One outbox that grows; leases are timed at each step, and at its end senders run on it and beside it."""
    entries = session.options.backlog_entries
    steps = [*takewhile(lambda step: step < entries, _STEPS), entries]
    work = session.options.work
    try:
        with fresh_directory(work, "backlog") as long:
            with fresh_directory(work, "sink") as beside, running(SINK, beside) as sink:
                url = f"http://{sink.host}:{sink.port}/well/all"
                set_up(long, [url], _AT_ONCE)
                leases = _leases(session, long, steps)
                busy = session.interleaved(
                    ("short, delivering", "long, delivering"), lambda name: _memory(session, name, long, url)
                )
            away = session.interleaved(("empty", "long, receiver away"), lambda name: _memory(session, name, long, url))
    except (ContenderError, OSError) as error:
        print(f"backlog: {error}", file=sys.stderr)
        session.failed.append("backlog")
        return []
    return [*_growth(leases, steps), *_sizes(busy | away)]


def _leases(session: Session, directory: Path, steps: list[int]) -> dict[int, Run]:
    """Time of a lease by the number of entries that wait."""
    lines = run_program(["-m", "bench.leasing", json.dumps({"directory": str(directory), "steps": steps})])
    if len(lines) != len(steps):
        raise ContenderError("the outbox could not be filled and leased from")
    return {line["waiting"]: session.keep(line) for line in map(json.loads, lines)}


def _memory(session: Session, name: str, long: Path, url: str) -> Run:
    """A sender on the long outbox, or on a fresh one; resident at most."""
    if name.startswith("long"):
        return session.keep({"contender": name, **_resident(long)})
    with fresh_directory(session.options.work, "short") as directory:
        set_up(directory, [url], _AT_ONCE)
        if name.startswith("short"):
            fill_outbox(directory, _SHORT)
        return session.keep({"contender": name, **_resident(directory)})


def _resident(directory: Path) -> Run:
    with running(SENDER, directory) as server:
        time.sleep(_SECONDS)
        peak = usage_of_tree(server.pid).server_rss_peak_bytes
    return {"server_rss_peak_mb": round(peak / 1e6, 1), "open": open_entries(directory)}


def _growth(leases: dict[int, Run], steps: list[int]) -> list[Figure]:
    least, most = leases[steps[0]], leases[steps[-1]]
    label = f"time of a lease with {steps[-1]:,} waiting, as a multiple of that with {steps[0]:,}"
    figures = figure("backlog.lease_growth", label, "times", [most], lambda run: run["lease_ms"] / least["lease_ms"])
    for step in steps:
        label = f"lease of 64 entries, {step:,} waiting"
        figures += figure(f"backlog.lease_{step}", label, "ms", [leases[step]], lambda run: run["lease_ms"])
    return figures


def _sizes(runs: dict[str, Runs]) -> list[Figure]:
    compared = (
        ("away", "the receiver away, as a multiple of an empty sender", "long, receiver away", "empty"),
        ("busy", "delivering, as a multiple of one with a short backlog", "long, delivering", "short, delivering"),
        ("busy_idle", "delivering, as a multiple of an empty, idle one", "long, delivering", "empty"),
    )
    figures: list[Figure] = []
    for key, label, full, beside in compared:
        pairs = [(run, other) for run, other in zip(runs[full], runs[beside], strict=True) if run and other]
        ratios = tuple(run["server_rss_peak_mb"] / other["server_rss_peak_mb"] for run, other in pairs)
        figures.append(Figure(f"backlog.rss_{key}", f"resident at most, {label}", "times", ratios))
    for name, measured in runs.items():
        key = name.replace(", ", "_").replace(" ", "_")
        label = f"resident at most: {name}"
        figures += figure(f"backlog.mb_{key}", label, "MB", measured, lambda run: run["server_rss_peak_mb"])
    return figures
