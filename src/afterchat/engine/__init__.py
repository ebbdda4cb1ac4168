"""The session engine: what happened goes in, event by event; the record of 59 fields comes out.

Pure: no clock, no chance, no disk, no network.
Everything that a chat platform needs to know is named here.

    from afterchat.engine import Session, SessionClosed, SessionOpened, StaffAssigned, StaffWrote, VisitorWrote
"""

from __future__ import annotations

from afterchat.contract.record import CustomField, SessionRecord
from afterchat.engine.events import (
    EVENTS,
    AlarmRaised,
    CategoryChosen,
    CustomFieldsFilled,
    Event,
    HandedToPerson,
    MessageOffered,
    MessageTreated,
    Pinned,
    QueueEntered,
    RatingInvited,
    RatingWindowClosed,
    RemarkWritten,
    RobotAnswered,
    SessionClosed,
    SessionOpened,
    StaffAssigned,
    StaffBack,
    StaffLost,
    StaffWrote,
    StatusMarked,
    SuccessorNamed,
    TakenOver,
    TransferredAway,
    Unpinned,
    VisitorIdentified,
    VisitorRated,
    VisitorWrote,
)
from afterchat.engine.origins import FromHistory, FromRobot, FromTakeOver, FromTransfer
from afterchat.engine.policy import Policy
from afterchat.engine.session import Session
from afterchat.engine.states import State
from afterchat.engine.timers import Due
from afterchat.engine.verdict import Outcome, Refusal, Refused, Verdict
from afterchat.engine.wire import Unreadable, read_event, write_event
from afterchat.errors import EventError

__all__ = [
    "EVENTS",
    "AlarmRaised",
    "CategoryChosen",
    "CustomField",
    "CustomFieldsFilled",
    "Due",
    "Event",
    "EventError",
    "FromHistory",
    "FromRobot",
    "FromTakeOver",
    "FromTransfer",
    "HandedToPerson",
    "MessageOffered",
    "MessageTreated",
    "Outcome",
    "Pinned",
    "Policy",
    "QueueEntered",
    "RatingInvited",
    "RatingWindowClosed",
    "Refusal",
    "Refused",
    "RemarkWritten",
    "RobotAnswered",
    "Session",
    "SessionClosed",
    "SessionOpened",
    "SessionRecord",
    "StaffAssigned",
    "StaffBack",
    "StaffLost",
    "StaffWrote",
    "State",
    "StatusMarked",
    "SuccessorNamed",
    "TakenOver",
    "TransferredAway",
    "Unpinned",
    "Unreadable",
    "Verdict",
    "VisitorIdentified",
    "VisitorRated",
    "VisitorWrote",
    "read_event",
    "write_event",
]
