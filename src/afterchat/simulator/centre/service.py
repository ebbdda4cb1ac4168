"""A session while staff serve it: who with whom, and the one way in which its talk waits.

Rules
- Every wait of a talk goes through `until`, so that a connection that fails meanwhile is noticed.
- Whatever ends a talk before its time raises Ended; if it goes on elsewhere, that says how.
"""

from __future__ import annotations

from enum import Enum, auto

from afterchat.engine import StaffBack, StaffLost, StaffWrote, VisitorWrote
from afterchat.simulator.centre.agenda import Steps
from afterchat.simulator.centre.draws import Weighted
from afterchat.simulator.centre.floor import Group, Staff
from afterchat.simulator.centre.notes import Note
from afterchat.simulator.centre.ratings import Asked
from afterchat.simulator.centre.roster import SHORT_LOSS_MS
from afterchat.simulator.centre.visitor import Visit
from afterchat.simulator.centre.world import ENGINE, SessionLog, World

__all__ = ["Ended", "Onward", "Service"]

_LOSS_ENDS = Weighted({"platform": 45, "engine": 35, "take-over": 20})
_LOSS_ENDS_AFTER_MS = (8_000, 50_000)


class Onward(Enum):
    """How a visitor comes to other staff."""

    TRANSFER = auto()
    SILENT_TRANSFER = auto()
    TAKE_OVER = auto()


class Ended(Exception):  # noqa: N818 # no error: the talk is over
    """The session is over, or goes on elsewhere."""

    def __init__(self, onward: Onward | None = None) -> None:
        super().__init__()
        self.onward = onward


class Service:
    """One session and its staff."""

    __slots__ = (
        "_known_loss_at",
        "agenda",
        "asked",
        "assigned_at",
        "chance",
        "evaluation_type",
        "group",
        "has_decided",
        "has_written",
        "hops",
        "is_answered",
        "is_rated",
        "log",
        "longest_wait_ms",
        "notes",
        "staff",
        "visit",
        "world",
    )

    def __init__(self, world: World, log: SessionLog, visit: Visit, group: Group, *, staff: Staff, hops: int) -> None:
        self.world = world
        self.agenda = world.agenda
        self.chance = world.chance
        self.log = log
        self.visit = visit
        self.group = group
        self.evaluation_type = group.desk.evaluation_type
        self.staff = staff
        self.hops = hops
        """Sessions with staff before this one in the journey."""
        self.assigned_at = world.agenda.now
        self.has_written = False
        """Whether the visitor did."""
        self.is_answered = False
        """Whether staff answered, so that there is something to rate."""
        self.asked = Asked.BY_NOBODY
        """Who asked for a rating."""
        self.has_decided = False
        """Whether the visitor made up their mind about it."""
        self.is_rated = False
        self.longest_wait_ms = 0
        self.notes: list[Note] = []
        """What staff have still to write down."""
        self._known_loss_at = 0

    def write(self) -> None:
        """The visitor writes."""
        self.has_written = True
        self.log.tell(VisitorWrote)

    def answer(self) -> None:
        """Staff write."""
        self.is_answered = self.is_answered or self.has_written
        self.log.tell(StaffWrote)

    def take_notes(self) -> list[Note]:
        """What is still to be written down, which then is."""
        notes, self.notes = self.notes, []
        return notes

    def until(self, at: int) -> Steps:
        """Wait until then; raises Ended when the connection of the staff fails before, and they do not come back."""
        staff = self.staff
        if staff.lost_at <= at and self.agenda.now < staff.lost_until and self._known_loss_at != staff.lost_at:
            self._known_loss_at = staff.lost_at
            yield from self._loss()
        yield at

    def pause(self, least_ms: int, most_ms: int) -> Steps:
        """Wait for a moment between these two."""
        return self.until(self.agenda.now + self.chance.between(least_ms, most_ms))

    def _loss(self) -> Steps:
        staff, chance, agenda = self.staff, self.chance, self.agenda
        yield staff.lost_at
        self.log.tell(StaffLost)
        if staff.lost_until - staff.lost_at <= SHORT_LOSS_MS:
            yield staff.lost_until
            self.log.tell(StaffBack)
            return
        end = _LOSS_ENDS.draw(chance)
        if end == "engine":
            yield agenda.now + ENGINE.staff_lost_seconds * 1000
            raise Ended
        yield agenda.now + chance.between(*_LOSS_ENDS_AFTER_MS)
        if end == "take-over":
            raise Ended(Onward.TAKE_OVER)
        self.log.close(4)
        raise Ended
