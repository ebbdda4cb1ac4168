"""From an opened session to somebody who serves it: at once, after a queue, from another group, or nobody.

somebody free             -> assigned at once
full, or nobody on duty   -> the next group's staff or its queue; else a message is offered
queue                     -> served, moved to another group, gives up, is timed out, or its staff go off line
"""

from __future__ import annotations

from collections.abc import Generator

from afterchat.engine import AlarmRaised, MessageOffered, QueueEntered, StaffAssigned, StaffLost, VisitorWrote
from afterchat.simulator.centre.draws import STEADY, Weighted
from afterchat.simulator.centre.floor import Group, Staff, Ticket
from afterchat.simulator.centre.messages import write_message
from afterchat.simulator.centre.visitor import Visit
from afterchat.simulator.centre.world import ENGINE, LEFT_TO_ENGINE_SHARE, SessionLog, World

__all__ = ["Routing"]

_ROUTING_MS = (150, 1_200)
_NAMED_SHARE = 0.05
"""Visitors who ask for somebody by name."""

_PATIENCE_MS = 170_000
_STUBBORN_SHARE = 0.2
"""Visitors who wait until somebody comes or the queue lets go of them."""
_LEAVES_BY = Weighted({12: 82, 1: 18})
_TIMED_OUT_MS = 300_000
"""The platform's limit, where it has one; the engine's is later."""
_ENGINE_QUEUE_MS = ENGINE.queue_seconds * 1000
_TOO_LATE_MS = 5_000
"""Nobody is assigned in the last moments before the engine lets go of the visitor."""

_WRITING_SHARE = 0.55
_WRITES_AFTER_MS = (2_000, 40_000)
_ALARM_SHARE = 0.5
_ALARM_AFTER_MS = 180_000
_MOVES_AFTER_MS = (40_000, 150_000)

_OFF_LINE_ENDS = Weighted({"platform": 4, "engine": 3, "message": 3})
_OFF_LINE_MS = (4_000, 50_000)


