"""What each event changes in the facts, and that it changes nothing else."""

from __future__ import annotations

from copy import copy

import pytest
from engine_cast import ENDED, LEFT, SERVED, WAYS, after, changes, event, moment

from afterchat.contract.record import CustomField
from afterchat.engine.events import (
    AlarmRaised,
    CategoryChosen,
    CustomFieldsFilled,
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
from afterchat.engine.folds import FOLDS
from afterchat.engine.states import State

OPENED, QUEUED, ROBOT = WAYS[State.OPENED], WAYS[State.QUEUED], WAYS[State.ROBOT]
ASKED = (*SERVED, event(12, VisitorWrote))
ANSWERED = (*ASKED, event(15, StaffWrote))
ROUTE = {"from_group_id": 2, "from_group": "售后", "from_staff": "李思远", "overflow_from": "售前"}
ROUTED = (*OPENED, event(5, QueueEntered, **ROUTE))
UNNAMED = (*OPENED, event(5, QueueEntered, from_group="售后", overflow_from="售前"))
PINNED = (*SERVED, event(12, Pinned))
LOST = (*QUEUED, event(6, StaffLost))
INVITED = (*SERVED, event(12, RatingInvited, by="system"))


def queue(second, **values):
    return event(second, QueueEntered, **values)


CASES = [
    ("nothing is known before", (), OPENED[0], {"opened": OPENED[0], "identified": OPENED[0]}),
    ("who it is", OPENED, event(7, VisitorIdentified), {"identified": event(7, VisitorIdentified)}),
    ("the queue", OPENED, queue(7), {"queued_at": moment(7)}),
    ("the queue again", QUEUED, queue(7), {}),
    ("a route", OPENED, ROUTED[1], {"queued_at": moment(5), **ROUTE}),
    ("the same group by its id", ROUTED, queue(7, from_group_id=2), {}),
    ("the same group in full", ROUTED, queue(7, from_group_id=2, from_group="售后"), {}),
    ("the same group, another overflow", ROUTED, queue(7, from_group_id=2, overflow_from="物流"),
     {"overflow_from": "物流"}),
    ("another group", ROUTED, queue(7, from_group_id=3, from_group="物流"),
     {"from_group_id": 3, "from_group": "物流", "overflow_from": ""}),
    ("another group without a name", ROUTED, queue(7, from_group_id=3),
     {"from_group_id": 3, "from_group": "", "overflow_from": ""}),
    ("another id under one name", ROUTED, queue(7, from_group_id=3, from_group="售后"),
     {"from_group_id": 3, "overflow_from": ""}),
    ("another name of one id", ROUTED, queue(7, from_group_id=2, from_group="物流"),
     {"from_group": "物流", "overflow_from": ""}),
    ("a name without an id", ROUTED, queue(7, from_group="物流"),
     {"from_group_id": 0, "from_group": "物流", "overflow_from": ""}),
    ("another group after an overflow", ROUTED, queue(7, from_group_id=3, overflow_from="售后"),
     {"from_group_id": 3, "from_group": "", "overflow_from": "售后"}),
    ("the same name without an id", UNNAMED, queue(7, from_group="售后"), {}),
    ("no group at all", UNNAMED, queue(7), {}),
    ("another staff", ROUTED, queue(7, from_staff="张佳怡"), {"from_staff": "张佳怡"}),
    ("staff", OPENED, SERVED[1], {"assigned": SERVED[1]}),
    ("staff after a queue", QUEUED, SERVED[1], {"assigned": SERVED[1], "left_queue_at": moment(10)}),
    ("staff after all were lost", LOST, SERVED[1],
     {"assigned": SERVED[1], "left_queue_at": moment(10), "lost_at": 0}),
    ("staff by a route", QUEUED, event(10, StaffAssigned, **ROUTE),
     {"assigned": event(10, StaffAssigned, **ROUTE), "left_queue_at": moment(10), **ROUTE}),
    ("staff after a message", (*QUEUED, event(8, MessageOffered)), SERVED[1], {"assigned": SERVED[1]}),
    ("a message instead", OPENED, event(7, MessageOffered), {"message_offered_at": moment(7)}),
    ("a message out of the queue", LOST, event(7, MessageOffered),
     {"message_offered_at": moment(7), "left_queue_at": moment(7), "lost_at": 0}),
    ("staff are lost", SERVED, event(12, StaffLost), {"lost_at": moment(12)}),
    ("staff are back", LOST, event(7, StaffBack), {"lost_at": 0}),
    ("the first message", SERVED, event(12, VisitorWrote),
     {"visitor_messages": 1, "first_message_at": moment(12), "asked_at": moment(12), "last_message_at": moment(12)}),
    ("one more of the same question", ASKED, event(13, VisitorWrote),
     {"visitor_messages": 2, "last_message_at": moment(13)}),
    ("the next question", ANSWERED, event(20, VisitorWrote),
     {"visitor_messages": 2, "asked_at": moment(20), "last_message_at": moment(20)}),
    ("a greeting by hand", SERVED, event(12, StaffWrote), {"staff_messages": 1, "last_message_at": moment(12)}),
    ("an automatic message", ASKED, event(13, StaffWrote, is_automatic=True), {}),
    ("the first answer", ASKED, event(15, StaffWrote),
     {"staff_messages": 1, "first_reply_at": moment(15), "last_message_at": moment(15), "rounds": 1,
      "response_ms": 3000, "asked_at": 0}),
    ("one more of the same answer", ANSWERED, event(16, StaffWrote),
     {"staff_messages": 2, "last_message_at": moment(16)}),
    ("the second answer", (*ANSWERED, event(20, VisitorWrote)), event(25, StaffWrote),
     {"staff_messages": 2, "last_message_at": moment(25), "rounds": 2, "response_ms": 8000, "asked_at": 0}),
    ("the robot's answer", (*ROBOT, event(1, VisitorWrote)), event(3, RobotAnswered),
     {"staff_messages": 1, "first_reply_at": moment(3), "last_message_at": moment(3), "rounds": 1,
      "response_ms": 2000, "asked_at": 0}),
    ("a pin", SERVED, event(12, Pinned), {"pinned_at": moment(12)}),
    ("its end", PINNED, event(15, Unpinned), {"pinned_at": 0, "pinned_ms": 3000}),
    ("the end of the next", (*PINNED, event(15, Unpinned), event(20, Pinned)), event(24, Unpinned),
     {"pinned_at": 0, "pinned_ms": 7000}),
    ("an alarm", SERVED, event(12, AlarmRaised), {"alarms": 1}),
    ("one more alarm", (*SERVED, event(12, AlarmRaised)), event(13, AlarmRaised), {"alarms": 2}),
    ("an invitation by staff", SERVED, event(12, RatingInvited),
     {"invited_at": moment(12), "staff_invited_at": moment(12)}),
    ("an invitation by the system", SERVED, INVITED[2], {"invited_at": moment(12)}),
    ("staff ask, too", INVITED, event(13, RatingInvited), {"staff_invited_at": moment(13)}),
    ("staff ask again", (*SERVED, event(12, RatingInvited)), event(13, RatingInvited), {}),
    ("a rating", SERVED, event(12, VisitorRated), {"rated": event(12, VisitorRated)}),
    ("another rating", (*SERVED, event(12, VisitorRated)), event(13, VisitorRated), {"rated": event(13, VisitorRated)}),
    ("a rating that was asked for", INVITED, event(13, VisitorRated),
     {"rated": event(13, VisitorRated), "was_asked_to_rate": True}),
    ("a rating once more, now asked for", (*SERVED, event(12, VisitorRated), event(13, RatingInvited)),
     event(14, VisitorRated), {"rated": event(14, VisitorRated), "was_asked_to_rate": True}),
    ("a category", OPENED, event(7, CategoryChosen), {"category": event(7, CategoryChosen)}),
    ("a note", OPENED, event(7, RemarkWritten), {"remark": event(7, RemarkWritten)}),
    ("the fields", OPENED, event(7, CustomFieldsFilled), {"custom": event(7, CustomFieldsFilled)}),
    ("other fields", (*OPENED, event(7, CustomFieldsFilled)),
     event(8, CustomFieldsFilled, custom_field=(CustomField("1", "a", "b"),)),
     {"custom": event(8, CustomFieldsFilled, custom_field=(CustomField("1", "a", "b"),))}),
    ("the status", OPENED, event(7, StatusMarked), {"status": event(7, StatusMarked)}),
    ("a message dealt with", LEFT, event(30, MessageTreated), {"treated_at": moment(30)}),
    ("handed over", ROBOT, event(20, HandedToPerson, to_session=2),
     {"closed": event(20, HandedToPerson, to_session=2), "successor": 2}),
    ("transferred", SERVED, event(20, TransferredAway), {"closed": event(20, TransferredAway)}),
    ("transferred where all know", (*SERVED, event(12, SuccessorNamed)), event(20, TransferredAway),
     {"closed": event(20, TransferredAway)}),
    ("transferred elsewhere", (*SERVED, event(12, SuccessorNamed)), event(20, TransferredAway, to_session=3),
     {"closed": event(20, TransferredAway, to_session=3), "successor": 3}),
    ("taken over", PINNED, event(20, TakenOver, to_session=2),
     {"closed": event(20, TakenOver, to_session=2), "successor": 2, "pinned_at": 0, "pinned_ms": 8000}),
    ("closed", SERVED, event(20, SessionClosed), {"closed": event(20, SessionClosed)}),
    ("closed while pinned", PINNED, event(20, SessionClosed),
     {"closed": event(20, SessionClosed), "pinned_at": 0, "pinned_ms": 8000}),
    ("closed in the queue", QUEUED, event(20, SessionClosed), {"closed": event(20, SessionClosed),
                                                              "left_queue_at": moment(20)}),
    ("closed after the queue", (*QUEUED, SERVED[1]), event(20, SessionClosed), {"closed": event(20, SessionClosed)}),
    ("the successor", ENDED, event(30, SuccessorNamed), {"successor": 2}),
    ("the window is over", ENDED, event(620, RatingWindowClosed), {}),
]  # fmt: skip


@pytest.mark.parametrize(("so_far", "next_event", "expected"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_an_event_changes_these_facts_and_no_others(so_far, next_event, expected):
    before = after(so_far)
    facts = copy(before)

    FOLDS[type(next_event)](facts, next_event)

    assert expected == changes(before, facts)
    assert before.state is facts.state


def test_every_fold_is_among_the_cases():
    assert set(FOLDS) == {type(case[2]) for case in CASES}


def test_the_table_of_folds_cannot_be_changed():
    with pytest.raises(TypeError):
        FOLDS[SessionOpened] = FOLDS[Pinned]
