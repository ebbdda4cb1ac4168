"""Every guard both ways: what it lets happen, and for which reason it refuses the rest."""

from __future__ import annotations

from copy import copy

import pytest
from engine_cast import ENDED, LEFT, SEALED, SERVED, SESSION, WAYS, WINDOW_ENDS, after, event, moment

from afterchat.engine.events import (
    HandedToPerson,
    MessageOffered,
    MessageTreated,
    Pinned,
    QueueEntered,
    RatingInvited,
    RatingWindowClosed,
    SessionClosed,
    SessionOpened,
    StaffAssigned,
    StaffBack,
    StaffLost,
    StaffWrote,
    SuccessorNamed,
    TakenOver,
    TransferredAway,
    Unpinned,
    VisitorRated,
    VisitorWrote,
)
from afterchat.engine.facts import Facts
from afterchat.engine.guards import GUARDS, rating_ends_at
from afterchat.engine.policy import DEFAULT_POLICY, Policy
from afterchat.engine.states import State
from afterchat.engine.step import advance
from afterchat.engine.verdict import Refusal

ONCE = Policy(may_rate_again=False)
HALF_HOUR = Policy(rating_window_minutes=30)
QUEUED, ROBOT, OPENED = WAYS[State.QUEUED], WAYS[State.ROBOT], WAYS[State.OPENED]
MESSAGE = LEFT[:2]
CLOSED = (*SERVED, event(20, SessionClosed))
UNRATEABLE = (event(0, SessionOpened), event(10, StaffAssigned))
ENDED_IN_QUEUE = (*QUEUED, event(20, SessionClosed, close_reason=12))
PIN, UNPIN = event(12, Pinned), event(14, Unpinned)
LOST, BACK = event(12, StaffLost), event(14, StaffBack)
RATED = event(15, VisitorRated, evaluation=25)
CASES = [
    ("a platform may close whenever it likes", CLOSED[:2], event(11, SessionClosed, close_reason=10), None),
    ("a timer that is over", SERVED, event(310, SessionClosed, close_reason=10, timer="visitor_never_wrote"), None),
    ("a timer that is not over", SERVED, event(309.999, SessionClosed, timer="visitor_never_wrote"), "NOT_DUE"),
    ("a timer of another state", SERVED, event(9000, SessionClosed, timer="queue"), "NOT_DUE"),
    ("a timer that nobody knows", SERVED, event(9000, SessionClosed, timer="tea"), "NOT_DUE"),
    ("the first pin", SERVED, event(13, Pinned), None),
    ("a pin while pinned", (*SERVED, PIN), event(13, Pinned), "ALREADY_PINNED"),
    ("a pin after it was let go", (*SERVED, PIN, UNPIN), event(15, Pinned), None),
    ("letting go of a pin", (*SERVED, PIN), event(13, Unpinned), None),
    ("letting go of nothing", SERVED, event(13, Unpinned), "NOT_PINNED"),
    ("letting go twice", (*SERVED, PIN, UNPIN), event(15, Unpinned), "NOT_PINNED"),
    ("staff lost", SERVED, event(13, StaffLost), None),
    ("staff lost twice", (*SERVED, LOST), event(13, StaffLost), "ALREADY_LOST"),
    ("staff lost once more", (*SERVED, LOST, BACK), event(15, StaffLost), None),
    ("staff back", (*SERVED, LOST), event(13, StaffBack), None),
    ("staff back who were there", SERVED, event(13, StaffBack), "NOT_LOST"),
    ("staff back in the queue", (*QUEUED, event(6, StaffLost)), event(7, StaffBack), None),
    ("staff back after others came", (*QUEUED, event(6, StaffLost), event(10, StaffAssigned)), BACK, "NOT_LOST"),
    ("an invitation", SERVED, event(13, RatingInvited), None),
    ("an invitation by the robot", ROBOT, event(13, RatingInvited, by="system"), None),
    ("an invitation without a model", UNRATEABLE, event(13, RatingInvited), "NO_MODEL"),
    ("an invitation of whom nobody served", ENDED_IN_QUEUE, event(30, RatingInvited), "NEVER_SERVED"),
    ("an invitation at the last moment", ENDED, event(WINDOW_ENDS, RatingInvited), None),
    ("an invitation after it", ENDED, event(WINDOW_ENDS + 0.001, RatingInvited), "WINDOW_OVER"),
    ("an invitation long after staff came", SERVED, event(9000, RatingInvited), None),
    ("a rating", SERVED, event(13, VisitorRated), None),
    ("a rating without a model", UNRATEABLE, event(13, VisitorRated), "NO_MODEL"),
    ("a rating by whom nobody served", ENDED_IN_QUEUE, event(30, VisitorRated), "NEVER_SERVED"),
    ("a rating at the last moment", ENDED, event(WINDOW_ENDS, VisitorRated), None),
    ("a rating after it", ENDED, event(WINDOW_ENDS + 0.001, VisitorRated), "WINDOW_OVER"),
    ("a rating once more", (*SERVED, RATED), event(16, VisitorRated), None),
    ("the window closes at its last moment", ENDED, event(WINDOW_ENDS, RatingWindowClosed), None),
    ("the window closes before", ENDED, event(WINDOW_ENDS - 0.001, RatingWindowClosed), "WINDOW_OPEN"),
    ("a message dealt with", MESSAGE, event(13, MessageTreated), None),
    ("a message dealt with after the end", LEFT, event(9000, MessageTreated), None),
    ("a message dealt with twice", (*LEFT, event(30, MessageTreated)), event(31, MessageTreated), "ALREADY_TREATED"),
    ("no message to deal with", CLOSED, event(30, MessageTreated), "NO_MESSAGE"),
    ("the queue's message dealt with", (*QUEUED, event(8, MessageOffered)), event(9, MessageTreated), None),
    ("a successor while staff serve", SERVED, event(13, SuccessorNamed), None),
    ("a successor of a transfer", ENDED, event(30, SuccessorNamed), None),
    ("a successor of a take-over", (*SERVED, event(20, TakenOver)), event(30, SuccessorNamed), None),
    ("a successor of the robot", (*ROBOT, event(20, HandedToPerson)), event(30, SuccessorNamed), None),
    ("a successor of an end", CLOSED, event(30, SuccessorNamed), "NO_SUCCESSOR"),
    ("the session itself", ENDED, event(30, SuccessorNamed, to_session=SESSION), "SAME_SESSION"),
    ("a second successor", (*ENDED, event(30, SuccessorNamed)), event(31, SuccessorNamed), "SUCCESSOR_KNOWN"),
    ("a successor known since the end", (*SERVED, event(20, TakenOver, to_session=3)), event(30, SuccessorNamed),
     "SUCCESSOR_KNOWN"),
    ("a successor known before the end", (*SERVED, event(13, SuccessorNamed)), event(14, SuccessorNamed, to_session=3),
     "SUCCESSOR_KNOWN"),
    ("a successor once the window is over", SEALED, event(900, SuccessorNamed), None),
]  # fmt: skip


