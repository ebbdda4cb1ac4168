"""What ten people who click through the dashboard cost those who push, and the other way round.

The store is filled by pushing; then pushes come at half of what the server can take, with nobody there and with ten
people clicking by turns on the same server.
"""

from __future__ import annotations

import sys
from statistics import median, quantiles

from bench.clicking import add_reader, clicking, database_url
from bench.contenders.table import CONTENDERS
from bench.running import ContenderError, Server, fresh_directory, running
from bench.session import Figure, Run, Session, figure

__all__ = ["QUESTION", "run"]

QUESTION = "How much longer does a push wait for its answer when ten people click through the dashboard?"
PEOPLE = 10
FILLED_SECONDS = 10.0
HALF_RATE = 8_000.0
CONNECTIONS = 64


def run(session: Session) -> list[Figure]:
    """Alone and beside people, by turns on one server a round."""
    alone: list[Run | None] = []
    beside: list[Run | None] = []
    for _ in range(session.options.repeats):
        try:
            with fresh_directory(session.options.work, "beside") as directory:
                directory.mkdir(parents=True, exist_ok=True)
                add_reader(database_url(directory))
                with running(CONTENDERS["afterchat"], directory) as server:
                    session.push(server, CONNECTIONS, seconds=FILLED_SECONDS)
                    alone.append(session.keep(_measured(session, server)))
                    with clicking(server.host, server.port, PEOPLE) as taken:
                        measured = _measured(session, server)
                    cuts = quantiles(taken, n=100)
                    pages = {
                        "people": PEOPLE,
                        "pages": len(taken),
                        "page_p50_ms": median(taken),
                        "page_p95_ms": cuts[94],
                    }
                    beside.append(session.keep({**measured, **pages}))
        except (ContenderError, OSError, ValueError) as error:
            print(f"beside: {error}", file=sys.stderr)
            session.failed.append("afterchat")
    ratios = [{"times": two["p99_ms"] / one["p99_ms"]} for one, two in zip(alone, beside, strict=False) if one and two]
    lines = (
        ("p99_alone", "p99 of an answer at 8,000/s, nobody looking", "ms", alone, "p99_ms"),
        ("p99_people", "p99 of an answer at 8,000/s, ten people clicking", "ms", beside, "p99_ms"),
        ("times", "the one to the other", "times", ratios, "times"),
        ("page_p50", "a page, median, meanwhile", "ms", beside, "page_p50_ms"),
        ("page_p95", "a page, 95 of 100, meanwhile", "ms", beside, "page_p95_ms"),
        ("pages", "pages shown", "", beside, "pages"),
    )
    return [
        line
        for key, label, unit, runs, name in lines
        for line in figure(f"beside.{key}", label, unit, runs, lambda one, name=name: one[name])
    ]


def _measured(session: Session, server: Server) -> Run:
    return session.push(server, CONNECTIONS, rate=HALF_RATE)
