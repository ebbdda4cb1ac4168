"""What is due when: every timer starts, is over, ends the session for its reason, and stops for the rest."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest
from engine_cast import ENDED, SEALED, SERVED, SESSION, WAYS, after, event, fed, moment

from afterchat.engine.checks import MOMENT_MAX
from afterchat.engine.events import (
    Event,
    MessageOffered,
    QueueEntered,
    RatingWindowClosed,
    RobotAnswered,
    SessionClosed,
    SessionOpened,
    StaffAssigned,
    StaffBack,
    StaffLost,
    StaffWrote,
    TransferredAway,
    VisitorIdentified,
    VisitorWrote,
)
from afterchat.engine.facts import Facts
from afterchat.engine.policy import DEFAULT_POLICY, Policy
from afterchat.engine.states import State
from afterchat.engine.timers import TIMERS, is_due, next_due
from afterchat.engine.verdict import DUPLICATE, Refusal, Verdict

OPENED, QUEUED, ROBOT, MESSAGE = (WAYS[getattr(State, name)] for name in ("OPENED", "QUEUED", "ROBOT", "MESSAGE"))
ASKED = (*SERVED, event(20, VisitorWrote))
ANSWERED = (*ASKED, event(30, StaffWrote))
HOUR = 3600


class Row(NamedTuple):
    """What a timer should be: written by hand."""

    name: str
    setting: str
    wait: int
    """Seconds by default."""
    reason: int | None
    events: tuple[Event, ...]
    """A session in which it is the first that is due."""
    start: int
    """Second at which it started."""


TABLE = (
    Row("staff_lost", "staff_lost_seconds", 60, 4, (*SERVED, event(20, StaffLost)), 20),
    Row("staff_lost_queue", "staff_lost_seconds", 60, 13, (*QUEUED, event(20, StaffLost)), 20),
    Row("visitor_never_wrote", "visitor_never_wrote_seconds", 300, 10, SERVED, 10),
    Row("visitor_silent", "visitor_silent_seconds", 600, 2, ANSWERED, 30),
    Row("session_idle", "session_idle_seconds", 4 * HOUR, 8, ASKED, 20),
    Row("queue", "queue_seconds", 900, 11, QUEUED, 5),
    Row("unrouted", "unrouted_seconds", 900, 16, OPENED, 0),
    Row("robot_idle", "robot_idle_seconds", 600, 8, ROBOT, 0),
    Row("message_idle", "message_idle_seconds", 300, 2, MESSAGE, 5),
    Row("rating_window", "rating_window_minutes", 600, None, ENDED, 20),
)
each_row = pytest.mark.parametrize("row", TABLE, ids=[row.name for row in TABLE])
each_timer = pytest.mark.parametrize("timer", TIMERS, ids=[timer.name for timer in TIMERS])


def due_after(events, policy=DEFAULT_POLICY, not_before=0):
    return next_due(SESSION, after(events, policy), policy, not_before)


def test_the_timers_are_these_in_this_order():
    assert [(row.name, row.setting, row.reason) for row in TABLE] == [
        (timer.name, timer.setting, timer.close_reason) for timer in TIMERS
    ]


@each_row
def test_a_timer_is_due_its_time_after_its_start_and_says_which_event_follows(row):
    at = moment(row.start + row.wait)
    made = {"id": f"due:{row.name}:{at}", "session": SESSION, "at": at}
    ends = SessionClosed(**made, close_reason=row.reason, timer=row.name) if row.reason else RatingWindowClosed(**made)
    timer = next(timer for timer in TIMERS if timer.name == row.name)

    assert (at, ends, timer) == due_after(row.events)


@each_row
def test_the_event_that_is_due_ends_the_session_once(row):
    session = fed(row.events)
    due = session.due

    outcome = session.feed(due.event)

    assert (Verdict.TAKEN, State.ENDED if row.reason else State.SEALED) == (outcome.verdict, session.state)
    assert (row.reason or 5, due.at if row.reason else moment(20)) == (
        session.record.close_reason,
        session.record.end_time,
    )
    assert DUPLICATE == session.feed(due.event)


@each_row
def test_a_tenants_policy_sets_the_time_of_a_timer(row):
    due = due_after(row.events, Policy(**{row.setting: 1}))

    assert (row.name, moment(row.start + (1 if row.reason else 60))) == (due.timer.name, due.at)


@pytest.mark.parametrize("row", TABLE[:-1], ids=[row.name for row in TABLE[:-1]])
def test_nought_switches_a_timer_off(row):
    policy = Policy(**{row.setting: 0})
    due = due_after(row.events, policy)

    assert row.name != (due.timer.name if due else None)
    assert not is_due(row.name, MOMENT_MAX, after(row.events, policy), policy)


@each_row
def test_a_timer_is_over_from_its_moment_on_and_not_before(row):
    facts = after(row.events)
    at = moment(row.start + row.wait)

    assert [False, True, True] == [is_due(row.name, at + slip, facts, DEFAULT_POLICY) for slip in (-1, 0, 1)]


@each_timer
def test_a_timer_starts_with_nothing_and_runs_in_its_state_alone(timer):
    elsewhere = [state for state in State if state is not timer.state]

    assert 0 == timer.since(Facts())
    assert [] == [state for state in elsewhere if is_due(timer.name, MOMENT_MAX, after(WAYS[state]), DEFAULT_POLICY)]


@each_timer
def test_a_timer_says_in_both_languages_what_happened(timer):
    assert re.fullmatch("[A-Z][a-z ,]+[.]", timer.en)
    assert re.fullmatch("[一-鿿，]+。", timer.zh)


def test_a_timer_that_nobody_knows_is_never_over():
    assert False is is_due("tea", MOMENT_MAX, after(SERVED), DEFAULT_POLICY)


MOVES = [
    ("who wrote is not silent", (*SERVED, event(11, VisitorWrote)), "session_idle", 11 + 4 * HOUR),
    ("a greeting is no word of theirs", (*SERVED, event(12, StaffWrote)), "visitor_never_wrote", 310),
    ("staff had the last word again", (*ANSWERED, event(40, StaffWrote)), "visitor_silent", 640),
    ("the visitor had it", (*ANSWERED, event(40, VisitorWrote)), "session_idle", 40 + 4 * HOUR),
    ("a reminder is no word", (*ANSWERED, event(40, StaffWrote, is_automatic=True)), "visitor_silent", 630),
    ("back in time", (*SERVED, event(20, StaffLost), event(30, StaffBack)), "visitor_never_wrote", 310),
    ("another queue is the same wait", (*QUEUED, event(8, QueueEntered)), "queue", 905),
    ("back in the queue", (*QUEUED, event(20, StaffLost), event(30, StaffBack)), "queue", 905),
    ("others came", (*QUEUED, event(9, StaffLost), event(10, StaffAssigned)), "visitor_never_wrote", 310),
    ("writing is no route", (*OPENED, event(9, VisitorWrote)), "unrouted", 900),
    ("the visitor asked the robot", (*ROBOT, event(9, VisitorWrote)), "robot_idle", 609),
    ("it answered", (*ROBOT, event(9, VisitorWrote), event(11, RobotAnswered)), "robot_idle", 611),
    ("a message from the start", (event(0, SessionOpened, kind="message"),), "message_idle", 300),
    ("one more line of the message", (*MESSAGE, event(9, VisitorWrote)), "message_idle", 309),
    ("offered after writing", (*OPENED, event(3, VisitorWrote), event(5, MessageOffered)), "message_idle", 305),
    ("staff came long after the visitor wrote", (*OPENED, event(3, VisitorWrote), event(900, StaffAssigned)),
     "session_idle", 900 + 4 * HOUR),
]  # fmt: skip


@pytest.mark.parametrize(("events", "name", "second"), [pytest.param(*move[1:], id=move[0]) for move in MOVES])
def test_what_happens_moves_the_moment(events, name, second):
    due = due_after(events)

    assert (name, moment(second)) == (due.timer.name, due.at)


@pytest.mark.parametrize(
    "events",
    [
        pytest.param((), id="not opened"),
        pytest.param(SEALED, id="sealed"),
        pytest.param((event(0, SessionOpened), event(10, StaffAssigned), event(20, TransferredAway)), id="no model"),
        pytest.param((*QUEUED, event(20, SessionClosed)), id="nobody served"),
    ],
)
def test_a_session_that_waits_for_nothing_has_nothing_due(events):
    assert None is due_after(events)


def test_the_earliest_of_several_counts_and_the_first_in_the_table_of_two_at_one_moment():
    events = (*SERVED, event(250, StaffLost))

    assert ("staff_lost", moment(310)) == (due_after(events).timer.name, due_after(events).at)
    assert "visitor_never_wrote" == due_after((*SERVED, event(250.001, StaffLost))).timer.name
    assert "staff_lost" == due_after((*SERVED, event(249.999, StaffLost))).timer.name


def test_a_session_with_every_timer_off_has_nothing_due():
    off = dict.fromkeys((timer.setting for timer in TIMERS if timer.close_reason), 0)

    assert None is due_after(SERVED, Policy(**off))
    assert "session_idle" == due_after(SERVED, Policy(**{**off, "session_idle_seconds": 1})).timer.name


@pytest.mark.parametrize(("not_before", "at"), [(309, 310), (310, 310), (311, 311), (5000, 5000)])
def test_what_is_due_happens_no_earlier_than_it_can_be_taken(not_before, at):
    due = due_after(SERVED, not_before=moment(not_before))

    assert (moment(at), moment(at), f"due:visitor_never_wrote:{moment(at)}") == (due.at, due.event.at, due.event.id)


def test_a_due_event_of_long_ago_is_taken_although_the_session_went_on():
    session = fed((*QUEUED, event(5000, VisitorIdentified)))
    due = session.due

    assert (moment(5000 - 120), Verdict.TAKEN) == (due.at, session.feed(due.event).verdict)
    assert (11, moment(4880)) == (session.record.close_reason, session.record.end_time)


def test_nothing_is_due_after_the_last_moment_there_is():
    opened = SessionOpened(id="a", session=SESSION, at=MOMENT_MAX - 1, kind="robot")
    due = due_after((opened,))

    assert (MOMENT_MAX, MOMENT_MAX) == (due.at, due.event.at)
    assert Verdict.TAKEN is fed((opened,)).feed(due.event).verdict


def test_what_a_timer_concluded_is_refused_once_a_late_event_shows_otherwise():
    session = fed(SERVED)
    due = session.due
    assert State.ENDED is fed((*SERVED, due.event)).state

    session.feed(due.event)
    outcome = session.feed(event(300, VisitorWrote))

    assert (Verdict.TAKEN, True, State.SERVED) == (outcome.verdict, outcome.is_withdrawn, session.state)
    assert [Refusal.NOT_DUE] == [one.refusal for one in session.refused]
