"""What kill -9 of the sender costs: how long its leased entries wait, and how many pushes arrive twice."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from time import perf_counter

from bench.contenders.afterchat_sender import SENDER
from bench.inbox import count_rows
from bench.outgoing import fill_outbox, logged_deliveries, set_up, settled
from bench.running import ContenderError, MeasurementError, fresh_directory, running
from bench.session import Figure, Run, Session, figure
from bench.sink import SINK, Arrivals, arrivals_at, counts_at

__all__ = ["QUESTION", "run"]

QUESTION = (
    "The sender is killed (-9) with 64 attempts under way and started again at once: "
    "when is each entry that it held attempted again, and how many pushes arrive twice?"
)
_NAME = "all"
_AT_ONCE = 64
_ENTRIES = 640
_BEFORE_KILL = 200
"""Arrivals; the receiver takes a second for each, so that 64 are under way at any moment."""
_WAIT_SECONDS_MAX = 60.0
_LOOK_SECONDS = 0.05
_LEASED = "SELECT count(*) FROM entry WHERE state = 'leased'"


def run(session: Session) -> list[Figure]:
    """The same kill again and again, each on a fresh outbox."""
    runs = session.interleaved((SENDER.name,), lambda name: _measure(session, name))[SENDER.name]
    again = "seconds from the kill until a leased entry was attempted again"
    return [
        *figure("relay-kill.seconds_max", f"{again}, the last of them", "s", runs, lambda run: run["again_max"]),
        *figure("relay-kill.seconds_min", f"{again}, the first of them", "s", runs, lambda run: run["again_min"]),
        *figure(
            "relay-kill.leased", "entries that were leased when it was killed", "", runs, lambda run: run["leased"]
        ),
        *figure("relay-kill.extra", "pushes that arrived twice", "", runs, lambda run: run["extra"]),
        *figure("relay-kill.unexplained", "of those, more than were leased", "", runs, _unexplained),
        *figure("relay-kill.lost", "pushes that never arrived", "", runs, lambda run: run["lost"]),
    ]


def _unexplained(run: Run) -> float:
    return max(0, run["extra"] - run["leased"])


def _measure(session: Session, name: str) -> Run | None:
    work = session.options.work
    try:
        with fresh_directory(work, "sink") as beside, running(SINK, beside) as sink:
            url = f"http://{sink.host}:{sink.port}"
            with fresh_directory(work, name) as directory:
                set_up(directory, [f"{url}/slow/{_NAME}"], _AT_ONCE)
                fill_outbox(directory, _ENTRIES)
                killed_at = _killed(directory, url)
                leased = count_rows(directory / "sender.db", _LEASED)
                with running(SENDER, directory):
                    settled(directory)
                rows = logged_deliveries(directory)
            arrivals = arrivals_at(url)
    except (ContenderError, OSError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        session.failed.append(name)
        return None
    return session.keep({"contender": name, "leased": leased, "rows": rows, **_outcome(arrivals, killed_at)})


def _killed(directory: Path, url: str) -> float:
    """Run the sender until it is well under way, then kill it; when that was."""
    with running(SENDER, directory) as server:
        deadline = perf_counter() + _WAIT_SECONDS_MAX
        while counts_at(url).get(_NAME, 0) < _BEFORE_KILL:
            if perf_counter() > deadline:
                raise MeasurementError("the sender did not get under way")
            time.sleep(_LOOK_SECONDS)
        os.kill(server.pid, signal.SIGKILL)
        return perf_counter()


def _outcome(arrivals: Arrivals, killed_at: float) -> Run:
    """What arrived twice, and how long after the kill the second one came."""
    sessions, moments = arrivals[_NAME]
    before = {session for session, moment in zip(sessions, moments, strict=True) if moment <= killed_at}
    again = [
        moment - killed_at
        for session, moment in zip(sessions, moments, strict=True)
        if moment > killed_at and session in before
    ]
    arrived = len(set(sessions))
    return {
        "again_min": round(min(again, default=0.0), 2),
        "again_max": round(max(again, default=0.0), 2),
        "extra": len(sessions) - arrived,
        "lost": _ENTRIES - arrived,
        "acked_in_all": arrived,
        "is_honest": arrived == _ENTRIES,
    }
