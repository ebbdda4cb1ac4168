"""Whether endpoints that are ill slow down those that are well (E21 of the reliability plan)."""

from __future__ import annotations

import json
import sys
import time

from bench.contenders.afterchat_sender import SENDER
from bench.delays import delays, first_arrivals
from bench.outgoing import set_up
from bench.running import ContenderError, fresh_directory, run_program, running
from bench.session import Figure, Run, Runs, Session, figure
from bench.sink import SINK, arrivals_at

__all__ = ["QUESTION", "run"]

QUESTION = (
    "Ten endpoints get every session, 30 a second: how late are the six that are well, when one swallows pushes and "
    "never answers, one says 500, one drips a byte a second, one says 429, and when all ten are well?"
)
_RATE = 30.0
_SECONDS = 40.0
"""At least; the first ten seconds pass before the first attempt on the black hole is over."""
_LAST_SECONDS = 2.0
"""For the pushes of the last sessions; what is ill is not waited for."""
_ILL = ("hole", "error", "drip", "busy")
_WELL = tuple(f"well{number}" for number in range(6))
_WORDS = {
    "hole": "that never answers",
    "error": "that says 500",
    "drip": "that drips",
    "busy": "that says 429, Retry-After 5",
}


def run(session: Session) -> list[Figure]:
    """The ten with their ill ones and without, by turns."""
    runs = session.interleaved(("all well", "four ill"), lambda name: _measure(session, name))
    well, ill = runs["all well"], runs["four ill"]
    figures = [
        *_ratio(ill, well),
        *figure("isolation.p99_ill", "p99 of the six that are well, four ill", "ms", ill, lambda run: run["p99_ms"]),
        *figure("isolation.p99_well", "p99 of the same six, all well", "ms", well, lambda run: run["p99_ms"]),
        *figure("isolation.p50_ill", "p50 of the six, four ill", "ms", ill, lambda run: run["p50_ms"]),
        *figure("isolation.p50_well", "p50 of the six, all well", "ms", well, lambda run: run["p50_ms"]),
        *figure("isolation.max_ill", "slowest of the six, four ill", "ms", ill, lambda run: run["max_ms"]),
    ]
    for name in _ILL:
        label = f"attempts a second on the endpoint {_WORDS[name]}"
        figures += figure(f"isolation.attempts_{name}", label, "/s", ill, lambda run, name=name: run["attempts"][name])
    return figures


def _ratio(ill: Runs, well: Runs) -> list[Figure]:
    pairs = [(run, beside) for run, beside in zip(ill, well, strict=True) if run and beside]
    values = tuple(run["p99_ms"] / beside["p99_ms"] for run, beside in pairs)
    label = "p99 of the six that are well beside four ill ones, as a multiple of theirs when all are well"
    return [Figure("isolation.ratio", label, "times", values)] if values else []


def _measure(session: Session, name: str) -> Run | None:
    work, seconds = session.options.work, max(session.options.seconds, _SECONDS)
    manners = {one: one if name == "four ill" else "well" for one in _ILL} | dict.fromkeys(_WELL, "well")
    try:
        with fresh_directory(work, "sink") as beside, running(SINK, beside) as sink:
            url = f"http://{sink.host}:{sink.port}"
            with fresh_directory(work, "sending") as directory:
                set_up(directory, [f"{url}/{manner}/{one}" for one, manner in manners.items()])
                with running(SENDER, directory) as sender:
                    job = {"load": "ends", "rate": _RATE, "seconds": seconds, "host": sender.host, "port": sender.port}
                    lines = run_program(["-m", "bench.centre", json.dumps(job)])
                    time.sleep(_LAST_SECONDS)
                    arrivals = arrivals_at(url)
    except (ContenderError, OSError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        session.failed.append(name)
        return None
    if not lines:
        session.failed.append(name)
        return None
    six = [first_arrivals(*arrivals[one]) for one in _WELL]
    attempts = {one: round(len(arrivals[one][0]) / seconds, 2) for one in _ILL}
    run = {"contender": name, "open_rate": _RATE, "attempts": attempts, **delays(json.loads(lines[-1]), six)}
    return session.keep(run)
