"""What is known of one session so far: the few things from which every field of its record follows.

Where a fact is simply what an event said, the event itself is kept.
Moments are epoch ms and 0 until they happened; durations are ms.

What does not belong here: how an event changes a fact (`folds`), what a field makes of it (`rules`).
"""

from __future__ import annotations

import msgspec

from afterchat.engine.events import (
    CategoryChosen,
    CustomFieldsFilled,
    Event,
    HandedToPerson,
    RemarkWritten,
    SessionOpened,
    StaffAssigned,
    StatusMarked,
    TakenOver,
    TransferredAway,
    VisitorIdentified,
    VisitorRated,
)
from afterchat.engine.states import State

__all__ = ["Facts", "goes_on", "is_left_message", "was_served"]


class Facts(msgspec.Struct, gc=False):
    """The facts of one session; changed in place by `folds` only, copied whole by `session`."""

    state: State = State.NEW
    opened: SessionOpened | None = None
    identified: SessionOpened | VisitorIdentified | None = None
    """Who the visitor is, as said last."""
    from_group_id: int = 0
    from_group: str = ""
    from_staff: str = ""
    overflow_from: str = ""
    queued_at: int = 0
    left_queue_at: int = 0
    assigned: StaffAssigned | None = None
    message_offered_at: int = 0
    lost_at: int = 0
    """Since when staff are off line; 0 while they are on."""

    visitor_messages: int = 0
    staff_messages: int = 0
    """By hand, or the robot's."""
    first_message_at: int = 0
    first_reply_at: int = 0
    asked_at: int = 0
    """The visitor's first message that nobody answered yet; 0 when the last word was an answer."""
    last_message_at: int = 0
    """The latest message of anybody, automatic ones left out."""
    rounds: int = 0
    response_ms: int = 0
    """Sum over all rounds."""

    pinned_at: int = 0
    pinned_ms: int = 0
    alarms: int = 0
    staff_invited_at: int = 0
    invited_at: int = 0
    """The first invitation by anybody."""
    rated: VisitorRated | None = None
    was_asked_to_rate: bool = False
    """Whether an invitation came before that rating."""
    category: CategoryChosen | None = None
    remark: RemarkWritten | None = None
    custom: CustomFieldsFilled | None = None
    status: StatusMarked | None = None
    treated_at: int = 0

    closed: Event | None = None
    """The event that ended it."""
    successor: int = 0
    """The session that follows, as far as it is known; counts only if this one ends by going on there."""


def was_served(facts: Facts) -> bool:
    """Whether staff or the robot served the visitor."""
    return facts.assigned is not None or (facts.opened is not None and facts.opened.kind == "robot")


def is_left_message(facts: Facts) -> bool:
    """Whether the session is a left message, and no staff came on line to make more of it."""
    if facts.assigned is not None or facts.opened is None:
        return False
    return facts.opened.kind == "message" or facts.message_offered_at != 0


def goes_on(facts: Facts) -> bool:
    """Whether another session follows from the way in which this one ended."""
    return isinstance(facts.closed, HandedToPerson | TransferredAway | TakenOver)
