"""One run of the benchmark: options, the measurements made so far, and how one measurement is made.

A measurement is a fresh server on an empty directory, a fresh load generator, and a count of the rows afterwards.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench.contenders.table import CONTENDERS, Contender
from bench.inbox import Projection, count_rows
from bench.processes import Usage, usage_of_tree
from bench.running import ContenderError, MeasurementError, Server, fresh_directory, running, start_load

__all__ = [
    "Figure",
    "Options",
    "Run",
    "Runs",
    "Session",
    "caught_up",
    "figure",
    "ratio",
    "stored_rows",
    "with_row_count",
]

Run = dict[str, Any]
Runs = list[Run | None]

_STANDSTILL_SECONDS_MAX = 15.0
_CYCLIC_PUSHES = 20_000
_WARM_UP_SHARE = 0.02


@dataclass(frozen=True)
class Options:
    """What the command line may change."""

    work: Path
    repeats: int = 3
    seconds: float = 4.0
    growth_rows: int = 5_000_000
    memory_pushes: int = 200_000
    backlog_entries: int = 1_000_000
    seeing_sessions: int = 1_000_000


@dataclass(frozen=True)
class Figure:
    """One number of a result: the median of the repeats and their spread."""

    key: str
    """What `targets.py` and the report know it by."""
    label: str
    unit: str
    values: tuple[float, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "label": self.label,
            "unit": self.unit,
            "median": round(median(self.values), 3),
            "min": round(min(self.values), 3),
            "max": round(max(self.values), 3),
            "repeats": len(self.values),
        }


@dataclass
class Session:
    """Options, and every measurement in the order in which it was made."""

    options: Options
    runs: list[Run] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """Contenders that did not start, stop or catch up; their rounds are missing from the figures."""

    def interleaved(self, names: Iterable[str], measure: Callable[[str], Run | None]) -> dict[str, Runs]:
        """Measure each contender once, then each once more, and so on; one run for each round, None where it failed."""
        runs: dict[str, Runs] = {name: [] for name in names}
        for _ in range(self.options.repeats):
            for name, measured in runs.items():
                measured.append(measure(name))
        return runs

    def measure(
        self, name: str, connections: int, environment: Mapping[str, str] | None = None, **job: Any
    ) -> Run | None:
        """One measurement of one contender on an empty directory; None, and a line on stderr, when it failed."""
        contender = CONTENDERS[name]
        try:
            with fresh_directory(self.options.work, name) as directory:
                with running(contender, directory, environment) as server:
                    run = self.push(server, connections, **job)
                return self.keep(with_row_count(run, server))
        except (ContenderError, OSError) as error:
            print(f"{name}: {error}", file=sys.stderr)
            self.failed.append(name)
            return None

    def push(self, server: Server, connections: int, watch: Callable[[Server], None] | None = None, **job: Any) -> Run:
        """Load on a running server until it is done and its projector, if any, has caught up."""
        contender = server.contender
        seconds = float(job.pop("seconds", self.options.seconds))
        prepared = int(seconds * (job.get("rate") or contender.rate_expected) * 1.05)
        if contender.rows is None:
            prepared = _CYCLIC_PUSHES
        plan = {
            "connections": connections,
            "seconds": seconds,
            "pushes_max": prepared,
            "warm_up_pushes": max(connections, int(contender.rate_expected * seconds * _WARM_UP_SHARE)),
            "is_cyclic": contender.rows is None,
            **job,
        }
        load = start_load(server, plan)
        if watch is not None:
            while load.poll() is None:
                watch(server)
        output, _ = load.communicate()
        phases = [json.loads(line) for line in output.splitlines()]
        if load.returncode or not phases:
            raise MeasurementError(f"the load generator ended with {load.returncode}")
        caught_up = _wait_for_projector(server)
        return _as_run(contender.name, plan, phases, usage_of_tree(server.pid), caught_up)

    def keep(self, run: Run) -> Run:
        """Print it as one JSON line and remember it."""
        print(json.dumps(run), flush=True)
        self.runs.append(run)
        return run


def figure(key: str, label: str, unit: str, runs: Iterable[Run | None], read: Callable[[Run], float]) -> list[Figure]:
    """The figure that `read` finds in each run that was measured; none when there is no such run."""
    values = tuple(read(run) for run in runs if run is not None)
    return [Figure(key, label, unit, values)] if values else []


def ratio(key: str, label: str, runs: Runs, rivals: Runs, unit: str = "times") -> list[Figure]:
    """How many times the rival's rate, round by round; a round that lacks either is left out."""
    pairs = [(run, rival) for run, rival in zip(runs, rivals, strict=True) if run and rival and rival["rate"]]
    values = tuple(run["rate"] / rival["rate"] for run, rival in pairs)
    return [Figure(key, label, unit, values)] if values else []