class Routing:
    """The way of one session to its staff."""

    __slots__ = ("_agenda", "_chance", "_group", "_log", "_overflow_from", "_visit", "_world", "has_written")

    def __init__(self, world: World, log: SessionLog, visit: Visit, group: Group) -> None:
        self._world = world
        self._agenda = world.agenda
        self._chance = world.chance
        self._log = log
        self._visit = visit
        self._group = group
        self._overflow_from = ""
        self.has_written = False
        """Whether the visitor wrote while queuing."""

    def staff(self) -> Generator[int, None, Staff | None]:
        """Whoever serves the visitor; None when the session ended otherwise."""
        chance, floor = self._chance, self._world.floor
        asked_for = chance.pick(self._group.staff) if self._group.staff and chance.happens(_NAMED_SHARE) else None
        staff = asked_for if asked_for is not None and floor.take_named(asked_for) else self._somebody()
        if staff is None and not self._group.is_full and self._group.on_count:
            return (yield from self._queue(asked_for))
        yield self._agenda.now + chance.between(*_ROUTING_MS)
        if staff is None:
            yield from self._message()
            return None
        self._assign(staff, asked_for)
        return staff

    def _somebody(self) -> Staff | None:
        """Staff of the group, else of the one it overflows to; or a queue that takes the visitor."""
        floor = self._world.floor
        staff = floor.take(self._group)
        if staff is not None or (self._group.on_count and not self._group.is_full):
            return staff
        other = floor.groups[self._group.desk.overflows_to]
        if other is self._group:
            return None
        staff = floor.take(other)
        if staff is not None or (other.on_count and not other.is_full):
            self._overflow_from, self._group = self._group.desk.name, other
        return staff

    def _assign(self, staff: Staff, asked_for: Staff | None = None) -> None:
        self._log.tell(
            StaffAssigned,
            staff_id=staff.id,
            staff_name=staff.name,
            from_group_id=self._group.number + 1,
            from_group=self._group.desk.name,
            from_staff=asked_for.name if asked_for is not None else "",
            overflow_from=self._overflow_from,
        )

    def _message(self) -> Generator[int, None, None]:
        self._log.tell(MessageOffered)
        yield from write_message(self._world, self._log, self._visit)

    def _queue(self, asked_for: Staff | None) -> Generator[int, None, Staff | None]:
        """Wait until one of many things happens."""
        yield self._agenda.now + self._chance.between(*_ROUTING_MS)
        staff = self._world.floor.take(self._group)
        if staff is not None:  # somebody became free meanwhile
            self._assign(staff, asked_for)
            return staff
        if not self._group.on_count:
            yield from self._message()
            return None
        self._enter(asked_for.name if asked_for is not None else "")
        return (yield from self._wait(self._agenda.now))

    def _wait(self, queued_at: int) -> Generator[int, None, Staff | None]:
        """Queue until somebody comes, or something else ends it."""
        ticket = self._world.floor.join(self._group)
        reason = 0
        for at, happening in self._happenings(queued_at):
            yield at
            if not ticket.is_settled:
                reason = self._happen(happening, ticket)
            if ticket.is_settled:
                break
        if ticket.staff is not None:
            self._assign(ticket.staff)
            return ticket.staff
        self._world.floor.quit(self._group, ticket)
        if ticket.is_cleared:
            yield from self._off_line(queued_at)
        elif reason:
            self._log.close(reason)
        else:
            yield queued_at + _ENGINE_QUEUE_MS
        return None

    def _happen(self, happening: str, ticket: Ticket) -> int:
        """What happens while nobody comes; a close reason when it is the end, 0 when that is left to the engine."""
        if happening == "write":
            self.has_written = True
            self._log.tell(VisitorWrote)
        elif happening == "alarm":
            self._log.tell(AlarmRaised)
        elif happening == "move":
            self._move(ticket)
        else:
            return int(happening)
        return 0

    def _happenings(self, queued_at: int) -> list[tuple[int, str]]:
        """What happens while nobody comes, in order; the last one is the end."""
        chance = self._chance
        plan: list[tuple[int, str]] = []
        if chance.happens(_WRITING_SHARE):
            plan.append((queued_at + chance.between(*_WRITES_AFTER_MS), "write"))
        if chance.happens(_ALARM_SHARE):
            plan.append((queued_at + _ALARM_AFTER_MS, "alarm"))
        plan.append((queued_at + chance.between(*_MOVES_AFTER_MS), "move"))
        patience_ms = 3_000 + chance.heavy(_PATIENCE_MS, STEADY)
        is_stubborn = chance.happens(_STUBBORN_SHARE)
        is_left_to_engine = chance.happens(LEFT_TO_ENGINE_SHARE)
        limit_ms = _ENGINE_QUEUE_MS - _TOO_LATE_MS if is_left_to_engine else _TIMED_OUT_MS
        if patience_ms < limit_ms and not is_stubborn:
            end = queued_at + patience_ms, str(_LEAVES_BY.draw(chance))
        else:
            end = queued_at + limit_ms, "0" if is_left_to_engine else "11"
        return [*sorted(one for one in plan if one[0] < end[0]), end]

    def _enter(self, from_staff: str = "") -> None:
        self._log.tell(
            QueueEntered,
            from_group_id=self._group.number + 1,
            from_group=self._group.desk.name,
            from_staff=from_staff,
            overflow_from=self._overflow_from,
        )

    def _move(self, ticket: Ticket) -> None:
        """Try the other group: its staff if one is free, or its queue if nobody is in it."""
        floor = self._world.floor
        other = floor.groups[self._group.desk.overflows_to]
        if other is self._group or self._overflow_from or not other.on_count:
            return
        staff = floor.take(other)
        if staff is None and other.queue:
            return
        floor.quit(self._group, ticket)
        self._overflow_from, self._group = self._group.desk.name, other
        if staff is not None:
            ticket.staff = staff
        else:
            other.queue[ticket] = None
            self._enter()

    def _off_line(self, queued_at: int) -> Generator[int, None, None]:
        """All who could have served the visitor went off line."""
        chance, agenda = self._chance, self._agenda
        self._log.tell(StaffLost)
        end = _OFF_LINE_ENDS.draw(chance)
        _, latest_ms = _OFF_LINE_MS
        if end == "engine" or agenda.now + latest_ms >= queued_at + _ENGINE_QUEUE_MS:
            yield agenda.now + ENGINE.staff_lost_seconds * 1000
            return
        yield agenda.now + chance.between(*_OFF_LINE_MS)
        if end == "platform":
            self._log.close(13)
        else:
            yield from self._message()
