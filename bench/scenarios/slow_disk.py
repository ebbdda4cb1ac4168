"""What is left of the rate on a disk whose syncs take 5 ms more, as on a network volume; alike for all."""

from __future__ import annotations

import sys

from bench.running import fresh_directory
from bench.session import Figure, Session, figure, ratio
from bench.slow_sync import NoCompilerError, delayed_environment, measured_delay_ms

__all__ = ["QUESTION", "run"]

QUESTION = "What is left when every sync of the disk takes 5 ms more? 256 connections, closed loop."
_DELAY_MS = 5.0
_CONNECTIONS = 256
_NAMES = ("afterchat", "lean", "naive")


def run(session: Session) -> list[Figure]:
    """Every contender with the same shim preloaded; nothing at all when there is no compiler to build it."""
    with fresh_directory(session.options.work, "shim") as directory:
        try:
            environment = delayed_environment(directory, _DELAY_MS)
        except NoCompilerError as error:
            print(f"slow-disk left out: {error}", file=sys.stderr)
            return []
        session.keep({"sync_with_shim_ms": measured_delay_ms(directory, environment)})
        runs = session.interleaved(_NAMES, lambda name: session.measure(name, _CONNECTIONS, environment))
    whole = runs["afterchat"]
    return [
        *figure("slow-disk.rate", "acks a second, projector running", "/s", whole, lambda run: run["rate"]),
        *figure("slow-disk.p99", "p99", "ms", whole, lambda run: run["p99_ms"]),
        *ratio("slow-disk.times_naive", "times the naive receiver", whole, runs["naive"]),
        *ratio("slow-disk.times_lean", "times the lean receiver", whole, runs["lean"]),
    ]
