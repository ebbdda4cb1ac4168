"""Sessions that end on schedule: their events as HTTP requests, made ready before the clock starts.

Session number n ends at n / rate seconds, whether or not anybody keeps up.

Loads
- ends: everything but the end of each session is handed in before the clock starts; then only ends come.
- whole: all events come in time, so that as many sessions begin, go on and end each second.
  What is no end is collected for `COLLECTED_SECONDS` and handed in together; each end comes alone, when it is due.
  Sessions are as in `conversations`, told at a pace of `SPAN_SECONDS` from opening to end.

What does not belong here: sending them (`centre`), and what became of them (`scenarios`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import NamedTuple

from afterchat.engine import Event, write_event
from bench.conversations import SEED, Conversation, conversations
from bench.outgoing import TOKEN

__all__ = ["COLLECTED_SECONDS", "SPAN_SECONDS", "Plan", "TimedRequest", "plan"]

SPAN_SECONDS = 20.0
COLLECTED_SECONDS = 0.05
_BATCH_EVENTS = 500
_HEAD = (
    "POST /v1/events HTTP/1.1\r\n"
    "Host: {host}\r\n"
    "Authorization: Bearer {token}\r\n"
    "Content-Type: application/x-ndjson\r\n"
    "Content-Length: {length}\r\n"
    "\r\n"
)


class TimedRequest(NamedTuple):
    """One request and when it is due."""

    due: float
    """Seconds after the clock started."""
    session: int
    """The session that it ends; 0 when it ends none."""
    request: bytes


class Plan(NamedTuple):
    """What is handed in before the clock starts, and what comes on time."""

    before: list[bytes]
    timed: list[TimedRequest]


class _Happening(NamedTuple):
    due: float
    session: int
    event: Event


def plan(load: str, rate: float, seconds: float, host: str, start_ms: int) -> Plan:
    """The requests of one run; its clock will start at about `start_ms`, to which the events' own moments belong."""
    is_whole = load == "whole"
    count = round(rate * (seconds + SPAN_SECONDS if is_whole else seconds))
    told = islice(conversations(SEED), count)
    happenings = [one for number, session in enumerate(told) for one in _timed(session, number / rate)]
    before = [one for one in happenings if (one.due < 0 if is_whole else not one.session)]
    timed = [one for one in happenings if (0 <= one.due < seconds if is_whole else one.session)]
    requests = [
        *(TimedRequest(one.due, one.session, _request(host, [one], start_ms)) for one in timed if one.session),
        *_collected(host, [one for one in timed if not one.session], start_ms),
    ]
    return Plan(
        [_request(host, batch, start_ms) for batch in _batches(sorted(before, key=_due))],
        sorted(requests, key=lambda one: one.due),
    )


def _collected(host: str, happenings: list[_Happening], start_ms: int) -> Iterator[TimedRequest]:
    """Requests with what happened in the same stretch, due at its end."""
    happenings.sort(key=_due)
    for stretch, together in groupby(happenings, lambda one: int(one.due / COLLECTED_SECONDS)):
        yield TimedRequest((stretch + 1) * COLLECTED_SECONDS, 0, _request(host, list(together), start_ms))


def _due(happening: _Happening) -> float:
    return happening.due


def _timed(told: Conversation, ends_at: float) -> Iterator[_Happening]:
    """The events of a session up to its end, squeezed to the pace; what comes after the end is left out."""
    events = told.events[: told.closing + 1]
    begin, end = events[0].at, events[-1].at
    pace = SPAN_SECONDS / max(end - begin, 1)
    for event in events[:-1]:
        yield _Happening(ends_at - (end - event.at) * pace, 0, event)
    yield _Happening(ends_at, events[-1].session, events[-1])


def _batches(happenings: list[_Happening]) -> Iterator[list[_Happening]]:
    for first in range(0, len(happenings), _BATCH_EVENTS):
        yield happenings[first : first + _BATCH_EVENTS]


def _request(host: str, happenings: Iterable[_Happening], start_ms: int) -> bytes:
    body = b"\n".join(_moved(one.event, start_ms + round(one.due * 1000)) for one in happenings)
    return _HEAD.format(host=host, token=TOKEN, length=len(body)).encode() + body


def _moved(event: Event, at: int) -> bytes:
    """The event's JSON, as if it happened at `at`."""
    return write_event(event).replace(b'"at":%d' % event.at, b'"at":%d' % at, 1)
