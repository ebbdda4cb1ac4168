"""What the relay adds to the HTTP client it sends with: outbox on disk, leases, signatures, attempt log."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from bench.contenders.afterchat_sender import SENDER
from bench.outgoing import fill_outbox, logged_deliveries, set_up, settled
from bench.processes import usage_of_tree
from bench.running import ContenderError, Server, fresh_directory, run_program, running
from bench.session import Figure, Run, Session, figure, ratio
from bench.sink import SINK, arrivals_at

__all__ = ["QUESTION", "run"]

QUESTION = (
    "How many pushes a second does the relay deliver, and how many does its HTTP client alone? "
    "64 at once, one sending process, one endpoint; the sink is another process."
)
_AT_ONCE = 64
_DELIVERIES_PER_SECOND = 5_000
"""Of the length that was asked for; so many, however long they take."""


def run(session: Session) -> list[Figure]:
    """Client alone, relay alone, and the whole sender, by turns; each in a fresh process on a fresh outbox."""
    runs = session.interleaved(("client", "relay", SENDER.name), lambda name: _measure(session, name))
    client, relay, sender = runs["client"], runs["relay"], runs[SENDER.name]
    figures = [
        *ratio("relay.ratio", "the relay's rate, as a share of the client's", relay, client, unit=""),
        *ratio("relay.ratio_sender", "the same of `afterchat sender` as it is installed", sender, client, unit=""),
    ]
    pairs = [(run, beside) for run, beside in zip(relay, client, strict=True) if run and beside]
    shares = tuple(beside["cpu_us"] / run["cpu_us"] for run, beside in pairs)
    figures.append(Figure("relay.cpu_ratio", "the client's CPU for a delivery, as a share of the relay's", "", shares))
    for key, label, measured in (
        ("client", "HTTP client alone", client),
        ("relay", "relay", relay),
        ("sender", "`afterchat sender`", sender),
    ):
        figures += figure(f"relay.rate_{key}", f"deliveries a second, {label}", "/s", measured, lambda run: run["rate"])
    for key, label, measured in (("client", "HTTP client alone", client), ("relay", "relay", relay)):
        figures += figure(f"relay.cpu_{key}", f"CPU of a delivery, {label}", "us", measured, lambda run: run["cpu_us"])
    return figures


def _measure(session: Session, name: str) -> Run | None:
    count = int(session.options.seconds * _DELIVERIES_PER_SECOND)
    work = session.options.work
    try:
        with fresh_directory(work, "sink") as beside, running(SINK, beside) as sink:
            url = f"http://{sink.host}:{sink.port}"
            with fresh_directory(work, name) as directory:
                set_up(directory, [f"{url}/well/all"], _AT_ONCE)
                if name != "client":
                    fill_outbox(directory, count)
                cpu_us = _deliver(name, directory, count)
                rows = None if name == "client" else logged_deliveries(directory)
            sessions, moments = arrivals_at(url)["all"]
    except (ContenderError, OSError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        session.failed.append(name)
        return None
    delivered = len(set(sessions))
    return session.keep(
        {
            "contender": name,
            "connections": _AT_ONCE,
            "rate": round((len(moments) - 1) / (moments[-1] - moments[0]), 1),
            "cpu_us": cpu_us,
            "acked_in_all": delivered,
            "arrivals": len(sessions),
            "rows": rows,
            "load_average": round(os.getloadavg()[0], 2),
            "is_honest": delivered == count == len(sessions) and rows in (None, count),
        }
    )


def _deliver(name: str, directory: Path, count: int) -> float:
    """Have `count` pushes delivered; CPU of the sending process for each, microseconds."""
    if name == SENDER.name:
        with running(SENDER, directory) as server:
            return _drained(server, count)
    form = {"client": "bare", "relay": "relay"}[name]
    job = {"directory": str(directory), "count": count, "at_once": _AT_ONCE}
    lines = run_program(["-m", "bench.relaying", form, json.dumps(job)])
    if not lines:
        raise ContenderError(f"{name} did not deliver everything")
    return float(json.loads(lines[-1])["cpu_us"])


def _drained(server: Server, count: int) -> float:
    """Wait until the outbox is empty; what starting costs is counted, too, and little beside the rest."""
    settled(server.directory)
    return round(usage_of_tree(server.pid).server_cpu_seconds / count * 1e6, 1)
