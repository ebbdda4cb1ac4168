"""One session fed in whatever order: what is taken, what is refused, and when its record is told."""

from __future__ import annotations

from random import Random

import pytest
from engine_cast import A_DAY, ENDED, SERVED, SESSION, WINDOW_ENDS, after, event, fed, moment, refusals

from afterchat.engine.events import (
    AlarmRaised,
    CategoryChosen,
    HandedToPerson,
    Pinned,
    QueueEntered,
    RatingWindowClosed,
    SessionClosed,
    SessionOpened,
    StaffAssigned,
    TakenOver,
    Unpinned,
    VisitorRated,
    VisitorWrote,
)
from afterchat.engine.facts import Facts
from afterchat.engine.policy import DEFAULT_POLICY, Policy
from afterchat.engine.rules.told import STORIES
from afterchat.engine.session import Session
from afterchat.engine.states import State
from afterchat.engine.stories import events_of
from afterchat.engine.summary import summarise
from afterchat.engine.verdict import DUPLICATE, TAKEN, Outcome, Refusal, Refused, Verdict

CLOSED = (*SERVED, event(20, SessionClosed))


def test_a_new_session_knows_nothing():
    session = Session(SESSION)

    assert (SESSION, DEFAULT_POLICY, Facts()) == (session.id, session.policy, session.facts)
    assert (State.NEW, None, (), None) == (session.state, session.record, session.refused, session.due)


def test_events_in_order_are_taken_and_the_last_one_tells_the_record():
    session = Session(SESSION)
    outcomes = [session.feed(one) for one in CLOSED]

    assert [TAKEN, TAKEN, Outcome(Verdict.TAKEN, summarise(after(CLOSED)))] == outcomes
    assert (State.ENDED, outcomes[-1].record, after(CLOSED)) == (session.state, session.record, session.facts)


def test_an_event_in_order_is_folded_into_the_facts_as_they_are_and_a_late_one_into_new_ones():
    session = fed(SERVED)
    facts = session.facts

    session.feed(event(20, VisitorWrote))
    assert (True, 1) == (session.facts is facts, facts.visitor_messages)

    session.feed(event(15, VisitorWrote))
    assert (False, 2) == (session.facts is facts, session.facts.visitor_messages)


def test_a_session_that_is_open_has_no_record():
    assert None is fed(SERVED).record


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_the_order_of_arrival_changes_nothing(story):
    events = events_of(story)
    told = Session(story.session, A_DAY)
    records = [told.feed(one).record for one in events]

    for seed in range(20):
        shuffled = Random(seed).sample(events, len(events))
        session = Session(story.session, A_DAY)
        last = [outcome for outcome in map(session.feed, shuffled) if outcome.record or outcome.is_withdrawn][-1]

        assert (told.record, told.facts, ()) == (session.record, session.facts, session.refused), f"seed {seed}"
        assert told.record == last.record, f"seed {seed}"
    assert told.record == [record for record in records if record is not None][-1]


def test_the_same_event_again_is_a_duplicate_whether_it_was_taken_or_refused():
    session = fed((*SERVED, event(11, Unpinned)))
    before = session.facts

    assert [DUPLICATE] * 3 == [session.feed(one) for one in (*SERVED, event(11, Unpinned))]
    assert (before, [("Unpinned 11", Refusal.NOT_PINNED)]) == (session.facts, refusals(session))


@pytest.mark.parametrize(
    ("other", "refusal"),
    [
        pytest.param(event(11, VisitorWrote, id="StaffAssigned 10"), Refusal.ID_REUSED, id="another event of that id"),
        pytest.param(event(10, StaffAssigned, staff_id=6), Refusal.ID_REUSED, id="the same but for one attribute"),
        pytest.param(event(10, StaffAssigned, session=2), Refusal.ID_REUSED, id="the same in another session"),
        pytest.param(event(11, VisitorWrote, session=2), Refusal.OTHER_SESSION, id="another session"),
        pytest.param(event(-120.001, VisitorWrote, session=2), Refusal.OTHER_SESSION, id="another session, late"),
        pytest.param(event(-110.001, VisitorWrote), Refusal.TOO_LATE, id="too late"),
    ],
)
def test_what_cannot_be_an_event_of_this_session_is_refused_and_not_kept(other, refusal):
    session = fed(SERVED)

    assert Outcome(Verdict.REFUSED, refused=Refused(other, refusal, State.SERVED)) == session.feed(other)
    assert ((), after(SERVED)) == (session.refused, session.facts)


@pytest.mark.parametrize(
    ("tolerance", "slip", "is_taken"), [(120, 0, True), (120, -1, False), (0, 0, True), (0, -1, False)]
)
def test_an_event_is_taken_up_to_the_tolerance_and_refused_beyond(tolerance, slip, is_taken):
    session = fed((event(0, SessionOpened), event(500, VisitorWrote)), Policy(tolerance_seconds=tolerance))
    late = event(500 - tolerance + slip / 1000, AlarmRaised)

    outcome = session.feed(late)

    assert (None if is_taken else Refusal.TOO_LATE) == outcome.refusal
    assert int(is_taken) == session.facts.alarms


def test_a_refused_event_moves_no_horizon():
    session = fed((*SERVED, event(9000, Unpinned)))

    assert TAKEN == session.feed(event(11, VisitorWrote))
    assert [("Unpinned 9000", Refusal.NOT_PINNED)] == refusals(session)


def test_a_refused_event_that_turns_out_to_have_happened_moves_it():
    session = fed((*SERVED, event(9000, Unpinned), event(8999, Pinned)))

    assert (Refusal.TOO_LATE, None) == (
        session.feed(event(9000 - 120.001, VisitorWrote)).refusal,
        session.feed(event(9000 - 120, VisitorWrote)).refusal,
    )


