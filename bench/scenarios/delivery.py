"""How long a push takes from the end of its session, 300 times a second: in one process, and as installed."""

from __future__ import annotations

import json
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.contenders.afterchat_sender import SENDER
from bench.contenders.afterchat_server import WITH_PROJECTOR
from bench.delays import Moments, delays, first_arrivals
from bench.inbox import Projection
from bench.outgoing import set_up, settled
from bench.running import ContenderError, fresh_directory, run_program, running
from bench.session import Figure, Run, Session, caught_up, figure

__all__ = ["QUESTION", "run"]

QUESTION = (
    "How long after the end of its session does a push arrive, at 300 ended sessions a second in an open loop? "
    "Since the end was due, and since it was answered; the contact centre is part of the machine's load."
)
_RATE = 300.0
_SECONDS = 10.0
"""At least; the tail of a shorter load is a matter of luck."""
_ARRANGEMENTS = {
    "together": "centre, sender and a sink in one process",
    "installed": "`afterchat sender` to `afterchat serve` with projector, a process each",
}
_LOADS = {"ends": "only ends come", "whole": "all events come"}
_MEASURES = {
    "p50": ("p50", "p50_ms"),
    "p99": ("p99", "p99_ms"),
    "since_answer_p50": ("p50 since the answer", "since_answer_p50_ms"),
    "since_answer_p99": ("p99 since the answer", "since_answer_p99_ms"),
}


def run(session: Session) -> list[Figure]:
    """Each arrangement under each load, by turns."""
    names = [f"{arrangement}, {load}" for load in _LOADS for arrangement in _ARRANGEMENTS]
    runs = session.interleaved(names, lambda name: _measure(session, *name.split(", ")))
    return [
        one
        for load, what in _LOADS.items()
        for arrangement, where in _ARRANGEMENTS.items()
        for key, (label, column) in _MEASURES.items()
        for one in figure(
            f"delivery.{arrangement}_{load}_{key}",
            f"{label}: {where}; {what}",
            "ms",
            runs[f"{arrangement}, {load}"],
            lambda run, column=column: run[column],
        )
    ]


def _measure(session: Session, arrangement: str, load: str) -> Run | None:
    job = {"load": load, "rate": _RATE, "seconds": max(session.options.seconds, _SECONDS)}
    try:
        with fresh_directory(session.options.work, "sending") as directory:
            if arrangement == "together":
                centre = _ran({**job, "directory": str(directory)}, "together")
                arrived = first_arrivals(*centre["arrivals"]["all"])
            else:
                with fresh_directory(session.options.work, "receiving") as beside:
                    centre, arrived = _installed(directory, beside, job)
    except (ContenderError, OSError) as error:
        print(f"{arrangement}: {error}", file=sys.stderr)
        session.failed.append(arrangement)
        return None
    return session.keep({"contender": f"{arrangement}, {load}", "open_rate": _RATE, **delays(centre, [arrived])})


def _installed(directory: Path, beside: Path, job: dict[str, Any]) -> tuple[dict[str, Any], Moments]:
    """Three processes and the projector; arrivals are what the receiver itself wrote down, to a millisecond."""
    offset = time.time() - time.perf_counter()
    with running(WITH_PROJECTOR, beside) as receiver:
        set_up(directory, [f"http://{receiver.host}:{receiver.port}/push"])
        with running(SENDER, directory) as sender:
            centre = _ran({**job, "host": sender.host, "port": sender.port})
            settled(directory)
        with closing(Projection(beside)) as projection:
            caught_up(projection)
            sessions, moments = zip(*projection.arrivals(), strict=True)
    return centre, first_arrivals(sessions, [moment / 1000 - offset for moment in moments])


def _ran(job: dict[str, Any], *how: str) -> dict[str, Any]:
    """What the centre noted."""
    lines = run_program(["-m", "bench.centre", json.dumps(job), *how])
    if not lines:
        raise ContenderError("the contact centre did not end its work")
    noted: dict[str, Any] = json.loads(lines[-1])
    return noted
