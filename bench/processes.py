"""What the kernel says about processes: CPU seconds and resident memory of a server and its children.

Read from /proc, so Linux only; a process that is gone counts as nothing.
No process is started or stopped here.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

__all__ = ["Usage", "own_cpu_seconds", "usage_of_tree"]

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Usage(NamedTuple):
    """What one process tree had used at one moment; the server and its children told apart."""

    server_cpu_seconds: float
    children_cpu_seconds: float
    server_rss_bytes: int
    children_rss_bytes: int
    server_rss_peak_bytes: int


def usage_of_tree(pid: int) -> Usage:
    """Usage of `pid` and of everything below it; zeros for what is gone."""
    children = _descendants(pid)
    server_rss, server_peak = _resident(pid)
    return Usage(
        server_cpu_seconds=_cpu_seconds(pid),
        children_cpu_seconds=sum(_cpu_seconds(child) for child in children),
        server_rss_bytes=server_rss,
        children_rss_bytes=sum(_resident(child)[0] for child in children),
        server_rss_peak_bytes=server_peak,
    )


def own_cpu_seconds() -> float:
    """CPU seconds of the calling process, all threads."""
    times = os.times()
    return times.user + times.system


def _descendants(pid: int) -> list[int]:
    """Every process below `pid`, whichever of its threads started it."""
    found: list[int] = []
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                pids = [int(word) for word in children.read_text().split()]
            except OSError:
                continue
            found += pids
            waiting += pids
    return found


def _cpu_seconds(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    fields = text.rpartition(")")[2].split()  # the name before it may hold spaces
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND


def _resident(pid: int) -> tuple[int, int]:
    """(resident now, resident at most), bytes."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0, 0
    sizes = {line.split(":")[0]: line.split()[1] for line in text.splitlines() if line.startswith("Vm")}
    return int(sizes.get("VmRSS", 0)) * 1024, int(sizes.get("VmHWM", 0)) * 1024
