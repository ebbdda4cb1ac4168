"""What a contact centre would hand in: many short sessions, told late, twice and out of order. Pure.

The sessions are simple enough that what must come of them is known without an engine (`expected`).

Rules
- All events of a session are within an hour or so of each other by their own time; only their arrival is disturbed.
- Whatever is said after the end is said by its own time while it still counts.
- A session's words are its own: no two pushes to one endpoint have the same bytes by accident of the workload.

What does not belong here: sending it, and sending it again (`platform_client`).
"""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from afterchat.contract.record import SessionRecord, blank_record
from afterchat.engine import (
    Event,
    QueueEntered,
    RatingInvited,
    RemarkWritten,
    SessionClosed,
    SessionOpened,
    StaffAssigned,
    StaffWrote,
    VisitorRated,
    VisitorWrote,
)
from simulation.plan import Plan, Scale
from virtual_time import EPOCH_MS

__all__ = ["SOFT", "HandedIn", "Script", "scripts_of"]

KINDS = {"served": 60, "silent": 14, "unrouted": 5, "left_queue": 6, "record": 15}
SOFT = (StaffWrote, RemarkWritten, VisitorRated)
"""A platform may give up on these, of a session that it closes itself; without them no timer ends it sooner."""


class HandedIn(NamedTuple):
    """One request of the platform's: when it is first made, and what it carries."""

    at: float
    items: tuple[Event | SessionRecord, ...]


class Script(NamedTuple):
    """One session from beginning to end, and how it is told."""

    tenant: str
    session: int
    kind: str
    events: tuple[Event, ...]
    """In the order of their own time; none for a session that is handed in as records."""
    records: tuple[SessionRecord, ...]
    """Its versions, in order."""
    requests: tuple[HandedIn, ...]


def scripts_of(plan: Plan) -> list[Script]:
    """All sessions of one life."""
    chance = plan.random("workload")
    tenants = sorted({endpoint.tenant for endpoint in plan.endpoints})
    scripts = []
    for number in range(plan.session_count):
        kind = chance.choices(tuple(KINDS), tuple(KINDS.values()))[0]
        # Both tenants count their sessions from the same number.
        tenant, session = chance.choice(tenants), 100 + number // len(tenants)
        if any((one.tenant, one.session) == (tenant, session) for one in scripts):
            tenant = next(one for one in tenants if one != tenant)
        begin = round(chance.uniform(0, plan.scale.span) * 1000)
        if kind == "record":
            scripts.append(_record_script(chance, plan.scale, tenant, session, begin))
        else:
            events = _events(chance, plan.scale, session, kind, begin)
            scripts.append(Script(tenant, session, kind, events, (), _requests(chance, plan.scale, events)))
    return scripts


def _events(chance: Random, scale: Scale, session: int, kind: str, begin_ms: int) -> tuple[Event, ...]:
    told = _Teller(chance, session, begin_ms, scale.silence * 250)
    told.add(SessionOpened, kind="person", user_id=session, foreign_id=f"u-{session}", evaluation_type=2)
    if kind == "left_queue" or (kind == "served" and chance.random() < 0.5):
        told.add(QueueEntered)
    if kind == "left_queue":
        told.add(SessionClosed, close_reason=12)
    if kind in ("unrouted", "left_queue"):
        return tuple(told.events)
    told.add(StaffAssigned, staff_id=7, staff_name="王小燕")
    for _ in range(chance.randint(1, 3)):
        for _ in range(chance.choice((1, 1, 2))):
            told.add(VisitorWrote)
        told.add(StaffWrote)
    if kind == "silent":
        return tuple(told.events)
    if chance.random() < 0.3:
        told.add(RatingInvited)
    told.add(SessionClosed, close_reason=chance.choice((0, 1, 7)))
    closed_at, window_ms = told.events[-1].at, scale.window_minutes * 60_000
    for number in range(chance.choice((0, 0, 1, 1, 2))):
        at = closed_at + 1 + round(window_ms * chance.uniform(0.45 * number, 0.45 * (number + 1)))
        told.add_at(at, VisitorRated, evaluation=(100, 1)[number], evaluation_remark=f"{session}/{number}")
    if chance.random() < 0.35:
        at = closed_at + 2 + round(2 * window_ms * chance.random())
        told.add_at(at, RemarkWritten, remarks=f"{session}")
    return tuple(sorted(told.events, key=lambda event: event.at))


class _Teller:
    """Adds events, each a little later than the one before."""

    def __init__(self, chance: Random, session: int, begin_ms: int, gap_ms: int) -> None:
        self._chance = chance
        self._session = session
        self._at = EPOCH_MS + begin_ms
        self._gap_ms = gap_ms
        self.events: list[Event] = []

    def add(self, kind: type[Event], /, **values: object) -> None:
        self.add_at(self._at, kind, **values)
        self._at += self._chance.randint(200, self._gap_ms)

    def add_at(self, at: int, kind: type[Event], /, **values: object) -> None:
        self.events.append(kind(id=f"e{len(self.events)}", session=self._session, at=at, **values))


def _requests(chance: Random, scale: Scale, events: tuple[Event, ...]) -> tuple[HandedIn, ...]:
    """How the events are told: alone or together, now or later, once or twice."""
    requests = []
    index = 0
    while index < len(events):
        items = events[index : index + chance.choice((1, 1, 1, 2, 3, 9))]
        index += len(items)
        at = (items[-1].at - EPOCH_MS) / 1000 + chance.uniform(0.02, 0.6)
        draw = chance.random()
        if draw < 0.15:
            at += chance.uniform(0, scale.silence / 3)
        elif draw < 0.19:
            at += chance.uniform(0, scale.silence * 2)
        if chance.random() < 0.1:
            items = tuple(chance.sample(items, len(items)))
        requests.append(HandedIn(at, items))
        if chance.random() < 0.07:
            requests.append(HandedIn(at + chance.uniform(0, scale.silence), items))
    return tuple(requests)


def _record_script(chance: Random, scale: Scale, tenant: str, session: int, begin_ms: int) -> Script:
    records = [
        blank_record(
            id=session,
            start_time=EPOCH_MS + begin_ms - 60_000,
            end_time=EPOCH_MS + begin_ms,
            close_reason=0,
            user_message_count=version,
            remarks=f"{tenant}/{session}/{version}",
        )
        for version in range(chance.choice((1, 1, 2, 3)))
    ]
    at, requests = begin_ms / 1000, []
    for record in records:
        requests.append(HandedIn(at, (record,)))
        at += chance.uniform(0.1, scale.silence / 2)
    return Script(tenant, session, "record", (), tuple(records), tuple(requests))