def test_a_refused_event_is_taken_when_its_cause_arrives():
    session = Session(SESSION)
    outcome = session.feed(SERVED[1])
    assert Outcome(Verdict.REFUSED, refused=Refused(SERVED[1], Refusal.NOT_ALLOWED, State.NEW)) == outcome
    assert (State.NEW, (outcome.refused,)) == (session.state, session.refused)

    assert TAKEN == session.feed(SERVED[0])
    assert (State.SERVED, (), after(SERVED)) == (session.state, session.refused, session.facts)


def test_a_late_event_may_be_refused_and_says_where_the_session_was():
    session = fed((*SERVED, event(30, VisitorWrote)))
    late = event(5, Pinned)

    outcome = session.feed(late)

    assert Outcome(Verdict.REFUSED, refused=Refused(late, Refusal.NOT_ALLOWED, State.OPENED)) == outcome
    assert ((outcome.refused,), 1) == (session.refused, session.facts.visitor_messages)


def test_refused_events_stand_in_the_order_of_their_own_time():
    session = fed((*SERVED, event(30, Unpinned), event(12, Unpinned), event(20, Unpinned)))

    assert ["Unpinned 12", "Unpinned 20", "Unpinned 30"] == [one.event.id for one in session.refused]


def test_an_earlier_end_that_comes_late_replaces_the_one_that_was_told():
    session = fed(CLOSED)
    outcome = session.feed(event(15, TakenOver))

    assert (6, moment(15)) == (outcome.record.close_reason, outcome.record.end_time)
    assert (Verdict.TAKEN, False) == (outcome.verdict, outcome.is_withdrawn)
    assert [("SessionClosed 20", Refusal.NOT_ALLOWED)] == refusals(session)


def test_a_record_is_withdrawn_when_a_late_event_shows_that_the_session_is_open_and_told_again_when_it_ends():
    session = fed((event(5, SessionOpened, kind="robot"), event(20, HandedToPerson)))
    told = session.record

    assert Outcome(Verdict.TAKEN, is_withdrawn=True) == session.feed(event(0, SessionOpened))
    assert (State.OPENED, None, 3) == (session.state, session.record, told.close_reason)
    assert TAKEN == session.feed(event(4, VisitorWrote))
    outcome = session.feed(event(30, SessionClosed, close_reason=1))
    assert (1, False) == (outcome.record.close_reason, outcome.is_withdrawn)


def test_a_change_of_the_record_is_told_once_and_what_changes_nothing_is_not_told():
    session = fed(CLOSED)
    chosen = session.feed(event(30, CategoryChosen))

    assert "售后" == chosen.record.category
    assert TAKEN == session.feed(event(31, CategoryChosen))
    assert TAKEN == session.feed(event(25, CategoryChosen, category="售前"))
    assert DUPLICATE == session.feed(event(30, CategoryChosen))
    assert "物流" == session.feed(event(32, CategoryChosen, category="物流")).record.category


def test_a_rating_after_the_end_revises_the_record_until_the_window_is_over():
    session = fed(ENDED)

    assert 100 == session.feed(event(30, VisitorRated)).record.evaluation
    assert 25 == session.feed(event(WINDOW_ENDS, VisitorRated, evaluation=25)).record.evaluation
    assert TAKEN == session.feed(event(WINDOW_ENDS, RatingWindowClosed))
    assert Refusal.NOT_ALLOWED is session.feed(event(WINDOW_ENDS + 1, VisitorRated)).refusal
    assert (State.SEALED, 25) == (session.state, session.record.evaluation)


def test_a_late_event_tells_the_record_that_it_changed():
    session = fed(CLOSED)

    assert 1 == session.feed(event(15, AlarmRaised)).record.alarm_times
    assert 2 == session.feed(event(14, AlarmRaised)).record.alarm_times


def test_within_one_millisecond_the_sequence_counts_then_the_kind_then_the_id():
    session = fed(
        (
            event(0, SessionOpened),
            event(10, QueueEntered, id="c", sequence=1, from_group="三"),
            event(10, QueueEntered, id="b", from_group="二"),
            event(10, QueueEntered, id="a", sequence=1, from_group="一"),
            event(10, VisitorWrote, id="0"),
        )
    )

    assert ["SessionOpened 0", "b", "0", "a", "c"] == list(session._recent)
    assert ("三", TAKEN) == (session.facts.from_group, session.feed(event(10, StaffAssigned, sequence=1)))
    assert "StaffAssigned 10" == list(session._recent)[-1]


def test_a_policy_of_the_tenant_decides_for_its_session():
    session = fed((*SERVED, event(11, VisitorRated)), Policy(may_rate_again=False, visitor_never_wrote_seconds=9))

    assert Refusal.ALREADY_RATED is session.feed(event(12, VisitorRated)).refusal
    assert Refusal.ALREADY_RATED is session.feed(event(11.5, VisitorRated)).refusal
    assert moment(19) == session.due.at


def test_what_is_due_happens_within_what_can_be_taken():
    session = fed((event(0, SessionOpened), event(5000, VisitorWrote)))

    assert moment(4880) == session.due.at


def test_fifteen_recent_events_are_not_worth_settling_and_sixteen_are():
    session = fed((event(0, SessionOpened), *(event(second, VisitorWrote) for second in range(1000, 1014))))
    assert 15 == len(session._recent)

    session.feed(event(1014, VisitorWrote))

    assert (15, "SessionOpened 0" in session._recent) == (len(session._recent), False)
