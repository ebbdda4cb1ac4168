"""When to send what the simulation tells: its time laid onto the wall's.

    real_time  every moment is moved by the same span: what happens now is sent now
    squeezed   the simulation's time runs so many times faster: sixty of its minutes happen within one of ours
    backfill   it began some days ago: what is past is sent at full speed, and then it goes on in real time

Pure: `now` is an argument, and nobody waits here; whoever sends does.

Rules
- No event is sent before it happened.
- Events keep their order, and the events of one session their order within a millisecond.
- Squeezing shortens what the visitors and the staff do, and so every duration in a record; the engine's timers know
  nothing of it and end what is left to them later than the simulation thinks, which no event minds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from afterchat.engine import Event, SessionOpened

__all__ = ["Pace", "Paced", "backfill", "real_time", "squeezed"]

_DAY_MS = 86_400_000


class Paced(NamedTuple):
    """One event as it is to be sent."""

    event: Event
    """With its moments laid onto the wall's time."""
    send_at: int
    """Epoch ms by the wall clock."""


class Pace(NamedTuple):
    """How the simulation's time and the wall's go together; all moments are epoch ms."""

    begin_at: int
    """Where the simulation's time begins."""
    happens_from: int
    """Which moment of the wall's time that is."""
    sends_from: int
    """When sending begins; what happened before is sent at once."""
    speed: int = 1
    """So many milliseconds of the simulation are one of the wall's."""

    def play(self, events: Iterable[Event]) -> Iterator[Paced]:
        """Each event and when to send it."""
        for event in events:
            at, sequence = divmod(event.at - self.begin_at, self.speed)
            at += self.happens_from
            moments = {"at": at, "sequence": sequence}
            if isinstance(event, SessionOpened) and event.previous_visit_at:
                moments["previous_visit_at"] = (event.previous_visit_at - self.begin_at) // self.speed
                moments["previous_visit_at"] += self.happens_from
            yield Paced(msgspec.structs.replace(event, **moments), max(at, self.sends_from))


def real_time(begin_at: int, now: int) -> Pace:
    """The simulation begins now."""
    return Pace(begin_at, now, now)


def squeezed(begin_at: int, now: int, speed: int) -> Pace:
    """The simulation begins now and runs `speed` times as fast."""
    return Pace(begin_at, now, now, speed)


def backfill(begin_at: int, now: int, days: int) -> Pace:
    """The simulation began `days` days ago; let its `begin_at` be that moment, and its hours are the wall's."""
    return Pace(begin_at, now - days * _DAY_MS, now)
