"""The one session that the tests of the engine play: its events, made in few words, and the ways to where it can be.

Rules
- A moment is seconds after BEGIN, and an event's id is its class and its second unless a test gives another.
- What every event of a class needs has one value here; a test names only what matters to it.
"""

from __future__ import annotations

from copy import copy

import msgspec

from afterchat.contract.record import CustomField
from afterchat.engine.events import (
    CategoryChosen,
    CustomFieldsFilled,
    HandedToPerson,
    MessageOffered,
    QueueEntered,
    RatingWindowClosed,
    RemarkWritten,
    SessionClosed,
    SessionOpened,
    StaffAssigned,
    StatusMarked,
    SuccessorNamed,
    TransferredAway,
    VisitorRated,
    VisitorWrote,
)
from afterchat.engine.facts import Facts
from afterchat.engine.policy import DEFAULT_POLICY, Policy
from afterchat.engine.session import Session
from afterchat.engine.states import State
from afterchat.engine.step import advance
from afterchat.engine.stories import BEGIN

__all__ = [
    "A_DAY",
    "ENDED",
    "LEFT",
    "SEALED",
    "SERVED",
    "SESSION",
    "WAYS",
    "WINDOW_ENDS",
    "after",
    "changes",
    "event",
    "fed",
    "moment",
    "refusals",
]

SESSION = 1
A_DAY = Policy(tolerance_seconds=86_400)
"""So that any order of arrival is within the tolerance."""
WINDOW_ENDS = 620
"""The second at which the time for rating is over, of a session that ended at second 20."""
NEEDED = {
    SessionOpened: {"kind": "person"},
    StaffAssigned: {"staff_id": 5, "staff_name": "张佳怡"},
    VisitorRated: {"evaluation": 100},
    CategoryChosen: {"category": "售后"},
    RemarkWritten: {"remarks": "已处理"},
    CustomFieldsFilled: {"custom_field": (CustomField("1024", "订单号", "E2024"),)},
    StatusMarked: {"status": 1},
    HandedToPerson: {"transfer_rg_type": "关键词转人工"},
    SessionClosed: {"close_reason": 0},
    SuccessorNamed: {"to_session": 2},
}


def moment(second):
    """Epoch ms of a second of the session."""
    return BEGIN + round(second * 1000)


def event(second, kind, /, **values):
    """One event of the session."""
    made = {"id": f"{kind.__name__} {second}", "session": SESSION, "at": moment(second), **NEEDED.get(kind, {})}
    return kind(**{**made, **values})


def after(events, policy=DEFAULT_POLICY):
    """The facts after these events, all of which must happen."""
    facts = Facts()
    for one in events:
        assert (None, one) == (advance(facts, one, policy), one)
    return facts


def fed(events, policy=DEFAULT_POLICY):
    """The session after these events, whatever became of them."""
    session = Session(SESSION, policy)
    for one in events:
        session.feed(one)
    return session


def refusals(session):
    """What stands refused, and why."""
    return [(one.event.id, one.refusal) for one in session.refused]


def changes(before, now):
    """What differs between two states of the facts, but for the session's own state."""
    names = [name for name in msgspec.structs.asdict(copy(now)) if name != "state"]
    return {name: getattr(now, name) for name in names if getattr(before, name) != getattr(now, name)}


SERVED = (event(0, SessionOpened, evaluation_type=5), event(10, StaffAssigned))
ENDED = (*SERVED, event(20, TransferredAway))
SEALED = (*ENDED, event(WINDOW_ENDS, RatingWindowClosed))
LEFT = (event(0, SessionOpened, kind="message"), event(5, VisitorWrote), event(20, SessionClosed, close_reason=2))
"""A left message, so that it ended otherwise than ENDED."""

WAYS = {
    State.NEW: (),
    State.OPENED: SERVED[:1],
    State.QUEUED: (*SERVED[:1], event(5, QueueEntered)),
    State.SERVED: SERVED,
    State.ROBOT: (event(0, SessionOpened, kind="robot", evaluation_type=5),),
    State.MESSAGE: (*SERVED[:1], event(5, MessageOffered)),
    State.ENDED: ENDED,
    State.SEALED: SEALED,
}
"""A shortest way to each state, of a session that can be rated."""
