"""What a session keeps: events are settled in time, and neither a crowd nor nonsense fills the memory."""

from __future__ import annotations

import pytest
from engine_cast import A_DAY, SERVED, SESSION, after, event, fed, moment

from afterchat.engine import session as session_module
from afterchat.engine.events import (
    AlarmRaised,
    QueueEntered,
    RobotAnswered,
    SessionOpened,
    StaffWrote,
    TransferredAway,
    Unpinned,
    VisitorWrote,
)
from afterchat.engine.facts import Facts
from afterchat.engine.session import Session
from afterchat.engine.states import State
from afterchat.engine.summary import summarise
from afterchat.engine.verdict import TAKEN, Refusal, Refused


@pytest.fixture(autouse=True)
def settle_at_eight(monkeypatch):
    """Short stories that settle: the rules are the same for any number."""
    monkeypatch.setattr(session_module, "SETTLE_EVENTS_MIN", 8)


def test_a_session_of_any_length_keeps_only_what_can_still_be_preceded():
    session = fed(SERVED)
    kept = []
    for second in range(20, 40_020, 2):
        session.feed(event(second, VisitorWrote))
        kept.append(len(session._recent))

    assert (20_000, moment(40_018)) == (session.facts.visitor_messages, session.facts.last_message_at)
    assert max(kept) <= 2 * (120 // 2 + 1)
    assert session.facts == after((*SERVED, *(event(second, VisitorWrote) for second in range(20, 40_020, 2))))


def test_few_events_are_not_settled_and_eight_are():
    session = fed((event(0, SessionOpened), *(event(second, VisitorWrote) for second in range(1000, 1006))))
    assert 7 == len(session._recent)

    session.feed(event(2000, VisitorWrote))

    assert (["VisitorWrote 2000"], 7) == (list(session._recent), session.facts.visitor_messages)
    for second in range(2001, 2007):
        session.feed(event(second, VisitorWrote))
    assert 7 == len(session._recent)


def test_what_happened_just_at_the_horizon_can_still_be_preceded():
    edge = event(880, VisitorWrote)
    session = fed((event(0, SessionOpened), edge, *(event(second, VisitorWrote) for second in range(995, 1001))))

    assert edge.id == next(iter(session._recent))
    assert TAKEN == session.feed(event(880, QueueEntered))
    assert ["QueueEntered 880", edge.id] == list(session._recent)[:2]


def test_settling_is_tried_ever_more_rarely_until_a_crowd_is_too_great(monkeypatch):
    tried = []
    settle = Session._settle
    monkeypatch.setattr(Session, "_settle", lambda session: tried.append(len(session._recent)) or settle(session))

    fed((event(0, SessionOpened), *(event(second, VisitorWrote) for second in range(1, 1025 + 256))), A_DAY)

    assert [8, 12, 18, 27, 40, 60, 90, 135, 202, 303, 454, 681, 1021, 1025, 768] == tried


def test_late_events_are_settled_as_well():
    session = fed((event(0, SessionOpened), event(1000, VisitorWrote)))
    for second in range(999, 993, -1):
        session.feed(event(second, VisitorWrote))

    assert ("SessionOpened 0" in session._recent, 7) == (False, session.facts.visitor_messages)
    assert Refusal.TOO_LATE is session.feed(event(0, SessionOpened)).refusal


def test_what_was_settled_counts_when_a_late_event_folds_again():
    events = [event(second, VisitorWrote) for second in range(20, 400, 10)]
    session = fed((*SERVED, *events))
    assert len(session._recent) < len(events)

    session.feed(event(385, StaffWrote))
    session.feed(event(384, StaffWrote))

    assert after((*SERVED, *events[:-1], event(384, StaffWrote), event(385, StaffWrote), events[-1])) == session.facts


def test_a_settled_event_that_comes_again_is_too_late_to_be_known():
    session = fed((*SERVED, *(event(second, VisitorWrote) for second in range(1000, 1010))))

    assert Refusal.TOO_LATE is session.feed(SERVED[1]).refusal
    assert 10 == session.facts.visitor_messages


def test_a_refused_event_is_forgotten_when_it_is_settled():
    session = fed((*SERVED, event(11, Unpinned), *(event(second, VisitorWrote) for second in range(1000, 1010))))

    assert ((), False) == (session.refused, "Unpinned 11" in session._recent)


def test_settling_keeps_what_stands_refused_among_the_recent():
    session = fed((*SERVED, event(999, Unpinned), *(event(second, VisitorWrote) for second in range(1000, 1010))))

    assert (["Unpinned 999"], False) == (
        [one.event.id for one in session.refused],
        "StaffAssigned 10" in session._recent,
    )


@pytest.mark.parametrize("last", [[], [event(9000, VisitorWrote)]], ids=["in order", "late"])
def test_of_a_crowd_within_the_tolerance_the_older_half_is_settled_before_its_time(last):
    session = fed((event(0, SessionOpened), *last), A_DAY)
    alarms = [event(second, AlarmRaised) for second in range(1, 1025 - len(last))]
    for one in alarms[:-1]:
        session.feed(one)
    assert 1024 == len(session._recent)

    session.feed(alarms[-1])

    assert [one.id for one in (*alarms[512:], *last)] == list(session._recent)
    assert (512, len(alarms)) == (len(session._recent), session.facts.alarms)
    assert Refusal.TOO_LATE is session.feed(event(512, VisitorWrote)).refusal
    assert TAKEN == session.feed(event(512.001, VisitorWrote))


def test_a_crowd_that_just_fits_is_kept_whole():
    session = fed((event(0, SessionOpened), *(event(second, AlarmRaised) for second in range(1, 1020))), A_DAY)
    for second in range(2000, 2003):
        session.feed(event(second, Unpinned))

    assert TAKEN == session.feed(event(3000, AlarmRaised))
    assert (1024, 1020, 3) == (len(session._recent), session.facts.alarms, len(session.refused))


@pytest.mark.parametrize("step", [1, -1], ids=["the oldest first", "the latest first"])
def test_no_crowd_makes_a_session_grow_without_bounds(step):
    session = fed((*SERVED, event(50_000, VisitorWrote)), A_DAY)
    kept = 0
    for second in range(40_000, 40_000 + step * 1500, step):
        session.feed(event(second, AlarmRaised))
        kept = max(kept, len(session._recent))

    assert 1024 == kept


def test_events_of_the_millisecond_up_to_which_a_crowd_was_settled_are_settled_with_it():
    session = fed(SERVED, A_DAY)
    for number in range(1023):
        session.feed(event(20, AlarmRaised, id=f"{number:04}"))

    assert (0, 1023) == (len(session._recent), session.facts.alarms)
    assert Refusal.TOO_LATE is session.feed(event(20, AlarmRaised, id="more")).refusal
    assert TAKEN == session.feed(event(20.001, AlarmRaised))


def test_so_many_refused_events_are_kept_and_no_more():
    session = Session(SESSION, A_DAY)
    outcomes = [session.feed(event(second, RobotAnswered)).refusal for second in range(10, 10 + 65)]

    assert [Refusal.NOT_ALLOWED] * 64 + [Refusal.TOO_MANY] == outcomes
    assert (
        Refused(event(74, RobotAnswered), Refusal.TOO_MANY, State.NEW) == session.feed(event(74, RobotAnswered)).refused
    )
    assert Refusal.TOO_MANY is session.feed(event(5, RobotAnswered)).refusal
    assert (64, 64, False) == (len(session.refused), len(session._recent), "RobotAnswered 5" in session._recent)


def test_a_late_event_is_refused_as_one_too_many_with_where_the_session_was():
    session = fed((event(0, SessionOpened), event(2, QueueEntered)), A_DAY)
    for second in range(10, 10 + 64):
        session.feed(event(second, RobotAnswered))

    assert (
        Refused(event(1, RobotAnswered), Refusal.TOO_MANY, State.OPENED)
        == session.feed(event(1, RobotAnswered)).refused
    )


def test_late_events_count_among_the_refused_up_to_the_last_place():
    session = Session(SESSION, A_DAY)
    for second in range(10, 10 + 63):
        session.feed(event(second, RobotAnswered))

    assert Refusal.NOT_ALLOWED is session.feed(event(5, RobotAnswered)).refusal
    assert Refusal.TOO_MANY is session.feed(event(6, RobotAnswered)).refusal
    assert 64 == len(session.refused)


def test_when_the_cause_of_many_refused_arrives_all_happen_and_there_is_room_again():
    session = Session(SESSION, A_DAY)
    for second in range(10, 10 + 64):
        session.feed(event(second, RobotAnswered))

    assert TAKEN == session.feed(event(0, SessionOpened, kind="robot"))
    assert ((), 64) == (session.refused, session.facts.staff_messages)
    assert Refusal.NOT_ALLOWED is session.feed(event(5, StaffWrote)).refusal


def test_what_one_session_was_fed_shows_in_no_other():
    fed((event(11, VisitorWrote),))

    assert ((), Facts()) == (Session(SESSION).refused, Session(SESSION).facts)


def test_a_session_that_ends_in_a_crowd_tells_the_same_record():
    crowd = [event(second, AlarmRaised) for second in range(20, 3020)]
    end = event(4000, TransferredAway)
    session = fed((*SERVED, *crowd, end), A_DAY)

    assert summarise(after((*SERVED, *crowd, end))) == session.record
