"""What happened in one session: frozen events in the past tense, valid from the moment they exist.

Each event has an `id` that the platform gave it, the `session` it belongs to and the moment `at` which it happened.
The same names stand in JSON: `type` is the class, attributes are in camelCase, as in the vendor's record.

Rules
- An event says what happened, never what should be shown: nothing here is computed.
- Attributes that end up in a field of the record carry that field's name.
- Making an event with an impossible value raises EventError; nothing else is raised.
- Messages carry no words: no field of the record speaks of them.

What does not belong here: what an event leads to (`states`), JSON (`wire`), where a session came from (`origins`).
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from afterchat.contract.record import CustomField
from afterchat.contract.vocabulary import ENDER_OF_CLOSE_REASON, EVALUATION_MODELS
from afterchat.engine.checks import (
    Checked,
    Fault,
    flag,
    many,
    moment,
    nested,
    number,
    one_of,
    optional_moment,
    text,
    word,
)
from afterchat.engine.origins import (
    NAME_CHARS_MAX,
    FromHistory,
    FromRobot,
    FromTakeOver,
    FromTransfer,
    Origin,
    hand_over_kind,
)

__all__ = [
    "CLOSE_REASONS",
    "EVENTS",
    "AlarmRaised",
    "CategoryChosen",
    "CustomFieldsFilled",
    "Event",
    "HandedToPerson",
    "MessageOffered",
    "MessageTreated",
    "Pinned",
    "QueueEntered",
    "RatingInvited",
    "RatingWindowClosed",
    "RemarkWritten",
    "RobotAnswered",
    "SessionClosed",
    "SessionOpened",
    "StaffAssigned",
    "StaffBack",
    "StaffLost",
    "StaffWrote",
    "StatusMarked",
    "SuccessorNamed",
    "TakenOver",
    "TransferredAway",
    "Unpinned",
    "VisitorIdentified",
    "VisitorRated",
    "VisitorWrote",
]

ADDRESS_CHARS_MAX = 4000
"""Browsers and proxies cut longer addresses."""
REMARK_CHARS_MAX = 500
"""What the vendor's own interface takes for a note."""
EVALUATION_REMARK_CHARS_MAX = 2000
CATEGORY_CHARS_MAX = 500
CUSTOM_FIELDS_MAX = 100
CUSTOM_FIELD_CHARS_MAX = 2000

Name = Annotated[str, text(NAME_CHARS_MAX)]
Address = Annotated[str, text(ADDRESS_CHARS_MAX)]
Category = Annotated[str, text(CATEGORY_CHARS_MAX)]
Count = Annotated[int, number(0)]

_WITH_AN_EVENT_OF_THEIR_OWN = frozenset({3, 5, 6, 9})
CLOSE_REASONS = tuple(reason for reason in ENDER_OF_CLOSE_REASON if reason not in _WITH_AN_EVENT_OF_THEIR_OWN)
"""What SessionClosed may give as its reason."""

_CLOSE_REASONS = one_of(
    *CLOSE_REASONS,
    remedy=Fault(
        "3 is HandedToPerson, 5 and 9 are TransferredAway, 6 is TakenOver",
        "3 请用 HandedToPerson，5 与 9 请用 TransferredAway，6 请用 TakenOver",
    ),
)


class Event(Checked, frozen=True, kw_only=True):
    """What every event has."""

    cue: ClassVar[str] = ""
    """What the transition table knows it by: the class, and for some what else decides where the session goes."""

    id: Annotated[str, word(128)]
    """The platform's own id of the event: the same id again, within the tolerance, is the same event again."""
    session: Annotated[int, number(1)]
    at: Annotated[int, moment()]
    """When it happened, by the platform's clock."""
    sequence: Count = 0
    """What came first within one millisecond, for platforms whose clock is coarser; equal ones go by their kind."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "cue" not in cls.__dict__:
            cls.cue = cls.__name__


class SessionOpened(Event, frozen=True, kw_only=True):
    """A session began: with a person, with the robot, or as a left message."""

    kind: Annotated[Literal["person", "robot", "message"], one_of("person", "robot", "message")]
    by: Annotated[Literal["visitor", "staff"], one_of("visitor", "staff")] = "visitor"
    user_id: Count = 0
    foreign_id: Name = ""
    from_type: Name = ""
    from_ip: Name = ""
    from_page: Address = ""
    from_title: Address = ""
    origin_platform: Name = ""
    search_key: Address = ""
    land_page: Address = ""
    vip_level: Annotated[int, number(0, 11)] = 0
    previous_visit_at: Annotated[int, optional_moment()] = 0
    """When the visitor's session before this one was opened; 0 for a first visit."""
    evaluation_type: Annotated[int, one_of(*EVALUATION_MODELS)] = 0
    """Rating model in force for this session; 0 when it cannot be rated."""
    came_from: Annotated[Origin | None, nested(FromRobot, FromHistory, FromTransfer, FromTakeOver)] = None

    @property
    def cue(self) -> str:  # type: ignore[override] # a class variable where the class says all
        return f"SessionOpened {self.kind}"


class VisitorIdentified(Event, frozen=True, kw_only=True):
    """It became known who the visitor is, as when they logged in; again: is somebody else, or of another tier."""

    user_id: Count = 0
    foreign_id: Name = ""
    vip_level: Annotated[int, number(0, 11)] = 0


