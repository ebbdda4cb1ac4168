"""Whether what was acknowledged can soon be read: lag under steady load, and the rate of catching up after a halt."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing

from bench.contenders.table import CONTENDERS
from bench.filling import fill_inbox
from bench.inbox import Projection
from bench.processes import usage_of_tree
from bench.running import Server, fresh_directory, running
from bench.session import Figure, Run, Session, figure

__all__ = ["QUESTION", "run"]

QUESTION = "How far behind is the projector at half the greatest rate, and how fast does it catch up after a halt?"
_CONNECTIONS = 64
_SAMPLE_SECONDS = 0.05
_LAG_LOAD_SECONDS = 8.0
_CATCH_UP_ROWS = 100_000
_CATCH_UP_SECONDS_MAX = 120.0


def run(session: Session) -> list[Figure]:
    """Maximum, then half of it, then a halt and a catch-up, by turns."""
    lags, catch_ups = [], []
    for _ in range(session.options.repeats):
        greatest = session.measure("afterchat", _CONNECTIONS)
        if greatest is None:
            continue
        lags.append(_lag_at(session, greatest["rate"] / 2))
        catch_ups.append(session.keep(_catch_up(session)))
    return [
        *figure(
            "projector.lag_seconds", "greatest lag at half the maximum", "s", lags, lambda run: run["lag_seconds_max"]
        ),
        *figure("projector.lag_rows", "rows behind at most", "rows", lags, lambda run: run["lag_rows_max"]),
        *figure("projector.rate", "at this many pushes a second", "/s", lags, lambda run: run["rate"]),
        *figure(
            "projector.catch_up_rate", "catching up after a halt", "/s", catch_ups, lambda run: run["catch_up_rate"]
        ),
        *figure("projector.us", "projector CPU per session", "us", catch_ups, lambda run: run["projector_us"]),
    ]


def _lag_at(session: Session, rate: float) -> Run | None:
    """Lag sampled from outside, twenty times a second, while pushes arrive at `rate`."""
    samples: list[tuple[int, float]] = []
    with ExitStack() as opened:
        projections: list[Projection] = []

        def sample(server: Server) -> None:
            if not projections:
                projections.append(opened.enter_context(closing(Projection(server.directory))))
            samples.append(projections[0].lag())
            time.sleep(_SAMPLE_SECONDS)

        run = session.measure("afterchat", _CONNECTIONS, watch=sample, rate=rate, seconds=_LAG_LOAD_SECONDS)
    if run is not None:
        run["lag_rows_max"] = max(rows for rows, _ in samples)
        run["lag_seconds_max"] = round(max(seconds for _, seconds in samples), 3)
    return run


def _catch_up(session: Session) -> Run:
    """Fill the inbox while no projector runs, then start one and see how long it takes."""
    with fresh_directory(session.options.work, "catch-up") as directory:
        fill_inbox(directory, _CATCH_UP_ROWS)
        with running(CONTENDERS["afterchat"], directory) as server:
            began, rows_at_start = _first_step(server)
            usage = usage_of_tree(server.pid)
            projection = Projection(directory)
            while projection.lag()[0] and time.monotonic() < began + _CATCH_UP_SECONDS_MAX:
                time.sleep(0.005)
            seconds = time.monotonic() - began
            projection.close()
            used = usage_of_tree(server.pid).children_cpu_seconds - usage.children_cpu_seconds
    return {
        "contender": "afterchat",
        "filled_rows": _CATCH_UP_ROWS,
        "rows_at_start": rows_at_start,
        "catch_up_seconds": round(seconds, 3),
        "catch_up_rate": round(rows_at_start / seconds, 1),
        "projector_us": round(used / max(rows_at_start, 1) * 1e6, 1),
    }


def _first_step(server: Server) -> tuple[float, int]:
    """(moment, rows left) at the first sign of the projector's work, so that its start is not counted as slowness."""
    projection = Projection(server.directory)
    before = projection.lag()[0]
    deadline = time.monotonic() + _CATCH_UP_SECONDS_MAX
    while (now := projection.lag()[0]) == before and now and time.monotonic() < deadline:
        time.sleep(0.002)
    projection.close()
    return time.monotonic(), now