def with_row_count(run: Run, server: Server, rows_before: int = 0) -> Run:
    """After a stop: count what the run added to the disk; `is_honest` when that equals the answers."""
    if server.contender.rows is None:
        return {**run, "rows": None, "is_honest": True}
    rows = stored_rows(server.contender, server.directory) - rows_before
    is_honest = rows == run["acked_in_all"] if not run["failures"] else rows >= run["acked_in_all"]
    return {**run, "rows": rows, "is_honest": is_honest}


def stored_rows(contender: Contender, directory: Path) -> int:
    """Pushes that a contender that stores them has on disk."""
    database, sql = contender.rows or ("", "")
    return count_rows(directory / database, sql)


def caught_up(projection: Projection) -> float:
    """Seconds until the projector had nothing left; raises MeasurementError when it stands still."""
    began = moved_at = time.monotonic()
    behind = projection.lag()[0]
    while behind:
        time.sleep(0.02)
        before, behind = behind, projection.lag()[0]
        moved_at = time.monotonic() if behind < before else moved_at
        if time.monotonic() - moved_at > _STANDSTILL_SECONDS_MAX:
            raise MeasurementError(f"the projector stands still, {behind} rows behind")
    return time.monotonic() - began


def _wait_for_projector(server: Server) -> float:
    """Seconds until the projector had nothing left; 0 without one."""
    if not server.contender.has_projector:
        return 0.0
    with closing(Projection(server.directory)) as projection:
        return caught_up(projection)


def _as_run(name: str, plan: Run, phases: list[Run], usage_at_end: Usage, caught_up_seconds: float) -> Run:
    """What the load generator and the kernel said, as one flat record; CPU in microseconds for each acknowledgement."""
    first, last = next(phase for phase in phases if phase["kind"] == "measured"), phases[-1]
    before, after = Usage(**first["usage_before"]), Usage(**last["usage_after"])
    acked = sum(phase["acked"] for phase in phases if phase["kind"] == "measured")
    failures: dict[str, int] = {}
    for phase in phases:
        for failure, count in phase["failures"].items():
            failures[failure] = failures.get(failure, 0) + count
    shown = ("rate", "p50_ms", "p90_ms", "p99_ms", "p999_ms", "max_ms", "seconds", "backlog_max", "generator_us")
    per_ack = 1e6 / max(acked, 1)
    projector_seconds = usage_at_end.children_cpu_seconds - before.children_cpu_seconds
    all_seconds = usage_at_end.server_cpu_seconds - before.server_cpu_seconds + projector_seconds
    return {
        "contender": name,
        "connections": plan["connections"],
        "open_rate": plan.get("rate", 0),
        "acked": acked,
        "acked_in_all": sum(phase["acked"] for phase in phases),
        "failures": failures,
        "is_exhausted": first["is_exhausted"],
        **{key: last.get(key, 0.0) for key in shown},
        "server_us": round((after.server_cpu_seconds - before.server_cpu_seconds) * per_ack, 1),
        "projector_us": round(projector_seconds * per_ack, 1),
        "all_us": round(all_seconds * per_ack, 1),
        "caught_up_seconds": round(caught_up_seconds, 3),
        "server_rss_mb": round(after.server_rss_bytes / 1e6, 1),
        "server_rss_peak_mb": round(after.server_rss_peak_bytes / 1e6, 1),
        "children_rss_mb": round(after.children_rss_bytes / 1e6, 1),
        "rss_by_round_mb": [_resident_mb(Usage(**phase["usage_after"])) for phase in phases],
        "load_average": round(os.getloadavg()[0], 2),
    }


def _resident_mb(usage: Usage) -> float:
    """Server and children together."""
    return round((usage.server_rss_bytes + usage.children_rss_bytes) / 1e6, 1)
