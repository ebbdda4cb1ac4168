"""What holds for every field of every record, whatever happened in the session.

Each property names the fields that it speaks of; `test_property_engine_complete` demands that none of the 59 is
without one, and that a wrong value of any field is noticed by one of its properties.
"""

from collections import defaultdict
from itertools import pairwise

from engine_strategies import played
from hypothesis import given, settings

from afterchat.engine import (
    AlarmRaised,
    CategoryChosen,
    CustomFieldsFilled,
    FromHistory,
    FromRobot,
    FromTakeOver,
    FromTransfer,
    HandedToPerson,
    MessageOffered,
    MessageTreated,
    Pinned,
    QueueEntered,
    RatingInvited,
    RemarkWritten,
    RobotAnswered,
    SessionClosed,
    SessionOpened,
    StaffAssigned,
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
from afterchat.engine.summary import RULES

quick = settings(max_examples=60, deadline=None, derandomize=True)

CLOSINGS = (HandedToPerson, TransferredAway, TakenOver, SessionClosed)
OPENING_SAYS = [name for name, rule in RULES.items() if rule.en == "As SessionOpened says."]
TRANSFER_SAYS = ("transfer_from_staff_name", "transfer_from_group", "transfer_remarks")
TEXTUAL_MOMENTS = ("staff_invited_evaluate_time", "user_join_evaluate_time")
MOMENTS = ("start_time", "end_time", "client_first_message_time", "staff_first_reply_time", "treated_time")
DURATIONS = ("in_queue_time", "stick_duration", "avg_resp_duration", "first_reply_cost", "visit_range")
VISITOR_ENDS, STAFF_ENDS = {1, 3, 7, 12}, {0, 5, 6}

PROPERTIES = defaultdict(list)
"""Field -> the properties that speak of it, each a function of a session that ended."""


def speaks_of(*fields):
    """A property of those fields: it holds for every session that ended."""

    def register(check):
        for field in fields:
            PROPERTIES[field].append(check)
        return quick(given(played)(check))

    return register


def last(events, attribute, none):
    return getattr(events[-1], attribute) if events else none


def talk_of(session):
    """What visitor, staff by hand and robot wrote, in order."""
    return [event for event in session.of(VisitorWrote, StaffWrote, RobotAnswered) if not is_automatic(event)]


def is_automatic(event):
    return isinstance(event, StaffWrote) and event.is_automatic


@speaks_of(*OPENING_SAYS)
def test_what_only_the_opening_says_stands_in_the_record(session):
    opened = session.of(SessionOpened)[0]
    assert {name: getattr(opened, name) for name in OPENING_SAYS} == {
        name: getattr(session.record, name) for name in OPENING_SAYS
    }


@speaks_of("id", "interaction", "beginer")
def test_the_record_names_its_session_its_kind_and_who_began_it(session):
    opened, record = session.of(SessionOpened)[0], session.record
    assert (opened.session, opened.kind == "robot") == (record.id, record.interaction == 1)
    assert {"visitor": 1, "staff": 2}[opened.by] == record.beginer


@speaks_of("user_id", "foreign_id", "vip_level")
def test_the_visitor_is_who_was_named_last(session):
    named = session.of(SessionOpened, VisitorIdentified)[-1]
    record = session.record
    assert (named.user_id, named.foreign_id, named.vip_level) == (record.user_id, record.foreign_id, record.vip_level)


@speaks_of("category", "category_detail", "remarks", "custom_field", "status")
def test_of_what_staff_write_down_the_last_counts(session):
    record, chosen = session.record, session.of(CategoryChosen)
    assert last(chosen, "category", "") == record.category
    assert last(chosen, "category_detail", "") == record.category_detail
    assert last(session.of(RemarkWritten), "remarks", "") == record.remarks
    assert last(session.of(CustomFieldsFilled), "custom_field", ()) == record.custom_field
    assert last(session.of(StatusMarked), "status", -1) == record.status


@speaks_of("evaluation", "evaluation_remark", "user_join_evaluate_time", "user_resolved_status")
def test_the_rating_is_all_of_the_last_one_and_belongs_to_the_model(session):
    record, rated = session.record, session.of(VisitorRated)
    assert last(rated, "evaluation", 0) == record.evaluation
    assert last(rated, "evaluation_remark", "") == record.evaluation_remark
    assert last(rated, "user_resolved_status", 0) == record.user_resolved_status
    assert str(last(rated, "at", -1)) == record.user_join_evaluate_time
    assert (
        record.evaluation
        in {0: {0}, 2: {0, 1, 100}, 3: {0, 1, 50, 100}, 5: {0, 1, 25, 50, 75, 100}}[record.evaluation_type]
    )


@speaks_of("staff_invited_evaluate_time", "is_staff_invited", "is_evaluation_invited")
def test_invitations_agree_with_each_other_and_with_the_rating(session):
    record, ratings = session.record, session.of(RatingInvited, VisitorRated)
    rated = [position for position, event in enumerate(ratings) if isinstance(event, VisitorRated)]
    invited = [event for event in ratings[: rated[-1] if rated else None] if isinstance(event, RatingInvited)]
    by_staff = [event.at for event in session.of(RatingInvited) if event.by == "staff"]
    assert str([*by_staff, -1][0]) == record.staff_invited_evaluate_time
    assert record.is_staff_invited == ("0" if not record.evaluation_type else "1" if by_staff else "2")
    assert record.is_evaluation_invited == (0 if invited else 1 if rated else -1)


@speaks_of("alarm_times", "user_message_count", "staff_message_count", "is_valid", "client_first_message_time")
def test_counts_are_those_of_the_taken_events(session):
    record, questions = session.record, session.of(VisitorWrote)
    assert len(session.of(AlarmRaised)) == record.alarm_times
    assert len(questions) == record.user_message_count
    assert len(talk_of(session)) - len(questions) == record.staff_message_count
    assert (record.user_message_count > 0) == (record.is_valid == 1) == (record.client_first_message_time != 0)
    assert record.is_valid in {0, 1}
    assert (questions[0].at if questions else 0) == record.client_first_message_time


@speaks_of("staff_first_reply_time", "first_reply_cost", "round_number", "avg_resp_duration")
def test_replies_rounds_and_costs_agree(session):
    record, talk = session.record, talk_of(session)
    is_question = [isinstance(event, VisitorWrote) for event in talk]
    replies = [after for (_, asked), (after, asks) in pairwise(zip(talk, is_question, strict=True)) if asked > asks]
    assert (replies[0].at if replies else 0) == record.staff_first_reply_time
    assert len(replies) == record.round_number <= min(record.user_message_count, record.staff_message_count)
    assert (record.round_number > 0) == (record.staff_first_reply_time != 0)
    cost = record.staff_first_reply_time - record.client_first_message_time if replies else 0
    assert cost == record.first_reply_cost
    if record.round_number <= 1:
        assert record.first_reply_cost == record.avg_resp_duration
    else:
        assert record.first_reply_cost <= record.avg_resp_duration * record.round_number + record.round_number - 1
        assert record.avg_resp_duration * record.round_number <= talk[-1].at - record.client_first_message_time


@speaks_of("start_time", "end_time", "staff_id", "staff_name")
def test_service_begins_with_the_assignment_and_ends_with_the_closing(session):
    record, opened, assigned = session.record, session.of(SessionOpened)[0], session.of(StaffAssigned)
    [closed] = session.of(*CLOSINGS)
    assert (assigned or [opened])[0].at == record.start_time
    assert closed.at == record.end_time
    assert opened.at <= record.start_time <= record.end_time
    assert last(assigned, "staff_id", 0) == record.staff_id
    assert last(assigned, "staff_name", "机器人" if record.interaction else "") == record.staff_name


@speaks_of("in_queue_time", "stick_duration", "visit_range")
def test_durations_are_what_lies_between_their_events(session):
    record, opened, queued = session.record, session.of(SessionOpened)[0], session.of(QueueEntered)
    if queued:
        assert session.of(StaffAssigned, MessageOffered, *CLOSINGS)[0].at - queued[0].at == record.in_queue_time
    assert bool(queued) >= (record.in_queue_time > 0)
    ends = [event.at for event in session.of(Pinned, Unpinned)]
    ends += [record.end_time] * (len(ends) % 2)
    assert sum(ends[1::2]) - sum(ends[::2]) == record.stick_duration <= record.end_time - record.start_time
    assert record.visit_range == (max(0, opened.at - opened.previous_visit_at) if opened.previous_visit_at else 0)


@speaks_of(*MOMENTS, *TEXTUAL_MOMENTS, *DURATIONS)
def test_moments_lie_between_the_opening_and_the_last_event_and_no_duration_is_negative(session):
    opened, newest = session.of(SessionOpened)[0].at, session.taken[-1].at
    moments = {name: int(getattr(session.record, name)) for name in (*MOMENTS, *TEXTUAL_MOMENTS)}
    assert {name: at for name, at in moments.items() if at > 0 and not opened <= at <= newest} == {}
    assert [name for name in DURATIONS if getattr(session.record, name) < 0] == []


@speaks_of("close_reason", "ender")
def test_the_reason_says_which_event_ended_it_and_who_did(session):
    record = session.record
    [closed] = session.of(*CLOSINGS)
    reason = {HandedToPerson: 3, TransferredAway: 9 if getattr(closed, "is_silent", False) else 5, TakenOver: 6}
    assert reason.get(type(closed), getattr(closed, "close_reason", None)) == record.close_reason
    assert (1 if record.close_reason in VISITOR_ENDS else 2 if record.close_reason in STAFF_ENDS else 3) == record.ender


@speaks_of("s_type", "treated_time")
def test_a_session_is_served_or_left_as_a_message_or_lost_in_the_queue(session):
    record, opened = session.record, session.of(SessionOpened)[0]
    is_message = opened.kind == "message" or bool(session.of(MessageOffered))
    is_lost = bool(session.of(QueueEntered)) or record.close_reason in {11, 12, 13}
    expected = "0" if session.of(StaffAssigned) else "1" if is_message else "3" if is_lost else "0"
    assert expected == record.s_type
    assert last(session.of(MessageTreated), "at", 0) * (record.s_type == "1") == record.treated_time


@speaks_of("from_group_id", "from_group", "from_staff", "overflow_from")
def test_routing_is_what_was_said_last_of_the_group_the_staff_and_the_overflow(session):
    record, routings = session.record, session.of(QueueEntered, StaffAssigned)
    named = [one for one in routings if one.from_group_id or one.from_group]
    assert last(named, "from_group_id", 0) == record.from_group_id
    beside = {one.from_group for one in named if one.from_group_id == record.from_group_id}
    assert record.from_group in ({named[-1].from_group} if named and named[-1].from_group else {"", *beside})
    assert last([one for one in routings if one.from_staff], "from_staff", "") == record.from_staff
    overflows = [one.overflow_from for one in routings]
    assert record.overflow_from in ({overflows[-1]} if overflows and overflows[-1] else {"", *overflows})


@speaks_of("related_id", "related_type", "transfer_rg_type")
def test_a_link_leads_where_the_session_came_from_or_else_where_it_went(session):
    record, came_from = session.record, session.of(SessionOpened)[0].came_from
    [closed] = session.of(*CLOSINGS)
    named = [one.to_session for one in session.of(SuccessorNamed, *CLOSINGS) if getattr(one, "to_session", 0)]
    onward = {3: 2, 5: 4, 9: 4, 6: 5}.get(record.close_reason, 0)
    link = (onward, named[-1]) if onward and named else (0, 0)
    if came_from is not None:
        link = {FromRobot: 1, FromHistory: 3, FromTransfer: 4, FromTakeOver: 5}[type(came_from)], came_from.session
    assert link == (record.related_type, record.related_id)
    hand_over = closed if record.interaction else came_from
    assert record.transfer_rg_type == getattr(hand_over, "transfer_rg_type", "")
    assert bool(record.transfer_rg_type) == (
        record.close_reason == 3 if record.interaction else record.related_type == 1
    )


@speaks_of("human_transfer_session_id", "from_human_transfer", "transfer_type", *TRANSFER_SAYS)
def test_only_a_session_that_was_transferred_here_says_so_and_by_whom(session):
    record, came_from = session.record, session.of(SessionOpened)[0].came_from
    is_transfer = isinstance(came_from, FromTransfer)
    assert (is_transfer, is_transfer) == (record.from_human_transfer == 1, record.human_transfer_session_id > 0)
    assert record.human_transfer_session_id in {0, record.related_id}
    assert record.from_human_transfer <= (record.related_type == 4)
    assert record.transfer_type == ("" if not is_transfer else "静默转接" if came_from.is_silent else "人工转接")
    said = {name: getattr(came_from, name) if is_transfer else "" for name in TRANSFER_SAYS}
    assert said == {name: getattr(record, name) for name in TRANSFER_SAYS}
