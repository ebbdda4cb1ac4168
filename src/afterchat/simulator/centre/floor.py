"""The floor: groups, their staff, who is free, and who queues.

Staff have a group of their own and one more that they can help; each serves a few visitors at a time.
A group gives out its visitors in turn: who has waited longest for one is next.

Rules
- Whoever takes staff gives them back by `release`, exactly once.
- A visitor who queues holds a Ticket; it is served or void, and then out of every queue.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from afterchat.simulator import words
from afterchat.simulator.centre.agenda import Agenda, Process

__all__ = ["DESKS", "MEMBERS", "NIGHT", "Desk", "Floor", "Group", "Staff", "Ticket"]

_FIRST_STAFF_ID = 17_885


class Desk(NamedTuple):
    """What one group is for."""

    name: str
    evaluation_type: int
    """Its rating model."""
    staff_weight: int
    """Its part of the staff of the day, out of a hundred."""
    visitor_weight: int
    """Its part of the visitors, out of a hundred."""
    helps: int
    """The other group that its staff can serve."""
    overflows_to: int
    """Where its visitors go when it is full; itself when nobody else can help them."""


PRE_SALES, AFTER_SALES, LOGISTICS, MEMBERS, COMPLAINTS, NIGHT = range(6)

DESKS = tuple(
    Desk(name, *row)
    for name, row in zip(
        words.GROUPS,
        (
            (5, 28, 29, MEMBERS, LOGISTICS),
            (5, 30, 31, COMPLAINTS, PRE_SALES),
            (2, 22, 24, AFTER_SALES, AFTER_SALES),
            (5, 10, 8, PRE_SALES, MEMBERS),
            (3, 10, 8, AFTER_SALES, COMPLAINTS),
            (2, 0, 0, NIGHT, NIGHT),
        ),
        strict=True,
    )
)
"""By the numbers above; the night shift takes whatever comes."""

_QUEUE_MAX = 5
_QUEUE_PER_STAFF_MAX = 2
"""A queue takes so many visitors, and so many more for each of the staff on duty."""


class Staff:
    """One person and how busy they are."""

    __slots__ = (
        "groups",
        "id",
        "index",
        "is_listed",
        "is_on",
        "limit",
        "lost_at",
        "lost_until",
        "name",
        "open_count",
        "slowness",
    )

    def __init__(self, index: int, name: str, groups: tuple[int, ...], limit: int, slowness: float) -> None:
        self.index = index
        self.id = _FIRST_STAFF_ID + index
        self.name = name
        self.groups = groups
        """Their own group first."""
        self.limit = limit
        """Sessions at one time."""
        self.slowness = slowness
        """How long they take to reply, against the mean of all."""
        self.open_count = 0
        self.is_on = False
        self.is_listed = [False for _ in groups]
        """Whether each group has them in its line of the free."""
        self.lost_at = 0
        self.lost_until = 0
        """When their connection fails this shift, known beforehand to nobody but the simulation."""


class Ticket:
    """A visitor's place in a queue."""

    __slots__ = ("is_cleared", "process", "staff")

    def __init__(self, process: Process) -> None:
        self.process = process
        self.staff: Staff | None = None
        """Who serves the visitor now."""
        self.is_cleared = False
        """Whether the last of the staff went off line."""

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self.staff is not None or self.is_cleared


class Group:
    """One group as it is now."""

    __slots__ = ("desk", "free", "number", "on_count", "queue", "staff")

    def __init__(self, number: int) -> None:
        self.number = number
        self.desk = DESKS[number]
        self.staff: list[Staff] = []
        """Whose own group it is."""
        self.free: deque[Staff] = deque()
        self.queue: dict[Ticket, None] = {}
        self.on_count = 0
        """Staff on duty who can serve it."""

    @property
    def is_full(self) -> bool:
        """Whether its queue takes nobody more."""
        return len(self.queue) >= _QUEUE_MAX + _QUEUE_PER_STAFF_MAX * self.on_count


class Floor:
    """All groups and all staff."""

    __slots__ = ("_agenda", "groups")

    def __init__(self, agenda: Agenda, staff: Iterable[Staff]) -> None:
        self._agenda = agenda
        self.groups: Sequence[Group] = tuple(Group(number) for number in range(len(DESKS)))
        for one in staff:
            self.groups[one.groups[0]].staff.append(one)

    def take(self, group: Group) -> Staff | None:
        """Somebody of the group who has time for one visitor more; they have one more now."""
        while group.free:
            staff = group.free.popleft()
            place = staff.groups.index(group.number)
            staff.is_listed[place] = False
            if staff.is_on and staff.open_count < staff.limit:
                staff.open_count += 1
                self._list(staff)
                return staff
        return None

    def take_named(self, staff: Staff) -> bool:
        """Whether that very person has time; then they have one visitor more now."""
        is_free = staff.is_on and staff.open_count < staff.limit
        staff.open_count += is_free
        return is_free

    def release(self, staff: Staff) -> None:
        """One visitor of theirs less; whoever queues is next."""
        staff.open_count -= 1
        self._serve(staff)

    def come(self, staff: Staff) -> None:
        """Staff come on duty, or back from a break."""
        staff.is_on = True
        for number in staff.groups:
            self.groups[number].on_count += 1
        self._serve(staff)

    def leave(self, staff: Staff) -> None:
        """Staff go; what they have open they go on with, unless they are lost."""
        staff.is_on = False
        for number in staff.groups:
            group = self.groups[number]
            group.on_count -= 1
            if group.on_count == 0:
                self._clear(group)

    def join(self, group: Group) -> Ticket:
        """Let the running process queue."""
        ticket = Ticket(self._agenda.running)
        group.queue[ticket] = None
        return ticket

    def quit(self, group: Group, ticket: Ticket) -> None:
        """Let go of a place in the queue, if it is still held."""
        group.queue.pop(ticket, None)

    def _serve(self, staff: Staff) -> None:
        if not staff.is_on:
            return
        for number in staff.groups:
            group = self.groups[number]
            while group.queue and staff.open_count < staff.limit:
                ticket = next(iter(group.queue))
                del group.queue[ticket]
                ticket.staff = staff
                staff.open_count += 1
                self._agenda.wake(ticket.process)
        self._list(staff)

    def _list(self, staff: Staff) -> None:
        if staff.open_count >= staff.limit:
            return
        for place, number in enumerate(staff.groups):
            if not staff.is_listed[place]:
                staff.is_listed[place] = True
                self.groups[number].free.append(staff)

    def _clear(self, group: Group) -> None:
        """Nobody is left to wait for."""
        tickets = tuple(group.queue)
        group.queue.clear()
        for ticket in tickets:
            ticket.is_cleared = True
            self._agenda.wake(ticket.process)
