"""Whether the receiver slows down when it already holds millions of pushes."""

from __future__ import annotations

import time
from itertools import count

from bench.contenders.table import CONTENDERS
from bench.filling import fill_inbox
from bench.running import fresh_directory, running
from bench.session import Figure, Run, Session, figure, ratio, stored_rows, with_row_count

__all__ = ["QUESTION", "run"]

QUESTION = (
    "Does the receiver slow down when it already holds millions of pushes? 64 connections, without the projector."
)
_NAME = "afterchat-receiver"
_CONNECTIONS = 64
_PUSHES_APART = 1_000_000
"""Bodies left out between two loads on the filled store; more than one load can push."""


def run(session: Session) -> list[Figure]:
    """Fill one store once, then measure it and an empty one by turns."""
    rows = session.options.growth_rows
    with fresh_directory(session.options.work, "filled") as directory:
        began = time.monotonic()
        fill_inbox(directory, rows)
        session.keep({"filled_rows": rows, "fill_seconds": round(time.monotonic() - began, 1)})
        loads = count(1)

        def measure(name: str) -> Run | None:
            if name == "empty":
                return session.measure(_NAME, _CONNECTIONS)
            before = stored_rows(CONTENDERS[_NAME], directory)
            with running(CONTENDERS[_NAME], directory) as server:
                run = session.push(server, _CONNECTIONS, first=rows + next(loads) * _PUSHES_APART)
            return session.keep(with_row_count(run, server, before))

        runs = session.interleaved(("empty", "filled"), measure)
        size = (directory / "inbox.db").stat().st_size
    share = f"rate with {rows:,} pushes in the inbox, as a share of the rate with none"
    return [
        *ratio("growth.ratio", share, runs["filled"], runs["empty"], unit=""),
        *figure("growth.rate_empty", "acks a second, empty", "/s", runs["empty"], lambda run: run["rate"]),
        *figure("growth.rate_filled", "acks a second, filled", "/s", runs["filled"], lambda run: run["rate"]),
        *figure("growth.p99_empty", "p99, empty", "ms", runs["empty"], lambda run: run["p99_ms"]),
        *figure("growth.p99_filled", "p99, filled", "ms", runs["filled"], lambda run: run["p99_ms"]),
        *figure("growth.inbox_bytes", "inbox on disk", "GB", [{"gigabytes": size / 1e9}], lambda run: run["gigabytes"]),
    ]