class QueueEntered(Event, frozen=True, kw_only=True):
    """The visitor waits for staff of a group; again while waiting: was moved to another queue."""

    from_group_id: Count = 0
    from_group: Name = ""
    from_staff: Name = ""
    """The staff that the visitor was routed to by name."""
    overflow_from: Name = ""
    """The group that was full."""


class StaffAssigned(Event, frozen=True, kw_only=True):
    """A person began to serve the visitor."""

    staff_id: Annotated[int, number(1)]
    staff_name: Name
    from_group_id: Count = 0
    from_group: Name = ""
    from_staff: Name = ""
    overflow_from: Name = ""


class MessageOffered(Event, frozen=True, kw_only=True):
    """Nobody could serve the visitor, who was let to leave a message instead."""


class VisitorWrote(Event, frozen=True, kw_only=True):
    """One message of the visitor, while queuing or leaving a message, too."""


class StaffWrote(Event, frozen=True, kw_only=True):
    """One message in the name of staff."""

    is_automatic: Annotated[bool, flag()] = False
    """Whether the system wrote it: a greeting, a reminder."""

    @property
    def cue(self) -> str:  # type: ignore[override] # a class variable where the class says all
        return "StaffWrote automatic" if self.is_automatic else "StaffWrote"


class RobotAnswered(Event, frozen=True, kw_only=True):
    """One message of the robot."""


class Pinned(Event, frozen=True, kw_only=True):
    """Staff pinned the session to the top of their list."""


class Unpinned(Event, frozen=True, kw_only=True):
    """Staff let go of it."""


class AlarmRaised(Event, frozen=True, kw_only=True):
    """A rule of the smart monitor was hit."""


class StaffLost(Event, frozen=True, kw_only=True):
    """The staff who serve, or all who could, went off line."""


class StaffBack(Event, frozen=True, kw_only=True):
    """They came back on line."""


class RatingInvited(Event, frozen=True, kw_only=True):
    """The visitor was asked for a rating, by staff or by the system."""

    by: Annotated[Literal["staff", "system"], one_of("staff", "system")] = "staff"


class VisitorRated(Event, frozen=True, kw_only=True):
    """The visitor rated; again: changed the rating, all of it."""

    evaluation: Annotated[int, one_of(1, 25, 50, 75, 100)]
    evaluation_remark: Annotated[str, text(EVALUATION_REMARK_CHARS_MAX)] = ""
    user_resolved_status: Annotated[int, one_of(0, 1, 2)] = 0


class CategoryChosen(Event, frozen=True, kw_only=True):
    """Staff or a program chose the category; again: another one."""

    category: Category
    category_detail: Category = ""


class RemarkWritten(Event, frozen=True, kw_only=True):
    """Staff wrote their note; again: replaced it."""

    remarks: Annotated[str, text(REMARK_CHARS_MAX)]


class CustomFieldsFilled(Event, frozen=True, kw_only=True):
    """The service-record fields were filled in; again: replaced, all of them."""

    custom_field: Annotated[tuple[CustomField, ...], many(CustomField, CUSTOM_FIELDS_MAX, text(CUSTOM_FIELD_CHARS_MAX))]


class StatusMarked(Event, frozen=True, kw_only=True):
    """Staff marked how far it is solved: 0 not, 1 solved, 2 in progress."""

    status: Annotated[int, one_of(0, 1, 2)]


class MessageTreated(Event, frozen=True, kw_only=True):
    """Staff dealt with the left message."""


class HandedToPerson(Event, frozen=True, kw_only=True):
    """The robot's session ended because a person takes over."""

    transfer_rg_type: Annotated[str, hand_over_kind()]
    to_session: Count = 0
    """Id of the session that follows; 0 while nobody knows it."""


class TransferredAway(Event, frozen=True, kw_only=True):
    """The session ended because the visitor was moved to other staff."""

    is_silent: Annotated[bool, flag()] = False
    """Whether the system moved the visitor because staff stayed silent."""
    to_session: Count = 0


class TakenOver(Event, frozen=True, kw_only=True):
    """The session ended because an admin or another staff took the visitor over."""

    to_session: Count = 0


class SessionClosed(Event, frozen=True, kw_only=True):
    """The session ended, and no other follows from it."""

    close_reason: Annotated[int, _CLOSE_REASONS]
    timer: Name = ""
    """The timer of the engine that said so; empty when the platform closed it. Only this closing may prove wrong."""

    @property
    def cue(self) -> str:  # type: ignore[override] # a class variable where the class says all
        return f"SessionClosed {self.close_reason}"


class SuccessorNamed(Event, frozen=True, kw_only=True):
    """The id of the session that follows became known, before this one ended by going on there or after."""

    to_session: Annotated[int, number(1)]


class RatingWindowClosed(Event, frozen=True, kw_only=True):
    """The time in which the visitor may rate is over."""


EVENTS: tuple[type[Event], ...] = (
    SessionOpened,
    VisitorIdentified,
    QueueEntered,
    StaffAssigned,
    MessageOffered,
    StaffLost,
    StaffBack,
    VisitorWrote,
    RobotAnswered,
    StaffWrote,
    Pinned,
    Unpinned,
    AlarmRaised,
    RatingInvited,
    VisitorRated,
    CategoryChosen,
    RemarkWritten,
    CustomFieldsFilled,
    StatusMarked,
    MessageTreated,
    SuccessorNamed,
    HandedToPerson,
    TransferredAway,
    TakenOver,
    SessionClosed,
    RatingWindowClosed,
)
"""Every event; within one millisecond and one sequence they count as having happened in this order."""
