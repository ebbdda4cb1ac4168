"""The one table of what may happen where: every cell, walked."""

from __future__ import annotations

import re
from copy import copy

import pytest
from engine_cast import LEFT, WAYS, WINDOW_ENDS, after, event

from afterchat.engine.events import (
    EVENTS,
    Pinned,
    RatingWindowClosed,
    StaffLost,
)
from afterchat.engine.policy import DEFAULT_POLICY
from afterchat.engine.states import ENDED_STATES, TRANSITIONS, State
from afterchat.engine.step import advance
from afterchat.engine.verdict import Refusal

# Written by hand: columns are where the session is, cells are where the cue leads; "=" stays, "." is refused.
TABLE = """
                        NEW      OPENED   QUEUED   SERVED  ROBOT  MESSAGE  ENDED   SEALED
    SessionOpened/p     OPENED   .        .        .       .      .        .       .
    SessionOpened/r     ROBOT    .        .        .       .      .        .       .
    SessionOpened/m     MESSAGE  .        .        .       .      .        .       .
    VisitorIdentified   .        =        =        =       =      =        =       =
    QueueEntered        .        QUEUED   =        .       .      .        .       .
    StaffAssigned       .        SERVED   SERVED   .       .      SERVED   .       .
    MessageOffered      .        MESSAGE  MESSAGE  .       .      .        .       .
    StaffLost           .        .        =        =       .      .        .       .
    StaffBack           .        .        =        =       .      .        .       .
    VisitorWrote        .        =        =        =       =      =        .       .
    RobotAnswered       .        .        .        .       =      .        .       .
    StaffWrote          .        .        .        =       .      .        .       .
    StaffWrote/a        .        =        =        =       .      =        .       .
    Pinned              .        .        .        =       .      .        .       .
    Unpinned            .        .        .        =       .      .        .       .
    AlarmRaised         .        =        =        =       =      =        .       .
    RatingInvited       .        .        .        =       =      .        =       .
    VisitorRated        .        .        .        =       =      .        =       .
    CategoryChosen      .        =        =        =       =      =        =       =
    RemarkWritten       .        =        =        =       =      =        =       =
    CustomFieldsFilled  .        =        =        =       =      =        =       =
    StatusMarked        .        =        =        =       =      =        =       =
    MessageTreated      .        .        .        .       .      =        =       =
    SuccessorNamed      .        .        .        =       =      .        =       =
    HandedToPerson      .        .        .        .       ENDED  .        .       .
    TransferredAway     .        .        .        ENDED   .      .        .       .
    TakenOver           .        .        .        ENDED   .      .        .       .
    SessionClosed/*     .        ENDED    ENDED    ENDED   ENDED  ENDED    .       .
    RatingWindowClosed  .        .        .        .       .      .        SEALED  .
"""
CLOSE_REASONS = (0, 1, 2, 4, 7, 8, 10, 11, 12, 13, 16)
KINDS = {kind.__name__: kind for kind in EVENTS}
DETAILS = {
    "SessionOpened/p": ({"kind": "person"},),
    "SessionOpened/r": ({"kind": "robot"},),
    "SessionOpened/m": ({"kind": "message"},),
    "StaffWrote/a": ({"is_automatic": True},),
    "SessionClosed/*": tuple({"close_reason": reason} for reason in CLOSE_REASONS),
}
BEFOREHAND = {
    (State.SERVED, "Unpinned"): event(15, Pinned),
    (State.SERVED, "StaffBack"): event(15, StaffLost),
    (State.QUEUED, "StaffBack"): event(15, StaffLost),
}
"""What a guard wants to have happened."""
LEFT_WAYS = {State.ENDED: LEFT, State.SEALED: (*LEFT, event(WINDOW_ENDS, RatingWindowClosed))}
"""Of a session that ended as a left message, which is the only one that can be dealt with."""


def cells():
    head, *rows = [line.split() for line in TABLE.strip().splitlines()]
    assert [state.name for state in State] == head
    for name, *targets in rows:
        for state, target in zip(State, targets, strict=True):
            for details in DETAILS.get(name, ({},)):
                shown = "-".join([name.replace("/*", ""), *(str(one) for one in details.values() if "/*" in name)])
                yield pytest.param(state, name, details, target, id=f"{state.name}-{shown}")


def cue_of(name, details):
    return event(WINDOW_ENDS, KINDS[name.split("/")[0]], id="cue", **details)


def way_to(state, name):
    way = LEFT_WAYS.get(state, WAYS[state]) if name == "MessageTreated" else WAYS[state]
    return (*way, BEFOREHAND[state, name]) if (state, name) in BEFOREHAND else way


@pytest.mark.parametrize(("state", "name", "details", "target"), [*cells()])
def test_a_cue_leads_where_the_table_says_and_is_refused_everywhere_else(state, name, details, target):
    facts = after(way_to(state, name))
    before = copy(facts)
    assert state is facts.state

    refusal = advance(facts, cue_of(name, details), DEFAULT_POLICY)

    if target == ".":
        assert (Refusal.NOT_ALLOWED, before) == (refusal, facts)
    else:
        assert (None, state if target == "=" else State[target]) == (refusal, facts.state)


def test_the_table_has_no_cue_that_is_not_walked_here():
    possible = {cue_of(*cell.values[1:3]).cue for cell in cells()}
    listed = {cue for row in TRANSITIONS.values() for cue in row}

    assert set() == listed - possible
    assert set() == possible - listed


def test_every_state_has_a_row():
    assert list(State) == list(TRANSITIONS)


def test_sessions_that_ended_are_those_with_an_end():
    assert {state for state in State if after(WAYS[state]).closed is not None} == ENDED_STATES


def test_the_table_cannot_be_changed():
    with pytest.raises(TypeError):
        TRANSITIONS[State.NEW] = {}


@pytest.mark.parametrize("state", State)
def test_a_state_is_named_in_both_languages(state):
    assert (True, False, True) == (
        bool(re.search("[a-z]{3}", state.en)),
        bool(re.search("[一-鿿]", state.en)),
        bool(re.search("[一-鿿]", state.zh)),
    )


def test_no_two_states_share_a_name():
    assert len(State) == len({state.en for state in State}) == len({state.zh for state in State})
