"""How much memory the server holds with many connections, and whether that grows with what it has taken."""

from __future__ import annotations

from functools import partial

from bench.session import Figure, Run, Session, figure

__all__ = ["QUESTION", "run"]

QUESTION = "How much memory does the server hold at 256 connections, and does it grow with the number of pushes?"
_CONNECTIONS = 256
_ROUND_PUSHES = 50_000
_ROUND_SECONDS_MAX = 120.0


def run(session: Session) -> list[Figure]:
    """One long load in rounds, resident size after each; growth is counted in the second half, when caches are full."""
    rounds = max(4, session.options.memory_pushes // _ROUND_PUSHES)
    measured = session.measure(
        "afterchat",
        _CONNECTIONS,
        rounds=rounds,
        pushes_max=session.options.memory_pushes // rounds,
        seconds=_ROUND_SECONDS_MAX,
        warm_up_pushes=2 * _CONNECTIONS,
    )
    settled = rounds // 2
    together = "resident at most, receiver and projector together"
    return [
        *figure("memory.rss_mb", together, "MB", [measured], lambda run: max(run["rss_by_round_mb"])),
        *figure("memory.server_mb", "of which the receiver", "MB", [measured], lambda run: run["server_rss_peak_mb"]),
        *figure("memory.growth_mb", "growth in the second half", "MB", [measured], partial(_growth, settled)),
        *figure("memory.pushes", "pushes taken", "", [measured], lambda run: run["acked_in_all"]),
    ]


def _growth(settled: int, run: Run) -> float:
    """Megabytes between the round number `settled` and the last one."""
    return float(run["rss_by_round_mb"][-1] - run["rss_by_round_mb"][settled])
