"""What each event changes in the facts of its session: one small function for each, in one table.

A fold is called only when the transition table and the guards allowed the event, in the order of the events' own time.
What does not belong here: whether an event may happen (`states`, `guards`), what a field makes of it (`rules`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from afterchat.engine import events
from afterchat.engine.facts import Facts

__all__ = ["FOLDS"]


def _opened(facts: Facts, event: events.SessionOpened) -> None:
    facts.opened = event
    facts.identified = event


def _visitor_identified(facts: Facts, event: events.VisitorIdentified) -> None:
    facts.identified = event


def _queue_entered(facts: Facts, event: events.QueueEntered) -> None:
    facts.queued_at = facts.queued_at or event.at
    _routed(facts, event)


def _staff_assigned(facts: Facts, event: events.StaffAssigned) -> None:
    facts.assigned = event
    facts.lost_at = 0
    _routed(facts, event)
    _left_queue(facts, event)


def _routed(facts: Facts, event: events.QueueEntered | events.StaffAssigned) -> None:
    is_named = bool(event.from_group_id or event.from_group)
    is_same = event.from_group_id == facts.from_group_id and event.from_group in ("", facts.from_group)
    if is_named and not is_same:
        facts.from_group_id = event.from_group_id
        facts.from_group = event.from_group
        facts.overflow_from = ""
    facts.overflow_from = event.overflow_from or facts.overflow_from
    facts.from_staff = event.from_staff or facts.from_staff


def _left_queue(facts: Facts, event: events.Event) -> None:
    if facts.queued_at and not facts.left_queue_at:
        facts.left_queue_at = event.at


def _message_offered(facts: Facts, event: events.MessageOffered) -> None:
    facts.message_offered_at = event.at
    facts.lost_at = 0
    _left_queue(facts, event)


def _visitor_wrote(facts: Facts, event: events.VisitorWrote) -> None:
    facts.visitor_messages += 1
    facts.last_message_at = event.at
    facts.first_message_at = facts.first_message_at or event.at
    facts.asked_at = facts.asked_at or event.at


def _staff_wrote(facts: Facts, event: events.StaffWrote) -> None:
    if not event.is_automatic:
        _answered(facts, event)


def _answered(facts: Facts, event: events.StaffWrote | events.RobotAnswered) -> None:
    facts.staff_messages += 1
    facts.last_message_at = event.at
    if facts.asked_at:
        facts.first_reply_at = facts.first_reply_at or event.at
        facts.rounds += 1
        facts.response_ms += event.at - facts.asked_at
        facts.asked_at = 0


def _pinned(facts: Facts, event: events.Pinned) -> None:
    facts.pinned_at = event.at


def _unpinned(facts: Facts, event: events.Event) -> None:
    facts.pinned_ms += event.at - facts.pinned_at
    facts.pinned_at = 0


def _alarm_raised(facts: Facts, _event: events.AlarmRaised) -> None:
    facts.alarms += 1


def _staff_lost(facts: Facts, event: events.StaffLost) -> None:
    facts.lost_at = event.at


def _staff_back(facts: Facts, _event: events.StaffBack) -> None:
    facts.lost_at = 0


def _rating_invited(facts: Facts, event: events.RatingInvited) -> None:
    facts.invited_at = facts.invited_at or event.at
    if event.by == "staff":
        facts.staff_invited_at = facts.staff_invited_at or event.at


def _visitor_rated(facts: Facts, event: events.VisitorRated) -> None:
    facts.rated = event
    facts.was_asked_to_rate = facts.invited_at != 0


def _category_chosen(facts: Facts, event: events.CategoryChosen) -> None:
    facts.category = event


def _remark_written(facts: Facts, event: events.RemarkWritten) -> None:
    facts.remark = event


def _custom_fields_filled(facts: Facts, event: events.CustomFieldsFilled) -> None:
    facts.custom = event


def _status_marked(facts: Facts, event: events.StatusMarked) -> None:
    facts.status = event


def _message_treated(facts: Facts, event: events.MessageTreated) -> None:
    facts.treated_at = event.at


def _closed(facts: Facts, event: events.Event) -> None:
    facts.closed = event
    _left_queue(facts, event)
    if facts.pinned_at:
        _unpinned(facts, event)


def _moved_on(facts: Facts, event: events.HandedToPerson | events.TransferredAway | events.TakenOver) -> None:
    facts.successor = event.to_session or facts.successor
    _closed(facts, event)


def _successor_named(facts: Facts, event: events.SuccessorNamed) -> None:
    facts.successor = event.to_session


def _nothing(_facts: Facts, _event: events.Event) -> None:
    """The state says it all."""


FOLDS: Mapping[type[events.Event], Callable[[Facts, Any], None]] = MappingProxyType(
    {
        events.SessionOpened: _opened,
        events.VisitorIdentified: _visitor_identified,
        events.QueueEntered: _queue_entered,
        events.StaffAssigned: _staff_assigned,
        events.MessageOffered: _message_offered,
        events.StaffLost: _staff_lost,
        events.StaffBack: _staff_back,
        events.VisitorWrote: _visitor_wrote,
        events.RobotAnswered: _answered,
        events.StaffWrote: _staff_wrote,
        events.Pinned: _pinned,
        events.Unpinned: _unpinned,
        events.AlarmRaised: _alarm_raised,
        events.RatingInvited: _rating_invited,
        events.VisitorRated: _visitor_rated,
        events.CategoryChosen: _category_chosen,
        events.RemarkWritten: _remark_written,
        events.CustomFieldsFilled: _custom_fields_filled,
        events.StatusMarked: _status_marked,
        events.MessageTreated: _message_treated,
        events.HandedToPerson: _moved_on,
        events.TransferredAway: _moved_on,
        events.TakenOver: _moved_on,
        events.SessionClosed: _closed,
        events.SuccessorNamed: _successor_named,
        events.RatingWindowClosed: _nothing,
    }
)
