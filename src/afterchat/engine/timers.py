"""What is due when: for each state, after which silence which event should follow.

The engine reads no clock: it says "due at T, then event E", and whoever runs it feeds E once T is past.
A timer's event is an ordinary event with an id of its own making, so feeding it twice changes nothing.
It names its timer: when an event that comes late shows that the timer was not over, the closing is refused after all.

Rules
- One line of TIMERS says all: where it runs, since when, for how long, and what then.
- Of several that are due the earliest counts; of two at the same moment, the first in the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from afterchat.engine.checks import MOMENT_MAX
from afterchat.engine.events import Event, RatingWindowClosed, SessionClosed
from afterchat.engine.facts import Facts, was_served
from afterchat.engine.policy import Policy
from afterchat.engine.states import State

__all__ = ["TIMERS", "Due", "Timer", "next_due"]


class Timer(NamedTuple):
    """One line of the table of timers."""

    name: str
    state: State
    """Where it runs."""
    since: Callable[[Facts], int]
    """The moment from which it counts, epoch ms; 0 when it does not run."""
    setting: str
    """The attribute of Policy that says for how long."""
    close_reason: int | None
    """Why the session ends then; None for the end of the rating window."""
    en: str
    zh: str


class Due(NamedTuple):
    """What should happen next if nothing else does."""

    at: int
    """Epoch ms."""
    event: Event
    """To be fed when `at` is past."""
    timer: Timer


def _opened_at(facts: Facts) -> int:
    return facts.opened.at if facts.opened is not None else 0


def _assigned_at(facts: Facts) -> int:
    return facts.assigned.at if facts.assigned is not None else 0


def _answered_at(facts: Facts) -> int:
    """When staff had the last word in answer to the visitor."""
    return facts.last_message_at if facts.first_reply_at and not facts.asked_at else 0


def _served_in_silence_since(facts: Facts) -> int:
    return 0 if facts.visitor_messages else _assigned_at(facts)


def _nobody_wrote_since(facts: Facts) -> int:
    return max(facts.last_message_at, _assigned_at(facts))


def _idle_since(facts: Facts) -> int:
    return max(facts.last_message_at, facts.message_offered_at, _opened_at(facts))


def _ended_at(facts: Facts) -> int:
    """When the session ended, if it can be rated."""
    is_rateable = facts.opened is not None and facts.opened.evaluation_type and was_served(facts)
    return facts.closed.at if is_rateable and facts.closed is not None else 0


TIMERS = (
    Timer(
        "staff_lost", State.SERVED, lambda facts: facts.lost_at, "staff_lost_seconds", 4,
        "Staff went off line and did not come back.", "客服离线后未返回。",
    ),
    Timer(
        "staff_lost_queue", State.QUEUED, lambda facts: facts.lost_at, "staff_lost_seconds", 13,
        "All staff went off line while the visitor queued.", "访客排队时客服全部离线。",
    ),
    Timer(
        "visitor_never_wrote", State.SERVED, _served_in_silence_since, "visitor_never_wrote_seconds", 10,
        "Staff serve, and the visitor never wrote.", "客服已接入，访客一直未说话。",
    ),
    Timer(
        "visitor_silent", State.SERVED, _answered_at, "visitor_silent_seconds", 2,
        "Staff answered, and the visitor wrote nothing more.", "客服已答复，访客长时间未再说话。",
    ),
    Timer(
        "session_idle", State.SERVED, _nobody_wrote_since, "session_idle_seconds", 8,
        "Nobody wrote.", "双方长时间无消息。",
    ),
    Timer(
        "queue", State.QUEUED, lambda facts: facts.queued_at, "queue_seconds", 11,
        "The visitor queued too long.", "排队超时。",
    ),
    Timer(
        "unrouted", State.OPENED, _opened_at, "unrouted_seconds", 16,
        "The session was opened and never routed.", "会话发起后一直未分配。",
    ),
    Timer(
        "robot_idle", State.ROBOT, _idle_since, "robot_idle_seconds", 8,
        "Neither visitor nor robot wrote.", "访客与机器人长时间无消息。",
    ),
    Timer(
        "message_idle", State.MESSAGE, _idle_since, "message_idle_seconds", 2,
        "The visitor wrote nothing more while leaving a message.", "留言过程中访客未再说话。",
    ),
    Timer(
        "rating_window", State.ENDED, _ended_at, "rating_window_minutes", None,
        "The time for rating is over.", "评价期结束。",
    ),
)  # fmt: skip

_BY_STATE = {state: tuple(timer for timer in TIMERS if timer.state is state) for state in State}
_BY_NAME = {timer.name: timer for timer in TIMERS}


def next_due(session: int, facts: Facts, policy: Policy, not_before: int) -> Due | None:
    """What is due first as things are known now; None when the session waits for nothing.

    Its event happens at `not_before` at the earliest, epoch ms: before that it would come too late to be taken.
    """
    first: tuple[int, Timer] | None = None
    for timer in _BY_STATE[facts.state]:
        at = _due_at(timer, facts, policy)
        if at and (first is None or at < first[0]):
            first = at, timer
    if first is None:
        return None
    due_at, timer = first
    at = min(max(due_at, not_before), MOMENT_MAX)
    event_id = f"due:{timer.name}:{at}"
    if timer.close_reason is None:
        return Due(at, RatingWindowClosed(id=event_id, session=session, at=at), timer)
    reason = timer.close_reason
    return Due(at, SessionClosed(id=event_id, session=session, at=at, close_reason=reason, timer=timer.name), timer)


def is_due(name: str, at: int, facts: Facts, policy: Policy) -> bool:
    """Whether the timer of that name is over at `at` (epoch ms), as things are known."""
    timer = _BY_NAME.get(name)
    if timer is None or timer.state is not facts.state:
        return False
    due_at = _due_at(timer, facts, policy)
    return 0 < min(due_at, MOMENT_MAX) <= at


def _due_at(timer: Timer, facts: Facts, policy: Policy) -> int:
    """When the timer is over, epoch ms; 0 when it does not run."""
    since = timer.since(facts)
    wait: int = getattr(policy, timer.setting)
    return since + wait * (60_000 if timer.setting.endswith("_minutes") else 1000) if since and wait else 0
