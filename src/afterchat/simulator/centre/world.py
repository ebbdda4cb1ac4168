"""All of the simulation in one hand, and SessionLog, the one place where an event is made.

A process gets the World and nothing else, so it can start others, take staff, and tell what happens.
"""

from __future__ import annotations

from typing import Any

from afterchat.engine import Event, Policy, SessionClosed
from afterchat.simulator.centre.agenda import Agenda, Steps
from afterchat.simulator.centre.arrivals import Arrivals
from afterchat.simulator.centre.draws import Chance
from afterchat.simulator.centre.floor import Floor, Group
from afterchat.simulator.centre.roster import admin
from afterchat.simulator.centre.visitor import Visit, Visitors, identity_of

__all__ = ["ENGINE", "LEFT_TO_ENGINE_SHARE", "LeftMessage", "SessionLog", "World", "opening"]

ENGINE = Policy()
"""What the engine does by itself when the platform says nothing; the centre keeps its talks within these times."""

LEFT_TO_ENGINE_SHARE = 0.5
"""So many of the sessions that run into a time limit are left to the engine; the others the platform closes itself."""


class World:
    """What every process sees of the others."""

    __slots__ = ("_next_session", "admin", "agenda", "arrivals", "chance", "floor", "left_messages", "told", "visitors")

    def __init__(
        self, agenda: Agenda, chance: Chance, floor: Floor, arrivals: Arrivals, *, first_session_id: int
    ) -> None:
        self.agenda = agenda
        self.chance = chance
        self.floor = floor
        self.admin = admin()
        self.arrivals = arrivals
        self.visitors = Visitors(chance)
        self.left_messages: list[LeftMessage] = []
        """What nobody has looked at yet, oldest first."""
        self.told: list[Event] = []
        """Events of this moment; whoever drives the simulation takes them away."""
        self._next_session = first_session_id

    def new_session_id(self) -> int:
        """An id that no session had before."""
        session = self._next_session
        self._next_session += 1
        return session

    def begin(self, steps: Steps, after_ms: int = 0) -> None:
        """Start a process so much later."""
        self.agenda.begin(steps, self.agenda.now + after_ms)

    def group_of(self, visit: Visit) -> Group:
        """The group that the visit's trouble belongs to."""
        return self.floor.groups[visit.topic]


class SessionLog:
    """What the platform reports of one session; numbers its events."""

    __slots__ = ("_agenda", "_count", "_told", "session")

    def __init__(self, world: World, session: int) -> None:
        self.session = session
        self._agenda = world.agenda
        self._told = world.told
        self._count = 0

    def tell(self, event: type[Event], /, **values: Any) -> None:
        """Something happened now."""
        self._count += 1
        session = self.session
        self._told.append(event(id=f"s{session}-{self._count}", session=session, at=self._agenda.now, **values))

    def close(self, close_reason: int) -> None:
        """The platform closed it now."""
        self.tell(SessionClosed, close_reason=close_reason)


class LeftMessage:
    """A message that waits for somebody to look at it."""

    __slots__ = ("left_at", "log", "visit")

    def __init__(self, log: SessionLog, visit: Visit, left_at: int) -> None:
        self.log = log
        self.visit = visit
        self.left_at = left_at


def opening(visit: Visit) -> dict[str, Any]:
    """The attributes of SessionOpened that the visit knows."""
    return {**visit.circumstances, **identity_of(visit.visitor)}
