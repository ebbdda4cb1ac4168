"""One step: the table first, then the guard, then the fold; a refusal leaves all as it was."""

from __future__ import annotations

from copy import copy

import pytest
from engine_cast import SERVED, WAYS, after, event

from afterchat.engine.events import EVENTS, Pinned, SessionOpened, VisitorRated, VisitorWrote
from afterchat.engine.facts import Facts
from afterchat.engine.folds import FOLDS
from afterchat.engine.policy import DEFAULT_POLICY
from afterchat.engine.states import State
from afterchat.engine.step import advance
from afterchat.engine.verdict import Refusal


@pytest.mark.parametrize(
    ("so_far", "next_event", "refusal", "state"),
    [
        pytest.param((), event(0, VisitorWrote), Refusal.NOT_ALLOWED, State.NEW, id="the table refuses"),
        pytest.param(
            (event(0, SessionOpened),),
            event(1, VisitorRated),
            Refusal.NOT_ALLOWED,
            State.OPENED,
            id="the table first",
        ),
        pytest.param(
            (*SERVED, event(11, Pinned)),
            event(12, Pinned),
            Refusal.ALREADY_PINNED,
            State.SERVED,
            id="a guard refuses",
        ),
    ],
)
def test_a_refusal_leaves_facts_and_state_as_they_were(so_far, next_event, refusal, state):
    facts = after(so_far)
    before = copy(facts)

    assert (refusal, before, state) == (advance(facts, next_event, DEFAULT_POLICY), facts, facts.state)


def test_an_event_that_happens_changes_facts_and_state():
    facts = Facts()

    assert None is advance(facts, WAYS[State.OPENED][0], DEFAULT_POLICY)
    assert (State.OPENED, WAYS[State.OPENED][0]) == (facts.state, facts.opened)


def test_every_event_has_a_fold_and_nothing_else_has():
    assert set(EVENTS) == set(FOLDS)
