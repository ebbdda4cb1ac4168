"""How long a push waits for its answer, the worst ones included."""

from __future__ import annotations

from bench.session import Figure, Run, Session, figure

__all__ = ["QUESTION", "run"]

QUESTION = (
    "How long does a push wait for its durable answer? Saturated by 64 and by 256 connections, and at a calm 2,000/s."
)
_CALM_RATE = 2_000.0


def run(session: Session) -> list[Figure]:
    """The whole server with its projector, in three situations by turns."""
    situations = {
        "64": {"connections": 64},
        "256": {"connections": 256},
        "calm": {"connections": 64, "rate": _CALM_RATE},
    }
    runs = session.interleaved(situations, lambda name: session.measure("afterchat", **situations[name]))
    return [
        *figure("latency.p99_64", "p99, 64 connections, saturated", "ms", runs["64"], _p99),
        *figure("latency.tail_64", "p99.9 / p99, 64 connections", "times", runs["64"], _tail),
        *figure("latency.p99_256", "p99, 256 connections, saturated", "ms", runs["256"], _p99),
        *figure("latency.tail_256", "p99.9 / p99, 256 connections", "times", runs["256"], _tail),
        *figure("latency.p50_calm", "p50, open loop at 2,000/s", "ms", runs["calm"], lambda run: run["p50_ms"]),
        *figure("latency.p99_calm", "p99, open loop at 2,000/s", "ms", runs["calm"], _p99),
        *figure("latency.max_calm", "slowest, open loop at 2,000/s", "ms", runs["calm"], lambda run: run["max_ms"]),
    ]


def _p99(run: Run) -> float:
    return float(run["p99_ms"])


def _tail(run: Run) -> float:
    return float(run["p999_ms"] / run["p99_ms"])
