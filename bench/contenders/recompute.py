"""The engine that one would write first: keep every event, and compute everything again whenever one arrives.

It borrows the real engine's steps, so that the two differ in one thing only: what is done again for each event.
No server, so it stands in no table of contenders; `bench.feeding` runs it.
"""

from __future__ import annotations

from operator import attrgetter

from afterchat.contract.record import SessionRecord
from afterchat.engine import Event, Session

__all__ = ["Recompute"]


class Recompute:
    """One session; `feed` gives its record, or None while it is open."""

    def __init__(self, session_id: int) -> None:
        self._id = session_id
        self._events: list[Event] = []

    def feed(self, event: Event) -> SessionRecord | None:
        self._events.append(event)
        session = Session(self._id)
        for known in sorted(self._events, key=attrgetter("at")):
            session.feed(known)
        return session.record