@pytest.mark.parametrize(("so_far", "next_event", "refusal"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_an_event_is_let_happen_or_refused_for_its_reason_and_then_changes_nothing(so_far, next_event, refusal):
    facts = after(so_far)
    before = copy(facts)

    assert (None if refusal is None else Refusal[refusal]) is advance(facts, next_event, DEFAULT_POLICY)
    assert (refusal is not None) == (before == facts)


@pytest.mark.parametrize(
    ("model", "allowed"), [(2, {1, 100}), (3, {1, 50, 100}), (5, {1, 25, 50, 75, 100})], ids=["2", "3", "5"]
)
def test_a_rating_belongs_to_the_model_of_its_session(model, allowed):
    opened, assigned = SERVED
    facts = after((event(0, SessionOpened, evaluation_type=model), assigned))

    refused = {
        value: advance(copy(facts), event(15, VisitorRated, evaluation=value), DEFAULT_POLICY)
        for value in (1, 25, 50, 75, 100)
    }

    assert {value: None if value in allowed else Refusal.OUTSIDE_MODEL for value in refused} == refused
    assert 5 == opened.evaluation_type


@pytest.mark.parametrize(
    ("policy", "so_far", "next_event", "refusal"),
    [
        pytest.param(ONCE, SERVED, RATED, None, id="a first rating"),
        pytest.param(ONCE, (*SERVED, RATED), event(16, VisitorRated), Refusal.ALREADY_RATED, id="a second one"),
        pytest.param(HALF_HOUR, ENDED, event(1820, VisitorRated), None, id="the end of a longer window"),
        pytest.param(HALF_HOUR, ENDED, event(1820.001, VisitorRated), Refusal.WINDOW_OVER, id="after it"),
        pytest.param(HALF_HOUR, ENDED, event(1819.999, RatingWindowClosed), Refusal.WINDOW_OPEN, id="before it"),
        pytest.param(
            Policy(visitor_never_wrote_seconds=0),
            SERVED,
            event(9000, SessionClosed, timer="visitor_never_wrote"),
            Refusal.NOT_DUE,
            id="a timer that is switched off",
        ),
    ],
)
def test_a_tenants_policy_decides_where_it_has_a_say(policy, so_far, next_event, refusal):
    assert refusal is advance(after(so_far, policy), next_event, policy)


def test_the_guards_that_may_look_at_an_open_session_find_nothing_in_blank_facts():
    assert 0 == rating_ends_at(Facts(), DEFAULT_POLICY)
    assert Refusal.NO_MODEL is GUARDS[RatingInvited](Facts(), event(1, RatingInvited), DEFAULT_POLICY)


@pytest.mark.parametrize(("policy", "second"), [(DEFAULT_POLICY, WINDOW_ENDS), (HALF_HOUR, 1820)])
def test_the_window_for_ratings_is_counted_from_the_end(policy, second):
    assert moment(second) == rating_ends_at(after(ENDED), policy)


def test_what_needs_no_guard_has_none():
    assert {QueueEntered, StaffAssigned, StaffWrote, VisitorWrote, TransferredAway} & set(GUARDS) == set()
    assert {"OPENED"} == {after(OPENED).state.name}


def test_the_table_of_guards_cannot_be_changed():
    with pytest.raises(TypeError):
        GUARDS[VisitorWrote] = GUARDS[Pinned]
