"""A person's session from its opening to its last late fact, and on into the next session of the journey.

    opened -> routing -> talk -> end -> ratings and notes that come late
                          |-> transferred, moved on silently, taken over -> the next person's session

Each session names the one it came from; the one before names it at once, or a moment later by SuccessorNamed.
"""

from __future__ import annotations

from typing import NamedTuple

from afterchat.engine import (
    FromHistory,
    FromRobot,
    FromTakeOver,
    FromTransfer,
    SessionOpened,
    StaffAssigned,
    SuccessorNamed,
    TakenOver,
    TransferredAway,
)
from afterchat.simulator import words
from afterchat.simulator.centre.agenda import Steps
from afterchat.simulator.centre.draws import Weighted
from afterchat.simulator.centre.ending import afterwards, end_talk
from afterchat.simulator.centre.floor import Group, Staff
from afterchat.simulator.centre.notes import notes_on
from afterchat.simulator.centre.routing import Routing
from afterchat.simulator.centre.service import Ended, Onward, Service
from afterchat.simulator.centre.talk import Talk
from afterchat.simulator.centre.visitor import Visit
from afterchat.simulator.centre.world import ENGINE, LEFT_TO_ENGINE_SHARE, SessionLog, World, opening

__all__ = ["Request", "person_session"]

_UNROUTED_SHARE = 0.002
"""Sessions that fall through every rule of the routing."""
_UNROUTED_MS = (60_000, 800_000)

_NAMED_AT_ONCE_SHARE = 0.85
"""The others learn only later which session follows."""
_NAMED_AFTER_MS = (300, 4_000)
_GOES_ON_MS = (60, 1_500)
_TAKEN_MS = (20, 200)
_OTHER_TOPIC = Weighted({0: 30, 1: 35, 2: 25, 3: 3, 4: 7})
_WRAP_UP_MS = (3_000, 40_000)
"""Before staff take the next visitor."""


class Request(NamedTuple):
    """What is known when a person's session is opened."""

    session: int
    visit: Visit
    group: Group
    came_from: FromRobot | FromHistory | FromTransfer | FromTakeOver | None = None
    staff: Staff | None = None
    """Who serves the visitor without any routing; already taken."""
    hops: int = 0
    """Sessions with staff before this one in the journey."""


def person_session(world: World, request: Request) -> Steps:
    """One session with a person."""
    log, visit, group = SessionLog(world, request.session), request.visit, request.group
    is_called = isinstance(request.came_from, FromHistory)
    log.tell(
        SessionOpened,
        kind="person",
        by="staff" if is_called else "visitor",
        evaluation_type=group.desk.evaluation_type,
        came_from=request.came_from,
        **opening(visit),
    )
    staff = request.staff
    has_written = False
    if staff is not None:
        yield world.agenda.now + world.chance.between(*_TAKEN_MS)
        log.tell(StaffAssigned, staff_id=staff.id, staff_name=staff.name)
    elif world.chance.happens(_UNROUTED_SHARE):
        yield from _fall_through(world, log)
    else:
        routing = Routing(world, log, visit, group)
        staff = yield from routing.staff()
        has_written = routing.has_written
    if staff is None:
        return
    service = Service(world, log, visit, group, staff=staff, hops=request.hops)
    service.has_written = has_written
    yield from _serve(service, is_called=is_called)


def _serve(service: Service, *, is_called: bool) -> Steps:
    world = service.world
    service.notes = notes_on(service.chance, service.visit.topic, service.agenda.now)
    onward = None
    try:
        yield from Talk(service, is_called=is_called).steps()
        yield from end_talk(service)
    except Ended as ended:
        onward = ended.onward
    world.begin(_wrap_up(service), 0 if onward else service.chance.between(*_WRAP_UP_MS))
    if onward is None:
        yield from afterwards(service)
    else:
        yield from _go_on(service, onward)


def _wrap_up(service: Service) -> Steps:
    """The staff have time again."""
    service.world.floor.release(service.staff)
    yield from ()


def _fall_through(world: World, log: SessionLog) -> Steps:
    """Nobody routes it; the platform notices, or the engine does."""
    if world.chance.happens(LEFT_TO_ENGINE_SHARE):
        yield world.agenda.now + ENGINE.unrouted_seconds * 1000
        return
    yield world.agenda.now + world.chance.between(*_UNROUTED_MS)
    log.close(16)


def _go_on(service: Service, onward: Onward) -> Steps:
    """End this session and open the next one of the journey."""
    chance, world = service.chance, service.world
    following = world.new_session_id()
    named = following if chance.happens(_NAMED_AT_ONCE_SHARE) else 0
    if onward is Onward.TAKE_OVER:
        service.log.tell(TakenOver, to_session=named)
    else:
        service.log.tell(TransferredAway, is_silent=onward is Onward.SILENT_TRANSFER, to_session=named)
    world.begin(person_session(world, _following(service, onward, following)), chance.between(*_GOES_ON_MS))
    if not named:
        yield service.agenda.now + chance.between(*_NAMED_AFTER_MS)
        service.log.tell(SuccessorNamed, to_session=following)


def _following(service: Service, onward: Onward, session: int) -> Request:
    """With whom the visitor goes on."""
    visit, group, before = service.visit, service.group, service.log.session
    hops = service.hops + 1
    if onward is Onward.TAKE_OVER:
        admin = service.world.admin
        admin.open_count += 1
        return Request(session, visit, group, FromTakeOver(session=before), admin, hops)
    if onward is Onward.TRANSFER:
        visit = visit._replace(topic=_OTHER_TOPIC.draw(service.chance))
    came_from = FromTransfer(
        session=before,
        transfer_from_staff_name=service.staff.name,
        transfer_from_group=group.desk.name,
        transfer_remarks=service.chance.pick(words.TRANSFER_REMARKS) if onward is Onward.TRANSFER else "",
        is_silent=onward is Onward.SILENT_TRANSFER,
    )
    return Request(session, visit, service.world.group_of(visit), came_from, None, hops)
