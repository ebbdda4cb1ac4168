"""Where a session can be, and the one table of what may happen there.

Whatever moves a session from one state to another stands in TRANSITIONS; the diagram of the docs is drawn from it.
The key is an event's `cue`: its class, and for three of them the detail that decides where the session goes.
A platform that says that a session ended is believed, whatever the reason: no open state refuses SessionClosed.
What an event must fulfil beside that stands in `guards`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from afterchat.engine.events import CLOSE_REASONS

__all__ = ["ENDED_STATES", "TRANSITIONS", "State"]


class State(Enum):
    """Where a session is: name in English, name in Chinese."""

    NEW = ("not opened", "未开始")
    OPENED = ("opened, not routed yet", "已发起，未分配")
    QUEUED = ("queuing", "排队中")
    SERVED = ("served by staff", "人工服务中")
    ROBOT = ("with the robot", "机器人服务中")
    MESSAGE = ("leaving a message", "留言中")
    ENDED = ("ended", "已结束")
    SEALED = ("ended, rating window over", "已结束，评价期已过")

    def __init__(self, en: str, zh: str) -> None:
        self.en = en
        self.zh = zh


ENDED_STATES = frozenset({State.ENDED, State.SEALED})

Row = Mapping[str, State]


def _stay(state: State, *cues: str) -> Row:
    return dict.fromkeys(cues, state)


def _end(*cues: str) -> Row:
    return dict.fromkeys(cues, State.ENDED)


_CLOSED = _end(*(f"SessionClosed {reason}" for reason in CLOSE_REASONS))

_NOTES = ("CategoryChosen", "RemarkWritten", "CustomFieldsFilled", "StatusMarked", "VisitorIdentified")
"""What becomes known or is written down at any time once the session exists, and after its end."""

_WAITING = ("VisitorWrote", "StaffWrote automatic", "AlarmRaised", *_NOTES)
_LINE = ("StaffLost", "StaffBack")
_RATING = ("RatingInvited", "VisitorRated")

TRANSITIONS: Mapping[State, Row] = MappingProxyType(
    {
        State.NEW: {
            "SessionOpened person": State.OPENED,
            "SessionOpened robot": State.ROBOT,
            "SessionOpened message": State.MESSAGE,
        },
        State.OPENED: {
            **_stay(State.OPENED, *_WAITING),
            "QueueEntered": State.QUEUED,
            "StaffAssigned": State.SERVED,
            "MessageOffered": State.MESSAGE,
            **_CLOSED,
        },
        State.QUEUED: {
            **_stay(State.QUEUED, *_WAITING, *_LINE, "QueueEntered"),
            "StaffAssigned": State.SERVED,
            "MessageOffered": State.MESSAGE,
            **_CLOSED,
        },
        State.SERVED: {
            **_stay(State.SERVED, *_WAITING, *_LINE, "StaffWrote", "Pinned", "Unpinned", "SuccessorNamed", *_RATING),
            **_end("TransferredAway", "TakenOver"),
            **_CLOSED,
        },
        State.ROBOT: {
            **_stay(State.ROBOT, "VisitorWrote", "RobotAnswered", "AlarmRaised", "SuccessorNamed", *_RATING, *_NOTES),
            **_end("HandedToPerson"),
            **_CLOSED,
        },
        State.MESSAGE: {
            **_stay(State.MESSAGE, *_WAITING, "MessageTreated"),
            "StaffAssigned": State.SERVED,
            **_CLOSED,
        },
        State.ENDED: {
            **_stay(State.ENDED, "SuccessorNamed", "MessageTreated", *_RATING, *_NOTES),
            "RatingWindowClosed": State.SEALED,
        },
        State.SEALED: _stay(State.SEALED, "SuccessorNamed", "MessageTreated", *_NOTES),
    }
)
